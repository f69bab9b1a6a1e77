//! The views against the fold of the log by definition: every list, every count, every page.

use std::collections::{BTreeMap, BTreeSet};

use ochre_assign::domain::conversation::{
    AddMessage, Assign, Command, Conversation, ConversationEvent, Edit, Note, Request, Sender,
    Status,
};
use ochre_assign::domain::{Caller, Commit, CommitBody, ConversationId, MessageId, UserId};
use ochre_assign::views::{ApplyError, Filter, ListQuery, Page, RowKey, WorkspaceFold};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, TestCaseError, prop_oneof};
use proptest::sample::select;
use proptest::{option, prop_assert, prop_assert_eq, proptest};

use crate::steps::{Step, steps};
use crate::world::{World, plain_creation};

type Holds = Result<(), TestCaseError>;

/// A fold takes each position once, in order, and is not changed by any other.
#[test]
fn a_position_that_is_not_the_next_is_not_folded_in() {
    let mut world = World::new();
    world.take(&Step::Wait { millis: 0 });
    let log = &world.log;
    assert!(log.len() > 2);
    let mut fold = WorkspaceFold::default();
    let gap = |head, found| Err(ApplyError::Gap { head, found });
    assert_eq!(fold.apply(&log[1], None), gap(0, 2));
    fold.apply(&log[0], None).unwrap();
    assert_eq!(fold.apply(&log[0], None), gap(1, 1));
    assert_eq!(fold.apply(&log[2], None), gap(1, 3));
    assert_eq!(fold.head, 1);
    fold.apply(&log[1], None).unwrap();
}

/// Everybody who may be there, and somebody who is not.
fn viewers() -> impl Iterator<Item = Option<UserId>> {
    let people = (1..=9).chain([99]).map(UserId::from_u128);
    [None].into_iter().chain(people.map(Some))
}

proptest! {
    /// `VIEW_IS_FOLD`, after each commit of a random log, and after a snapshot was taken and read.
    #[test]
    fn every_list_and_count_is_what_its_definition_says(steps in steps()) {
        let mut world = World::new();
        let mut fold = WorkspaceFold::default();
        let mut folded = 0;
        for step in [Step::Wait { millis: 0 }].iter().chain(&steps) {
            world.take(step);
            for commit in &world.log[folded..] {
                fold.apply(commit, None).unwrap();
            }
            if world.log.len() > folded {
                folded = world.log.len();
                lists_are_right(&fold, &world.conversations)?;
            }
        }
        positions_are_right(&fold, &world.log)?;
        prop_assert_eq!(&fold.directory, &world.directory);
        let external_ids = world.conversations.values().filter_map(|one| {
            Some((one.facts.external_id.clone()?, one.facts.id))
        });
        prop_assert_eq!(&fold.external_ids, &external_ids.collect());
        let snapshot = fold.to_snapshot().unwrap();
        let read = WorkspaceFold::from_snapshot(&snapshot).unwrap();
        lists_are_right(&read, &world.conversations)?;
        positions_are_right(&read, &world.log)?;
        prop_assert_eq!(read.external_ids, fold.external_ids);
        prop_assert_eq!(read.directory, fold.directory);
    }

    /// While others change things between the pages.
    #[test]
    fn a_row_that_nobody_touches_is_on_one_page_and_no_row_is_on_two(
        filter in select(Filter::ALL.to_vec()),
        viewer in (1..=4_u128).prop_map(UserId::from_u128),
        only_of in option::weighted(0.3, (1..=4_u128).prop_map(UserId::from_u128)),
        limit in 1..4_usize,
        before in vec(touch(), 0..40),
        between in vec(vec(touch(), 0..4), 1..14),
    ) {
        let query = ListQuery { filter, viewer: Some(viewer), assignee: only_of, after: None, limit };
        pages_are_right(query, &before, &between)?;
    }
}

/// Whether a conversation is in the list, in the words of the filter's definition.
fn belongs(conversation: &Conversation, filter: Filter, viewer: Option<UserId>) -> bool {
    let open = conversation.status == Status::Open;
    match filter {
        Filter::AiQueue => open && conversation.ai.handling && conversation.ai.handoff.is_none(),
        Filter::All => open,
        Filter::Unassigned => open && conversation.assignee.is_none(),
        Filter::Mine => open && viewer.is_some() && conversation.assignee == viewer,
        Filter::Mentions => viewer.is_some_and(|one| conversation.mentioned.contains(&one)),
        Filter::AiHandled => conversation.ai.sent_count > 0,
        Filter::Closed => conversation.status == Status::Closed,
    }
}

fn lists_are_right(
    fold: &WorkspaceFold,
    conversations: &BTreeMap<ConversationId, Conversation>,
) -> Holds {
    prop_assert_eq!(fold.rows.len(), conversations.len());
    for viewer in viewers() {
        let counts = fold.counts(viewer);
        for filter in Filter::ALL {
            let expected = newest_first(conversations, |one| belongs(one, filter, viewer));
            prop_assert_eq!(counts[&filter], expected.len());
            let query = ListQuery {
                filter,
                viewer,
                assignee: None,
                after: None,
                limit: 2,
            };
            prop_assert_eq!(&whole_list(fold, query), &expected, "{:?}", query);
            let of_viewer = |one: &&Conversation| viewer.is_some() && one.assignee == viewer;
            let expected: Vec<_> = expected.into_iter().filter(of_viewer).collect();
            if viewer.is_some() {
                let assignee = viewer;
                let query = ListQuery { assignee, ..query };
                prop_assert_eq!(&whole_list(fold, query), &expected, "{:?}", query);
            }
        }
        if let Some(user) = viewer {
            let mine = newest_first(conversations, |one| belongs(one, Filter::Mine, viewer));
            prop_assert_eq!(fold.open_count(user), mine.len());
        }
    }
    Ok(())
}

fn newest_first(
    conversations: &BTreeMap<ConversationId, Conversation>,
    wanted: impl Fn(&Conversation) -> bool,
) -> Vec<&Conversation> {
    let mut rows: Vec<_> = conversations.values().filter(|one| wanted(one)).collect();
    rows.sort_by_key(|one| std::cmp::Reverse((one.last_activity_at, one.facts.id)));
    rows
}

/// All pages, of which each says how many rows there are and whether more follow.
fn whole_list(fold: &WorkspaceFold, query: ListQuery) -> Vec<&Conversation> {
    let mut rows = Vec::new();
    let mut after: Option<RowKey> = None;
    loop {
        let Page {
            items,
            next,
            total,
            seq,
        } = fold.list(&ListQuery { after, ..query });
        assert_eq!(seq, fold.head);
        rows.extend(
            items
                .iter()
                .map(|one| &*fold.rows[&one.facts.id].conversation),
        );
        match next {
            Some(next) if rows.len() < total => after = Some(next),
            Some(next) => panic!("{next:?} follows the last row of {query:?}"),
            None => {
                assert_eq!(rows.len(), total, "{query:?}");
                return rows;
            }
        }
        assert!(
            items.len() == query.limit && rows.len() < total,
            "{query:?}"
        );
    }
}

/// Where the log speaks of each conversation.
fn positions_are_right(fold: &WorkspaceFold, log: &[Commit]) -> Holds {
    prop_assert_eq!(fold.head, log.last().map_or(0, |commit| commit.seq));
    let mut numbers = 0;
    for (id, row) in &fold.rows {
        let commits = log.iter().filter_map(|commit| match &commit.body {
            CommitBody::Conversation(body) if body.conversation == *id => {
                Some((commit.seq, &body.events))
            }
            CommitBody::Conversation(_)
            | CommitBody::Directory { .. }
            | CommitBody::Operation { .. }
            | CommitBody::Epoch { .. } => None,
        });
        let commits: Vec<_> = commits.collect();
        let positions: Vec<_> = commits.iter().map(|(seq, _)| *seq).collect();
        prop_assert_eq!(&row.positions, &positions);
        let with = |wanted: fn(&ConversationEvent) -> bool| {
            let of_kind = commits
                .iter()
                .filter(|(_, events)| events.iter().any(wanted));
            of_kind.map(|(seq, _)| *seq).collect::<Vec<_>>()
        };
        let messages = with(|event| {
            matches!(
                event,
                ConversationEvent::MessageAdded { .. }
                    | ConversationEvent::NoteAdded { .. }
                    | ConversationEvent::AiReplySent { .. }
            )
        });
        prop_assert_eq!(&row.message_positions, &messages);
        let changes = with(|event| {
            matches!(
                event,
                ConversationEvent::Assigned { .. } | ConversationEvent::Unassigned { .. }
            ) || matches!(
                event,
                ConversationEvent::TakenOver { by, previous } if *previous != Some(*by)
            )
        });
        prop_assert_eq!(row.decided_at, *changes.last().unwrap_or(&positions[0]));
        numbers = numbers.max(row.conversation.facts.number);
    }
    prop_assert_eq!(fold.numbers, numbers);
    Ok(())
}

/// Something that happens to one of a dozen conversations.
#[derive(Debug, Clone)]
struct Touch {
    conversation: u128,
    millis: u64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Message,
    Mention(UserId),
    Status(Status),
    Assign(Option<UserId>),
}

const CONVERSATIONS: u128 = 12;

fn touch() -> impl Strategy<Value = Touch> {
    let user = || (1..=4_u128).prop_map(UserId::from_u128);
    let what = prop_oneof![
        3 => Just(What::Message),
        2 => user().prop_map(What::Mention),
        2 => select(Status::ALL).prop_map(What::Status),
        3 => option::weighted(0.8, user()).prop_map(What::Assign),
    ];
    // Often at the same millisecond: then only the ids tell the rows apart.
    let millis = prop_oneof![2 => Just(0), 1 => 1..50_u64];
    (1..=CONVERSATIONS, millis, what).prop_map(|(conversation, millis, what)| Touch {
        conversation,
        millis,
        what,
    })
}

impl Touch {
    fn happen(&self, world: &mut World) {
        world.now = world
            .now
            .saturating_add(std::time::Duration::from_millis(self.millis));
        let id = MessageId::from_u128(0);
        let command = match &self.what {
            What::Message => Command::AddMessage(AddMessage {
                id,
                sender: Sender::Customer,
                body: "Any news?".into(),
            }),
            What::Mention(user) => Command::AddNote(Note {
                id,
                body: "Please look.".into(),
                mentions: vec![*user],
            }),
            What::Status(status) => Command::Edit(Box::new(Edit {
                status: Some(*status),
                ..Edit::default()
            })),
            What::Assign(assignee) => Command::Assign(Assign {
                assignee: *assignee,
                expected: None,
                note: None,
            }),
        };
        ask(world, self.conversation, command);
    }
}

fn ask(world: &mut World, conversation: u128, command: Command) {
    let request = Request {
        caller: Caller::User(UserId::from_u128(1)),
        expected_versions: None,
        command,
    };
    world.ask(ConversationId::from_u128(conversation), request);
}

fn pages_are_right(query: ListQuery, before: &[Touch], between: &[Vec<Touch>]) -> Holds {
    let mut world = World::new();
    for conversation in 3..=CONVERSATIONS {
        ask(&mut world, conversation, Command::Create(plain_creation()));
    }
    before.iter().for_each(|touch| touch.happen(&mut world));
    let mut fold = WorkspaceFold::default();
    catch_up(&mut fold, &world);
    let at_first: BTreeMap<_, _> = world.conversations.clone();
    let mut seen: Vec<ConversationId> = Vec::new();
    let mut after = None;
    let mut between = between.iter();
    loop {
        let page = fold.list(&ListQuery { after, ..query });
        seen.extend(page.items.iter().map(|one| one.facts.id));
        after = page.next;
        if after.is_none() {
            break;
        }
        prop_assert!(seen.len() < 1_000, "the pages do not end");
        if let Some(touches) = between.next() {
            touches.iter().for_each(|touch| touch.happen(&mut world));
            catch_up(&mut fold, &world);
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    prop_assert_eq!(distinct.len(), seen.len(), "a row came twice: {:?}", seen);
    for (id, conversation) in &at_first {
        let untouched = world.conversations[id].version == conversation.version;
        let wanted = belongs(conversation, query.filter, query.viewer)
            && query
                .assignee
                .is_none_or(|only| conversation.assignee == Some(only));
        if untouched {
            prop_assert_eq!(distinct.contains(id), wanted, "{}", id);
        }
    }
    Ok(())
}

fn catch_up(fold: &mut WorkspaceFold, world: &World) {
    let folded = usize::try_from(fold.head).unwrap();
    for commit in &world.log[folded..] {
        fold.apply(commit, None).unwrap();
    }
}

#[test]
fn the_touches_leave_something_in_every_list_but_the_ais() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::new();
    for _ in 0..50 {
        let touches = vec(touch(), 20..40)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let mut world = World::new();
        for conversation in 3..=CONVERSATIONS {
            ask(&mut world, conversation, Command::Create(plain_creation()));
        }
        touches.iter().for_each(|touch| touch.happen(&mut world));
        let mut fold = WorkspaceFold::default();
        catch_up(&mut fold, &world);
        for (filter, count) in fold.counts(Some(UserId::from_u128(1))) {
            *seen.entry(filter.key()).or_insert(0) += count;
        }
    }
    let empty: Vec<_> = seen.iter().filter(|(_, count)| **count < 20).collect();
    assert_eq!(empty, [(&"ai_handled", &0)]);
}

/// A fold of a log with nothing in it answers every question.
#[test]
fn an_empty_workspace_has_empty_lists() {
    let fold = WorkspaceFold::default();
    lists_are_right(&fold, &BTreeMap::new()).unwrap();
    positions_are_right(&fold, &[]).unwrap();
}
