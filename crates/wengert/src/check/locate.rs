//! From a disagreement along a random direction to the entry that causes it, by halving.

use crate::Tensor;
use std::ops::Range;

/// The entry of `direction` that carries most of `error`, which is linear in it: (position of the tensor, index).
///
/// Exact if one entry is to blame; if several are, one of them, unless they cancel. `None` if there are no entries
/// or `error` gives up.
pub(super) fn worst_entry(
    direction: &[Tensor<f64>],
    error: impl Fn(&[Tensor<f64>]) -> Option<f64>,
) -> Option<(usize, Vec<usize>)> {
    let mut range = 0..direction.iter().map(Tensor::len).sum::<usize>();
    while range.len() > 1 {
        let middle = range.start + range.len() / 2;
        let halves = [range.start..middle, middle..range.end];
        let [left, right] = [error(&part(direction, &halves[0]))?, error(&part(direction, &halves[1]))?];
        let [first, second] = halves;
        // `total_cmp`: a NaN outweighs every number.
        range = if left.abs().total_cmp(&right.abs()).is_ge() { first } else { second };
    }
    let mut position = range.start;
    for (k, d) in direction.iter().enumerate() {
        if position < d.len() {
            return Some((k, index_of(d, position)));
        }
        position -= d.len();
    }
    None
}

/// `direction` with zeros at all entries outside of `range`, counted through all tensors.
fn part(direction: &[Tensor<f64>], range: &Range<usize>) -> Vec<Tensor<f64>> {
    let mut position = 0;
    let mut kept = |value| {
        position += 1;
        if range.contains(&(position - 1)) { value } else { 0.0 }
    };
    direction.iter().map(|d| Tensor::from_fn(d.shape(), |ix| kept(d.get(ix).expect("within")))).collect()
}

fn index_of(t: &Tensor<f64>, mut position: usize) -> Vec<usize> {
    let mut index = vec![0; t.rank()];
    for (axis, &size) in t.dims().iter().enumerate().rev() {
        index[axis] = position % size;
        position /= size;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_single_entry() {
        let direction = [Tensor::full([2, 3], 0.5), Tensor::full([], 2.0), Tensor::full([4], -1.0)];
        for (k, d) in direction.iter().enumerate() {
            d.shape().for_each_index(|ix| {
                let found = worst_entry(&direction, |v| Some(v[k].get(ix).unwrap() * 1e-3));
                assert_eq!(found, Some((k, ix.to_vec())));
            });
        }
    }

    #[test]
    fn finds_nothing_in_nothing() {
        assert_eq!(worst_entry(&[Tensor::zeros([0])], |_| Some(0.0)), None);
    }
}
