//! # addmm
//!
//! A matrix product, scaled, added to what is there, scaled.
//!
//! $$ Y = \beta C + \alpha A B $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul`, `mul` and `add` |
//! | JVP | by composition |
//! | shape | `C × [m, k] × [k, p] → [m, p]`, for `baddbmm` `C × [n, m, k] × [n, k, p] → [n, m, p]`; `C` broadcasts to the product |
//! | domain | everything; $\beta = 0$ multiplies like any number: NaN in $C$ stays NaN |
//! | source | definition, as PyTorch's `addmm` but for $\beta = 0$ |

use super::{Composed, Draw};
use crate::{
    Error, Float, Shape, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// `beta * self + alpha * product`, the operand broadcast to the product and never the other way.
    #[track_caller]
    fn added_to(self, op: &'static str, product: Self, beta: f64, alpha: f64) -> Result<Self, Error> {
        if Shape::broadcast(op, self.shape(), product.shape())? != product.shape() {
            let (lhs, rhs) = (self.shape().dims().into(), product.shape().dims().into());
            return Err(Error::ShapeMismatch {
                op,
                lhs,
                rhs,
                expected: "a shape that broadcasts to the product's",
            });
        }
        let (shift, product) = self.tape.at_caller(|| {
            let scaled = |v: Self, by: f64| if by == 1.0 { v } else { v * by };
            (scaled(self, beta), scaled(product, alpha))
        });
        shift.try_add(product).within(op)
    }

    /// `beta * self + alpha * (a b)` for two matrices; see [`crate::ops::composed::addmm`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless `a` and `b` are matrices that fit, and this broadcasts to their product;
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_addmm(self, a: Self, b: Self, beta: f64, alpha: f64) -> Result<Self, Error> {
        if (a.rank(), b.rank()) != (2, 2) {
            let (lhs, rhs) = (a.shape().dims().into(), b.shape().dims().into());
            return Err(Error::ShapeMismatch { op: "addmm", lhs, rhs, expected: "two matrices" });
        }
        self.added_to("addmm", a.try_matmul(b).within("addmm")?, beta, alpha)
    }

    /// As [`Var::try_addmm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (bias, x, w) = (tape.leaf([100.0]), tape.leaf([[1.0, 2.0]]), tape.leaf([[3.0, 4.0], [5.0, 6.0]]));
    /// assert_eq!(bias.addmm(x, w, 1.0, 1.0).value().to_vec(), [113.0, 116.0]);
    /// assert_eq!(bias.addmm(x, w, 0.5, 2.0).sum().backward(&[bias, x])[1].to_vec(), [14.0, 22.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn addmm(self, a: Self, b: Self, beta: f64, alpha: f64) -> Self {
        or_panic(self.try_addmm(a, b, beta, alpha))
    }

    /// `beta * self + alpha * (a b)` for two stacks of equally many matrices; see [`crate::ops::composed::addmm`].
    ///
    /// # Errors
    ///
    /// Those of [`Var::try_bmm`]; [`Error::ShapeMismatch`] or [`Error::Broadcast`] unless this broadcasts to the
    /// product.
    #[track_caller]
    pub fn try_baddbmm(self, a: Self, b: Self, beta: f64, alpha: f64) -> Result<Self, Error> {
        self.added_to("baddbmm", a.try_bmm(b).within("baddbmm")?, beta, alpha)
    }

    /// As [`Var::try_baddbmm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (c, a, b) = (tape.leaf(1.0), tape.leaf([[[1.0, 2.0]]]), tape.leaf([[[3.0], [4.0]]]));
    /// assert_eq!(c.baddbmm(a, b, 2.0, -1.0).value().to_vec(), [-9.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn baddbmm(self, a: Self, b: Self, beta: f64, alpha: f64) -> Self {
        or_panic(self.try_baddbmm(a, b, beta, alpha))
    }
}

/// The form for matrices at the points where the laws check it.
pub fn matrices() -> Composed {
    Composed {
        name: "addmm",
        f: |x| x[0].addmm(x[1], x[2], 0.5, -2.0),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 3]; 4] = [
                [&[2], &[3, 1], &[1, 2]],
                [&[], &[1, 2], &[2, 2]],
                [&[2, 1], &[2, 0], &[0, 2]],
                [&[0, 1], &[0, 2], &[2, 1]],
            ];
            shapes.map(|three| three.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

/// The form for stacks at the points where the laws check it.
pub fn stacks() -> Composed {
    Composed {
        name: "baddbmm",
        f: |x| x[0].baddbmm(x[1], x[2], 1.0, 3.0),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 3]; 3] = [
                [&[2, 1, 2], &[2, 1, 2], &[2, 2, 2]],
                [&[1], &[1, 2, 1], &[1, 1, 2]],
                [&[], &[0, 1, 1], &[0, 1, 2]],
            ];
            shapes.map(|three| three.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_product_never_grows_to_what_it_is_added_to() {
        let tape = Tape::<f64>::new();
        let of = |dims: &[usize]| tape.leaf(Tensor::full(dims, 1.0));
        let (a, b) = (of(&[1, 2]), of(&[2, 3]));
        assert_eq!(of(&[3]).addmm(a, b, 1.0, 1.0).value(), Tensor::full([1, 3], 3.0));
        assert!(matches!(
            of(&[4, 3]).try_addmm(a, b, 1.0, 1.0),
            Err(Error::ShapeMismatch { op: "addmm", .. })
        ));
        assert!(matches!(of(&[4]).try_addmm(a, b, 1.0, 1.0), Err(Error::Broadcast { op: "addmm", .. })));
        assert!(matches!(of(&[1]).try_addmm(of(&[2]), b, 1.0, 1.0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(
            of(&[1]).try_baddbmm(a, b, 1.0, 1.0),
            Err(Error::ShapeMismatch { op: "baddbmm", .. })
        ));
        let nan = tape.leaf(f64::NAN).addmm(a, b, 0.0, 1.0);
        assert!(nan.value().to_vec().iter().all(|y| y.is_nan()));
    }
}
