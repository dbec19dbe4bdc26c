//! What lines mean over rows: which of them lead from the elements of a row to a number for it, and which lead back.
//!
//! Rows are cut from the end of the row-major order of a tensor: where the axes reduced come last, but for axes of size 1,
//! elements are `[rows, n]` however many axes there are. A number for each row may have any shape of `rows` elements.

use super::graph::{Fused, Graph, Id, Source};
use crate::{AxisSet, Float, Op, Shape};

/// Rows and the elements of each.
pub(super) type Extents = [usize; 2];

/// Bytes of the longest row: some of them at once stay in the second cache.
const LONGEST: usize = 64 * 1024;

/// Elements at hand for a sum over all of them, at the most: their number is a multiple of a leaf's and of a row's.
const LONGEST_TOTAL: usize = 4096;

/// Elements of a leaf of a sum, in the kernels.
const LEAF: usize = 256;

/// The rows that a line goes along: a reduction, or what is computed from all elements of a row.
pub(super) fn along<F: Float>(graph: &Graph<F>, id: Id) -> Option<Extents> {
    let (op, inputs) = applied(graph, id)?;
    let shape = |id: Id| graph.lines[id as usize].shape;
    let (axes, of) = match op {
        Op::Sum(op) => (op.axes, shape(inputs[0])),
        Op::Mean(op) => (op.axes, shape(inputs[0])),
        Op::Max(op) => (op.axes, shape(inputs[0])),
        Op::Min(op) => (op.axes, shape(inputs[0])),
        Op::LogSumExp(op) => (op.axes, shape(inputs[0])),
        Op::Norm2(op) => (op.axes, shape(inputs[0])),
        Op::Softmax(op) => (op.axes, shape(inputs[0])),
        Op::Ties(op) => (op.axes, shape(inputs[0])),
        Op::Gather(_) => return along_picks(op, shape(inputs[0]), shape(id)),
        Op::ScatterAdd(_) => return along_picks(op, shape(id), shape(inputs[0])),
        _ => return None,
    };
    split::<F>(axes, of)
}

/// The op of a line with its operands, whether or not an index input replaces its indices.
pub(super) fn applied<F: Float>(graph: &Graph<F>, id: Id) -> Option<(&Op<F>, &[Id])> {
    match &graph.lines[id as usize].source {
        Source::Apply { op, inputs, .. } => Some((op, inputs)),
        _ => None,
    }
}

/// The rows of an op with one index for each row of `whole`, into that row.
fn along_picks<F: Float>(op: &Op<F>, whole: Shape, part: Shape) -> Option<Extents> {
    let axis = AxisSet::new(op.name(), &[op.picks()?.axis as isize], whole.rank()).ok()?;
    split::<F>(axis, whole).filter(|&[rows, _]| part.len() == rows)
}

/// The rows along these axes of a shape, if they come last.
fn split<F: Float>(axes: AxisSet, of: Shape) -> Option<Extents> {
    let long = |&k: &usize| of.dims()[k] != 1;
    let first = axes.iter().find(long)?;
    let last_kept = (0..of.rank()).filter(|&k| !axes.contains(k)).rfind(long)?;
    extents::<F>(of.len(), axes.count(of)).filter(|_| last_kept < first)
}

/// Rows of `n` elements, if there are several of both and a row is not too long.
fn extents<F: Float>(len: usize, n: usize) -> Option<Extents> {
    let rows = len.checked_div(n)?;
    (rows > 1 && n > 1 && n <= LONGEST / size_of::<F>()).then_some([rows, n])
}

/// The rows along which a number for each is repeated by a broadcast, if it does nothing else.
pub(super) fn spread<F: Float>(from: Shape, to: Shape) -> Option<Extents> {
    let lead = to.rank() - from.rank();
    let size = |k: usize| if k < lead { 1 } else { from.dims()[k - lead] };
    let repeated: Vec<isize> =
        (0..to.rank()).filter(|&k| size(k) != to.dims()[k]).map(|k| k as isize).collect();
    split::<F>(AxisSet::new("broadcast_to", &repeated, to.rank()).ok()?, to)
}

/// What a sum that no row can tell gives at the end of a group over rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The sum over all rows, of each column.
    Columns,
    /// The sum of everything.
    Total,
}

/// What a sum over these axes of elements in such rows is, if it can be taken while the rows are at hand.
pub(super) fn end(axes: AxisSet, of: Shape, [rows, n]: Extents) -> Option<End> {
    if of.len() != rows * n {
        return None;
    }
    let long = |&k: &usize| of.dims()[k] != 1;
    let Some(first_kept) = (0..of.rank()).filter(|&k| !axes.contains(k)).find(long) else {
        return is_short_total(n).then_some(End::Total);
    };
    let last = axes.iter().rfind(long)?;
    // Axes apart from one another are brought together first, and then summed as lines.
    (last < first_kept && axes.count(of) == rows && axes.are_adjacent()).then_some(End::Columns)
}

/// Whether a total can be taken over rows of `n`: whole rows soon make whole leaves.
pub(super) fn is_short_total(n: usize) -> bool {
    let mut len = n;
    while !len.is_multiple_of(LEAF) && len <= LONGEST_TOTAL {
        len *= 2;
    }
    len <= LONGEST_TOTAL
}

/// For each line, whether its elements lie in row-major order or cost nothing to bring into it; not where channels lie
/// last, as convolutions and what follows them have them.
pub(super) fn lie_in_rows<F: Float>(graph: &Graph<F>) -> Vec<bool> {
    let mut lies: Vec<bool> = Vec::with_capacity(graph.lines.len());
    for line in &graph.lines {
        let images = line.shape.rank() == 4;
        lies.push(match &line.source {
            Source::Input(_) => true,
            Source::Constant(value) => value.is_contiguous() || value.uniform().is_some(),
            Source::Fused { kernel: Fused::Product { .. }, .. } => true,
            Source::Fused { .. } => !images,
            Source::Apply { op, inputs, .. } => match op {
                Op::Permute(_) => false,
                Op::Conv2d(_) | Op::Conv2dInputGrad(_) => !images,
                Op::MaxPool2d(_) | Op::MaxPool2dGrad(_) | Op::MaxPool2dTake(_) => !images,
                Op::Reshape(_) | Op::BroadcastTo(_) => true,
                _ => inputs.iter().all(|&i| lies[i as usize]),
            },
        });
    }
    lies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes(of: &[isize], rank: usize) -> AxisSet {
        AxisSet::new("test", of, rank).expect("axes of the shape")
    }

    #[test]
    fn rows_are_cut_from_the_end_whatever_the_axes_of_size_one() {
        let of = |dims: &[usize], reduced: &[isize]| split::<f32>(axes(reduced, dims.len()), Shape::of(dims));
        assert_eq!(of(&[4, 5], &[1]), Some([4, 5]));
        assert_eq!(of(&[2, 3, 4, 5], &[2, 3]), Some([6, 20]));
        assert_eq!(of(&[4, 5, 1], &[1]), Some([4, 5]));
        assert_eq!(of(&[4, 1, 5], &[2, 1]), Some([4, 5]));
        for (dims, reduced) in [
            (&[4, 5][..], &[0_isize][..]),
            (&[4, 5], &[0, 1]),
            (&[2, 3, 4], &[1]),
            (&[1, 5], &[1]),
            (&[4, 1], &[1]),
            (&[0, 5], &[1]),
            (&[4, 0], &[1]),
            (&[4, 20_000], &[1]),
        ] {
            assert_eq!(of(dims, reduced), None, "{dims:?} over {reduced:?}");
        }
    }

    #[test]
    fn a_number_for_each_row_is_spread_along_the_last_axes_alone() {
        let of = |from: &[usize], to: &[usize]| spread::<f32>(Shape::of(from), Shape::of(to));
        assert_eq!(of(&[4, 1], &[4, 5]), Some([4, 5]));
        assert_eq!(of(&[2, 3, 1, 1], &[2, 3, 4, 5]), Some([6, 20]));
        assert_eq!(of(&[5], &[4, 5]), None);
        assert_eq!(of(&[4, 1, 5], &[4, 3, 5]), None);
        assert_eq!(of(&[4, 1], &[3, 4, 5]), None);
    }

    #[test]
    fn sums_over_the_rows_end_a_group() {
        let of =
            |dims: &[usize], reduced: &[isize], rows| end(axes(reduced, dims.len()), Shape::of(dims), rows);
        assert_eq!(of(&[4, 5], &[0], [4, 5]), Some(End::Columns));
        assert_eq!(of(&[4, 3, 5], &[0, 1], [12, 5]), Some(End::Columns));
        assert_eq!(of(&[4, 3, 5], &[0], [12, 5]), None);
        assert_eq!(of(&[4, 10], &[0, 1], [4, 10]), Some(End::Total));
        assert_eq!(of(&[4, 257], &[0, 1], [4, 257]), None);
    }
}
