//! Random lives of a workspace and its dashboards.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::{Index, select};
use proptest::{option, proptest};

use super::ground::{Ground, PEOPLE};
use crate::domain::conversation::{
    AddMessage, Assign, Command, ConversationEvent, Created, Edit, Note, Sender, Status,
};
use crate::domain::testing::{created, creation};
use crate::domain::{ConversationId, MessageId, UserId};
use crate::live::view::View;
use crate::views::Filter;

const CONVERSATIONS: u128 = 8;

#[derive(Debug, Clone)]
enum Step {
    Happens {
        by: UserId,
        conversation: u128,
        what: What,
    },
    Opens(UserId),
    AsksFor(Index, View),
    Leaves(Index, View),
    ComesBack(Index),
    Restarts {
        ring: usize,
    },
    Turn,
    /// A turn whose reading of the log takes until another.
    HalfTurn,
    Finds,
    Reads(Index),
    Passes(u64),
}

#[derive(Debug, Clone)]
enum What {
    Message,
    Mention(UserId),
    Status(Status),
    Assign(Option<UserId>),
    TakeOver,
    AssignWithNote(UserId),
}

fn user() -> impl Strategy<Value = UserId> {
    select(PEOPLE.to_vec())
}

fn view() -> impl Strategy<Value = View> {
    let conversation = (1..=CONVERSATIONS).prop_map(ConversationId::from_u128);
    prop_oneof![
        8 => select(Filter::ALL.to_vec()).prop_map(View::List),
        3 => conversation.prop_map(View::Conversation),
        1 => Just(View::Counts),
        1 => Just(View::Stats),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        2 => Just(What::Message),
        1 => user().prop_map(What::Mention),
        2 => select(Status::ALL).prop_map(What::Status),
        3 => option::weighted(0.7, user()).prop_map(What::Assign),
        1 => Just(What::TakeOver),
        1 => user().prop_map(What::AssignWithNote),
    ];
    let happens =
        (user(), 1..=CONVERSATIONS, what).prop_map(|(by, conversation, what)| Step::Happens {
            by,
            conversation,
            what,
        });
    let any = || proptest::arbitrary::any::<Index>();
    prop_oneof![
        12 => happens,
        1 => user().prop_map(Step::Opens),
        4 => (any(), view()).prop_map(|(who, view)| Step::AsksFor(who, view)),
        1 => (any(), view()).prop_map(|(who, view)| Step::Leaves(who, view)),
        2 => any().prop_map(Step::ComesBack),
        1 => select(vec![1_usize, 4, 1000]).prop_map(|ring| Step::Restarts { ring }),
        4 => Just(Step::Turn),
        2 => Just(Step::HalfTurn),
        1 => Just(Step::Finds),
        3 => any().prop_map(Step::Reads),
        1 => (0..20_u64).prop_map(Step::Passes),
    ]
}

fn command(what: &What) -> Command {
    let id = MessageId::from_u128(0);
    let note = |user: &UserId| Note {
        id,
        body: "Please look.".into(),
        mentions: vec![*user],
    };
    match what {
        What::Message => Command::AddMessage(AddMessage {
            id,
            sender: Sender::Customer,
            body: "Any news?".into(),
        }),
        What::Mention(user) => Command::AddNote(note(user)),
        What::Status(status) => Command::Edit(Box::new(Edit {
            status: Some(*status),
            ..Edit::default()
        })),
        What::Assign(assignee) => Command::Assign(Assign {
            assignee: *assignee,
            expected: None,
            note: None,
        }),
        What::TakeOver => Command::TakeOver,
        What::AssignWithNote(user) => Command::Assign(Assign {
            assignee: Some(*user),
            expected: None,
            note: Some(note(user)),
        }),
    }
}

fn create(ground: &mut Ground, conversation: u128) {
    let facts = Created {
        ai_handling: conversation.is_multiple_of(2),
        ..created()
    };
    let events: Vec<ConversationEvent> = creation(facts).into();
    ground.decided(ConversationId::from_u128(conversation), events);
}

fn take(ground: &mut Ground, step: &Step) {
    let sessions: Vec<_> = ground.screens.keys().copied().collect();
    let pick = |index: &Index| (!sessions.is_empty()).then(|| *index.get(&sessions));
    match step {
        Step::Happens {
            by,
            conversation,
            what,
        } => {
            let id = ConversationId::from_u128(*conversation);
            if ground.conversations.contains_key(&id) {
                ground.ask(*by, *conversation, command(what));
            } else {
                create(ground, *conversation);
            }
        }
        Step::Opens(user) => {
            ground.opens(*user);
        }
        Step::AsksFor(who, view) => {
            pick(who).inspect(|session| ground.asks_for(*session, *view));
        }
        Step::Leaves(who, view) => {
            if let Some(session) = pick(who) {
                ground.read(session);
                ground.sends(
                    session,
                    &format!(r#"{{"type":"unsubscribe","view":"{view}"}}"#),
                );
                let screen = ground.screens.get_mut(&session).unwrap();
                screen.peer.take();
                screen.client.held.remove(view);
            }
        }
        Step::ComesBack(who) => {
            if let Some(session) = pick(who) {
                ground.read(session);
                ground.comes_back(session);
            }
        }
        Step::Restarts { ring } => ground.restarts(*ring),
        Step::Turn => ground.turn(),
        Step::HalfTurn => ground.half_turn(),
        Step::Finds => {
            ground.finds();
        }
        Step::Reads(who) => {
            pick(who).inspect(|session| ground.read(*session));
        }
        Step::Passes(seconds) => {
            // Who reads nothing for long is closed, which is another test's matter.
            ground.read_all();
            ground.passes(Duration::from_secs(*seconds));
        }
    }
}

/// `SAME_FOR_ALL`: every view of every dashboard that has caught up.
fn all_is_shown(ground: &Ground) {
    for (session, screen) in &ground.screens {
        for (view, held) in &screen.client.held {
            let members = ground.members(*view, screen.user);
            assert_eq!(held.rows, members, "{view} of session {session}");
            if matches!(view, View::List(_)) {
                assert_eq!(
                    held.total,
                    u64::try_from(members.len()).unwrap(),
                    "{view} of session {session}"
                );
            }
            for pair in held.events.windows(2) {
                let ((seq, version), (next_seq, next)) = (pair[0], pair[1]);
                let follows = next == version + 1 && next_seq > seq;
                let belongs = next == version && next_seq == seq;
                assert!(follows || belongs, "{view}: {:?}", held.events);
            }
            if let (View::Conversation(_), Some((_, last))) = (view, held.events.last()) {
                assert_eq!(members.values().next(), Some(last), "{view}");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_dashboard_holds_what_its_filters_say(steps in vec(step(), 1..160)) {
        let mut ground = Ground::new();
        for user in PEOPLE {
            ground.opens(user);
        }
        for step in &steps {
            take(&mut ground, step);
            if matches!(step, Step::Turn) {
                ground.read_all();
                all_is_shown(&ground);
            }
        }
        ground.turn();
        ground.read_all();
        all_is_shown(&ground);
        ground.passes(Duration::from_secs(15));
        ground.read_all();
        let (mut held, mut verified) = (0, 0);
        for screen in ground.screens.values() {
            held += screen.client.held.len();
            verified += screen.client.verified;
            assert!(screen.client.dropped.is_empty(), "{:?}", screen.client.dropped);
        }
        assert!(verified >= held, "each view has a beacon: {verified} of {held}");
    }
}

/// A plain creation through the domain, for scenes.
pub(super) fn creates(ground: &mut Ground, conversations: impl IntoIterator<Item = u128>) {
    for conversation in conversations {
        create(ground, conversation);
    }
}

/// An assignment, for scenes.
pub(super) fn assigns(ground: &mut Ground, conversation: u128, assignee: Option<UserId>) {
    ground.ask(PEOPLE[0], conversation, command(&What::Assign(assignee)));
}

/// A message of the customer, for scenes.
pub(super) fn writes(ground: &mut Ground, conversation: u128) {
    ground.ask(PEOPLE[0], conversation, command(&What::Message));
}

/// An assignment with a note: a commit of two events, for scenes.
pub(super) fn assigns_with_note(ground: &mut Ground, conversation: u128, assignee: UserId) {
    ground.ask(
        PEOPLE[0],
        conversation,
        command(&What::AssignWithNote(assignee)),
    );
}
