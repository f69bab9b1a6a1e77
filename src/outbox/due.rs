//! What is to be done at a time: rows that sort by their lane, and in it by their time.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Changes, Key};
use crate::domain::Timestamp;

/// Keys of what is due begin with this byte; a consumer's other keys must not.
const DUE: u8 = b'q';

/// Something that a consumer has to do, not before a time.
///
/// Lanes do not hold each other up: each may have so many under way, whatever the others have. A
/// lane is, for instance, an endpoint, or a kind of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its lane.
    pub lane: u128,
    /// Not before this time. In a lane the earliest is done first.
    pub at: Timestamp,
    /// Tells it from others of its lane and time.
    pub id: Bytes,
    /// What the consumer wants to know of it.
    pub value: Bytes,
}

impl Due {
    /// Its row's key.
    #[must_use]
    pub fn key(&self) -> Key {
        let mut key = BytesMut::from(&Self::beginning(self.lane)[..]);
        key.put_u64(u64::try_from(self.at.as_millis()).unwrap_or(0));
        key.put_slice(&self.id);
        Key(key.freeze())
    }

    /// Reads a row.
    pub(super) fn read(key: &Key, value: Bytes) -> Option<Self> {
        let rest = key.0.get(17..)?;
        let (millis, id) = rest.split_first_chunk::<8>()?;
        let at = i64::try_from(u64::from_be_bytes(*millis)).ok()?;
        Some(Self {
            lane: Self::lane_of(key)?,
            at: Timestamp::from_millis(at),
            id: Bytes::copy_from_slice(id),
            value,
        })
    }

    /// The lane of a row.
    pub(super) fn lane_of(key: &Key) -> Option<u128> {
        let lane = key.0.get(1..)?.first_chunk::<16>()?;
        Some(u128::from_be_bytes(*lane))
    }

    /// Every row of all lanes lies from the first key up to the second.
    pub(super) const fn all() -> (Key, Key) {
        (
            Key(Bytes::from_static(&[DUE])),
            Key(Bytes::from_static(&[DUE + 1])),
        )
    }

    /// Every row of a lane lies from the first key up to the second.
    #[must_use]
    pub fn lane(lane: u128) -> (Key, Key) {
        let end = match lane.checked_add(1) {
            Some(next) => Key(Self::beginning(next)),
            None => Self::all().1,
        };
        (Key(Self::beginning(lane)), end)
    }

    fn beginning(lane: u128) -> Bytes {
        let mut key = BytesMut::with_capacity(64);
        key.put_u8(DUE);
        key.put_u128(lane);
        key.freeze()
    }
}

impl Changes {
    /// Keeps something until it is done.
    pub fn put_due(&mut self, due: &Due) {
        self.put(due.key(), due.value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(lane: u128, at: i64, id: &'static [u8]) -> Due {
        Due {
            lane,
            at: Timestamp::from_millis(at),
            id: Bytes::from_static(id),
            value: Bytes::from_static(b"value"),
        }
    }

    #[test]
    fn rows_read_back_and_sort_by_lane_and_time() {
        let sorted = [
            due(0, 300, b""),
            due(1, 2, b"z"),
            due(1, 256, b"a"),
            due(1, 256, b"ab"),
            due(u128::MAX, 1, b"a"),
        ];
        for one in &sorted {
            let read = Due::read(&one.key(), one.value.clone());
            assert_eq!(read.as_ref(), Some(one));
            let (from, to) = Due::lane(one.lane);
            assert!((from..to).contains(&one.key()));
            let (from, to) = Due::all();
            assert!((from..to).contains(&one.key()));
        }
        assert!(sorted.is_sorted_by_key(Due::key));
        assert!(!(Due::lane(1).0..Due::lane(1).1).contains(&sorted[0].key()));
        assert!(!(Due::lane(1).0..Due::lane(1).1).contains(&sorted[4].key()));
    }
}
