//! Where elements of one tensor go in another, for the ops that put them there.

use super::{
    Batch,
    gather::{Gather, cell_cases},
    index_add::IndexAdd,
    index_select::{IndexSelect, row_cases},
    indices::{Picks, resized},
    scatter_add::ScatterAdd,
};
use crate::{Error, Float, Op, Shape, Var, error::Within};
use wengert_kernels::scatter::Places;

/// Where the elements of a source go: one index for each element, or one for each row of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) picks: Picks,
    pub(crate) by_rows: bool,
}

impl Target {
    /// The shape of the source for a whole of shape `x`.
    pub(super) fn source(&self, x: Shape) -> Result<Shape, Error> {
        self.picks.check("scatter", x)?;
        let n = if self.by_rows {
            self.picks.indices().len()
        } else {
            self.picks.shape().dims()[self.picks.axis]
        };
        let source = resized(x, self.picks.axis, n)?;
        if self.by_rows || source == self.picks.shape() {
            return Ok(source);
        }
        let (lhs, rhs) = (x.dims().into(), self.picks.shape().dims().into());
        let expected = "indices of equal sizes along every axis but the one indexed";
        Err(Error::ShapeMismatch { op: "scatter", lhs, rhs, expected })
    }

    /// Refuses a source that does not go with a whole of shape `x`.
    pub(super) fn check_source(&self, op: &'static str, x: Shape, given: Shape) -> Result<(), Error> {
        let source = self.source(x).within(op)?;
        if source == given {
            return Ok(());
        }
        let (lhs, rhs) = (source.dims().into(), given.dims().into());
        let expected = "one element of the source for each index, or one row";
        Err(Error::ShapeMismatch { op, lhs, rhs, expected })
    }

    /// `op`, which has this target [in lists](Self::in_lists), over all operands of a batch, with results of shape `y`.
    #[track_caller]
    pub(super) fn batched<'t, F: Float>(
        &self,
        at: &Batch<'t, F>,
        op: impl Into<Op<F>>,
        y: Shape,
    ) -> Result<Var<'t, F>, Error> {
        if self.by_rows {
            return at.apply(op);
        }
        let mut lists = Vec::with_capacity(at.arity());
        for k in 0..at.arity() {
            lists.push(at.each(k)?.try_reshape([at.size(), at.shape(k).len()])?);
        }
        lists[0].tape.try_apply(op, &lists)?.try_reshape(at.stacked(y)?)
    }

    /// This target in each example of a batch along the first axis, where every example of a whole of shape `x` is one list
    /// of elements: so no index is repeated for examples.
    pub(super) fn in_lists(&self, x: Shape) -> Result<Self, Error> {
        let picks =
            if self.by_rows { self.picks.behind_batch() } else { self.picks.flattened("scatter", x)? };
        Ok(Self { picks, by_rows: true })
    }

    /// The elements of `y` where the source goes: the transpose of [`Target::added`].
    #[track_caller]
    pub(super) fn taken<'t, F: Float>(&self, y: Var<'t, F>) -> Var<'t, F> {
        let picks = self.picks.clone();
        if self.by_rows { y.op1(IndexSelect { rows: picks }) } else { y.op1(Gather { cells: picks }) }
    }

    /// Zeros with the elements of a source added where they go.
    #[track_caller]
    pub(crate) fn added<'t, F: Float>(&self, source: Var<'t, F>) -> Var<'t, F> {
        let picks = self.picks.clone();
        if self.by_rows {
            source.op1(IndexAdd { rows: picks })
        } else {
            source.op1(ScatterAdd { cells: picks })
        }
    }

    pub(super) fn places(&self) -> Places<'_> {
        if self.by_rows { Places::Rows(self.picks.indices()) } else { Places::Cells(self.picks.indices()) }
    }

    /// The index of the source's element at `ix`.
    pub(super) fn at(&self, ix: &[usize]) -> usize {
        if self.by_rows { self.picks.at(&[ix[self.picks.axis]]) } else { self.picks.at(ix) }
    }

    /// The position along the axis of the source's element that stays in the cell `ix`.
    pub(super) fn winner(&self, ix: &[usize], n: usize) -> Option<Vec<usize>> {
        let axis = self.picks.axis;
        let sources = (0..n).rev().map(|j| [&ix[..axis], &[j], &ix[axis + 1..]].concat());
        sources.into_iter().find(|source| self.at(source) == ix[axis])
    }
}

/// Shapes of wholes and sources, with where they go.
pub(super) fn target_cases() -> Vec<(Shape, Shape, Target)> {
    let cells = cell_cases().into_iter().map(|(x, picks)| (x, Target { picks, by_rows: false }));
    let rows = row_cases().into_iter().map(|(x, picks)| (x, Target { picks, by_rows: true }));
    let with_source = |(x, target): (Shape, Target)| (x, target.source(x).expect("the cases fit"), target);
    cells.chain(rows).map(with_source).collect()
}
