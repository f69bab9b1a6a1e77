//! Timestamps as the wire has them: RFC 3339 in UTC with milliseconds.

use serde::{Serialize, Serializer};

use crate::domain::Timestamp;
use crate::wire_time::rfc3339;

/// A point in time on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WireTime(pub Timestamp);

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}
