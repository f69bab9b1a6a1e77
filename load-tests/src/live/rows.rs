//! The rows of a list in its order: by last activity and then id, newest first.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{digest, frame::Row};

/// Where a row stands; the greatest comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    activity: Arc<str>,
    id: Arc<str>,
}

impl Place {
    /// The place of this row.
    pub fn of(row: &Row) -> Self {
        Self {
            activity: row.last_activity_at.as_str().into(),
            id: row.id.as_str().into(),
        }
    }
}

/// Rows by their place and by their id.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    versions: BTreeMap<Reverse<Place>, u64>,
    places: HashMap<Arc<str>, Place>,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Puts a row at its place, from where it was before; gives the version that it had.
    pub fn put(&mut self, row: &Row) -> Option<u64> {
        let before = self.remove(&row.id);
        let place = Place::of(row);
        self.places.insert(Arc::clone(&place.id), place.clone());
        self.versions.insert(Reverse(place), row.version);
        before
    }

    /// Takes a row away; gives the version that it had.
    pub fn remove(&mut self, id: &str) -> Option<u64> {
        let place = self.places.remove(id)?;
        self.versions.remove(&Reverse(place))
    }

    /// The version of a row.
    pub fn version(&self, id: &str) -> Option<u64> {
        let place = self.places.get(id)?;
        self.versions.get(&Reverse(place.clone())).copied()
    }

    /// Ids and versions, newest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let rows = self.versions.iter();
        rows.map(|(Reverse(place), version)| (place.id.as_ref(), *version))
    }

    /// The sum over all rows.
    pub fn hash(&self) -> u64 {
        digest::sum(self.iter())
    }

    /// The sum over the newest.
    pub fn head_hash(&self, rows: usize) -> u64 {
        digest::sum(self.iter().take(rows))
    }

    /// Keeps the newest only; gives the place of the last that is kept.
    pub fn truncate(&mut self, rows: usize) -> Option<Place> {
        while self.versions.len() > rows {
            let (Reverse(place), _) = self.versions.pop_last()?;
            self.places.remove(&place.id);
        }
        let (Reverse(last), _) = self.versions.last_key_value()?;
        Some(last.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, version: u64, second: u32) -> Row {
        Row {
            id: id.to_owned(),
            version,
            last_activity_at: format!("2026-01-01T00:00:{second:02}.000Z"),
            assigned_at: None,
        }
    }

    fn ids(rows: &Rows) -> Vec<&str> {
        rows.iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn the_newest_and_then_the_greatest_id_come_first() {
        let mut rows = Rows::default();
        for (id, second) in [("a", 1), ("c", 2), ("b", 2), ("d", 0)] {
            assert_eq!(rows.put(&row(id, 1, second)), None);
        }
        assert_eq!(ids(&rows), ["c", "b", "a", "d"]);
        assert_eq!(rows.put(&row("d", 2, 9)), Some(1));
        assert_eq!(ids(&rows), ["d", "c", "b", "a"]);
        assert_eq!(rows.remove("c"), Some(1));
        assert_eq!(rows.remove("c"), None);
        assert_eq!((rows.len(), rows.version("d")), (3, Some(2)));
    }

    #[test]
    fn the_head_is_the_newest_rows() {
        let mut rows = Rows::default();
        for (id, second) in [("a", 1), ("b", 2), ("c", 3)] {
            rows.put(&row(id, 1, second));
        }
        let both = digest::sum([("c", 1), ("b", 1)].into_iter());
        assert_eq!(rows.head_hash(2), both);
        assert_eq!(rows.truncate(2), Some(Place::of(&row("b", 1, 2))));
        assert_eq!(rows.hash(), both);
        assert_eq!(rows.version("a"), None);
    }
}
