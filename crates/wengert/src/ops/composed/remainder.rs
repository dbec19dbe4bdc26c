//! # remainder
//!
//! Remainder of a division rounded down, as Python's `%`.
//!
//! $$ y = a - b \lfloor a / b \rfloor $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a = \bar y, \quad \bar b = -\bar y \odot \lfloor a / b \rfloor $ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → [d…]`, broadcast |
//! | domain | finite $a$ and $b \ne 0$, also infinite; NaN else |
//! | kinks | where $a$ is a multiple of $b$ the value jumps; the slopes are those of the side that has $y = 0$ in it |
//! | source | the rule of `fmod`, whose value is moved to the side of $b$ |

use super::Composed;
use crate::ops::Draw;
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// What a division by `b`, rounded down to an integer, leaves: of the sign of `b`; see [`crate::ops::composed::remainder`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_remainder(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        let b = b.on(self.tape());
        let rest = self.try_fmod(b).within("remainder")?;
        let opposite = rest.lt(0.0).and(b.gt(0.0)).or(rest.gt(0.0).and(b.lt(0.0)));
        Ok(opposite.select(rest + b, rest))
    }

    /// As [`Var::try_remainder`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([5.0, -5.0]);
    /// assert_eq!(x.remainder(3.0).value().to_vec(), [2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn remainder(self, b: impl Operand<'t, F>) -> Self {
        or_panic(self.try_remainder(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "remainder",
        f: |x| x[0].remainder(x[1]),
        samples: |draw| {
            Draw::shapes()
                .map(|s| {
                    vec![
                        draw.from_intervals(s, &[(0.2, 0.8), (-0.8, -0.2), (2.5, 2.9), (-2.9, -2.5)]),
                        draw.from_intervals(s, &[(1.0, 1.2), (1.0, 1.2), (-1.2, -1.0)]),
                    ]
                })
                .into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    /// Value and slopes at two numbers.
    fn at([a, b]: [f64; 2]) -> [f64; 3] {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(a), tape.leaf(b));
        let y = a.remainder(b);
        let g = y.backward(&[a, b]);
        [y.item(), g[0].item(), g[1].item()]
    }

    #[test]
    fn the_sign_is_that_of_the_divisor_and_the_slope_minus_the_floor() {
        assert_eq!(at([5.0, 3.0]), [2.0, 1.0, -1.0]);
        assert_eq!(at([-5.0, 3.0]), [1.0, 1.0, 2.0]);
        assert_eq!(at([5.0, -3.0]), [-1.0, 1.0, 2.0]);
        assert_eq!(at([-5.0, -3.0]), [-2.0, 1.0, -1.0]);
        assert_eq!(at([-6.0, 3.0]), [0.0, 1.0, 2.0]);
        assert_eq!(at([1.0, f64::INFINITY]), [1.0, 1.0, 0.0]);
    }

    #[test]
    fn outside_the_domain_all_is_nan() {
        const INF: f64 = f64::INFINITY;
        for point in [[1.0, 0.0], [INF, 1.0], [f64::NAN, 1.0], [1.0, f64::NAN]] {
            assert!(at(point).iter().all(|v| v.is_nan()), "{point:?}: {:?}", at(point));
        }
    }
}
