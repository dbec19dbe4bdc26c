//! # scan
//!
//! A recurrence along an axis: a state that every layer moves on, and one output per layer.
//!
//! $$ (c_{k+1}, y_k) = f(c_k, x_k), \quad k = 0, \dots, n - 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: of what `f` records for each layer |
//! | JVP | by composition |
//! | shape | `[…, n, …] → [n, …]`, the outputs stacked on a new first axis |
//! | domain | everything that `f` takes; at least one layer |
//! | source | definition: a loop whose lines are on the tape |

use super::Composed;
use crate::{Error, Float, Shape, Var, axes::resolve, error::or_panic};

impl<'t, F: Float> Var<'t, F> {
    /// Calls `f` with the state and each layer of an axis in turn; see [`crate::ops::composed::scan`].
    ///
    /// Returns the last state, and the outputs stacked on a new first axis, in the order of the layers. The state may be
    /// anything: a variable, several, a count. For a run from the other end, [`Var::flip`] before and after.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Shape`] for an axis without layers, since outputs of none have no shape;
    /// [`Error::ShapeMismatch`] for outputs of different shapes; whatever `f` returns as an error.
    #[track_caller]
    pub fn try_scan<C>(
        self,
        axis: isize,
        state: C,
        mut f: impl FnMut(C, Self) -> Result<(C, Self), Error>,
    ) -> Result<(C, Self), Error> {
        let along = resolve("scan", axis, self.rank())?;
        if self.shape().dims()[along] == 0 {
            let expected = "at least one layer along the axis: outputs of none have no shape";
            return Err(Error::Shape { op: "scan", given: self.shape().dims().into(), expected });
        }
        let mut state = state;
        let mut outputs: Vec<Self> = Vec::with_capacity(self.shape().dims()[along]);
        for layer in self.try_unbind(axis)? {
            let (next, y) = f(state, layer)?;
            if let Some(first) = outputs.first().filter(|first| first.shape() != y.shape()) {
                let (lhs, rhs) = (first.shape().dims().into(), y.shape().dims().into());
                let expected = "outputs of one shape from every layer";
                return Err(Error::ShapeMismatch { op: "scan", lhs, rhs, expected });
            }
            outputs.push(y);
            state = next;
        }
        Ok((state, Self::try_stack(&outputs, 0)?))
    }

    /// As [`Var::try_scan`], of a function that cannot fail.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, decay) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf(0.5));
    /// let start = tape.constant(0.0);
    /// let (last, all) = x.scan(0, start, |state, x| {
    ///     let state = state * decay + x;
    ///     (state, state)
    /// });
    /// assert_eq!((last.item(), all.value().to_vec()), (4.25, vec![1.0, 2.5, 4.25]));
    /// assert_eq!(last.backward(&[x, decay])[1].item(), 3.0); // the slope of d² + 2 d + 3
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn scan<C>(self, axis: isize, state: C, mut f: impl FnMut(C, Self) -> (C, Self)) -> (C, Self) {
        or_panic(self.try_scan(axis, state, |state, x| Ok(f(state, x))))
    }
}

/// A recurrence at the points where the laws check it: two states, along the last axis.
pub fn composed() -> Composed {
    Composed {
        name: "scan",
        f: |x| {
            let (decay, start) = (x[1], x[1].tape().constant(0.5));
            let ((a, b), all) = x[0].scan(-1, (start, start), |(a, b), x| {
                let next = (b * decay + x).tanh();
                ((next, a), next * x)
            });
            all + a * b
        },
        samples: |draw| {
            let shapes: [&[usize]; 5] = [&[3], &[2, 3], &[1], &[2, 1], &[0, 2]];
            let mut of =
                |s: &[usize]| vec![draw.uniform(Shape::of(s), -1.0, 1.0), draw.uniform([], -1.0, 1.0)];
            shapes.map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn a_running_sum_is_cumsum_in_value_and_gradient_along_any_axis() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([3, 40], |ix| (ix[0] * 41 + ix[1] * 7 % 13) as f64 - 5.0));
        let seed = tape.constant(Tensor::from_fn([3, 40], |ix| (ix[0] + ix[1] * 3 % 7) as f64));
        for axis in [0_isize, 1] {
            let zero = tape.constant(Tensor::zeros([x.shape().dims()[1 - axis as usize]]));
            let (_, y) = x.scan(axis, zero, |sum, x| (sum + x, sum + x));
            let y = y.movedim(0, axis);
            assert_eq!(y.value(), x.cumsum(axis).value());
            let slope = |y: crate::Var<'_, f64>| (y * seed).sum().backward(&[x])[0].clone();
            assert_eq!(slope(y), slope(x.cumsum(axis)));
        }
    }

    #[test]
    fn a_long_axis_takes_time_in_proportion_and_not_by_its_square() {
        // Of layers taken from the whole one by one, each would send back a cotangent as long as the axis.
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([20_000, 8], 0.5));
        let (last, _) = x.scan(0, tape.constant(Tensor::zeros([8])), |c, x| (c * 0.5 + x, x));
        let g = last.sum().backward(&[x])[0].clone();
        assert_eq!((g[[19_999, 0]], g[[19_998, 7]], g[[0, 0]]), (1.0, 0.5, 0.0));
    }

    #[test]
    fn refusals_are_typed_and_name_the_scan() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        assert!(matches!(x.try_scan(2, (), |(), x| Ok(((), x))), Err(Error::Axis { op: "scan", .. })));
        let none = tape.leaf(Tensor::zeros([0, 2]));
        assert!(matches!(none.try_scan(0, (), |(), x| Ok(((), x))), Err(Error::Shape { op: "scan", .. })));
        let uneven = x.try_scan(0, 0, |k, x| Ok((k + 1, if k == 0 { x } else { x.sum() })));
        assert!(matches!(uneven, Err(Error::ShapeMismatch { op: "scan", .. })));
        let inner = x.try_scan(0, (), |(), x| Ok(((), x.try_sum_axes(1)?)));
        assert!(matches!(inner, Err(Error::Axis { op: "sum", .. })));
    }
}
