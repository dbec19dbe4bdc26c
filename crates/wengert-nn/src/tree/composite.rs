//! Trees made of trees, leaves themselves, and settings, which have no leaves.

use super::{Leaf, Name, Slot, Tree};

impl<P: Leaf> Tree<P> for P {
    type With<Q: Leaf> = Q;

    fn map_named<'a, Q: Leaf>(&'a self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a P) -> Q) -> Q
    where
        P: 'a,
    {
        f(name.slot(), self)
    }

    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        f(name.slot(), self);
    }
}

/// A leaf that is kept but not trained, such as a running mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buffer<P>(
    /// The leaf.
    pub P,
);

impl<P: Leaf> Tree<P> for Buffer<P> {
    type With<Q: Leaf> = Buffer<Q>;

    fn map_named<'a, Q: Leaf>(
        &'a self,
        name: &mut Name,
        f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
    ) -> Buffer<Q>
    where
        P: 'a,
    {
        name.as_buffer(|name| Buffer(f(name.slot(), &self.0)))
    }

    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        name.as_buffer(|name| f(name.slot(), &mut self.0));
    }
}

/// A leaf that may be missing, as the gradient of a parameter that the loss does not reach.
///
/// An `Option` in a tree is part of its structure (a layer without a bias has no such leaf); this is one leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partial<T>(
    /// The value, if there is one.
    pub Option<T>,
);

impl<T> Leaf for Partial<T> {}

impl<P: Leaf, T: Tree<P>> Tree<P> for Option<T> {
    type With<Q: Leaf> = Option<T::With<Q>>;

    fn map_named<'a, Q: Leaf>(
        &'a self,
        name: &mut Name,
        f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
    ) -> Self::With<Q>
    where
        P: 'a,
    {
        self.as_ref().map(|tree| tree.map_named(name, f))
    }

    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        if let Some(tree) = self {
            tree.visit_mut_named(name, f);
        }
    }
}

impl<P: Leaf, T: Tree<P>> Tree<P> for Vec<T> {
    type With<Q: Leaf> = Vec<T::With<Q>>;

    fn map_named<'a, Q: Leaf>(
        &'a self,
        name: &mut Name,
        f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
    ) -> Self::With<Q>
    where
        P: 'a,
    {
        let at = |(i, tree): (usize, &'a T)| name.item(i, |name| tree.map_named(name, f));
        self.iter().enumerate().map(at).collect()
    }

    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        for (i, tree) in self.iter_mut().enumerate() {
            name.item(i, |name| tree.visit_mut_named(name, f));
        }
    }
}

impl<P: Leaf, T: Tree<P>, const N: usize> Tree<P> for [T; N] {
    type With<Q: Leaf> = [T::With<Q>; N];

    fn map_named<'a, Q: Leaf>(
        &'a self,
        name: &mut Name,
        f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
    ) -> Self::With<Q>
    where
        P: 'a,
    {
        std::array::from_fn(|i| name.item(i, |name| self[i].map_named(name, f)))
    }

    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        for (i, tree) in self.iter_mut().enumerate() {
            name.item(i, |name| tree.visit_mut_named(name, f));
        }
    }
}

macro_rules! tuple { ($($T:ident $i:tt),*) => {
    impl<P: Leaf, $($T: Tree<P>),*> Tree<P> for ($($T,)*) {
        type With<Q: Leaf> = ($($T::With<Q>,)*);

        fn map_named<'a, Q: Leaf>(
            &'a self,
            name: &mut Name,
            f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
        ) -> Self::With<Q>
        where
            P: 'a,
        {
            ($(name.item($i, |name| self.$i.map_named(name, f)),)*)
        }

        fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
            $(name.item($i, |name| self.$i.visit_mut_named(name, f));)*
        }
    }
} }
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, G 5);
tuple!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
tuple!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);

crate::plain!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, char, &'static str);
crate::plain!(wengert::Key);
