//! Tensors from numbers, slices and nested arrays.

use super::Tensor;
use crate::{Element, Shape};
use wengert_kernels::Buffer;

macro_rules! from_number { ($($t:ty),*) => { $(
    impl From<$t> for Tensor<$t> {
        fn from(value: $t) -> Self {
            Tensor::scalar(value)
        }
    }
)* } }
from_number!(f32, f64, u8, u32, u64, i32, i64);

impl<T: Element> From<&[T]> for Tensor<T> {
    fn from(values: &[T]) -> Self {
        Tensor::from_buffer(Shape::of(&[values.len()]), Buffer::from_slice(values))
    }
}

impl<T: Element> From<Vec<T>> for Tensor<T> {
    fn from(values: Vec<T>) -> Self {
        values.as_slice().into()
    }
}

impl<T: Element> From<&Tensor<T>> for Tensor<T> {
    fn from(t: &Tensor<T>) -> Self {
        t.clone()
    }
}

impl<T: Element, const A: usize> From<[T; A]> for Tensor<T> {
    fn from(values: [T; A]) -> Self {
        values.as_slice().into()
    }
}

impl<T: Element, const A: usize, const B: usize> From<[[T; B]; A]> for Tensor<T> {
    fn from(values: [[T; B]; A]) -> Self {
        Tensor::from_buffer(Shape::of(&[A, B]), Buffer::from_slice(values.as_flattened()))
    }
}

impl<T: Element, const A: usize, const B: usize, const C: usize> From<[[[T; C]; B]; A]> for Tensor<T> {
    fn from(values: [[[T; C]; B]; A]) -> Self {
        let flat = values.as_flattened().as_flattened();
        Tensor::from_buffer(Shape::of(&[A, B, C]), Buffer::from_slice(flat))
    }
}

impl<T: Element, const A: usize, const B: usize, const C: usize, const D: usize> From<[[[[T; D]; C]; B]; A]>
    for Tensor<T>
{
    fn from(values: [[[[T; D]; C]; B]; A]) -> Self {
        let flat = values.as_flattened().as_flattened().as_flattened();
        Tensor::from_buffer(Shape::of(&[A, B, C, D]), Buffer::from_slice(flat))
    }
}

impl<T: Element> FromIterator<T> for Tensor<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().collect::<Vec<T>>().into()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tensor};

    #[test]
    fn nested_arrays_give_their_shape() {
        assert_eq!(Tensor::from(2.0).dims(), [0_usize; 0]);
        assert_eq!(Tensor::from([[1_u32, 2], [3, 4], [5, 6]]).dims(), [3, 2]);
        let t = Tensor::from([[[[1.0_f32], [2.0]]]]);
        assert_eq!((t.dims(), t.to_vec()), ([1, 1, 2, 1].as_slice(), vec![1.0, 2.0]));
        assert_eq!((0..3_i32).collect::<Tensor<_>>().to_vec(), [0, 1, 2]);
    }

    #[test]
    fn a_wrong_number_of_values_is_refused() {
        assert_eq!(Tensor::new([2, 2], [1.0, 2.0]), Err(Error::Length { given: 2, shape: vec![2, 2] }));
    }
}
