//! # one_hot
//!
//! For every index a row of zeros with a 1 at that place.
//!
//! $$ y_{i c} = \begin{cases} 1 & c = p_i \\ 0 & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | none: indices are not differentiable, and the result is a tensor off the tape |
//! | JVP | none |
//! | shape | `[d…] → [d…, classes]` |
//! | domain | indices below the number of classes |
//! | source | definition |

use crate::{Error, Float, Shape, Tensor, error::or_panic};

impl Tensor<u32> {
    /// A row of zeros with one 1 for every index; see [`crate::ops::composed::one_hot`].
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for an index that is not below `classes`; those of [`Shape::new`].
    pub fn try_one_hot<F: Float>(&self, classes: usize) -> Result<Tensor<F>, Error> {
        let shape = Shape::new([self.dims(), &[classes]].concat())?;
        let indices = self.elements();
        if let Some(&index) = indices.iter().find(|&&i| i as usize >= classes) {
            return Err(Error::Index { op: "one_hot", index: i64::from(index), size: classes });
        }
        let mut rows = Tensor::zeros(shape);
        if classes > 0 {
            for (row, &i) in rows.make_mut().chunks_exact_mut(classes).zip(indices.iter()) {
                row[i as usize] = F::ONE;
            }
        }
        Ok(rows)
    }

    /// As [`Tensor::try_one_hot`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// let labels = Tensor::from([2_u32, 0]);
    /// let targets = labels.one_hot::<f32>(3);
    /// assert_eq!(targets, Tensor::from([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]));
    /// assert!(!Tape::new().constant(targets).is_tracked());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn one_hot<F: Float>(&self, classes: usize) -> Tensor<F> {
        or_panic(self.try_one_hot(classes))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tensor};

    #[test]
    fn works_for_any_shape_of_indices_and_refuses_what_is_no_class() {
        assert_eq!(Tensor::from(1_u32).one_hot::<f64>(2), Tensor::from([0.0, 1.0]));
        assert_eq!(Tensor::<u32>::zeros([0]).one_hot::<f64>(3).dims(), [0, 3]);
        assert_eq!(Tensor::<u32>::zeros([0, 2]).one_hot::<f64>(0).dims(), [0, 2, 0]);
        let columns = Tensor::from([[0_u32, 1], [1, 0]]).transpose(0, 1).one_hot::<f64>(2);
        assert_eq!(columns.dims(), [2, 2, 2]);
        assert_eq!(columns.to_vec(), [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
        let wrong = Tensor::from([0_u32, 3]).try_one_hot::<f64>(3);
        assert!(matches!(wrong, Err(Error::Index { op: "one_hot", index: 3, size: 3 })));
        assert!(matches!(Tensor::from(0_u32).try_one_hot::<f64>(0), Err(Error::Index { .. })));
    }
}
