//! Values of the real domain as parts of a state: compared and hashed by a key made once.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A shared value with the hash of all that it shows.
pub(crate) struct Known<T> {
    value: Arc<T>,
    key: u64,
}

impl<T: fmt::Debug> Known<T> {
    pub(crate) fn new(value: T) -> Self {
        Self::of(Arc::new(value))
    }

    pub(crate) fn of(value: Arc<T>) -> Self {
        let mut hasher = DefaultHasher::new();
        format!("{value:?}").hash(&mut hasher);
        let key = hasher.finish();
        Self { value, key }
    }
}

impl<T: Clone> Known<T> {
    pub(crate) fn clone_value(&self) -> T {
        T::clone(&self.value)
    }
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            key: self.key,
        }
    }
}

impl<T> PartialEq for Known<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Known<T> {}

impl<T> Hash for Known<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<T> Deref for Known<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
