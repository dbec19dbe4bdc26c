//! Programs over rows of tensors, whatever storage these have.

use super::Tensor;
use crate::plan::rows::End;
use crate::{Float, Shape, Threads};
use smallvec::SmallVec;
use wengert_kernels::Buffer;
use wengert_kernels::program::{RowProgram, RowSink, Source, run_rows};

impl<F: Float> Tensor<F> {
    /// The results of a program over `[rows, n]` elements, in row-major order and of these shapes.
    ///
    /// Operands have `rows * n` elements or `rows`, in row-major order of whatever axes they have; `picks` are the indices
    /// of the program, if it has some.
    pub(crate) fn combine_rows(
        on: &Threads,
        p: &RowProgram<F>,
        extents: [usize; 2],
        x: &[&Self],
        picks: Option<&[u32]>,
        outputs: &[(Shape, Option<End>)],
    ) -> SmallVec<[Self; 6]> {
        let sources: SmallVec<[Source<'_, F>; 4]> = x.iter().map(|x| x.as_source()).collect();
        let mut results: SmallVec<[Buffer<F>; 6]> =
            outputs.iter().map(|(shape, _)| Buffer::scratch(shape.len())).collect();
        let sink = |(result, (_, end)): (_, &(Shape, Option<End>))| sink(result, *end);
        let mut sinks: SmallVec<[RowSink<'_, F>; 6]> =
            results.iter_mut().map(|r| &mut **r).zip(outputs).map(sink).collect();
        run_rows(on, p, extents, &sources, picks.as_slice(), &mut sinks);
        drop(sinks);
        results.into_iter().zip(outputs).map(|(buf, (shape, _))| Self::from_buffer(*shape, buf)).collect()
    }

    /// The elements in row-major order, read where they lie.
    fn as_source(&self) -> Source<'_, F> {
        match self.uniform() {
            Some(value) => Source::Uniform(value),
            None if self.is_contiguous() => Source::Dense(self.data()),
            None => Source::Strided {
                data: &self.buf,
                offset: self.offset,
                dims: self.dims(),
                strides: self.strides(),
            },
        }
    }
}

/// The place of a result.
fn sink<F: Float>(result: &mut [F], end: Option<End>) -> RowSink<'_, F> {
    match end {
        None => RowSink::Store(result),
        Some(End::Columns) => RowSink::Columns(result),
        Some(End::Total) => RowSink::Total(&mut result[0]),
    }
}
