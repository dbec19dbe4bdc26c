//! # movedim
//!
//! Some axes at other places, the rest in their order.
//!
//! $$ y_{i_0 \dots} = x_{j_0 \dots}, \quad j_{s_k} = i_{t_k} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `permute` |
//! | JVP | by composition |
//! | shape | `[d₀…] → [d_σ(0)…]`, with axis `sₖ` at place `tₖ` |
//! | domain | everything; the result is a view |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Axes, AxisSet, Error, Float, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The axes `from` at the places `to`, the rest in their order; see [`crate::ops::composed::movedim`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::Arity`] unless there are as many places as axes.
    #[track_caller]
    pub fn try_movedim(self, from: impl Axes, to: impl Axes) -> Result<Self, Error> {
        let (from, to, rank) = (from.as_axes(), to.as_axes(), self.rank());
        if from.len() != to.len() {
            return Err(Error::Arity { op: "movedim", given: to.len(), expected: "as many places as axes" });
        }
        let (moved, taken) = (AxisSet::new("movedim", from, rank)?, AxisSet::new("movedim", to, rank)?);
        let mut order = vec![0; rank];
        for (&from, &to) in from.iter().zip(to) {
            order[resolve("movedim", to, rank)?] = resolve("movedim", from, rank)?;
        }
        let places = (0..rank).filter(|&k| !taken.contains(k));
        places.zip((0..rank).filter(|&k| !moved.contains(k))).for_each(|(to, from)| order[to] = from);
        Ok(self.ordered(&order))
    }

    /// As [`Var::try_movedim`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let image = tape.leaf(wengert::Tensor::zeros([4, 6, 3])); // [height, width, channels]
    /// assert_eq!(image.movedim(-1, 0).shape().dims(), [3, 4, 6]);
    /// assert_eq!(image.movedim([0, 1], [-1, 0]).shape().dims(), [6, 3, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn movedim(self, from: impl Axes, to: impl Axes) -> Self {
        or_panic(self.try_movedim(from, to))
    }

    /// [`Var::try_transpose`] under the name that NumPy has for it.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`].
    #[track_caller]
    pub fn try_swapaxes(self, a: isize, b: isize) -> Result<Self, Error> {
        let rank = self.rank();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(resolve("swapaxes", a, rank)?, resolve("swapaxes", b, rank)?);
        Ok(self.ordered(&order))
    }

    /// As [`Var::try_swapaxes`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.swapaxes(0, 1).value().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn swapaxes(self, a: isize, b: isize) -> Self {
        or_panic(self.try_swapaxes(a, b))
    }

    /// The axes in this order, which names each once; the variable itself where they stand so.
    #[track_caller]
    pub(crate) fn ordered(self, order: &[usize]) -> Self {
        if order.is_sorted() {
            self
        } else {
            self.permute(order.iter().map(|&a| a as isize).collect::<Vec<_>>())
        }
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "movedim",
        f: |x| x[0].movedim([0, -1], [-1, -2]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 3], &[2, 3, 4], &[0, 2], &[1, 2, 1, 3]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn moved_axes_stand_where_asked_and_the_rest_keep_their_order() {
        let tape = Tape::<f64>::new();
        let x = tape
            .leaf(Tensor::from_fn([2, 3, 4, 5], |ix| (ix[0] * 60 + ix[1] * 20 + ix[2] * 5 + ix[3]) as f64));
        assert_eq!(x.movedim(0, 2).shape().dims(), [3, 4, 2, 5]);
        assert_eq!(x.movedim([0, 3], [3, 0]).value(), x.permute([3, 1, 2, 0]).value());
        assert_eq!(x.movedim([3, 1], [1, 2]).value(), x.permute([0, 3, 1, 2]).value());
        assert_eq!(x.movedim([2, 0], [0, 1]).movedim([0, 1], [2, 0]).value(), x.value());
        assert_eq!(x.swapaxes(1, -1).value(), x.transpose(1, 3).value());
        assert!(matches!(x.try_movedim([0, 1], [0]), Err(Error::Arity { op: "movedim", given: 1, .. })));
        assert!(matches!(x.try_movedim([0, -4], [0, 1]), Err(Error::RepeatedAxis { axis: 0, .. })));
        assert!(matches!(x.try_movedim([0, 1], [2, 2]), Err(Error::RepeatedAxis { axis: 2, .. })));
        assert!(matches!(x.try_movedim(0, 4), Err(Error::Axis { axis: 4, .. })));
        assert!(matches!(x.try_swapaxes(0, 4), Err(Error::Axis { op: "swapaxes", .. })));
    }
}
