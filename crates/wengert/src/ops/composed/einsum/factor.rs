//! One operand on its way through the product: its own sums first, then the product with another.

use super::grammar::{LABELS, Label};
use super::order::{Set, has};
use crate::ops::composed::contract::{Groups, contract};
use crate::{Error, Float, Var};

/// One factor of the product, every label at most once.
pub(super) struct Factor<'t, F: Float> {
    pub(super) v: Var<'t, F>,
    pub(super) labels: Vec<Label>,
}

impl<'t, F: Float> Factor<'t, F> {
    /// An operand, with a diagonal for every label that stands twice, and without axes that stand for many by one.
    #[track_caller]
    pub(super) fn new(
        mut v: Var<'t, F>,
        mut labels: Vec<Label>,
        sizes: &[usize; LABELS],
    ) -> Result<Self, Error> {
        while let Some((i, j)) = twins(&labels) {
            v = v.try_diagonal(0, i as isize, j as isize)?;
            let label = labels.remove(j);
            labels.remove(i);
            labels.push(label);
        }
        let dims = v.shape();
        let stands = |&(&label, &size): &(&Label, &usize)| size == sizes[usize::from(label)];
        let (labels, dims): (Vec<Label>, Vec<usize>) = labels.iter().zip(dims.dims()).filter(stands).unzip();
        Ok(Self { v: v.try_reshape(dims)?, labels })
    }

    /// Summed over the labels that are not kept.
    #[track_caller]
    pub(super) fn summed(mut self, kept: Set) -> Result<Self, Error> {
        let axes = (0..self.labels.len()).filter(|&k| !has(kept, self.labels[k]));
        let axes: Vec<isize> = axes.map(|k| k as isize).collect();
        if !axes.is_empty() {
            self.v = self.v.try_sum_axes(axes)?;
            self.labels.retain(|&l| has(kept, l));
        }
        Ok(self)
    }

    /// The product with another, summed over the labels that both have and that are not kept.
    #[track_caller]
    pub(super) fn times(self, b: Self, kept: Set) -> Result<Self, Error> {
        let (mut of_a, mut of_b) = (Groups::default(), Groups::default());
        let (mut batch, mut rows) = (vec![], vec![]);
        for (k, &label) in self.labels.iter().enumerate() {
            match b.labels.iter().position(|&l| l == label) {
                None => {
                    of_a.own.push(k);
                    rows.push(label);
                }
                Some(other) if has(kept, label) => {
                    of_a.batch.push(k);
                    of_b.batch.push(other);
                    batch.push(label);
                }
                Some(other) => {
                    of_a.summed.push(k);
                    of_b.summed.push(other);
                }
            }
        }
        of_b.own = (0..b.labels.len()).filter(|&k| !self.labels.contains(&b.labels[k])).collect();
        let columns: Vec<Label> = of_b.own.iter().map(|&k| b.labels[k]).collect();
        Ok(Self { v: contract(self.v, b.v, &of_a, &of_b)?, labels: [batch, rows, columns].concat() })
    }
}

/// The first two axes of one label.
fn twins(labels: &[Label]) -> Option<(usize, usize)> {
    let twin = |(j, l)| labels[..j].iter().position(|before| before == l).map(|i| (i, j));
    labels.iter().enumerate().find_map(twin)
}
