//! # straight_through
//!
//! The value of one operand with the gradient of another.
//!
//! $$ y = h, \qquad \partial y / \partial s := 1, \quad \partial y / \partial h := 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | by `custom_vjp`: $ \bar s = \bar y $, nothing for $h$ |
//! | JVP | its transpose: $ \dot y = \dot s $ |
//! | shape | `[d…] × [d…] → [d…]`, equal shapes |
//! | domain | everything; the value is that of $h$ bit for bit, also where it is infinite or NaN |
//! | kinks | none: an estimator, and the derivative of the value only where $h$ and $s$ are the same function |
//! | source | Bengio, Léonard and Courville (2013), Estimating or Propagating Gradients Through Stochastic Neurons, section 4 |

use crate::{Error, Float, Var, custom_vjp, error::or_panic};

impl<'t, F: Float> Var<'t, F> {
    /// This value with the gradient of `soft`.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless both have one shape, [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_straight_through(self, soft: Self) -> Result<Self, Error> {
        if self.shape() != soft.shape() {
            let (lhs, rhs) = (self.shape().dims().into(), soft.shape().dims().into());
            let expected = "one shape for the value and for what its gradient goes to";
            return Err(Error::ShapeMismatch { op: "straight_through", lhs, rhs, expected });
        }
        custom_vjp("straight_through", |[hard, _]| hard.alias(), |_, ct| [None, Some(ct)].into())
            .try_of([self, soft])
    }

    /// As [`Var::try_straight_through`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.2, 0.9]);
    /// let p = x.sigmoid();
    /// let bit = p.gt(0.6).to_var().straight_through(p);
    /// assert_eq!(bit.value().to_vec(), [0.0, 1.0]);
    /// assert_eq!(bit.sum().backward(&[x])[0], p.sum().backward(&[x])[0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn straight_through(self, soft: Self) -> Self {
        or_panic(self.try_straight_through(soft))
    }

    /// Rounded, halves to even, with the gradient of what was not rounded.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.4, 1.7]);
    /// let y = x.round_st();
    /// assert_eq!(y.value().to_vec(), [0.0, 2.0]);
    /// assert_eq!(y.square().sum().backward(&[x])[0].to_vec(), [0.0, 4.0]);
    /// ```
    #[track_caller]
    pub fn round_st(self) -> Self {
        self.round().straight_through(self)
    }

    /// −1, 0 or 1 by the sign, with the gradient of the number itself.
    ///
    /// Clamp first for a gradient that ends where the number is large: `x.clamp(-1.0, 1.0).sign_st()`.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-0.5, 3.0]);
    /// let y = x.clamp(-1.0, 1.0).sign_st();
    /// assert_eq!(y.value().to_vec(), [-1.0, 1.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn sign_st(self) -> Self {
        self.sign().straight_through(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_value_is_that_of_the_hard_one_bit_for_bit_and_the_gradient_goes_to_the_soft_one_alone() {
        let tape = Tape::<f64>::new();
        let hard = tape.leaf([0.1, f64::INFINITY, f64::NAN, -0.0]);
        let soft = tape.leaf([1e20, 1.0, f64::INFINITY, f64::NAN]);
        let y = hard.straight_through(soft);
        let bits = |x: Tensor<f64>| x.to_vec().into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(y.value()), bits(hard.value()));
        let g = (y * 14.0).sum().try_backward(&[hard, soft]).expect("a scalar");
        assert!(g[0].is_none());
        assert_eq!(g[1].as_ref().expect("reached").to_vec(), [14.0; 4]);
    }

    #[test]
    fn every_order_is_that_of_the_soft_one() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(0.7);
        let y = x.round().straight_through(x * x);
        assert_eq!(y.item(), 1.0);
        let first = y.grad(&[x])[0];
        assert_eq!((first.item(), first.grad(&[x])[0].item()), (1.4, 2.0));
        assert_eq!(y.jvp(&[x], &[tape.constant(3.0)]).item(), 3.0 * 1.4);
    }

    #[test]
    fn a_plan_has_the_bits_of_the_tape() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.4, -1.7, 2.5]);
        let y = (x.round_st() * x + x.sign_st()).sum();
        let g = y.grad(&[x])[0];
        let plan = tape.compile(&[x], &[y, g]).expect("compiles");
        let given = Tensor::from([1.6, 0.2, -0.9]);
        let fresh = Tape::new();
        let x = fresh.leaf(&given);
        let y = (x.round_st() * x + x.sign_st()).sum();
        let mut workspace = plan.workspace();
        let got = plan.run(&mut workspace, &[&given]).expect("runs");
        assert_eq!((got[0].clone(), got[1].clone()), (y.value(), y.backward(&[x])[0].clone()));
    }

    #[test]
    fn two_shapes_are_refused_also_if_they_broadcast() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf(1.0));
        assert!(matches!(
            a.try_straight_through(b),
            Err(Error::ShapeMismatch { op: "straight_through", .. })
        ));
        let other = Tape::<f64>::new();
        assert!(matches!(
            b.try_straight_through(other.leaf(1.0)),
            Err(Error::DifferentTapes { op: "straight_through" })
        ));
    }
}
