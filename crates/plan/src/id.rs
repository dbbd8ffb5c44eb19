//! Typed indexes into the tables of a [`Plan`](crate::Plan), and the vector they index. A dangling id answers `None`, never panics.

use std::marker::PhantomData;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl From<usize> for $name {
            fn from(index: usize) -> Self { Self(u32::try_from(index).unwrap_or(u32::MAX)) }
        }
        impl From<$name> for usize {
            fn from(id: $name) -> usize { id.0 as usize }
        }
    )*};
}

ids! {
    /// A [`Flow`](crate::Flow) of the plan.
    FlowId;
    /// A consumed API ([`Client`](crate::Client)) of the plan.
    ClientId;
    /// The [`Job`](crate::Job) behind a consumed operation.
    JobId;
    /// A named external value ([`Binding`](crate::Binding)) of the plan.
    BindingId;
    /// A file the plan depends on ([`PlanFile`](crate::PlanFile)).
    FileId;
    /// A place in the frame of one flow: an input or the output of a step.
    SlotId;
}

/// A vector that is indexed by one kind of id only.
#[derive(Clone, Debug)]
pub struct IdVec<I, T> {
    items: Vec<T>,
    id: PhantomData<fn() -> I>,
}

impl<I, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), id: PhantomData }
    }
}

impl<I: From<usize> + Into<usize> + Copy, T> IdVec<I, T> {
    /// Appends `item` and hands out its id.
    pub fn push(&mut self, item: T) -> I {
        let id = I::from(self.items.len());
        self.items.push(item);
        id
    }

    /// The item of `id`.
    #[must_use]
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.into())
    }

    /// The item of `id`, to change.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(id.into())
    }

    /// Every item in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Every id with its item, in order.
    pub fn entries(&self) -> impl Iterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(index, item)| (I::from(index), item))
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<'a, I, T> IntoIterator for &'a IdVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
