//! The steps of a record: shared with the records of other targets that needed the same work.

use crate::trace::Step;
use std::ops::Index;
use std::sync::Arc;

/// Steps in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps(Vec<Arc<Step>>);

impl Steps {
    /// Steps, sorted by key.
    pub fn sorted(mut steps: Vec<Arc<Step>>) -> Self {
        steps.sort_by(|left, right| left.key.cmp(&right.key));
        Self(steps)
    }

    /// Each of them, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|step| &**step)
    }

    /// Each of them, in order, as other records share it.
    pub fn shared(&self) -> &[Arc<Step>] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds one at the end.
    pub fn push(&mut self, step: Step) {
        self.0.push(Arc::new(step));
    }

    /// The last one, to be changed in this record only.
    pub fn last_mut(&mut self) -> Option<&mut Step> {
        self.0.last_mut().map(Arc::make_mut)
    }
}

/// Each step, in order.
pub type Iter<'a> = std::iter::Map<std::slice::Iter<'a, Arc<Step>>, fn(&'a Arc<Step>) -> &'a Step>;

impl<'a> IntoIterator for &'a Steps {
    type Item = &'a Step;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Index<usize> for Steps {
    type Output = Step;

    fn index(&self, index: usize) -> &Step {
        &self.0[index]
    }
}

impl FromIterator<Step> for Steps {
    fn from_iter<T: IntoIterator<Item = Step>>(steps: T) -> Self {
        Self(steps.into_iter().map(Arc::new).collect())
    }
}
