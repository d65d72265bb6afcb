//! A small map that keeps the order in which keys came first.
//!
//! It never removes anything.

use std::collections::HashMap;

/// Values by key, in order of first appearance.
pub(super) struct Ordered<V> {
    index: HashMap<String, usize>,
    entries: Vec<(String, V)>,
}

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self {
            index: HashMap::new(),
            entries: Vec::new(),
        }
    }
}

impl<V> Ordered<V> {
    /// The value of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&V> {
        let index = *self.index.get(key)?;
        self.entries.get(index).map(|(_, value)| value)
    }

    /// Sets the value of a key and returns the value it had.
    pub(super) fn insert(&mut self, key: &str, value: V) -> Option<V> {
        let known = self
            .index
            .get(key)
            .and_then(|index| self.entries.get_mut(*index));
        if let Some((_, old)) = known {
            return Some(std::mem::replace(old, value));
        }
        self.index.insert(key.to_owned(), self.entries.len());
        self.entries.push((key.to_owned(), value));
        None
    }

    /// The value of a key, made on first use.
    pub(super) fn entry_or_default(&mut self, key: &str) -> &mut V
    where
        V: Default,
    {
        let entries = &mut self.entries;
        let index = *self.index.entry(key.to_owned()).or_insert_with(|| {
            entries.push((key.to_owned(), V::default()));
            entries.len() - 1
        });
        entries
            .get_mut(index)
            .map(|(_, value)| value)
            .expect("the index names an entry")
    }

    /// All keys and values in order.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (String, V)> {
        self.entries.into_iter()
    }
}
