//! One result per key, safe against cancellation: when the first maker is dropped, the next one takes over.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::OnceCell;

/// One result per key.
#[derive(Debug)]
pub struct Once<K, V> {
    cells: Mutex<HashMap<K, Arc<OnceCell<V>>>>,
}

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self {
            cells: Mutex::new(HashMap::new()),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Once<K, V> {
    /// The result for a key: made by the first who asks, awaited by the others.
    pub async fn get(&self, key: &K, make: impl Future<Output = V>) -> V {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        cell.get_or_init(|| make).await.clone()
    }

    /// Puts another result in the place of the first.
    pub fn replace(&self, key: &K, value: V) {
        let cell = Arc::new(OnceCell::new_with(Some(value)));
        self.cells
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.clone(), cell);
    }
}
