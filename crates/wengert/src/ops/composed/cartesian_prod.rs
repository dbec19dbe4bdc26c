//! # cartesian_prod
//!
//! Every combination of one element of each vector, a row each, the last vector running fastest.
//!
//! $$ y_{(i_0 i_1 \dots) \, k} = (x_k)_{i_k}, \quad (i_0 i_1 \dots) \text{ the position in row-major order} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `meshgrid` and `stack` |
//! | JVP | by composition |
//! | shape | `[n₀], [n₁], … → [n₀·n₁·…, vectors]` |
//! | domain | everything; at least one vector |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// Every combination of the vectors' elements, a row each; see [`crate::ops::composed::cartesian_prod`].
    ///
    /// # Errors
    ///
    /// Those of [`Var::try_meshgrid`]; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_cartesian_prod(vectors: &[Self]) -> Result<Self, Error> {
        let mut columns = Self::try_meshgrid(vectors).within("cartesian_prod")?;
        for column in &mut columns {
            *column = column.try_reshape([column.shape().len(), 1])?;
        }
        Self::try_concat(&columns, 1).within("cartesian_prod")
    }

    /// As [`Var::try_cartesian_prod`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let rows = Var::cartesian_prod(&[tape.leaf([1.0, 2.0]), tape.leaf([5.0, 6.0])]);
    /// assert_eq!(rows.value().to_vec(), [1.0, 5.0, 1.0, 6.0, 2.0, 5.0, 2.0, 6.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cartesian_prod(vectors: &[Self]) -> Self {
        or_panic(Self::try_cartesian_prod(vectors))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cartesian_prod",
        f: |x| Var::cartesian_prod(x),
        samples: |draw: &mut Draw| {
            let sizes: [&[usize]; 4] = [&[2, 3], &[3], &[2, 1, 2], &[0, 2]];
            sizes.map(|s| s.iter().map(|&n| draw.uniform([n], -2.0, 2.0)).collect()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn one_vector_is_a_column_and_an_empty_one_leaves_no_combination() {
        let tape = Tape::<f64>::new();
        let (x, none) = (tape.leaf([1.0, 2.0]), tape.leaf(Tensor::zeros([0])));
        assert_eq!(Var::cartesian_prod(&[x]).value(), Tensor::from([[1.0], [2.0]]));
        assert_eq!(Var::cartesian_prod(&[x, none]).shape().dims(), [0, 2]);
        assert_eq!(Var::cartesian_prod(&[x, x]).sum().backward(&[x])[0].to_vec(), [4.0, 4.0]);
        assert!(matches!(Var::<f64>::try_cartesian_prod(&[]), Err(Error::Arity { .. })));
    }
}
