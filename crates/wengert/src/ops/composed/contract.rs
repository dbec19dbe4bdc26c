//! The product of two tensors over groups of axes, as one matrix product: what `tensordot`, `inner` and `einsum` share.

use crate::{Error, Float, Shape, Var};

/// Axes of one operand by their part in a product: shared and kept, its own, shared and summed.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    pub(super) batch: Vec<usize>,
    pub(super) own: Vec<usize>,
    pub(super) summed: Vec<usize>,
}

/// `Σ a b` over the summed axes, for every position of the batch; its axes are the batch, then those of `a`, of `b`.
///
/// The groups of each operand name all its axes, and those that meet have equal sizes.
#[track_caller]
pub(super) fn contract<'t, F: Float>(
    a: Var<'t, F>,
    b: Var<'t, F>,
    of_a: &Groups,
    of_b: &Groups,
) -> Result<Var<'t, F>, Error> {
    let sizes =
        |v: Var<'t, F>, axes: &[usize]| -> Vec<usize> { axes.iter().map(|&k| v.shape().dims()[k]).collect() };
    let (batch, rows, columns) = (sizes(a, &of_a.batch), sizes(a, &of_a.own), sizes(b, &of_b.own));
    let shape = Shape::new([batch.clone(), rows.clone(), columns.clone()].concat())?; // before anything is recorded
    let product = |sizes: &[usize]| sizes.iter().product::<usize>();
    let [n, m, p] = [&batch, &rows, &columns].map(|sizes| product(sizes));
    let inner = product(&sizes(a, &of_a.summed));
    // without a batch the matrices are matrices, not a stack of one
    let lead = if of_a.batch.is_empty() { vec![] } else { vec![n] };
    let left = a.ordered(&[&of_a.batch[..], &of_a.own, &of_a.summed].concat());
    let left = left.try_reshape([&lead[..], &[m, inner]].concat())?;
    let right = b.ordered(&[&of_b.batch[..], &of_b.summed, &of_b.own].concat());
    let right = right.try_reshape([&lead[..], &[inner, p]].concat())?;
    let y = if of_a.summed.is_empty() { left.try_mul(right)? } else { left.try_matmul(right)? };
    y.try_reshape(shape)
}
