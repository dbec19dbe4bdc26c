//! # diag
//!
//! The diagonal of a matrix, or the matrix with a vector on its diagonal.
//!
//! $$ y_i = x_{i \, (i + k)} \qquad \text{or} \qquad y_{i j} = \lbrack j - i = k \rbrack \, x_{\min(i, j)} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `diagonal` or `diag_embed` |
//! | JVP | by composition |
//! | shape | `[r, c] → [n]`, `[n] → [n + \lvert k \rvert, n + \lvert k \rvert]` |
//! | domain | vectors and matrices |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The diagonal `offset` of a matrix, or the matrix with a vector there; see [`crate::ops::composed::diag`].
    ///
    /// For stacks of either use [`Var::diagonal`] and [`Var::diag_embed`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another rank, [`Error::TooLarge`].
    #[track_caller]
    pub fn try_diag(self, offset: isize) -> Result<Self, Error> {
        match self.rank() {
            1 => self.try_diag_embed(offset, 0, 1),
            2 => self.try_diagonal(offset, 0, 1),
            _ => {
                let expected = "a vector or a matrix (for stacks: diag_embed, diagonal)";
                Err(Error::Shape { op: "diag", given: self.shape().dims().into(), expected })
            }
        }
    }

    /// As [`Var::try_diag`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.diag(0).value().to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// assert_eq!(x.diag(-1).diag(-1).value(), x.value());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn diag(self, offset: isize) -> Self {
        or_panic(self.try_diag(offset))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "diag",
        f: |x| x[0].diag(-1),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[3], &[2, 3], &[3, 2], &[0], &[1, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn there_and_back_is_the_vector_and_other_ranks_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        for offset in -2..=2 {
            assert_eq!(x.diag(offset).diag(offset).value(), x.value());
            assert_eq!(x.diag(offset).sum().backward(&[x])[0].to_vec(), [1.0; 3]);
        }
        assert!(matches!(tape.leaf(1.0).try_diag(0), Err(Error::Shape { op: "diag", .. })));
        assert!(matches!(tape.leaf(Tensor::zeros([1, 1, 1])).try_diag(0), Err(Error::Shape { .. })));
    }
}
