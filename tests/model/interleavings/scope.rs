//! What is searched: who asks for what, how much may go wrong, and which rule is broken on purpose.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use ochre_assign::domain::conversation::{Command, Conversation, Request};
use ochre_assign::domain::directory::{
    DirectoryCommand, DirectoryFold, DirectoryRequest, Role, UpdateUser, UserStatus,
};
use ochre_assign::domain::invariants::{Invariant, LogChecker};
use ochre_assign::domain::{Caller, Commit, ConversationId, UserId};

use super::known::Known;
use super::state::{Budget, Log};
use crate::world::{World, replay};

pub(crate) const OWNER: UserId = UserId::from_u128(1);
pub(crate) const MAYA: UserId = UserId::from_u128(3);
pub(crate) const SAM: UserId = UserId::from_u128(4);

/// The conversation that the AI handles.
pub(crate) const AI: usize = 0;
/// The conversation that people handle.
pub(crate) const PEOPLE: usize = 1;

const CONVERSATIONS: [ConversationId; 2] =
    [ConversationId::from_u128(1), ConversationId::from_u128(2)];

/// The place of the directory among the actors.
pub(crate) const DIRECTORY: usize = CONVERSATIONS.len();

/// What a client asks.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    OfConversation(usize, Request),
    OfDirectory(DirectoryRequest),
}

impl Ask {
    pub(crate) const fn actor(&self) -> usize {
        match self {
            Self::OfConversation(actor, _) => *actor,
            Self::OfDirectory(_) => DIRECTORY,
        }
    }
}

pub(crate) fn by(user: UserId, conversation: usize, command: Command) -> Ask {
    let request = Request {
        caller: Caller::User(user),
        expected_versions: None,
        command,
    };
    Ask::OfConversation(conversation, request)
}

pub(crate) fn deactivate(user: UserId) -> Ask {
    update(user, None, Some(UserStatus::Deactivated))
}

pub(crate) fn demote(user: UserId) -> Ask {
    update(user, Some(Role::Viewer), None)
}

fn update(id: UserId, role: Option<Role>, status: Option<UserStatus>) -> Ask {
    Ask::OfDirectory(DirectoryRequest {
        caller: Caller::User(OWNER),
        command: DirectoryCommand::UpdateUser(UpdateUser {
            id,
            name: None,
            role,
            status,
        }),
    })
}

/// A rule that the model breaks, so that the search is known to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    SkipRevisionCheck,
    /// Actors load at once, and nobody compares versions.
    SkipVersionCheckAndLoadAtOnce,
    AnswerRefusalsAtOnce,
    AnswerChangesAtOnce,
    KeepGeneration,
    KeepOrder,
    KeepDirectory,
    LoadAtOnce,
    /// An actor whose wait finds the queue full loads all the same, and asks nobody whether what it
    /// found is present.
    LoadUnchecked,
    ApplyBeforeAppend,
    KeepInDoubt,
    ForgetWaiting,
}

/// See the module.
pub(crate) struct Scope {
    pub(crate) asks: Vec<Ask>,
    pub(crate) budget: Budget,
    pub(crate) queue_items_max: usize,
    pub(crate) mutation: Option<Mutation>,
    /// The commits that every search begins with, and what they fold to.
    pub(crate) base: World,
    verdicts: Mutex<HashMap<Log, Option<Invariant>>>,
    folds: Mutex<HashMap<Log, Arc<Fold>>>,
}

/// What a log folds to.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) directory: Known<DirectoryFold>,
    pub(crate) conversations: Vec<Known<Conversation>>,
}

impl Scope {
    pub(crate) fn new(asks: Vec<Ask>, budget: Budget) -> Self {
        Self {
            asks,
            budget,
            queue_items_max: usize::MAX,
            mutation: None,
            base: World::new(),
            verdicts: Mutex::default(),
            folds: Mutex::default(),
        }
    }

    pub(crate) fn with_queue_of(self, queue_items_max: usize) -> Self {
        Self {
            queue_items_max,
            ..self
        }
    }

    pub(crate) fn breaking(self, mutation: Mutation) -> Self {
        Self {
            mutation: Some(mutation),
            ..self
        }
    }

    pub(crate) fn breaks(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    pub(crate) const fn id(conversation: usize) -> ConversationId {
        CONVERSATIONS[conversation]
    }

    /// The first invariant that the log breaks.
    pub(crate) fn verdict(&self, log: &Log) -> Option<Invariant> {
        if let Some(verdict) = self.verdicts.lock().unwrap().get(log) {
            return *verdict;
        }
        let mut checker = LogChecker::default();
        let verdict = self
            .commits(log)
            .iter()
            .find_map(|commit| checker.check(commit).err())
            .map(|violation| violation.invariant);
        self.verdicts.lock().unwrap().insert(log.clone(), verdict);
        verdict
    }

    pub(crate) fn fold(&self, log: &[super::state::Entry]) -> Arc<Fold> {
        if let Some(fold) = self.folds.lock().unwrap().get(log) {
            return Arc::clone(fold);
        }
        let (directory, conversations): (_, BTreeMap<_, _>) = replay(&self.commits(log));
        let conversations = CONVERSATIONS.map(|id| Known::new(conversations[&id].clone()));
        let fold = Arc::new(Fold {
            directory: Known::new(directory),
            conversations: conversations.into(),
        });
        let kept = Arc::clone(&fold);
        self.folds.lock().unwrap().insert(log.to_vec(), kept);
        fold
    }

    fn commits(&self, log: &[super::state::Entry]) -> Vec<Commit> {
        let later = log.iter().map(|entry| Commit::clone(&entry.commit));
        self.base.log.iter().cloned().chain(later).collect()
    }
}
