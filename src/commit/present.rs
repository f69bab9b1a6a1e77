//! State to decide on: what the views show, unless something newer is still on its way to them.
//!
//! Only one actor orders the commits of a conversation, or of the directory. When it loads, whatever
//! an actor before it has sequenced must be in the views: deciding on less would refuse for what
//! is past, and for the directory bring back what was changed.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::answer::Release;
use super::proposal::Promise;
use super::sequencer::Workspace;
use crate::domain::ConversationId;
use crate::domain::conversation::Conversation;
use crate::domain::directory::DirectoryFold;
use crate::domain::rotation::{Rotation, TeamRef};

/// A state that includes everything sequenced about it.
#[derive(Debug)]
pub struct Present<T> {
    /// The state.
    pub state: T,
    /// The generation in which it is the present one.
    pub generation: u64,
    /// The position up to which nothing else was sequenced about it, for proposals of the directory.
    pub at: u64,
}

impl Workspace {
    /// What ends once the views have applied everything sequenced so far, or once that turned out to
    /// be void; nothing when they have.
    pub fn catch_up(self: &Arc<Self>) -> Option<impl Future<Output = ()> + 'static> {
        let (sender, mut receiver) = oneshot::channel();
        let release = Release::new(move |_given| {
            sender.send(()).ok();
        });
        let promise = Promise {
            remember: None,
            release: Some(release),
        };
        self.answer(self.generation(), promise);
        let waits = receiver.try_recv().is_err();
        waits.then(|| receiver.map(drop))
    }

    /// A conversation, for the one actor that orders its commits; nothing while some of them are on
    /// their way.
    #[must_use]
    pub fn present_conversation(
        &self,
        id: ConversationId,
    ) -> Option<Present<Option<Arc<Conversation>>>> {
        // Not under both locks: the views may only get closer to the order, or the order is rebuilt
        // from them and the generation is another.
        let (generation, sequenced) = self.ordered(|order| order.version(id));
        let fold = self.views().read();
        let row = fold.rows.get(&id);
        let state = row.map(|row| Arc::clone(&row.conversation));
        let shown = state.as_ref().map_or(0, |state| state.version);
        (shown == sequenced).then_some(Present {
            state,
            generation,
            at: fold.head,
        })
    }

    /// Whose turn it is in a team, for the one actor that gives its turns; nothing while some of them
    /// are on their way.
    #[must_use]
    pub fn present_rotation(&self, team: TeamRef) -> Option<Present<Rotation>> {
        let (generation, sequenced) = self.ordered(|order| order.turn(team));
        let fold = self.views().read();
        let turns = fold.routing.turns(team);
        let state = turns.map_or_else(Rotation::default, |turns| turns.rotation.clone());
        (state.turn() == sequenced).then_some(Present {
            state,
            generation,
            at: fold.head,
        })
    }

    /// The directory with its credentials, for the one actor that orders its commits; nothing while
    /// some of them are on their way.
    #[must_use]
    pub fn present_directory(&self) -> Option<Present<DirectoryFold>> {
        let (generation, at) = self.ordered(|order| order.directory_at);
        let fold = self.views().read();
        (fold.head >= at).then(|| Present {
            state: fold.directory.clone(),
            generation,
            at,
        })
    }
}
