//! Arithmetic off the tape, with broadcasting; for data preparation and parameter updates.

use super::Tensor;
use crate::{Float, Shape};
use std::ops::{Add, Div, Mul, Neg, Sub};
use wengert_kernels::Real;

macro_rules! operator { ($Trait:ident, $method:ident, $op:tt) => {
    impl<F: Float> $Trait for &Tensor<F> {
        type Output = Tensor<F>;

        #[track_caller]
        fn $method(self, other: Self) -> Tensor<F> {
            let shape = Shape::broadcast(stringify!($method), self.shape, other.shape)
                .unwrap_or_else(|e| panic!("{e}"));
            self.broadcast_view(shape).zip(&other.broadcast_view(shape), |a, b| a $op b)
        }
    }
    impl<F: Float> $Trait for Tensor<F> {
        type Output = Tensor<F>;

        #[track_caller]
        fn $method(self, other: Self) -> Tensor<F> {
            &self $op &other
        }
    }
    impl<F: Float> $Trait<f64> for &Tensor<F> {
        type Output = Tensor<F>;

        fn $method(self, other: f64) -> Tensor<F> {
            let b = F::from_f64(other);
            self.map(|a| a $op b)
        }
    }
    impl<F: Float> $Trait<f64> for Tensor<F> {
        type Output = Tensor<F>;

        fn $method(self, other: f64) -> Tensor<F> {
            &self $op other
        }
    }
} }
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl<F: Float> Neg for &Tensor<F> {
    type Output = Tensor<F>;

    fn neg(self) -> Tensor<F> {
        self.map(|a| -a)
    }
}

impl<F: Float> Tensor<F> {
    /// The largest absolute element; 0 of nothing, NaN if any is NaN.
    pub fn max_abs(&self) -> F {
        let bigger = |m: F, x: F| {
            let size = Real::abs(x);
            if x.is_nan() || size > m { size } else { m }
        };
        self.elements().iter().fold(F::ZERO, |m, &x| if m.is_nan() { m } else { bigger(m, x) })
    }

    /// The same numbers in another floating-point type, rounded to nearest.
    pub fn cast<G: Float>(&self) -> Tensor<G> {
        self.map(|x| G::from_f64(x.to_f64()))
    }

    /// Adds `other`, of the same shape, in place when the storage is not shared.
    pub(crate) fn accumulate(&mut self, other: &Self, on: &crate::Threads) {
        debug_assert_eq!(self.shape, other.shape);
        if self.is_contiguous() && std::sync::Arc::get_mut(&mut self.buf).is_some() {
            let x = other.contiguous();
            wengert_kernels::map::add_assign(on, self.make_mut(), x.data());
        } else {
            *self = Self::combine(on, &[self, other], &|x, out| {
                out.iter_mut().zip(x[0]).zip(x[1]).for_each(|((o, &a), &b)| *o = a + b);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Tensor;

    #[test]
    fn broadcasts_and_mixes_with_numbers() {
        let t = &Tensor::from([[1.0], [2.0]]) * &Tensor::from([1.0, 10.0]);
        assert_eq!(t, Tensor::from([[1.0, 10.0], [2.0, 20.0]]));
        assert_eq!((&t - 1.0) / 2.0, Tensor::from([[0.0, 4.5], [0.5, 9.5]]));
        assert_eq!(-&Tensor::from([1.0_f32]), Tensor::from([-1.0]));
    }

    #[test]
    fn accumulating_into_shared_storage_leaves_the_other_owner_alone() {
        let a = Tensor::from([1.0, 2.0]);
        let mut b = a.clone();
        b.accumulate(&Tensor::from([1.0, 1.0]), &crate::Threads::one());
        assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0], vec![2.0, 3.0]));
    }
}
