//! # stack
//!
//! Variables of one shape side by side along a new axis.
//!
//! $$ y_{i k j} = (x_k)_{i j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `concat` |
//! | JVP | by composition |
//! | shape | `n` times `[…, …] → […, n, …]` |
//! | domain | everything; at least one variable, all of one shape |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// Variables of one shape along a new axis; see [`crate::ops::composed::stack`].
    ///
    /// `axis` is its position in the result; negative counts from the result's last axis.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] without any variable, [`Error::ShapeMismatch`] unless all have one shape, [`Error::Axis`],
    /// [`Error::RankTooLarge`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_stack(layers: &[Self], axis: isize) -> Result<Self, Error> {
        let Some(first) = layers.first().map(|v| v.shape()) else {
            return Err(Error::Arity { op: "stack", given: 0, expected: "one variable or more" });
        };
        if let Some(other) = layers.iter().map(|v| v.shape()).find(|s| *s != first) {
            let (lhs, rhs) = (first.dims().into(), other.dims().into());
            return Err(Error::ShapeMismatch { op: "stack", lhs, rhs, expected: "one shape for all" });
        }
        let mut pieces = Vec::with_capacity(layers.len());
        for layer in layers {
            pieces.push(layer.try_unsqueeze(axis).within("stack")?);
        }
        Self::try_concat(&pieces, axis).within("stack")
    }

    /// As [`Var::try_stack`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    /// assert_eq!(Var::stack(&[x, y], 0).value().to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(Var::stack(&[x, y], 1).value().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn stack(layers: &[Self], axis: isize) -> Self {
        or_panic(Self::try_stack(layers, axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "stack",
        f: |x| Var::stack(x, -1),
        samples: |draw: &mut Draw| {
            let mut layers = |s| (0..3).map(|_| draw.uniform(s, -2.0, 2.0)).collect();
            Draw::shapes().map(&mut layers).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn every_layer_gets_its_own_gradient_and_the_same_one_twice_gets_both() {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.leaf(2.0), tape.leaf(3.0));
        let z = Var::stack(&[x, y, x], 0) * tape.constant([1.0, 10.0, 100.0]);
        let g = z.sum().backward(&[x, y]);
        assert_eq!((g[0].item(), g[1].item()), (101.0, 10.0));
    }

    #[test]
    fn layers_of_two_shapes_are_refused() {
        let tape = Tape::<f64>::new();
        let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0]));
        assert!(matches!(Var::try_stack(&[x, y], 0), Err(Error::ShapeMismatch { op: "stack", .. })));
        assert!(matches!(Var::<f64>::try_stack(&[], 0), Err(Error::Arity { .. })));
        assert!(matches!(Var::try_stack(&[x, x], 2), Err(Error::Axis { .. })));
        let full = tape.leaf(Tensor::zeros([1; crate::MAX_RANK]));
        assert!(matches!(Var::try_stack(&[full], 0), Err(Error::RankTooLarge { .. })));
    }
}
