//! # gumbel_softmax
//!
//! A sample of one class per line, relaxed so that it has a gradient.
//!
//! $$ y = \operatorname{softmax}((x + g) / \tau), \quad g \text{ of Gumbel's distribution} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: of `softmax`; the hard sample is `straight_through` |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; a logit $-\infty$ is never drawn and gets no gradient; NaN in a line makes the line NaN |
//! | kinks | the hard sample is the first of the largest relaxed ones, and has their gradient |
//! | numerics | the noise is always finite, so only logits can make a line infinite, or a `tau` by which the element type overflows |
//! | source | Jang, Gu and Poole (2017), Categorical Reparameterization with Gumbel-Softmax, section 2; Maddison, Mnih and Teh (2017) |

use super::Composed;
use crate::{Error, Float, Key, Shape, Var, error::or_panic, ops::noise::Distribution};

impl<F: Float> Var<'_, F> {
    /// A relaxed sample of one class along an axis, from these logits; see [`crate::ops::composed::gumbel_softmax`].
    ///
    /// The smaller `tau`, the nearer to a single 1 among zeros. The result with `hard` is just that, with the gradient of
    /// the relaxed sample. A compiled plan draws anew at each step.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Attribute`] unless `tau` is finite and above 0, also in the element type.
    #[track_caller]
    pub fn try_gumbel_softmax(self, axis: isize, tau: f64, hard: bool, key: Key) -> Result<Self, Error> {
        let rounded = F::from_f64(tau);
        if !(rounded > F::ZERO && rounded.is_finite()) {
            let (given, expected) = (tau.to_string(), "a finite number above 0");
            return Err(Error::Attribute { op: "gumbel_softmax", name: "tau", given, expected });
        }
        crate::axes::resolve("gumbel_softmax", axis, self.rank())?;
        let soft = ((self + self.noise(Distribution::Gumbel, key)) / tau).try_softmax(axis)?;
        if !hard || soft.shape().is_empty() {
            return Ok(soft);
        }
        let relaxed = soft.detach();
        let largest = relaxed.try_max_keepdim(axis)?;
        let among = relaxed.eq(largest);
        // Of equal ones the first, where the running count is 1.
        let first = among.and(among.to_var().try_cumsum(axis)?.eq(1.0)).to_var();
        largest.ne(largest).select(largest, first).try_straight_through(soft)
    }

    /// As [`Var::try_gumbel_softmax`].
    ///
    /// ```
    /// use wengert::{Key, Tape};
    /// let tape = Tape::<f64>::new();
    /// let logits = tape.leaf([0.0, 1.0, f64::NEG_INFINITY]);
    /// let soft = logits.gumbel_softmax(0, 0.5, false, Key::new(1));
    /// let hard = logits.gumbel_softmax(0, 0.5, true, Key::new(1));
    /// assert!((soft.value().to_vec().iter().sum::<f64>() - 1.0).abs() < 1e-15);
    /// assert!(hard.value().to_vec().iter().all(|&y| y == 0.0 || y == 1.0));
    /// let weights = tape.constant([1.0, 2.0, 3.0]);
    /// let gradient = |y: wengert::Var<'_, f64>| (y * weights).sum().backward(&[logits])[0].to_vec();
    /// assert_eq!(gradient(soft), gradient(hard));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn gumbel_softmax(self, axis: isize, tau: f64, hard: bool, key: Key) -> Self {
        or_panic(self.try_gumbel_softmax(axis, tau, hard, key))
    }
}

/// The relaxed sample at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "gumbel_softmax",
        f: |x| x[0].gumbel_softmax(-1, 0.8, false, Key::new(5)),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[3][..], &[2, 3], &[0, 2], &[2, 1]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Key, Tape, Tensor, plan::Extras};

    #[test]
    fn classes_come_as_often_as_the_softmax_of_the_logits_says() {
        let tape = Tape::<f64>::new();
        let logits = tape.constant([0.0, 2_f64.ln(), 5_f64.ln()]).broadcast_to([40_000, 3]);
        let often = logits.gumbel_softmax(1, 0.3, true, Key::new(3)).mean_axes(0).value().to_vec();
        for (found, expected) in often.iter().zip([0.125, 0.25, 0.625]) {
            assert!((found - expected).abs() < 0.01, "{often:?}");
        }
    }

    #[test]
    fn equal_relaxed_samples_give_a_single_one_and_nan_stays() {
        // Two infinite logits are nothing that noise could tell apart, but the largest of an underflowed line are.
        let tape = Tape::<f32>::new();
        let x = tape.leaf([[1.0, 1.0, -3.0], [f32::NAN, 0.0, 0.0]]);
        let y = x.gumbel_softmax(1, 1e30, true, Key::new(3)).value().to_vec();
        assert_eq!(y[..3], [1.0, 0.0, 0.0]);
        assert!(y[3..].iter().all(|y| y.is_nan()));
    }

    #[test]
    fn a_plan_draws_anew_at_each_step() {
        let (key, given) = (Key::new(6), Tensor::from([[0.5, 1.0, -1.0]; 4]));
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([4, 3]));
        let y = x.gumbel_softmax(-1, 0.7, true, key);
        let g = (y * y).sum().grad(&[x])[0];
        let plan = tape.compile(&[x], &[y, g]).expect("compiles");
        let mut workspace = plan.workspace();
        for step in [0, 1, 5] {
            let fresh = Tape::new();
            let x = fresh.leaf(&given);
            let y = x.gumbel_softmax(-1, 0.7, true, key.step(step));
            let extras = Extras { step: Some(step), ..Extras::default() };
            let got = plan.run_with(&mut workspace, &[&given], &extras).expect("runs");
            assert_eq!(
                (got[0].clone(), got[1].clone()),
                (y.value(), (y * y).sum().backward(&[x])[0].clone())
            );
        }
    }

    #[test]
    fn refuses_a_temperature_that_is_none() {
        let x = Tape::<f32>::new();
        let x = x.leaf([1.0, 2.0]);
        for tau in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-60] {
            let refused = x.try_gumbel_softmax(0, tau, true, Key::new(1));
            assert!(matches!(refused, Err(Error::Attribute { op: "gumbel_softmax", name: "tau", .. })));
        }
        let refused = x.try_gumbel_softmax(1, 1.0, true, Key::new(1));
        assert!(matches!(refused, Err(Error::Axis { op: "gumbel_softmax", .. })));
    }
}
