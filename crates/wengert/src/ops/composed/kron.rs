//! # kron
//!
//! The Kronecker product: every element of one tensor times the whole of another, laid out in its place.
//!
//! $$ y_{(i p) (j q) \dots} = a_{i j \dots} \, b_{p q \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `mul` |
//! | JVP | by composition |
//! | shape | `[m, n…] × [p, q…] → [m·p, n·q…]`; fewer axes count as preceded by axes of size 1 |
//! | domain | everything; at most four axes each |
//! | source | definition, as NumPy's `kron` |

use super::{Composed, Draw};
use crate::{
    Error, Float, Shape, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The Kronecker product; see [`crate::ops::composed::kron`].
    ///
    /// # Errors
    ///
    /// [`Error::RankTooLarge`] above four axes, [`Error::TooLarge`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_kron(self, b: Self) -> Result<Self, Error> {
        let rank = self.rank().max(b.rank());
        let aligned = |v: Self| [&vec![1; rank - v.rank()], v.shape().dims()].concat();
        let (of_a, of_b) = (aligned(self), aligned(b));
        let pairs = of_a.iter().zip(&of_b);
        let whole = Shape::new(pairs.clone().map(|(m, p)| m.saturating_mul(*p)).collect::<Vec<_>>())?;
        let left = self.try_reshape(pairs.clone().flat_map(|(&m, _)| [m, 1]).collect::<Vec<_>>())?;
        let right = b.try_reshape(pairs.flat_map(|(_, &p)| [1, p]).collect::<Vec<_>>())?;
        left.try_mul(right).within("kron")?.try_reshape(whole)
    }

    /// As [`Var::try_kron`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 10.0]), tape.leaf([2.0, 3.0, 4.0]));
    /// assert_eq!(a.kron(b).value().to_vec(), [2.0, 3.0, 4.0, 20.0, 30.0, 40.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn kron(self, b: Self) -> Self {
        or_panic(self.try_kron(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "kron",
        f: |x| x[0].kron(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 5] = [
                [&[2, 2], &[1, 3]],
                [&[], &[2]],
                [&[2], &[3, 1]],
                [&[0, 2], &[2, 1]],
                [&[1, 2, 1], &[2, 1, 2]],
            ];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn blocks_are_copies_times_an_element() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([[0.0, 5.0], [6.0, 7.0], [8.0, 9.0]]));
        let block = |ix: &[usize]| a.value()[[ix[0] / 3, ix[1] / 2]] * b.value()[[ix[0] % 3, ix[1] % 2]];
        assert_eq!(a.kron(b).value(), Tensor::from_fn([6, 4], block));
        assert_eq!(a.kron(b).sum().backward(&[a])[0], Tensor::full([2, 2], 35.0));
        assert_eq!(a.kron(tape.leaf([1.0, 0.0])).shape().dims(), [2, 4]);
        let deep = tape.leaf(Tensor::zeros([1; 5]));
        assert!(matches!(a.try_kron(deep), Err(Error::RankTooLarge { rank: 10 })));
        let huge = tape.constant(1.0).broadcast_to([1 << 40]);
        assert!(matches!(huge.try_kron(huge), Err(Error::TooLarge { .. })));
    }
}
