//! What a client that comes back has missed: which conversations changed since its position, and
//! whether each was in its view then. Pure.
//!
//! Membership before is not guessed. Commits of this start carry the state before them. Older ones,
//! read from the log, say what each field was before it changed; whatever they do not name is as it
//! is now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::conversation::{Conversation, ConversationEvent, Status};
use crate::domain::{CommitBody, ConversationCommit, ConversationId, UserId};
use crate::views::{Filter, Membership, Told};

/// The commits of a stretch of the log, by conversation, each in order.
pub type Missed = BTreeMap<ConversationId, Vec<Arc<Told>>>;

/// Sorts a stretch of the log by conversation.
pub fn by_conversation(told: impl IntoIterator<Item = Arc<Told>>, missed: &mut Missed) {
    for one in told {
        if let CommitBody::Conversation(body) = &one.commit.body {
            missed.entry(body.conversation).or_default().push(one);
        }
    }
}

/// Leaves out the commits up to a position.
pub(super) fn forget_up_to(seq: u64, missed: &mut Missed) {
    missed.retain(|_, commits| {
        let gone = commits.partition_point(|told| told.commit.seq <= seq);
        drop(commits.drain(..gone));
        !commits.is_empty()
    });
}

/// Whether a conversation was in a list before these commits, given what it is after them.
///
/// `mentioned_before` says whether a note before them mentions somebody; it is asked only about
/// those whom one of these commits mentions.
pub fn was_in(
    (filter, viewer): (Filter, Option<UserId>),
    present: &Conversation,
    commits: &[Arc<Told>],
    mentioned_before: impl FnOnce(UserId) -> bool,
) -> bool {
    if let Some(change) = commits.first().and_then(|first| first.change.as_ref()) {
        let before = change.before.as_deref();
        return before.is_some_and(|before| Membership::of(before).is_in(filter, viewer));
    }
    let before = Before::of(present, commits.iter().filter_map(|told| body(told)));
    if !before.existed {
        return false;
    }
    let open = before.status == Status::Open;
    match filter {
        Filter::AiQueue => open && before.handling,
        Filter::All => open,
        Filter::Unassigned => open && before.assignee.is_none(),
        Filter::Mine => open && viewer.is_some() && before.assignee == viewer,
        Filter::AiHandled => before.sent_count > 0,
        Filter::Closed => before.status == Status::Closed,
        Filter::Mentions => viewer.is_some_and(|viewer| {
            if before.mentioned_since.contains(&viewer) {
                mentioned_before(viewer)
            } else {
                present.mentioned.contains(&viewer)
            }
        }),
    }
}

fn body(told: &Arc<Told>) -> Option<&ConversationCommit> {
    match &told.commit.body {
        CommitBody::Conversation(body) => Some(body),
        CommitBody::Directory { .. } | CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {
            None
        }
    }
}

/// What membership depends on, before some commits.
struct Before {
    existed: bool,
    status: Status,
    assignee: Option<UserId>,
    handling: bool,
    sent_count: u64,
    /// Whom those commits mention.
    mentioned_since: BTreeSet<UserId>,
}

impl Before {
    fn of<'a>(
        present: &Conversation,
        commits: impl Iterator<Item = &'a ConversationCommit>,
    ) -> Self {
        let mut before = Self {
            existed: true,
            status: present.status,
            assignee: present.assignee,
            handling: present.ai.handling,
            sent_count: present.ai.sent_count,
            mentioned_since: BTreeSet::new(),
        };
        let events: Vec<&ConversationEvent> = commits.flat_map(|body| &body.events).collect();
        // From the newest back: the last to be undone is the first that happened.
        for event in events.into_iter().rev() {
            before.undo(event);
        }
        before
    }

    fn undo(&mut self, event: &ConversationEvent) {
        match event {
            ConversationEvent::Created(_) => self.existed = false,
            ConversationEvent::StatusChanged { from, .. } => self.status = *from,
            ConversationEvent::Assigned { previous, .. } => self.assignee = *previous,
            ConversationEvent::Unassigned { previous, .. } => self.assignee = Some(*previous),
            ConversationEvent::TakenOver { previous, .. } => {
                self.assignee = *previous;
                self.handling = true;
            }
            ConversationEvent::NoteAdded { message } => {
                self.mentioned_since
                    .extend(message.mentions.iter().copied());
            }
            ConversationEvent::MessageAdded { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. }
            | ConversationEvent::AiReplySuppressed { .. }
            | ConversationEvent::AiDraftSaved { .. } => {}
            ConversationEvent::AiReplySent { .. } => {
                self.sent_count = self.sent_count.saturating_sub(1);
            }
            ConversationEvent::AiHandlingEnded { .. } => self.handling = true,
        }
    }
}
