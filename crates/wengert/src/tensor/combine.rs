//! Elementwise work on tensors: a loop over slices, applied to whatever storage the operands have.

use super::Tensor;
use crate::{Element, Threads};
use smallvec::SmallVec;

const CHUNK: usize = 1 << 14; // elements a thread takes at a time

/// A loop over slices of equal lengths: reads the operands, writes every element of the result.
pub(crate) type Loop<'f, T> = dyn Fn(&[&[T]], &mut [T]) + Sync + 'f;

impl<T: Element> Tensor<T> {
    /// The result of an elementwise loop over tensors of one shape.
    ///
    /// The loop is called over chunks, on several threads where there is enough to do. A broadcast scalar among the
    /// operands is not spread out: the loop sees it as one chunk of equal elements; if all operands are such, one
    /// element is computed. The loop's type is erased, so that everything around it is compiled once per element
    /// type and not once per op.
    pub(crate) fn combine(on: &Threads, x: &[&Self], each: &Loop<'_, T>) -> Self {
        let shape = x[0].shape;
        debug_assert!(x.iter().all(|x| x.shape == shape));
        if x.iter().all(|x| x.is_uniform()) {
            let slices: SmallVec<[&[T]; 4]> = x.iter().map(|x| &x.buf[x.offset..=x.offset]).collect();
            let mut one = [T::default()];
            each(&slices, &mut one);
            return Self::full([], one[0]).broadcast_view(shape);
        }
        let chunk = CHUNK.min(shape.len().max(1));
        let laid: SmallVec<[(Self, bool); 4]> = x
            .iter()
            .map(|x| match x.is_uniform() {
                true => (Self::full([chunk], x.buf[x.offset]), true),
                false => (x.contiguous(), false),
            })
            .collect();
        Self::build(shape, |out| {
            on.for_each_chunk(out, chunk, |block, out| {
                let slices: SmallVec<[&[T]; 4]> = laid
                    .iter()
                    .map(|(x, repeated)| &x.data()[if *repeated { 0 } else { block * chunk }..][..out.len()])
                    .collect();
                each(&slices, out);
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum3(x: &[&[f64]], out: &mut [f64]) {
        for (((o, a), b), c) in out.iter_mut().zip(x[0]).zip(x[1]).zip(x[2]) {
            *o = a + 10.0 * b + 100.0 * c;
        }
    }

    #[test]
    fn uniform_strided_and_long_operands_meet() {
        let n = 2 * CHUNK + 5;
        let a: Tensor<f64> = (0..n).map(|i| i as f64).collect();
        let b = Tensor::full([], 2.0).broadcast_view(a.shape());
        let c = Tensor::from_fn([n, 2], |ix| (ix[0] % 7) as f64).narrow(1, 0..1).drop_axis(1);
        for threads in [1, 3] {
            let y = Tensor::combine(&Threads::new(threads), &[&a, &b, &c], &sum3).to_vec();
            assert!(y.iter().enumerate().all(|(i, &y)| y == i as f64 + 20.0 + 100.0 * (i % 7) as f64));
        }
    }

    #[test]
    fn nothing_and_one_element_work() {
        let none = Tensor::<f64>::zeros([0, 3]);
        assert_eq!(Tensor::combine(&Threads::one(), &[&none, &none, &none], &sum3), none);
        let one = Tensor::from(1.0);
        assert_eq!(Tensor::combine(&Threads::one(), &[&one, &one, &one], &sum3).item(), 111.0);
    }
}
