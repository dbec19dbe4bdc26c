//! The distinct values of a tensor.

use super::Tensor;
use crate::{Error, Float, Shape, Threads, error::or_panic, ops::choice::Choice};
use wengert_kernels::order::{Nans, Order};

/// What [`Tensor::unique`] finds.
#[derive(Clone, Debug)]
pub struct Unique<F: Float> {
    /// The distinct values from the smallest to the largest, a vector; one NaN, if there are any, is last.
    pub values: Tensor<F>,
    /// For every element of the operand, in its shape, the position of its value.
    pub inverse: Tensor<u32>,
    /// How often each value occurs.
    pub counts: Tensor<u32>,
}

impl<F: Float> Tensor<F> {
    /// The distinct values, with counts and positions. Not differentiable: the number of values depends on them.
    ///
    /// Zeros of either sign are one value, of which the first in row-major order is kept; so are all NaN, as in NumPy
    /// (PyTorch counts each NaN alone).
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for $2^{32}$ elements or more.
    pub fn try_unique(&self) -> Result<Unique<F>, Error> {
        let list = self.reshape([self.len()]);
        let choice = Choice::new("unique", 0, Order::Ascending(Nans::Last), list.shape())?;
        let (order, x) = (choice.positions(&list, &Threads::one()), list.data());
        let (mut values, mut counts): (Vec<F>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut inverse = vec![0; x.len()];
        for &k in order.data() {
            let value = x[k as usize];
            match (values.last(), counts.last_mut()) {
                (Some(&last), Some(count)) if last == value || (last.is_nan() && value.is_nan()) => {
                    *count += 1
                }
                _ => {
                    values.push(value);
                    counts.push(1);
                }
            }
            inverse[k as usize] = (values.len() - 1) as u32;
        }
        let found = Shape::of(&[values.len()]);
        Ok(Unique {
            values: Self::new(found, values)?,
            inverse: Tensor::new(self.shape(), inverse)?,
            counts: Tensor::new(found, counts)?,
        })
    }

    /// As [`Tensor::try_unique`].
    ///
    /// ```
    /// let found = wengert::Tensor::from([[3.0, 1.0], [1.0, 7.0]]).unique();
    /// assert_eq!(found.values.to_vec(), [1.0, 3.0, 7.0]);
    /// assert_eq!(found.counts.to_vec(), [2, 1, 1]);
    /// assert_eq!(found.inverse.to_vec(), [1, 0, 0, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn unique(&self) -> Unique<F> {
        or_panic(self.try_unique())
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn values_put_at_their_positions_give_the_operand() {
        let t = Tensor::from_fn([4, 6], |ix| f64::from((ix[0] * 7 + ix[1] * 5) as u32 % 9) - 4.0);
        for t in [t.transpose(0, 1), t] {
            let found = t.unique();
            assert!(found.values.to_vec().windows(2).all(|w| w[0] < w[1]));
            assert_eq!(found.counts.to_vec().iter().sum::<u32>() as usize, t.len());
            assert_eq!(found.inverse.map(|k| found.values[[k as usize]]), t);
        }
    }

    #[test]
    fn zeros_are_one_value_and_so_are_nan() {
        let nan = f32::NAN;
        let found = Tensor::from([nan, -0.0, 0.0, f32::INFINITY, -nan]).unique();
        let values = found.values.to_vec();
        assert!(values.len() == 3 && values[0].is_sign_negative() && values[2].is_nan(), "{values:?}");
        assert_eq!(found.counts.to_vec(), [2, 1, 2]);
        assert_eq!(found.inverse.to_vec(), [2, 0, 0, 1, 2]);
    }

    #[test]
    fn of_nothing_and_of_a_scalar() {
        let found = Tensor::<f64>::zeros([0, 3]).unique();
        assert!(found.values.is_empty() && found.counts.is_empty() && found.inverse.dims() == [0, 3]);
        let found = Tensor::from(5.0).unique();
        assert_eq!((found.values.to_vec(), found.inverse.rank()), (vec![5.0], 0));
    }
}
