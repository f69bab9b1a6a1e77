//! What a search is about, and what it may break on purpose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ochre_assign::domain::directory::{Directory, DirectoryEvent, UserStatus};
use ochre_assign::domain::invariants::{Invariant, LogChecker};
use ochre_assign::domain::rotation::{Rotation, TeamRef};
use ochre_assign::domain::{Commit, TeamId, UserId};
use ochre_assign::views::WorkspaceFold;

use super::state::{Budget, Log};
use crate::interleavings::Known;
use crate::rotations::Desk;

pub(crate) const TEAM: TeamRef = TeamRef::Team(TeamId::from_u128(1));
/// The first in the rotation that every search begins with.
pub(crate) const FIRST: UserId = UserId::from_u128(2);
pub(crate) const SECOND: UserId = UserId::from_u128(3);
pub(crate) const NEWCOMER: UserId = UserId::from_u128(5);

/// A rule that is broken, to see that the search would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// The section does not look whether the directory has changed.
    SkipRevisionCheck,
    /// The turn is spent when it is decided, and not given back when that gets no position.
    SpendAhead,
    /// The rotation is kept when an append has failed, and no turn is compared.
    KeepRotation,
    /// The actor loads without looking whether the views have every turn, and none is compared.
    LoadUnchecked,
    /// Nobody who joins or leaves is taken in once the rotation is loaded.
    NeverFollow,
}

/// The rotation and the directory after a log.
pub(crate) struct Fold {
    pub(crate) directory: Arc<Directory>,
    pub(crate) rotation: Rotation,
}

pub(crate) struct Scope {
    pub(crate) creations: usize,
    pub(crate) changes: Vec<DirectoryEvent>,
    pub(crate) budget: Budget,
    pub(crate) queue_items_max: usize,
    pub(crate) mutation: Option<Mutation>,
    pub(crate) base: Vec<Commit>,
    verdicts: Mutex<HashMap<Log, Option<Invariant>>>,
    folds: Mutex<HashMap<Log, Arc<Fold>>>,
}

pub(crate) const fn deactivated(user: UserId) -> DirectoryEvent {
    DirectoryEvent::UserStatusChanged {
        user,
        status: UserStatus::Deactivated,
    }
}

pub(crate) fn members_changed(added: &[UserId], removed: &[UserId]) -> DirectoryEvent {
    DirectoryEvent::TeamMembersChanged {
        team: TeamId::from_u128(1),
        added: added.to_vec(),
        removed: removed.to_vec(),
    }
}

impl Scope {
    pub(crate) fn new(creations: usize, changes: Vec<DirectoryEvent>, budget: Budget) -> Self {
        Self {
            creations,
            changes,
            budget,
            queue_items_max: 2,
            mutation: None,
            base: Desk::new().log,
            verdicts: Mutex::default(),
            folds: Mutex::default(),
        }
    }

    pub(crate) fn breaking(self, mutation: Mutation) -> Self {
        Self {
            mutation: Some(mutation),
            ..self
        }
    }

    pub(crate) fn breaks(&self, mutations: &[Mutation]) -> bool {
        self.mutation.is_some_and(|one| mutations.contains(&one))
    }

    /// The first invariant that the log breaks.
    pub(crate) fn verdict(&self, log: &Log) -> Option<Invariant> {
        if let Some(verdict) = self.verdicts.lock().unwrap().get(log) {
            return *verdict;
        }
        let mut checker = LogChecker::default();
        let broken = self
            .commits(log)
            .find_map(|commit| checker.check(commit).err());
        let verdict = broken.map(|violation| violation.invariant);
        self.verdicts.lock().unwrap().insert(log.clone(), verdict);
        verdict
    }

    pub(crate) fn fold(&self, log: &[Known<Commit>]) -> Arc<Fold> {
        if let Some(fold) = self.folds.lock().unwrap().get(log) {
            return Arc::clone(fold);
        }
        let mut views = WorkspaceFold::default();
        for commit in self.commits(log) {
            views.apply(commit, None).unwrap();
        }
        let turns = views.routing.turns(TEAM);
        let fold = Arc::new(Fold {
            directory: Arc::clone(&views.directory.directory),
            rotation: turns
                .map(|turns| turns.rotation.clone())
                .unwrap_or_default(),
        });
        let kept = Arc::clone(&fold);
        self.folds.lock().unwrap().insert(log.to_vec(), kept);
        fold
    }

    fn commits<'a>(&'a self, log: &'a [Known<Commit>]) -> impl Iterator<Item = &'a Commit> {
        self.base.iter().chain(log.iter().map(|commit| &**commit))
    }
}
