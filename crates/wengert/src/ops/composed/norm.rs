//! # norm
//!
//! Size of a vector over axes: sum, root of squares, largest or smallest element, count, or root of powers.
//!
//! $$ \|x\|_1 = \sum_j |x_j|, \qquad \|x\|_2 = \sqrt{\textstyle\sum_j x_j^2}, \qquad \|x\|_\infty = \max_j |x_j|, \qquad \|x\|_{-\infty} = \min_j |x_j|, \qquad \|x\|_0 = \# \lbrace j : x_j \ne 0 \rbrace $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $\bar y \operatorname{sign} x_j$; $\bar y\, x_j / y$; $\bar y \operatorname{sign} x_j$ shared among the largest or smallest; none for the count; for other exponents see `p_norm` |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | all reals; of nothing 0, except that the largest and the smallest of nothing are an error; the count takes NaN for an element that is not 0 |
//! | kinks | at 0 every gradient is 0; $k$ equally large elements get $\bar y / k$ each in the maximum norm, equally small ones in the minimum; the second derivative of $\Vert x \Vert_2$ at 0 is NaN or infinite |
//! | numerics | the root of squares neither overflows nor underflows in between |
//! | source | the rules of `abs`, `sum`, `norm2`, `max`, `min` and `p_norm` |

use super::Composed;
use crate::ops::{Draw, extremum::nonempty, reduction::axis_forms};
use crate::{AxisSet, Error, Float, Shape, Tensor, Var, error::or_panic};

/// Which size of a vector is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Norm {
    /// The number of elements that are not 0, which no derivative passes through.
    L0,
    /// The sum of absolute values.
    L1,
    /// The root of the sum of squares: the Euclidean length, and over two axes the Frobenius norm.
    L2,
    /// The largest absolute value.
    Inf,
    /// The smallest absolute value.
    NegInf,
    /// The root of exponent `p` of the sum of powers, for `p` of 0 and above, and for both infinities.
    P(f64),
}

impl Norm {
    /// The norm of an exponent by its name, if it has one.
    fn by_name(self) -> Result<Self, Error> {
        let Self::P(p) = self else { return Ok(self) };
        Ok(match p {
            0.0 => Self::L0,
            1.0 => Self::L1,
            2.0 => Self::L2,
            f64::INFINITY => Self::Inf,
            f64::NEG_INFINITY => Self::NegInf,
            p if p > 0.0 => self,
            _ => {
                let (given, expected) =
                    (p.to_string(), "0 or above, or minus infinity for the smallest element");
                return Err(Error::Attribute { op: "norm", name: "p", given, expected });
            }
        })
    }
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    pub(super) fn norm_over(self, axes: AxisSet, keepdim: bool, kind: Norm) -> Result<Self, Error> {
        let y = match kind.by_name()? {
            Norm::L0 => self.ne(0.0).node().sum_over(axes),
            Norm::L1 => self.abs().sum_over(axes),
            Norm::L2 => self.norm2_over(axes, keepdim),
            Norm::Inf => {
                nonempty("norm", axes, self.shape())?;
                self.abs().max_over(axes, keepdim)?
            }
            Norm::NegInf => {
                nonempty("norm", axes, self.shape())?;
                self.abs().min_over(axes, keepdim)?
            }
            Norm::P(p) => self.p_norm_over(axes, keepdim, p),
        };
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// The size of all elements as one vector, a scalar; see [`crate::ops::composed::norm`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyReduction`] for [`Norm::Inf`] and [`Norm::NegInf`] of no elements; [`Error::Attribute`] for
    /// [`Norm::P`] of a negative number or NaN.
    #[track_caller]
    pub fn try_norm(self, kind: Norm) -> Result<Self, Error> {
        self.norm_over(AxisSet::all(self.rank()), false, kind)
    }

    /// As [`Var::try_norm`].
    ///
    /// ```
    /// use wengert::ops::composed::norm::Norm;
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([3.0, -4.0]);
    /// assert_eq!([Norm::L1, Norm::L2, Norm::Inf].map(|kind| x.norm(kind).item()), [7.0, 5.0, 4.0]);
    /// assert_eq!(x.norm(Norm::L2).backward(&[x])[0].to_vec(), [0.6, -0.8]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn norm(self, kind: Norm) -> Self {
        or_panic(self.try_norm(kind))
    }
}

axis_forms! {
    "norm", "The size of the vectors", try_norm_axes, norm_axes, try_norm_keepdim, norm_keepdim, norm_over, (kind: Norm),
    ", [`Error::EmptyReduction`](crate::Error::EmptyReduction) for [`Norm::Inf`] and [`Norm::NegInf`] of no elements, \
     [`Error::Attribute`](crate::Error::Attribute) for [`Norm::P`] of a negative number or NaN"
}

/// Matrices with no element near 0 and, in absolute value, no two alike.
fn samples(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let away = |draw: &mut Draw, dims: &[usize]| {
        let mut sign = -1.0;
        draw.distinct(Shape::of(dims)).to_vec().into_iter().map(move |v| {
            sign = -sign;
            sign * (v + 4.0)
        })
    };
    let mut of = |dims: &[usize]| {
        let values: Vec<f64> = away(draw, dims).collect();
        vec![Tensor::new(dims, values).expect("as many values as there were")]
    };
    [&[2, 3][..], &[3, 1], &[1, 2], &[0, 2]].map(&mut of).into()
}

/// The composition at the points where the laws check it.
pub fn l1() -> Composed {
    Composed { name: "norm_l1", f: |x| x[0].norm_axes(-1, Norm::L1), samples, smooth_orders: 4 }
}

/// The composition at the points where the laws check it.
pub fn l2() -> Composed {
    Composed { name: "norm_l2", f: |x| x[0].norm_keepdim(-1, Norm::L2), samples, smooth_orders: 4 }
}

/// The composition at the points where the laws check it.
pub fn inf() -> Composed {
    Composed { name: "norm_inf", f: |x| x[0].norm_axes(-1, Norm::Inf), samples, smooth_orders: 4 }
}

/// The composition at the points where the laws check it.
pub fn neg_inf() -> Composed {
    Composed { name: "norm_neg_inf", f: |x| x[0].norm_axes(-1, Norm::NegInf), samples, smooth_orders: 4 }
}

#[cfg(test)]
mod tests {
    use super::Norm;
    use crate::{Error, Tape, Tensor, hessian};

    fn gradient(x: [f64; 3], kind: Norm) -> Vec<f64> {
        crate::grad(|x| x.norm(kind), &Tensor::from(x)).to_vec()
    }

    #[test]
    fn squares_neither_overflow_nor_underflow() {
        let tape = Tape::<f32>::new();
        for (x, expected) in [(1e20_f32, 1.414_213_6e20_f32), (1e-30, 1.414_213_6e-30)] {
            let v = tape.leaf([x, x]);
            let y = v.norm(Norm::L2);
            assert!((y.item() / expected - 1.0).abs() < 1e-6, "{}", y.item());
            let g = y.backward(&[v])[0].to_vec();
            assert!(g.iter().all(|g| (g - 0.5_f32.sqrt()).abs() < 1e-6), "{g:?}");
        }
    }

    #[test]
    fn every_gradient_at_zero_is_zero() {
        for kind in [Norm::L1, Norm::L2, Norm::Inf, Norm::NegInf] {
            assert_eq!(gradient([0.0; 3], kind), [0.0; 3]);
        }
    }

    #[test]
    fn equally_large_elements_share_the_gradient() {
        assert_eq!(gradient([2.0, -2.0, 1.0], Norm::Inf), [0.5, -0.5, 0.0]);
        assert_eq!(gradient([2.0, -2.0, 0.0], Norm::L1), [1.0, -1.0, 0.0]);
        assert_eq!(gradient([2.0, -2.0, 3.0], Norm::NegInf), [0.5, -0.5, 0.0]);
    }

    #[test]
    fn the_second_derivative_at_zero_is_not_finite() {
        let h = hessian(|x| x.norm(Norm::L2), &Tensor::from([0.0_f64, 0.0]));
        assert!(h.to_vec().iter().all(|v| !v.is_finite()), "{h}");
    }

    #[test]
    fn of_a_single_number_every_norm_is_its_size() {
        let tape = Tape::<f64>::new();
        for x in [tape.leaf(-3.0), tape.leaf([-3.0])] {
            for kind in [Norm::L1, Norm::L2, Norm::Inf, Norm::NegInf, Norm::P(3.0), Norm::P(0.5)] {
                let y = x.norm(kind);
                assert_eq!(
                    (y.item(), y.rank(), y.backward(&[x])[0].to_vec()),
                    (3.0, 0, vec![-1.0]),
                    "{kind:?}"
                );
            }
        }
    }

    #[test]
    fn axes_are_dropped_or_kept() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[3.0, -4.0], [0.0, 2.0]]);
        assert_eq!(x.norm_axes(1, Norm::L1).value(), Tensor::from([7.0, 2.0]));
        assert_eq!(x.norm_keepdim(1, Norm::L1).value(), Tensor::from([[7.0], [2.0]]));
        assert_eq!(x.norm_keepdim(1, Norm::L2).value(), Tensor::from([[5.0], [2.0]]));
        assert_eq!(x.norm_axes([0, 1], Norm::Inf).item(), 4.0);
    }

    #[test]
    fn of_nothing_is_zero_or_for_the_maximum_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([0]));
        assert_eq!((x.norm(Norm::L1).item(), x.norm(Norm::L2).item()), (0.0, 0.0));
        for kind in [Norm::Inf, Norm::NegInf] {
            assert!(matches!(x.try_norm(kind), Err(Error::EmptyReduction { op: "norm", .. })));
        }
        assert_eq!(x.norm(Norm::L0).item(), 0.0);
    }

    #[test]
    fn the_count_sends_nothing_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, -3.0, f64::NAN]);
        assert_eq!(x.norm(Norm::L0).item(), 2.0);
        assert!(matches!(x.norm(Norm::L0).try_grad(&[x]), Ok(g) if g[0].is_none()));
    }
}
