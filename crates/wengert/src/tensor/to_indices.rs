//! Indices from other numbers: checked, with negative ones counted from the end.

use super::Tensor;
use crate::{Element, Error, error::or_panic};

/// Numbers that may be positions of an axis.
pub trait ToIndex: Element {
    /// The whole number that this is, if it is one of `i64`.
    fn whole(self) -> Option<i64>;
}

macro_rules! integers { ($($T:ty),*) => { $(
    impl ToIndex for $T {
        fn whole(self) -> Option<i64> {
            i64::try_from(self).ok()
        }
    }
)* } }
integers!(u8, u32, u64, i32, i64);

macro_rules! floats { ($($T:ty),*) => { $(
    impl ToIndex for $T {
        fn whole(self) -> Option<i64> {
            // Up to here, all whole numbers of both types are those of `i64`.
            const END: $T = (1_u64 << 62) as $T;
            (self.trunc() == self && self.abs() <= END).then_some(self as i64)
        }
    }
)* } }
floats!(f32, f64);

impl<T: ToIndex> Tensor<T> {
    /// These numbers as indices into an axis of size `size`; negative ones count from its end.
    ///
    /// The ops that pick by index take `Tensor<u32>`: this is how to get one from indices of another type.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for a number below `-size` or not below `size`; [`Error::Attribute`] for one that is not whole, as
    /// NaN is not; [`Error::Shape`] for an axis longer than `u32` counts.
    pub fn try_to_indices(&self, size: usize) -> Result<Tensor<u32>, Error> {
        const OP: &str = "to_indices";
        if size > u32::MAX as usize + 1 {
            let expected = "an axis of at most 2^32 elements";
            return Err(Error::Shape { op: OP, given: vec![size], expected });
        }
        let resolved = |&number: &T| {
            let Some(index) = number.whole() else {
                let (given, expected) = (format!("{number:?}"), "a whole number");
                return Err(Error::Attribute { op: OP, name: "index", given, expected });
            };
            let from_first = if index < 0 { index + size as i64 } else { index };
            let found = u32::try_from(from_first).ok().filter(|&i| (i as usize) < size);
            found.ok_or(Error::Index { op: OP, index, size })
        };
        let indices = self.elements().iter().map(resolved).collect::<Result<Vec<u32>, Error>>()?;
        Tensor::new(self.shape(), indices)
    }

    /// As [`Tensor::try_to_indices`].
    ///
    /// ```
    /// use wengert::{Error, Tensor};
    /// assert_eq!(Tensor::from([0_i64, -1, -3]).to_indices(3).to_vec(), [0, 2, 0]);
    /// let beyond = Tensor::from([-4_i64]).try_to_indices(3);
    /// assert!(matches!(beyond, Err(Error::Index { index: -4, size: 3, .. })));
    /// assert!(Tensor::from([f64::NAN]).try_to_indices(3).is_err());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn to_indices(&self, size: usize) -> Tensor<u32> {
        or_panic(self.try_to_indices(size))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tensor};

    #[test]
    fn numbers_of_every_type_become_the_positions_that_they_name() {
        assert_eq!(Tensor::from([[0_i64, -1], [2, -3]]).to_indices(3), Tensor::from([[0_u32, 2], [2, 0]]));
        assert_eq!(Tensor::from([-1_i32]).to_indices(1 << 32).to_vec(), [u32::MAX]);
        assert_eq!(Tensor::from([2.0_f32, -1.0, -0.0]).to_indices(3).to_vec(), [2, 2, 0]);
        assert_eq!(Tensor::from([1_u64]).to_indices(2).to_vec(), [1]);
        assert_eq!(Tensor::<i64>::zeros([0, 2]).to_indices(0).dims(), [0, 2]);
        let backwards = Tensor::from([[0_i64, 1], [2, -1]]).transpose(0, 1);
        assert_eq!(backwards.to_indices(3).to_vec(), [0, 2, 1, 2]);
    }

    #[test]
    fn what_is_no_position_is_a_typed_error() {
        let index = |t: Result<Tensor<u32>, Error>| match t {
            Err(Error::Index { op: "to_indices", index, .. }) => Some(index),
            _ => None,
        };
        for wrong in [3, -4, i64::MAX, i64::MIN] {
            assert_eq!(index(Tensor::from([0, wrong]).try_to_indices(3)), Some(wrong));
        }
        assert_eq!(index(Tensor::from([0_i64]).try_to_indices(0)), Some(0));
        assert_eq!(index(Tensor::from([1e10]).try_to_indices(3)), Some(10_000_000_000));
        for wrong in [f64::NAN, f64::INFINITY, -f64::INFINITY, 0.5, 1e300] {
            let refused = Tensor::from([0.0, wrong]).try_to_indices(3);
            assert!(matches!(refused, Err(Error::Attribute { name: "index", .. })), "{wrong}");
        }
        assert!(matches!(Tensor::from([u64::MAX]).try_to_indices(3), Err(Error::Attribute { .. })));
        let long = Tensor::from([0_i64]).try_to_indices((1 << 32) + 1);
        assert!(matches!(long, Err(Error::Shape { .. })));
    }
}
