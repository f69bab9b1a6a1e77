//! Rotations against a queue: whoever is served goes to its end, whoever joins goes behind everybody,
//! whoever is away stays where they are.
//!
//! The queue knows no turns, no newcomers and no directory; the rotation knows no queue.

use std::collections::{BTreeMap, BTreeSet};

use ochre_assign::domain::conversation::{
    Command, Conversation, ConversationEvent, Creation, Request, decide_creation,
};
use ochre_assign::domain::directory::{
    self, CreateTeam, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryFold,
    DirectoryRequest, ExpectedRules, ReplaceRules, Role, UpdateTeam, UpdateUser, UserStatus,
};
use ochre_assign::domain::invariants::{Invariant, LogChecker};
use ochre_assign::domain::rotation::{Rotation, TeamRef};
use ochre_assign::domain::routing::{ActionDraft, ConditionDraft, Intake, RuleDraft, RuleLimits};
use ochre_assign::domain::{
    Caller, Commit, CommitBody, ConversationCommit, ConversationId, RuleId, TeamId, Timestamp,
    UserId,
};
use ochre_assign::views::WorkspaceFold;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert_eq, proptest};

use crate::world::plain_creation;

const TEAM: TeamRef = TeamRef::Team(TeamId::from_u128(1));
const TEAMS: [TeamRef; 2] = [TeamRef::Default, TEAM];
const PEOPLE: u128 = 6;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A conversation comes in, for this team.
    Create(bool),
    /// One comes in and is refused: it was decided, and got no position.
    Refuse(bool),
    /// So many come in for this team, and the append that was to hold them fails.
    FailAppend(bool, u8),
    /// Somebody is added to the workspace.
    Hire,
    Join(u8),
    Leave(u8),
    Deactivate(u8),
    Activate(u8),
    Demote(u8),
    Promote(u8),
    /// The process starts again from its log, or from a snapshot of its views.
    Restart {
        from_snapshot: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let person = || 0..u8::try_from(PEOPLE).unwrap();
    prop_oneof![
        12 => any::<bool>().prop_map(Step::Create),
        2 => any::<bool>().prop_map(Step::Refuse),
        1 => (any::<bool>(), 1..4_u8).prop_map(|(team, count)| Step::FailAppend(team, count)),
        1 => any::<bool>().prop_map(|_| Step::Hire),
        2 => person().prop_map(Step::Join),
        2 => person().prop_map(Step::Leave),
        2 => person().prop_map(Step::Deactivate),
        2 => person().prop_map(Step::Activate),
        1 => person().prop_map(Step::Demote),
        1 => person().prop_map(Step::Promote),
        1 => any::<bool>().prop_map(|from_snapshot| Step::Restart { from_snapshot }),
    ]
}

proptest! {
    #[test]
    fn every_pick_is_that_of_the_queue(steps in vec(step(), 1..60)) {
        let mut desk = Desk::new();
        for step in steps {
            desk.take(step)?;
            desk.orders_agree()?;
        }
        desk.log_holds()?;
    }
}

/// A workspace with two rotations, the actors' copies of them, and the queues.
pub(crate) struct Desk {
    pub(crate) log: Vec<Commit>,
    directory: DirectoryFold,
    views: WorkspaceFold,
    rotations: BTreeMap<TeamRef, Rotation>,
    queues: BTreeMap<TeamRef, Vec<UserId>>,
    created: u128,
}

impl Desk {
    /// An owner (1) and five agents (2 … 6), of whom 2, 3 and 4 are a team; no turn was spent.
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            log: Vec::new(),
            directory: DirectoryFold::default(),
            views: WorkspaceFold::default(),
            rotations: BTreeMap::new(),
            queues: TEAMS.map(|team| (team, Vec::new())).into(),
            created: 0,
        };
        let owner = desk.person(Role::Owner);
        desk.change(DirectoryCommand::CreateWorkspace(CreateWorkspace {
            name: "Acme".into(),
            time_zone: "UTC".into(),
            owner,
        }));
        for _ in 1..PEOPLE {
            desk.hire();
        }
        desk.queue(TeamRef::Default).insert(0, UserId::from_u128(1));
        let members: Vec<_> = (2..=4).map(UserId::from_u128).collect();
        desk.change(DirectoryCommand::CreateTeam(CreateTeam {
            id: TeamId::from_u128(1),
            name: "Support".into(),
            members: members.clone(),
            teams_max: 10,
            members_max: 10,
        }));
        desk.queue(TEAM).extend(members);
        desk.change(DirectoryCommand::ReplaceRules(Box::new(rules())));
        desk
    }

    fn queue(&mut self, team: TeamRef) -> &mut Vec<UserId> {
        self.queues.get_mut(&team).unwrap()
    }

    fn person(&self, role: Role) -> CreateUser {
        let id = u128::try_from(self.directory.directory.users().len()).unwrap() + 1;
        CreateUser {
            id: UserId::from_u128(id),
            name: "Alex".into(),
            email: format!("{id}@acme.test").into(),
            role,
            password_hash: None,
            users_max: 1000,
        }
    }

    fn hire(&mut self) {
        let person = self.person(Role::Agent);
        let id = person.id;
        self.change(DirectoryCommand::CreateUser(person));
        self.queue(TeamRef::Default).push(id);
    }

    fn change(&mut self, command: DirectoryCommand) {
        let request = DirectoryRequest {
            caller: Caller::System,
            command,
        };
        let events = directory::decide(&self.directory, &request).unwrap();
        if events.is_empty() {
            return;
        }
        let now = self.now();
        events
            .iter()
            .for_each(|event| self.directory.apply(event, now));
        self.commit(CommitBody::Directory { events });
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.log.len()).unwrap())
    }

    fn commit(&mut self, body: CommitBody) {
        let commit = Commit {
            seq: u64::try_from(self.log.len()).unwrap() + 1,
            at: self.now(),
            actor: Caller::System.actor(),
            body,
        };
        self.views.apply(&commit, None).unwrap();
        self.log.push(commit);
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let person = |index: u8| UserId::from_u128(u128::from(index) + 1);
        let status = |index, status| UpdateUser {
            id: person(index),
            name: None,
            role: None,
            status: Some(status),
        };
        let role = |index, role| UpdateUser {
            id: person(index),
            name: None,
            role: Some(role),
            status: None,
        };
        match step {
            Step::Create(team) => return self.create(TEAMS[usize::from(team)]),
            Step::Refuse(team) => {
                self.decide(TEAMS[usize::from(team)]);
            }
            Step::FailAppend(team, count) => self.fail_append(TEAMS[usize::from(team)], count),
            Step::Hire => self.hire(),
            Step::Join(index) => self.change_members(person(index), true),
            Step::Leave(index) => self.change_members(person(index), false),
            // The owner stays, or the workspace would be left without one.
            Step::Deactivate(0) | Step::Demote(0) | Step::Promote(0) => {}
            Step::Deactivate(index) => self.update(status(index, UserStatus::Deactivated)),
            Step::Activate(index) => self.update(status(index, UserStatus::Active)),
            Step::Demote(index) => self.update(role(index, Role::Viewer)),
            Step::Promote(index) => self.update(role(index, Role::Agent)),
            Step::Restart { from_snapshot } => self.restart(from_snapshot),
        }
        Ok(())
    }

    fn update(&mut self, update: UpdateUser) {
        self.change(DirectoryCommand::UpdateUser(update));
    }

    fn change_members(&mut self, user: UserId, joins: bool) {
        let queue = self.queue(TEAM);
        queue.retain(|one| *one != user || joins);
        if joins && !queue.contains(&user) {
            queue.push(user);
        }
        let members = Some(queue.clone());
        self.change(DirectoryCommand::UpdateTeam(UpdateTeam {
            team: TEAM,
            name: None,
            members,
            members_max: 100,
        }));
    }

    /// What the team's actor decides: whoever has joined or left by now is taken in first.
    fn decide(&mut self, team: TeamRef) -> Vec<ConversationEvent> {
        let directory = &self.directory.directory;
        let rotation = self.rotations.entry(team).or_default();
        rotation.follow(directory.revision(), || directory.members(team));
        let mut create = plain_creation();
        create.subject = team.to_string().into();
        let request = Request {
            caller: Caller::System,
            expected_versions: None,
            command: Command::Create(create),
        };
        let intake = Intake {
            first_message: self.created == 0,
            rotation: Some((team, rotation)),
        };
        match decide_creation(None, &request, directory, &intake).unwrap() {
            Creation::Decided(decision) => decision.events,
            Creation::NeedsTurnOf(other) => panic!("{team} was asked, not {other}"),
        }
    }

    fn create(&mut self, team: TeamRef) -> Result<(), TestCaseError> {
        let events = self.decide(team);
        let turn = events.iter().find_map(ConversationEvent::turn);
        let directory = &self.directory.directory;
        let queue = &self.queues[&team];
        let expected = queue
            .iter()
            .position(|user| directory.may_be_assigned(*user));
        let picked = turn.map(|(of, _, user)| (of, user));
        prop_assert_eq!(picked, expected.map(|place| (team, queue[place])));
        if let Some((_, number, user)) = turn {
            let rotation = self.rotations.get_mut(&team).unwrap();
            prop_assert_eq!(number, rotation.next_turn());
            rotation.take(user);
            let queue = self.queue(team);
            queue.retain(|one| *one != user);
            queue.push(user);
        }
        self.created += 1;
        let body = ConversationCommit {
            conversation: ConversationId::from_u128(self.created),
            version: 1,
            number: Some(u64::try_from(self.created).unwrap()),
            operation: None,
            events,
        };
        let stamp = body.stamp(self.now());
        Conversation::fold(None, body.conversation, &body.events, stamp).unwrap();
        self.commit(CommitBody::Conversation(body));
        Ok(())
    }

    /// Turns that were sequenced and never became durable: everything is taken from the views again.
    fn fail_append(&mut self, team: TeamRef, count: u8) {
        for _ in 0..count {
            let events = self.decide(team);
            if let Some((.., user)) = events.iter().find_map(ConversationEvent::turn) {
                self.rotations.get_mut(&team).unwrap().take(user);
            }
        }
        self.rotations = load(&self.views);
    }

    fn restart(&mut self, from_snapshot: bool) {
        if from_snapshot {
            let snapshot = self.views.to_snapshot().unwrap();
            self.views = WorkspaceFold::from_snapshot(&snapshot).unwrap();
        } else {
            self.views = WorkspaceFold::default();
            for commit in &self.log {
                self.views.apply(commit, None).unwrap();
            }
        }
        self.directory = self.views.directory.clone();
        self.rotations = load(&self.views);
    }

    fn orders_agree(&self) -> Result<(), TestCaseError> {
        let directory = &self.directory.directory;
        for team in TEAMS {
            let shown = self.views.routing.rotation(team, directory);
            let order: Vec<_> = shown.order().map(|place| place.user).collect();
            prop_assert_eq!(&order, &self.queues[&team], "{}", team);
        }
        Ok(())
    }

    fn log_holds(&self) -> Result<(), TestCaseError> {
        let mut checker = LogChecker::default();
        for commit in &self.log {
            checker
                .check(commit)
                .map_err(|violation| TestCaseError::fail(violation.to_string()))?;
        }
        for team in TEAMS {
            let turns = self.views.routing.turns(team);
            let shown = turns.map_or(0, |turns| turns.positions.len());
            prop_assert_eq!(checker.turns(team), u64::try_from(shown).unwrap());
        }
        Ok(())
    }
}

/// The rotations as actors take them from the views.
fn load(views: &WorkspaceFold) -> BTreeMap<TeamRef, Rotation> {
    let turns = TEAMS.map(|team| (team, views.routing.turns(team)));
    turns
        .into_iter()
        .filter_map(|(team, turns)| Some((team, turns?.rotation.clone())))
        .collect()
}

/// A rule for each team, by the name of the team in the subject.
fn rules() -> ReplaceRules {
    let draft = |team: TeamRef| RuleDraft {
        id: None,
        name: team.to_string(),
        enabled: true,
        when: ConditionDraft {
            condition: "subject_contains".to_owned(),
            value: Some(team.to_string()),
            ..ConditionDraft::default()
        },
        then: ActionDraft {
            action: "assign".to_owned(),
            round_robin: Some(team.to_string()),
            ..ActionDraft::default()
        },
    };
    ReplaceRules {
        expected: ExpectedRules::Any,
        drafts: TEAMS.map(draft).into(),
        fresh_ids: (1..=2).map(RuleId::from_u128).collect(),
        limits: RuleLimits {
            name_chars_max: 100,
            value_chars_max: 100,
            field_chars_max: 100,
            tag_chars_max: 100,
        },
        rules_max: 10,
    }
}

/// A log with so many turns of the team, of which the last is changed.
fn changed(turns: usize, change: impl Fn(&mut UserId, &mut u64)) -> Option<Invariant> {
    let mut desk = Desk::new();
    for _ in 0..turns {
        desk.create(TEAM).unwrap();
    }
    let CommitBody::Conversation(body) = &mut desk.log.last_mut().unwrap().body else {
        panic!("the last commit creates a conversation");
    };
    let Some(ConversationEvent::Assigned { assignee, by, .. }) = body.events.last_mut() else {
        panic!("it was assigned");
    };
    if let ochre_assign::domain::conversation::AssignedBy::RoundRobin { turn, .. } = by {
        change(assignee, turn);
    }
    let mut checker = LogChecker::default();
    let found = desk
        .log
        .iter()
        .find_map(|commit| checker.check(commit).err());
    found.map(|violation| violation.invariant)
}

#[test]
fn a_turn_of_the_wrong_number_or_of_a_stranger_to_the_team_is_found() {
    assert_eq!(changed(4, |_, _| {}), None);
    let wrong = Some(Invariant::TurnIsTheAssignment);
    assert_eq!(changed(4, |_, turn| *turn += 1), wrong);
    assert_eq!(changed(4, |_, turn| *turn -= 1), wrong);
    let stranger = |user: &mut UserId, _: &mut u64| *user = UserId::from_u128(5);
    assert_eq!(changed(4, stranger), wrong);
}

/// With three members, whoever is picked twice while another waits makes the spread two.
#[test]
fn an_unfair_turn_is_found() {
    let give_to = |id: u128| move |user: &mut UserId, _: &mut u64| *user = UserId::from_u128(id);
    let outcomes: BTreeSet<_> = (2..=4)
        .map(|id| (id, changed(5, give_to(id)).is_none()))
        .collect();
    // The fifth turn is that of 3; 4 is behind, but has waited as long as anybody who never had two.
    assert_eq!(outcomes, [(2, false), (3, true), (4, false)].into());
    assert_eq!(changed(5, give_to(2)), Some(Invariant::Fair));
}
