//! The numbers of a workspace as the wire has them.

use serde::Serialize;
use utoipa::ToSchema;

use super::references::PersonBody;
use super::time::WireTime;
use crate::domain::directory::Directory;
use crate::domain::rotation::TeamRef;
use crate::domain::stats::{Percentiles, Stats};
use crate::domain::{ConversationId, UserId};

/// How the workspace is doing now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stats)]
pub(crate) struct StatsBody<'a> {
    /// Now.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
    /// The lists that are the same for everybody.
    pub counts: StatsCountsBody,
    /// What the AI does.
    pub ai: StatsAiBody,
    /// Since when the one that has waited longest has had no assignee, of those that are open.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub oldest_unassigned_at: Option<WireTime>,
    /// The hundred people who own most of the open conversations, those with most first.
    pub owners: Vec<StatsOwnerBody<'a>>,
    /// Over the last minute.
    pub per_minute: StatsPerMinuteBody,
    /// The ten conversations with most conflicts in the last minute.
    pub hottest: Vec<StatsHotBody>,
    /// How long the newest thousand waited for an owner, in milliseconds.
    pub time_to_claim_ms: StatsClaimBody,
    /// Whose turn is next, for each team.
    pub rotations: Vec<StatsRotationBody>,
}

/// How many conversations each list has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsCounts)]
pub(crate) struct StatsCountsBody {
    /// Open, and the AI handles them.
    pub ai_queue: usize,
    /// Open.
    pub all: usize,
    /// Open, with no assignee.
    pub unassigned: usize,
    /// The AI sent a reply.
    pub ai_handled: usize,
    /// Closed.
    pub closed: usize,
}

/// What the AI does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsAi)]
pub(crate) struct StatsAiBody {
    /// How many open conversations it handles now.
    pub handling: usize,
    /// How many it closed since midnight in the workspace's time zone, with no human reply.
    pub closed_today: usize,
}

/// Somebody who owns conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsOwner)]
pub(crate) struct StatsOwnerBody<'a> {
    /// Who.
    #[serde(flatten)]
    pub person: PersonBody<'a>,
    /// How many open ones.
    pub open: usize,
}

/// What happened in the last minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsPerMinute)]
pub(crate) struct StatsPerMinuteBody {
    /// A conversation was given to somebody.
    pub assignments: u64,
    /// Somebody was told that another one's change of assignee came first.
    pub conflicts: u64,
}

/// A conversation that people fight over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsHot)]
pub(crate) struct StatsHotBody {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// How often in the last minute.
    pub conflicts: u64,
}

/// How long conversations waited, in milliseconds; null while none was claimed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsClaim)]
pub(crate) struct StatsClaimBody {
    /// Half are not over it.
    #[schema(required = true)]
    pub p50: Option<u64>,
    /// 99 of a hundred are not over it.
    #[schema(required = true)]
    pub p99: Option<u64>,
}

/// Whose turn is next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsRotation)]
pub(crate) struct StatsRotationBody {
    /// In which team.
    pub team: String,
    /// Who, in order.
    #[schema(value_type = Vec<String>)]
    pub next: Vec<UserId>,
}

impl<'a> StatsBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(stats: &Stats, directory: &'a Directory) -> Self {
        let counts = stats.counts;
        let owner = |(id, open): &(UserId, usize)| StatsOwnerBody {
            person: PersonBody::of(*id, directory),
            open: *open,
        };
        let hot = |(id, conflicts): &(ConversationId, u64)| StatsHotBody {
            conversation_id: *id,
            conflicts: *conflicts,
        };
        let claim = |percentile: fn(Percentiles) -> u64| stats.time_to_claim.map(percentile);
        Self {
            at: WireTime(stats.at),
            counts: StatsCountsBody {
                ai_queue: counts.ai_queue,
                all: counts.all,
                unassigned: counts.unassigned,
                ai_handled: counts.ai_handled,
                closed: counts.closed,
            },
            ai: StatsAiBody {
                handling: counts.ai_queue,
                closed_today: stats.closed_today,
            },
            oldest_unassigned_at: stats.oldest_unassigned_at.map(WireTime),
            owners: stats.owners.iter().map(owner).collect(),
            per_minute: StatsPerMinuteBody {
                assignments: stats.assignments_per_minute,
                conflicts: stats.conflicts_per_minute,
            },
            hottest: stats.hottest.iter().map(hot).collect(),
            time_to_claim_ms: StatsClaimBody {
                p50: claim(|found| found.p50),
                p99: claim(|found| found.p99),
            },
            rotations: stats.rotations.iter().map(rotation).collect(),
        }
    }
}

fn rotation((team, next): &(TeamRef, Vec<UserId>)) -> StatsRotationBody {
    StatsRotationBody {
        team: team.to_string(),
        next: next.clone(),
    }
}
