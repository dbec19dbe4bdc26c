//! Struct declarations that are trees.

/// Declares a struct over leaves and makes it a [`Tree`](crate::Tree).
///
/// Fields may have any type that is a tree: leaves `P`, `Option<P>`, [`Buffer<P>`](crate::Buffer), layers `Linear<P>`,
/// vectors and arrays of those, and settings (numbers, flags, types declared with [`plain!`](crate::plain!)). Docs,
/// attributes and visibility pass through. A struct without a parameter is a setting and must be `Clone`.
///
/// ```
/// use wengert::{Tensor, Var};
/// use wengert_nn::{Tree, tree};
///
/// tree! {
///     /// $y = s\,x^n$
///     #[derive(Clone, Debug)]
///     pub struct Power<P> {
///         /// The factor.
///         pub scale: P,
///         /// The exponent.
///         pub n: usize,
///     }
/// }
///
/// impl<'t> Power<Var<'t, f64>> {
///     fn forward(&self, x: Var<'t, f64>) -> Var<'t, f64> {
///         (0..self.n).fold(self.scale, |y, _| y * x)
///     }
/// }
///
/// assert_eq!(Power { scale: Tensor::from(2.0), n: 3 }.names(), ["scale"]);
/// ```
///
/// expands to the struct and
///
/// ```text
/// impl<P: Leaf> Tree<P> for Power<P> {
///     type With<Q: Leaf> = Power<Q>;
///     fn map_named(&self, name, f) -> Power<Q> {
///         Power {
///             scale: name.field("scale", |name| self.scale.map_named(name, f)),
///             n: name.field("n", |name| self.n.map_named(name, f)),
///         }
///     }
///     fn visit_mut_named(&mut self, name, f) { ... the same, field by field ... }
/// }
/// ```
#[macro_export]
macro_rules! tree {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident<$P:ident> {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $T:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $Name<$P> {
            $($(#[$field_meta])* $field_vis $field: $T,)*
        }

        impl<$P: $crate::Leaf> $crate::Tree<$P> for $Name<$P> {
            type With<TreeQ: $crate::Leaf> = $Name<TreeQ>;

            fn map_named<'tree, TreeQ: $crate::Leaf>(
                &'tree self,
                name: &mut $crate::Name,
                f: &mut impl FnMut($crate::Slot<'_>, &'tree $P) -> TreeQ,
            ) -> $Name<TreeQ>
            where
                $P: 'tree,
            {
                $Name {
                    $($field: name.field(stringify!($field), |name| {
                        <$T as $crate::Tree<$P>>::map_named(&self.$field, name, f)
                    }),)*
                }
            }

            fn visit_mut_named<'tree>(
                &'tree mut self,
                name: &mut $crate::Name,
                f: &mut impl FnMut($crate::Slot<'_>, &'tree mut $P),
            )
            where
                $P: 'tree,
            {
                $(name.field(stringify!($field), |name| {
                    <$T as $crate::Tree<$P>>::visit_mut_named(&mut self.$field, name, f);
                });)*
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $Name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $T:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $Name {
            $($(#[$field_meta])* $field_vis $field: $T,)*
        }

        $crate::plain!($Name);
    };
}

/// Makes cloneable types settings: trees without leaves, copied wherever their model is mapped.
///
/// ```
/// use wengert::Tensor;
/// use wengert_nn::{Tree, plain, tree};
///
/// #[derive(Clone)]
/// enum Mixing { Sum, Product }
/// plain!(Mixing);
///
/// tree! {
///     struct Mixed<P> { weight: P, mixing: Mixing }
/// }
/// assert_eq!(Mixed { weight: Tensor::from(1.0), mixing: Mixing::Sum }.names(), ["weight"]);
/// # let _ = Mixing::Product;
/// ```
#[macro_export]
macro_rules! plain {
    ($($T:ty),* $(,)?) => { $(
        impl<TreeP: $crate::Leaf> $crate::Tree<TreeP> for $T {
            type With<TreeQ: $crate::Leaf> = $T;

            fn map_named<'tree, TreeQ: $crate::Leaf>(
                &'tree self,
                _: &mut $crate::Name,
                _: &mut impl FnMut($crate::Slot<'_>, &'tree TreeP) -> TreeQ,
            ) -> $T
            where
                TreeP: 'tree,
            {
                ::core::clone::Clone::clone(self)
            }

            fn visit_mut_named<'tree>(
                &'tree mut self,
                _: &mut $crate::Name,
                _: &mut impl FnMut($crate::Slot<'_>, &'tree mut TreeP),
            )
            where
                TreeP: 'tree,
            {
            }
        }
    )* };
}
