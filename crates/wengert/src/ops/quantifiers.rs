//! Whether a mask holds everywhere or somewhere over axes.

use super::Mask;
use crate::{Axes, AxisSet, Error, Float, error::or_panic};

impl<F: Float> Mask<'_, F> {
    #[track_caller]
    fn any_over(self, axes: AxisSet, keepdim: bool) -> Self {
        let (ones, shape) = (self.node().sum_over(axes), axes.reduced(self.node().shape(), keepdim));
        ones.reshape(shape).gt(0.0)
    }

    #[track_caller]
    fn all_over(self, axes: AxisSet, keepdim: bool) -> Self {
        self.not().any_over(axes, keepdim).not()
    }
}

/// Adds a quantifier to `Mask`: over everything, over axes dropped and kept, the latter two with their `try_` twins.
macro_rules! quantifier { (
    $text:literal, $where:literal, $of_nothing:literal, $over:ident, $name:ident, [$axes:ident, $try_axes:ident],
    [$keepdim:ident, $try_keepdim:ident]
) => {
    impl<F: Float> Mask<'_, F> {
        #[doc = concat!("Whether the mask holds ", $where, ", as a mask without axes; of nothing it ", $of_nothing, ".")]
        ///
        /// ```
        /// let tape = wengert::Tape::<f64>::new();
        /// let positive = tape.leaf([[1.0, 2.0], [-1.0, 3.0]]).gt(0.0);
        /// assert_eq!((positive.all().value().item(), positive.any().value().item()), (0.0, 1.0));
        /// assert_eq!(positive.all_axes(1).value().to_vec(), [1.0, 0.0]);
        /// ```
        #[track_caller]
        pub fn $name(self) -> Self {
            self.$over(AxisSet::all(self.node().rank()), false)
        }

        #[doc = concat!("Whether the mask holds ", $where, " over some axes, which the result no longer has.")]
        ///
        /// # Errors
        ///
        /// [`Error::Axis`], [`Error::RepeatedAxis`].
        #[track_caller]
        pub fn $try_axes(self, axes: impl Axes) -> Result<Self, Error> {
            let axes = AxisSet::new($text, axes.as_axes(), self.node().rank())?;
            Ok(self.$over(axes, false))
        }

        #[doc = concat!("As [`Mask::", stringify!($try_axes), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $axes(self, axes: impl Axes) -> Self {
            or_panic(self.$try_axes(axes))
        }

        #[doc = concat!("Whether the mask holds ", $where, " over some axes, which keep size 1.")]
        ///
        /// # Errors
        ///
        /// [`Error::Axis`], [`Error::RepeatedAxis`].
        #[track_caller]
        pub fn $try_keepdim(self, axes: impl Axes) -> Result<Self, Error> {
            let axes = AxisSet::new($text, axes.as_axes(), self.node().rank())?;
            Ok(self.$over(axes, true))
        }

        #[doc = concat!("As [`Mask::", stringify!($try_keepdim), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $keepdim(self, axes: impl Axes) -> Self {
            or_panic(self.$try_keepdim(axes))
        }
    }
} }
quantifier! {
    "all", "everywhere", "does", all_over, all, [all_axes, try_all_axes], [all_keepdim, try_all_keepdim]
}
quantifier! {
    "any", "somewhere", "does not", any_over, any, [any_axes, try_any_axes], [any_keepdim, try_any_keepdim]
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn axes_are_dropped_or_kept() {
        let tape = Tape::<f64>::new();
        let mask = tape.leaf([[1.0, -1.0, 2.0], [-3.0, -1.0, 5.0]]).gt(0.0);
        assert_eq!(mask.all_axes(0).value(), Tensor::from([0.0, 0.0, 1.0]));
        assert_eq!(mask.any_axes(0).value(), Tensor::from([1.0, 0.0, 1.0]));
        assert_eq!(mask.any_keepdim(-1).value(), Tensor::from([[1.0], [1.0]]));
        assert_eq!(mask.all_keepdim([0, 1]).value(), Tensor::from([[0.0]]));
        assert!(matches!(mask.try_any_axes(2).err(), Some(Error::Axis { op: "any", axis: 2, rank: 2 })));
        assert!(matches!(
            mask.try_all_keepdim([0, 0]).err(),
            Some(Error::RepeatedAxis { op: "all", axis: 0 })
        ));
    }

    #[test]
    fn of_nothing_all_holds_and_any_does_not() {
        let tape = Tape::<f64>::new();
        let mask = tape.leaf(Tensor::zeros([2, 0])).gt(0.0);
        assert_eq!((mask.all().value().item(), mask.any().value().item()), (1.0, 0.0));
        assert_eq!(mask.all_axes(1).value().to_vec(), [1.0, 1.0]);
        assert_eq!(mask.any_axes(1).value().to_vec(), [0.0, 0.0]);
    }

    #[test]
    fn chooses_whole_lines_without_a_gradient_of_its_own() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [f64::NAN, 3.0]]);
        let y = x.eq(x).all_keepdim(1).select(x, 0.0);
        assert_eq!(y.value().to_vec(), [1.0, 2.0, 0.0, 0.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 1.0, 0.0, 0.0]);
    }
}
