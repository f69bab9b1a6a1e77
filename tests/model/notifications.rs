//! Notifications against their definition, person by person and kind by kind.

use std::collections::{BTreeMap, BTreeSet};

use ochre_assign::domain::conversation::{Conversation, ConversationEvent, MessageKind};
use ochre_assign::domain::directory::{DirectoryEvent, DirectoryFold, Role, UserStatus};
use ochre_assign::domain::notifications::{Cause, NotificationKind, notices};
use ochre_assign::domain::{
    Actor, Commit, CommitBody, ConversationCommit, ConversationId, NotificationId, UserId,
};
use ochre_assign::views::{Kept, WorkspaceFold};
use proptest::{prop_assert, prop_assert_eq, proptest};

use crate::steps::{Step, steps};
use crate::world::World;

/// What everybody has been told in the application, oldest first.
pub(crate) type Told = BTreeMap<UserId, BTreeMap<NotificationId, Kept>>;

/// A commit about a conversation, and what was true when it was made.
struct Moment<'a> {
    commit: &'a Commit,
    body: &'a ConversationCommit,
    after: &'a Conversation,
    directory: &'a DirectoryFold,
}

/// The inboxes after a log, by their definition.
pub(crate) fn told(log: &[Commit]) -> Told {
    let mut told = Told::new();
    walk(log, |step| match step {
        Ok(moment) => {
            for user in people(&moment) {
                for kind in NotificationKind::ALL {
                    let wanted = moment.directory.directory.user(user).unwrap();
                    if concerns(user, *kind, &moment) && wanted.notifications.of(*kind).in_app {
                        let id = NotificationId::of(moment.commit.seq, user, *kind);
                        let kept = Kept {
                            kind: *kind,
                            conversation: moment.body.conversation,
                            read: false,
                        };
                        told.entry(user).or_default().insert(id, kept);
                    }
                }
            }
        }
        Err(DirectoryEvent::NotificationRead { user, notification }) => {
            if let Some(kept) = told.entry(*user).or_default().get_mut(notification) {
                kept.read = true;
            }
        }
        Err(DirectoryEvent::NotificationsRead { user }) => {
            let inbox = told.entry(*user).or_default();
            inbox.values_mut().for_each(|kept| kept.read = true);
        }
        Err(_) => {}
    });
    told.retain(|_, inbox| !inbox.is_empty());
    told
}

/// Every commit about a conversation, and every event about the directory, in order.
fn walk(log: &[Commit], mut visit: impl FnMut(Result<Moment<'_>, &DirectoryEvent>)) {
    let mut directory = DirectoryFold::default();
    let mut conversations: BTreeMap<ConversationId, Conversation> = BTreeMap::new();
    for commit in log {
        match &commit.body {
            CommitBody::Conversation(body) => {
                let id = body.conversation;
                let (events, stamp) = (&body.events, body.stamp(commit.at));
                let after = Conversation::fold(conversations.get(&id), id, events, stamp).unwrap();
                visit(Ok(Moment {
                    commit,
                    body,
                    after: &after,
                    directory: &directory,
                }));
                conversations.insert(id, after);
            }
            CommitBody::Directory { events } => {
                for event in events {
                    directory.apply(event, commit.at);
                    visit(Err(event));
                }
            }
            CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {}
        }
    }
}

fn people(moment: &Moment<'_>) -> Vec<UserId> {
    let users = moment.directory.directory.users();
    users.map(|user| user.id).collect()
}

/// Whether somebody has to be told, in the words of S08 and B30 to B32.
fn concerns(user: UserId, kind: NotificationKind, moment: &Moment<'_>) -> bool {
    let person = moment.directory.directory.user(user).unwrap();
    let did_it = moment.commit.actor == Actor::User { id: user };
    if did_it || person.status == UserStatus::Deactivated {
        return false;
    }
    let happened =
        |wanted: &dyn Fn(&ConversationEvent) -> bool| moment.body.events.iter().any(wanted);
    let is_new = happened(&|event| matches!(event, ConversationEvent::Created(_)));
    let owner = moment.after.assignee;
    match kind {
        NotificationKind::Assignment => happened(
            &|event| matches!(event, ConversationEvent::Assigned { assignee, .. } if *assignee == user),
        ),
        NotificationKind::Mention => happened(
            &|event| matches!(event, ConversationEvent::NoteAdded { message } if message.mentions.contains(&user)),
        ),
        NotificationKind::ConversationReply => {
            let replied = happened(
                &|event| matches!(event, ConversationEvent::MessageAdded { message } if message.kind == MessageKind::Customer),
            );
            replied && !is_new && owner == Some(user)
        }
        NotificationKind::NewUnassigned => {
            is_new && owner.is_none() && matches!(person.role, Role::Owner | Role::Admin)
        }
        NotificationKind::AiAutoSent => {
            let sent = happened(&|event| {
                let message = event.message();
                message.is_some_and(|message| message.kind == MessageKind::Ai)
            });
            sent && owner == Some(user)
        }
    }
}

/// What the views hold, in the form of the definition.
fn kept(fold: &WorkspaceFold) -> Told {
    let users = fold.directory.directory.users().map(|user| user.id);
    let inbox = |user| (user, fold.inboxes.of(user).newest(None).collect());
    let mut kept: Told = users.map(inbox).collect();
    kept.retain(|_, inbox| !inbox.is_empty());
    kept
}

proptest! {
    /// Never the actor, nobody twice, and everybody whom S08 names.
    #[test]
    fn a_commit_tells_exactly_those_whom_it_concerns(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        let mut found = Vec::new();
        walk(&world.log, |step| {
            if let Ok(moment) = step {
                let cause = Cause {
                    actor: &moment.commit.actor,
                    events: &moment.body.events,
                    after: moment.after,
                    directory: &moment.directory.directory,
                };
                let told: BTreeSet<_> = notices(cause)
                    .into_iter()
                    .map(|notice| (notice.user, notice.kind))
                    .collect();
                let mut expected = BTreeSet::new();
                for user in people(&moment) {
                    let kinds = NotificationKind::ALL.iter().copied();
                    let concerning = kinds.filter(|kind| concerns(user, *kind, &moment));
                    expected.extend(concerning.map(|kind| (user, kind)));
                }
                found.push((told, expected, moment.commit.actor.clone()));
            }
        });
        for (told, expected, actor) in found {
            prop_assert_eq!(&told, &expected);
            let is_told = |user: &UserId| actor == Actor::User { id: *user };
            prop_assert!(!told.iter().any(|(user, _)| is_told(user)));
        }
    }

    /// `VIEW_IS_FOLD` of the inboxes, also after a snapshot was taken and read.
    #[test]
    fn every_inbox_is_what_the_log_says(steps in steps()) {
        let mut world = World::new();
        let mut fold = WorkspaceFold::default();
        let mut folded = 0;
        for step in [Step::Wait { millis: 0 }].iter().chain(&steps) {
            world.take(step);
            for commit in &world.log[folded..] {
                fold.apply(commit, None).unwrap();
            }
            folded = world.log.len();
        }
        let expected = told(&world.log);
        prop_assert_eq!(&kept(&fold), &expected);
        for (user, inbox) in &expected {
            let unread = inbox.values().filter(|kept| !kept.read).count();
            prop_assert_eq!(fold.inboxes.of(*user).unread(), unread);
        }
        let read = WorkspaceFold::from_snapshot(&fold.to_snapshot().unwrap()).unwrap();
        prop_assert_eq!(&read.inboxes, &fold.inboxes);
    }
}

#[test]
fn an_inbox_keeps_the_newest() {
    let mut world = World::new();
    for _ in 0..40 {
        world.take(&Step::Wait { millis: 1 });
    }
    let mut fold = WorkspaceFold::default();
    for commit in &world.log {
        fold.apply(commit, None).unwrap();
    }
    let expected = told(&world.log);
    let (user, inbox) = expected.iter().next().unwrap();
    assert!(inbox.len() > 1, "the owner is told of both conversations");
    fold.inboxes.keep(1);
    let newest: Vec<_> = fold.inboxes.of(*user).newest(None).collect();
    let (id, last) = inbox.iter().next_back().unwrap();
    assert_eq!(newest, [(*id, *last)]);
    assert_eq!(fold.inboxes.of(*user).unread(), 1);
}
