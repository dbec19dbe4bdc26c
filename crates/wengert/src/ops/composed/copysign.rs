//! # copysign
//!
//! Size of one operand with the sign of another.
//!
//! $$ y = \lvert a \rvert \operatorname{sign} b $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a = \bar y \odot \operatorname{sign} a \operatorname{sign} b $; nothing to $b$ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → [d…]`, broadcast |
//! | domain | all reals; −0 is negative; NaN of either is NaN |
//! | kinks | at $a = 0$ the slope is 0, that of `abs`; in $b$ the value jumps at 0 and is constant elsewhere |
//! | source | the rule of `abs`; the sign is constant wherever it is differentiable |

use super::Composed;
use crate::ops::{Draw, mul::Mul};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// The size of this with the sign of `sign`; see [`crate::ops::composed::copysign`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_copysign(self, sign: impl Operand<'t, F>) -> Result<Self, Error> {
        let b = sign.on(self.tape());
        // the reciprocal of -0 tells it from 0
        let negative = b.lt(0.0).or((1.0 / b).lt(0.0));
        let factor = b.ne(b).select(f64::NAN, negative.select(-1.0, 1.0));
        self.abs().try_binary(Mul, factor).within("copysign")
    }

    /// As [`Var::try_copysign`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, -2.0]);
    /// assert_eq!(x.copysign(-0.0).value().to_vec(), [-1.0, -2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn copysign(self, sign: impl Operand<'t, F>) -> Self {
        or_panic(self.try_copysign(sign))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "copysign",
        f: |x| x[0].copysign(x[1]),
        samples: |draw| {
            Draw::shapes()
                .map(|s| {
                    vec![
                        draw.from_intervals(s, &[(0.2, 2.0), (-2.0, -0.2)]),
                        draw.from_intervals(s, &[(0.2, 2.0), (0.2, 2.0), (-2.0, -0.2), (-2.0, -0.2)]),
                    ]
                })
                .into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Tensor};

    /// Value and slope by the first operand.
    fn at([a, b]: [f64; 2]) -> [f64; 2] {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(a), tape.leaf(b));
        let y = a.copysign(b);
        [y.item(), y.backward(&[a])[0].item()]
    }

    #[test]
    fn every_sign_is_copied() {
        const INF: f64 = f64::INFINITY;
        for b in [1.0, 0.0, INF] {
            assert_eq!([at([2.0, b]), at([-2.0, b])], [[2.0, 1.0], [2.0, -1.0]]);
            assert_eq!([at([2.0, -b]), at([-2.0, -b])], [[-2.0, -1.0], [-2.0, 1.0]]);
        }
        assert_eq!([at([-INF, 1.0]), at([0.0, 3.0])], [[INF, -1.0], [0.0, 0.0]]);
        assert!(at([0.0, -1.0])[0].is_sign_negative());
    }

    #[test]
    fn nan_of_either_stays_nan() {
        for point in [[f64::NAN, 1.0], [1.0, f64::NAN]] {
            assert!(at(point).iter().all(|v| v.is_nan()), "{point:?}");
        }
    }

    #[test]
    fn the_sign_gets_no_gradient() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(2.0), tape.leaf(-3.0));
        let pulled = a.copysign(b).try_pullback(Tensor::from(1.0), &[a, b]).expect("scalars fit");
        assert_eq!(pulled[0].as_ref().map(Tensor::item), Some(-1.0));
        assert!(pulled[1].is_none());
    }
}
