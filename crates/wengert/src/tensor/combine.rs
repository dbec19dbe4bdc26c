//! Elementwise work on tensors: a program, run over whatever storage the operands have.

use super::{Tensor, layout::Layout, storage::Storage};
use crate::{Element, Float, MAX_RANK, Shape, Threads, shape::Strides};
use smallvec::SmallVec;
use wengert_kernels::Buffer;
use wengert_kernels::program::{Program, Sink, Source, run};

/// The axes of a tensor from the farthest neighbors to the nearest, as they lie in storage.
type Order = [usize; MAX_RANK];

const ROW_MAJOR: Order = [0, 1, 2, 3, 4, 5, 6, 7];

impl<T: Element> Tensor<T> {
    /// The value of all elements, if they are one cell of storage.
    pub(crate) fn uniform(&self) -> Option<T> {
        self.is_uniform().then(|| self.buf[self.offset])
    }

    /// A tensor whose elements are all one cell of storage.
    pub(crate) fn of_uniform(shape: Shape, value: T) -> Self {
        Self {
            buf: Storage::one(value),
            layout: Layout::new(shape.dims(), &[0; MAX_RANK][..shape.rank()]),
            offset: 0,
        }
    }

    /// The order of axes in which the elements lie without gaps, if there is one.
    fn order(&self) -> Option<Order> {
        if self.is_contiguous() {
            return Some(ROW_MAJOR);
        }
        let rank = self.rank();
        let mut order = ROW_MAJOR;
        // An axis of size 1 may lie anywhere; it goes to the front.
        order[..rank].sort_by_key(|&k| match self.dims()[k] {
            1 => (0, 0),
            _ => (1, -self.strides()[k]),
        });
        let strides = strides_of(self.shape(), &order);
        self.lies_as(&strides).then_some(order)
    }

    /// Whether neighbors are as far apart as these strides say.
    fn lies_as(&self, strides: &Strides) -> bool {
        self.dims().iter().zip(self.strides()).zip(strides).all(|((&d, a), b)| d == 1 || a == b)
    }
}

/// The strides of a tensor without gaps whose axes lie in this order.
fn strides_of(shape: Shape, order: &Order) -> Strides {
    let mut strides = [0; MAX_RANK];
    let mut step = 1;
    for &k in order[..shape.rank()].iter().rev() {
        strides[k] = step;
        step *= shape.dims()[k] as isize;
    }
    strides
}

impl<F: Float> Tensor<F> {
    /// The results of a program over tensors of one shape.
    ///
    /// Results lie in the order of the first operand that is neither one cell nor full of gaps, so that tensors stored
    /// channels-last stay so; an operand in another order is read where it lies, and a broadcast one is not spread out.
    /// If all operands are one cell each, so are the results.
    pub(crate) fn combine(on: &Threads, p: &Program<F>, x: &[&Self]) -> SmallVec<[Self; 4]> {
        Self::combine_to(on, p, x[0].shape(), x, |_| false)
    }

    /// The same, with only the sum of all elements of those results for which `is_summed`: a scalar each.
    ///
    /// Sums add in the order of the axes, whatever the storage of the operands.
    pub(crate) fn combine_to(
        on: &Threads,
        p: &Program<F>,
        shape: Shape,
        x: &[&Self],
        is_summed: impl Fn(usize) -> bool,
    ) -> SmallVec<[Self; 4]> {
        debug_assert!(x.iter().all(|x| x.dims() == shape.dims()));
        let sums = (0..p.outputs()).any(&is_summed);
        if !sums && x.iter().all(|x| x.is_uniform()) {
            let cells: SmallVec<[Source<'_, F>; 4]> =
                x.iter().map(|x| Source::Uniform(x.buf[x.offset])).collect();
            let mut values: SmallVec<[F; 4]> = SmallVec::from_elem(F::ZERO, p.outputs());
            let mut sinks: SmallVec<[Sink<'_, F>; 4]> =
                values.chunks_mut(1).map(|value| Sink::Store(value)).collect();
            run(on, p, 1, &cells, &mut sinks);
            drop(sinks);
            return values.into_iter().map(|value| Self::of_uniform(shape, value)).collect();
        }
        let mut laid = x.iter().filter(|x| !sums && !x.is_uniform());
        let order = laid.find_map(|x| x.order()).unwrap_or(ROW_MAJOR);
        let strides = strides_of(shape, &order);
        let rank = shape.rank();
        let in_order = |of: &[usize]| order.map(|k| if k < rank { of[k] } else { 1 });
        let dims = in_order(shape.dims());
        let walks: SmallVec<[Strides; 4]> =
            x.iter().map(|x| order.map(|k| if k < rank { x.strides()[k] } else { 0 })).collect();
        let sources: SmallVec<[Source<'_, F>; 4]> = x
            .iter()
            .zip(&walks)
            .map(|(x, walk)| match x.uniform() {
                Some(value) => Source::Uniform(value),
                None if shape.is_empty() => Source::Dense(&[]),
                None if x.lies_as(&strides) => Source::Dense(&x.buf[x.offset..x.offset + shape.len()]),
                None => Source::Strided {
                    data: &x.buf,
                    offset: x.offset,
                    dims: &dims[..rank],
                    strides: &walk[..rank],
                },
            })
            .collect();
        let mut results: SmallVec<[Buffer<F>; 4]> =
            (0..p.outputs()).map(|k| Buffer::scratch(if is_summed(k) { 1 } else { shape.len() })).collect();
        let sink = |(k, result)| if is_summed(k) { summed(result) } else { Sink::Store(result) };
        let mut sinks: SmallVec<[Sink<'_, F>; 4]> =
            results.iter_mut().map(|r| &mut **r).enumerate().map(sink).collect();
        run(on, p, shape.len(), &sources, &mut sinks);
        drop(sinks);
        let tensor = |(k, buf)| match is_summed(k) {
            true => Self::from_buffer(Shape::SCALAR, buf),
            false => Self { buf: buf.into(), layout: Layout::new(shape.dims(), &strides[..rank]), offset: 0 },
        };
        results.into_iter().enumerate().map(tensor).collect()
    }
}

/// A place for one sum.
fn summed<F: Float>(place: &mut [F]) -> Sink<'_, F> {
    Sink::Sum(&mut place[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert_kernels::program::{Builder, Code};

    fn combine_one(on: &Threads, p: &Program<f64>, x: &[&Tensor<f64>]) -> Tensor<f64> {
        Tensor::combine(on, p, x).pop().expect("a program with one result")
    }

    /// `a + 10 b + 100 c`
    fn sum3() -> Program<f64> {
        let mut b = Builder::new(3);
        let x = [b.input(0), b.input(1), b.input(2)];
        let mut sum = x[0];
        for (k, factor) in [(1, 10.0), (2, 100.0)] {
            let factor = b.constant(factor);
            let term = b.push(Code::Mul, &[factor, x[k]]);
            sum = b.push(Code::Add, &[sum, term]);
        }
        b.finish(&[sum])
    }

    #[test]
    fn uniform_strided_and_long_operands_meet() {
        let n = (1 << 15) + 5;
        let a: Tensor<f64> = (0..n).map(|i| i as f64).collect();
        let b = Tensor::full([], 2.0).broadcast_view(a.shape());
        let c = Tensor::from_fn([n, 2], |ix| (ix[0] % 7) as f64).narrow(1, 0..1).drop_axis(1);
        for threads in [1, 3] {
            let y = combine_one(&Threads::new(threads), &sum3(), &[&a, &b, &c]).to_vec();
            assert!(y.iter().enumerate().all(|(i, &y)| y == i as f64 + 20.0 + 100.0 * (i % 7) as f64));
        }
    }

    #[test]
    fn nothing_and_one_element_work() {
        let none = Tensor::<f64>::zeros([0, 3]);
        assert_eq!(combine_one(&Threads::one(), &sum3(), &[&none, &none, &none]), none);
        let one = Tensor::from(1.0);
        assert_eq!(combine_one(&Threads::one(), &sum3(), &[&one, &one, &one]).item(), 111.0);
    }

    #[test]
    fn results_lie_as_the_first_dense_operand_does() {
        let number = |ix: &[usize]| (ix[0] * 1000 + ix[1] * 100 + ix[2] * 10 + ix[3]) as f64;
        let (dims, last) = ([2, 3, 4, 5], [2, 4, 5, 3]);
        let channels_last = Tensor::from_fn(last, |ix| number(&[ix[0], ix[3], ix[1], ix[2]]));
        let a = channels_last.permute(&[0, 3, 1, 2]);
        let b = Tensor::from_fn(dims, number);
        let bias = Tensor::from([7.0, 8.0, 9.0]).reshape([3, 1, 1]).broadcast_view(a.shape());
        let on = Threads::one();
        for (x, lies_as) in [([&bias, &a, &b], &a), ([&b, &a, &bias], &b), ([&bias, &bias, &a], &a)] {
            let y = combine_one(&on, &sum3(), &x);
            assert_eq!(y.strides(), lies_as.strides());
            let rows: Vec<Vec<f64>> = x.iter().map(|x| x.to_vec()).collect();
            let expected: Vec<f64> =
                (0..y.len()).map(|i| rows[0][i] + 10.0 * rows[1][i] + 100.0 * rows[2][i]).collect();
            assert_eq!(y.to_vec(), expected);
        }
        let gaps = b.narrow(3, 1..3);
        let y = combine_one(&on, &sum3(), &[&gaps, &gaps, &gaps]);
        assert!(y.is_contiguous());
        assert_eq!(y, gaps.map(|x| x + 10.0 * x + 100.0 * x));
    }
}
