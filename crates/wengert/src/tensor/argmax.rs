//! Where along an axis the largest and the smallest elements are.

use super::Tensor;
use crate::{Error, Float, Threads, Var, axes::resolve, error::or_panic};
use wengert_kernels::reduce;

/// A kernel that writes positions along the middle axis of `[outer, n, inner]`.
type Finder<F> = fn(&Threads, [usize; 3], &[F], &mut [u32]);

impl<F: Float> Tensor<F> {
    fn find(
        &self,
        op: &'static str,
        (axis, keepdim): (isize, bool),
        on: &Threads,
        finder: Finder<F>,
    ) -> Result<Tensor<u32>, Error> {
        let axis = resolve(op, axis, self.rank())?;
        let sizes @ [_, n, _] = self.shape().around(axis);
        if n == 0 {
            return Err(Error::EmptyReduction { op, shape: self.dims().into() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::Shape {
                op,
                given: self.dims().into(),
                expected: "fewer than 2^32 elements along the axis",
            });
        }
        let y = crate::AxisSet::new(op, &[axis as isize], self.rank())?.reduced(self.shape(), keepdim);
        let x = self.contiguous();
        Ok(Tensor::build(y, |out| finder(on, sizes, x.data(), out)))
    }
}

/// Adds a search and its `try_` twin to `Tensor` and `Var`, with the axis dropped and kept.
macro_rules! position { (
    $name:ident, $try_name:ident, $keepdim:ident, $try_keepdim:ident, $text:literal, $adj:literal
) => {
    impl<F: Float> Tensor<F> {
        #[doc = concat!("The position of the ", $adj, " element along an axis, which the result no longer has.")]
        ///
        /// Of equal elements the first counts; NaN counts as the most extreme of all. For the position among all elements,
        /// in row-major order, `reshape` to one axis first.
        ///
        /// # Errors
        ///
        /// [`Error::Axis`] out of range, [`Error::EmptyReduction`] if the axis has no elements.
        pub fn $try_name(&self, axis: isize) -> Result<Tensor<u32>, Error> {
            self.find($text, (axis, false), &Threads::one(), reduce::$name)
        }

        #[doc = concat!("As [`Tensor::", stringify!($try_name), "`].")]
        ///
        /// ```
        /// let t = wengert::Tensor::from([[1.0, 3.0, 3.0], [5.0, 4.0, 4.0]]);
        /// assert_eq!(t.argmax(1).to_vec(), [1, 0]);
        /// assert_eq!(t.argmin(-1).to_vec(), [0, 1]);
        /// ```
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $name(&self, axis: isize) -> Tensor<u32> {
            or_panic(self.$try_name(axis))
        }

        #[doc = concat!("As [`Tensor::", stringify!($try_name), "`], but the axis keeps size 1.")]
        ///
        /// # Errors
        ///
        #[doc = concat!("As [`Tensor::", stringify!($try_name), "`].")]
        pub fn $try_keepdim(&self, axis: isize) -> Result<Tensor<u32>, Error> {
            self.find($text, (axis, true), &Threads::one(), reduce::$name)
        }

        #[doc = concat!("As [`Tensor::", stringify!($try_keepdim), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $keepdim(&self, axis: isize) -> Tensor<u32> {
            or_panic(self.$try_keepdim(axis))
        }
    }

    impl<F: Float> Var<'_, F> {
        #[doc = concat!("The position of the ", $adj, " element along an axis: indices, which have no derivative.")]
        ///
        /// Of equal elements the first counts; NaN counts as the most extreme of all. They are read now, as by
        /// [`Var::value`]: a plan refuses lines recorded after. For the position among all elements, in row-major order,
        /// `reshape` to one axis first.
        ///
        /// # Errors
        ///
        /// [`Error::Axis`] out of range, [`Error::EmptyReduction`] if the axis has no elements.
        #[track_caller]
        pub fn $try_name(self, axis: isize) -> Result<Tensor<u32>, Error> {
            self.value().find($text, (axis, false), self.tape.threads(), reduce::$name)
        }

        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $name(self, axis: isize) -> Tensor<u32> {
            or_panic(self.$try_name(axis))
        }

        #[doc = concat!("As [`Var::", stringify!($try_name), "`], but the axis keeps size 1.")]
        ///
        /// # Errors
        ///
        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        #[track_caller]
        pub fn $try_keepdim(self, axis: isize) -> Result<Tensor<u32>, Error> {
            self.value().find($text, (axis, true), self.tape.threads(), reduce::$name)
        }

        #[doc = concat!("As [`Var::", stringify!($try_keepdim), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $keepdim(self, axis: isize) -> Tensor<u32> {
            or_panic(self.$try_keepdim(axis))
        }
    }
} }
position! { argmax, try_argmax, argmax_keepdim, try_argmax_keepdim, "argmax", "largest" }
position! { argmin, try_argmin, argmin_keepdim, try_argmin_keepdim, "argmin", "smallest" }

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_first_of_equal_elements_is_found_along_any_axis() {
        let t = Tensor::from([[2.0, 7.0, 7.0], [2.0, 1.0, 7.0]]);
        assert_eq!((t.argmax(0).to_vec(), t.argmax(1).to_vec()), (vec![0, 0, 0], vec![1, 2]));
        assert_eq!((t.argmin(0).to_vec(), t.argmin(1).to_vec()), (vec![0, 1, 0], vec![0, 1]));
        assert_eq!(t.transpose(0, 1).argmax(0).to_vec(), [1, 2]);
        assert_eq!(t.argmax(0).dims(), [3]);
    }

    #[test]
    fn nan_wins_and_the_first_one_counts() {
        let t = Tensor::from([1.0_f32, f32::NAN, f32::INFINITY, f32::NAN, f32::NEG_INFINITY]);
        assert_eq!((t.argmax(0).item(), t.argmin(0).item()), (1, 1));
        assert_eq!(Tensor::from([f64::NEG_INFINITY; 3]).argmax(0).item(), 0);
    }

    #[test]
    fn of_nothing_is_a_typed_error() {
        let t = Tensor::<f64>::zeros([0, 2]);
        assert!(matches!(t.try_argmax(0), Err(Error::EmptyReduction { op: "argmax", .. })));
        assert!(matches!(t.try_argmin(0), Err(Error::EmptyReduction { op: "argmin", .. })));
        assert!(t.argmax(1).is_empty());
        let scalar = Tensor::from(1.0).try_argmax(0);
        assert!(matches!(scalar, Err(Error::Axis { op: "argmax", axis: 0, rank: 0 })));
    }

    #[test]
    fn a_variable_answers_as_its_value_does() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([[1.0, 2.0], [4.0, 3.0]]);
        assert_eq!((x.argmax(-1).to_vec(), x.argmin(0).to_vec()), (vec![1, 0], vec![0, 0]));
        assert_eq!(
            (x.argmax_keepdim(1).dims(), x.value().argmin_keepdim(0).dims()),
            (&[2, 1][..], &[1, 2][..])
        );
        assert!(matches!(x.try_argmin_keepdim(2), Err(Error::Axis { op: "argmin", .. })));
    }
}
