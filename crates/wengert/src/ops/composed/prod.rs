//! # prod
//!
//! Product over axes.
//!
//! $$ y_i = \prod_j x_{ij}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \bar y_i \prod_{k \ne j} x_{ik} $, never divided by $x_{ij}$ |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | all reals, zeros included; a product of nothing is 1 |
//! | numerics | halves are multiplied elementwise, $\lceil \log_2 n \rceil$ times: few lines on the tape, and every order is right at zeros; a part whose product is out of range makes the whole infinite, 0 or, beside a 0, NaN |
//! | source | the product rule, factor by factor |

use super::Composed;
use crate::ops::{reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn prod_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        let (shape, reduced) = (self.shape(), axes.reduced(self.shape(), keepdim));
        let mut n = axes.count(shape);
        if n == 0 {
            return (self.sum_over(axes) + 1.0).try_reshape(reduced);
        }
        let mut product = self.lines(axes)?;
        let mut odd: Option<Self> = None; // what did not fit into halves
        while n > 1 {
            let half = (n / 2) as isize;
            if n % 2 == 1 {
                let last = product.try_slice(1, 2 * half..)?;
                odd = Some(match odd {
                    Some(odd) => odd * last,
                    None => last,
                });
            }
            product = product.try_slice(1, ..half)? * product.try_slice(1, half..2 * half)?;
            n /= 2;
        }
        let whole = match odd {
            Some(odd) => product * odd,
            None => product,
        };
        whole.try_reshape(reduced)
    }

    /// The product of all elements, a scalar; see [`crate::ops::composed::prod`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([2.0, 0.0, 3.0]);
    /// assert_eq!(x.prod().item(), 0.0);
    /// assert_eq!(x.prod().backward(&[x])[0].to_vec(), [0.0, 6.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn prod(self) -> Self {
        or_panic(self.prod_over(AxisSet::all(self.rank()), false))
    }
}

axis_forms! {
    "prod", "The product", try_prod_axes, prod_axes, try_prod_keepdim, prod_keepdim, prod_over, (), ""
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "prod",
        f: |x| x[0].prod_axes(-1),
        samples: |draw| {
            let shapes = reduction_cases().into_iter().map(|(shape, ..)| shape).filter(|s| s.rank() > 0);
            shapes.map(|shape| vec![draw.uniform(shape, -2.0, 2.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, grad, hessian};

    #[test]
    fn gradients_are_right_at_one_zero_and_at_two() {
        assert_eq!(grad(|x| x.prod(), &Tensor::from([2.0, 0.0, 3.0])).to_vec(), [0.0, 6.0, 0.0]);
        assert_eq!(grad(|x| x.prod(), &Tensor::from([2.0, 0.0, 0.0])).to_vec(), [0.0; 3]);
    }

    #[test]
    fn the_second_derivative_between_two_zeros_is_the_product_of_the_rest() {
        let h = hessian(|x| x.prod(), &Tensor::from([2.0, 3.0, 0.0, 0.0]));
        assert_eq!((h[[2, 3]], h[[3, 2]]), (6.0, 6.0));
        let others = h.to_vec().iter().filter(|&&v| v == 0.0).count();
        assert_eq!(others, 14);
    }

    #[test]
    fn every_length_and_any_axes_give_the_product() {
        let tape = Tape::<f64>::new();
        for n in 1..20_usize {
            let x = tape.leaf(Tensor::from_fn([n], |ix| 1.0 + ix[0] as f64 / 8.0));
            let expected: f64 = (0..n).map(|i| 1.0 + i as f64 / 8.0).product();
            assert!((x.prod().item() / expected - 1.0).abs() < 1e-14, "of {n}");
        }
        let x = tape.leaf([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        assert_eq!(x.prod_axes(0).value(), Tensor::from([[5.0, 12.0], [21.0, 32.0]]));
        assert_eq!(x.prod_axes([0, 2]).value(), Tensor::from([60.0, 672.0]));
        assert_eq!(x.prod_keepdim([0, 2]).shape().dims(), [1, 2, 1]);
        assert_eq!(tape.leaf(3.0).prod().item(), 3.0);
    }

    #[test]
    fn the_product_of_nothing_is_one_and_has_an_empty_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([0, 2]));
        let y = x.prod_axes(0);
        assert_eq!(y.value().to_vec(), [1.0, 1.0]);
        assert_eq!(y.sum().backward(&[x])[0].dims(), [0, 2]);
        assert_eq!(x.prod_axes(1).shape().dims(), [0]);
        assert!(matches!(x.try_prod_axes(2), Err(Error::Axis { op: "prod", .. })));
    }
}
