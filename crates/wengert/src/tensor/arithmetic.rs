//! Arithmetic off the tape, with broadcasting; for data preparation and parameter updates.

use super::Tensor;
use crate::{Float, Shape, Threads, error::or_panic};
use std::ops::{Add, Div, Mul, Neg, Sub};
use wengert_kernels::{Real, map::add_assign};

macro_rules! operator { ($Trait:ident, $method:ident, $op:tt) => {
    impl<F: Float> $Trait for &Tensor<F> {
        type Output = Tensor<F>;

        #[track_caller]
        fn $method(self, other: Self) -> Tensor<F> {
            let shape = or_panic(Shape::broadcast(stringify!($method), self.shape(), other.shape()));
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

    /// Adds `other`, of the same shape, in the storage of either that nobody else looks at.
    pub(crate) fn accumulate(&mut self, mut other: Self, on: &Threads) {
        debug_assert_eq!(self.dims(), other.dims());
        // a + b = b + a, bit for bit
        if !self.is_own() && other.is_own() {
            std::mem::swap(self, &mut other);
        }
        if !self.is_own() {
            *self = crate::ops::add::added(self, &other, on);
        } else if self.strides() == other.strides() && other.fills_storage() {
            // cell by cell, in whatever order both lie
            add_assign(on, self.buf.make_mut(), &other.buf);
        } else if self.is_contiguous() {
            add_assign(on, self.buf.make_mut(), other.contiguous().data());
        } else {
            let mut sum = self.contiguous();
            add_assign(on, sum.buf.make_mut(), other.contiguous().data());
            *self = sum;
        }
    }

    /// Whether the elements are exactly the cells of the storage, one each.
    fn fills_storage(&self) -> bool {
        self.buf.len() == self.len() && self.is_dense()
    }

    /// Whether they are, and no other tensor looks at them.
    fn is_own(&self) -> bool {
        self.fills_storage() && self.buf.is_unique()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tensor, Threads};

    #[test]
    fn broadcasts_and_mixes_with_numbers() {
        let t = &Tensor::from([[1.0], [2.0]]) * &Tensor::from([1.0, 10.0]);
        assert_eq!(t, Tensor::from([[1.0, 10.0], [2.0, 20.0]]));
        assert_eq!((&t - 1.0) / 2.0, Tensor::from([[0.0, 4.5], [0.5, 9.5]]));
        assert_eq!(-&Tensor::from([1.0_f32]), Tensor::from([-1.0]));
    }

    #[test]
    fn accumulating_adds_in_any_layout() {
        let dense = |k: usize| Tensor::from_fn([2, 3], |ix| (ix[0] * 3 + ix[1] + k) as f64);
        let turned = |k: usize| dense(k).transpose(0, 1).contiguous().transpose(0, 1);
        let part =
            |k: usize| {
                let wide = Tensor::from_fn([2, 4], |ix| {
                    if ix[1] == 0 { 99.0 } else { (ix[0] * 3 + ix[1] + k - 1) as f64 }
                });
                wide.narrow(1, 1..4)
            };
        let row = |k: usize| Tensor::full([], k as f64).try_broadcast_to([2, 3]).expect("fits");
        let makers: [&dyn Fn(usize) -> Tensor<f64>; 4] = [&dense, &turned, &part, &row];
        for (i, a) in makers.iter().enumerate() {
            for b in makers {
                let expected = a(1).zip(&b(5), |x, y| x + y);
                let (mut sum, kept) = (a(1), b(5));
                sum.accumulate(kept.clone(), &Threads::one());
                assert_eq!((&sum, &kept), (&expected, &b(5)), "layout {i}");
                let (mut sum, kept) = (a(1), a(1));
                sum.accumulate(b(5), &Threads::one());
                assert_eq!((&sum, &kept), (&expected, &a(1)), "layout {i}");
            }
        }
    }

    #[test]
    fn accumulating_into_shared_storage_leaves_the_other_owner_alone() {
        let a = Tensor::from([1.0, 2.0]);
        let mut b = a.clone();
        b.accumulate(Tensor::from([1.0, 1.0]), &Threads::one());
        assert_eq!((a.to_vec(), b.to_vec()), (vec![1.0, 2.0], vec![2.0, 3.0]));
    }
}
