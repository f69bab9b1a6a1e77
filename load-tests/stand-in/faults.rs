//! Planned faults, which the workloads have to find.

use std::str::FromStr;

/// Planned faults, each at every so many changes.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Faults {
    /// Answers 503.
    #[arg(long, env = "STAND_IN_OVERLOADED")]
    pub(crate) overloaded: Option<u64>,
    /// Carries the change out and cuts the connection instead of answering.
    #[arg(long, env = "STAND_IN_CUT")]
    pub(crate) cut: Option<u64>,
    /// Acknowledges a change that is not kept.
    #[arg(long, env = "STAND_IN_LOSE")]
    pub(crate) lose: Option<u64>,
    /// Grants a claim of what somebody else has.
    #[arg(long, env = "STAND_IN_GRANT")]
    pub(crate) grant: Option<u64>,
    /// Ends the process, as a kill would.
    #[arg(long, env = "STAND_IN_DIE")]
    pub(crate) die: Option<u64>,
    /// How often a live session has a beacon.
    #[arg(long, env = "STAND_IN_BEACON_MS", default_value_t = 400)]
    pub(crate) beacon_ms: u64,
    /// What the live view does wrong, and at every so many frames of the kind: `hash:3`.
    #[arg(long, env = "STAND_IN_LIVE_FAULT", value_name = "KIND:EVERY")]
    pub(crate) live_fault: Option<LiveFault>,
}

/// One thing that the live view does wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LiveFault {
    pub(crate) kind: Kind,
    pub(crate) every: u64,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A change is not sent; the next one goes on from it.
    Drop,
    /// A change is not sent, and the next one pretends that there was none.
    Skip,
    /// A change has a wrong total.
    Total,
    /// A beacon has a wrong hash.
    Hash,
    /// An event comes twice.
    Repeat,
    /// A row that has left stays.
    Stale,
    /// A resume says that nothing was missed.
    Lie,
}

impl FromStr for LiveFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` is not KIND:EVERY");
        let (kind, every) = text.split_once(':').ok_or_else(unknown)?;
        let kind = match kind {
            "drop" => Kind::Drop,
            "skip" => Kind::Skip,
            "total" => Kind::Total,
            "hash" => Kind::Hash,
            "repeat" => Kind::Repeat,
            "stale" => Kind::Stale,
            "lie" => Kind::Lie,
            _ => return Err(unknown()),
        };
        let every = every.parse().map_err(|_error| unknown())?;
        Ok(Self { kind, every })
    }
}
