//! Which two factors to multiply next.

use super::grammar::{LABELS, Label};
use crate::MAX_RANK;

/// A set of labels, a bit each.
pub(super) type Set = u64;

pub(super) fn set_of(labels: &[Label]) -> Set {
    labels.iter().fold(0, |set, &l| set | 1 << l)
}

pub(super) fn has(set: Set, label: Label) -> bool {
    set & (1 << label) != 0
}

/// The labels that stand in at least `n` of the factors.
pub(super) fn in_at_least(n: usize, factors: &[Set]) -> Set {
    let count = |l: Label| factors.iter().filter(|&&f| has(f, l)).count();
    set_of(&(0..LABELS as Label).filter(|&l| count(l) >= n).collect::<Vec<_>>())
}

/// The number of elements of a tensor with these labels, as a real number: the whole may be beyond any integer.
fn volume(set: Set, sizes: &[usize; LABELS]) -> f64 {
    (0..LABELS).filter(|&l| set & (1 << l) != 0).map(|l| sizes[l] as f64).product()
}

/// The pair of factors whose product takes the least memory beyond theirs; of those the cheapest, of those the first.
///
/// A product of more axes than a tensor can have comes last.
pub(super) fn next_pair(factors: &[Set], output: Set, sizes: &[usize; LABELS]) -> (usize, usize) {
    let kept = output | in_at_least(3, factors);
    let volumes: Vec<f64> = factors.iter().map(|&f| volume(f, sizes)).collect();
    let (mut best, mut least) = ((0, 1), (true, f64::INFINITY, f64::INFINITY));
    for (i, &a) in factors.iter().enumerate() {
        for (j, &b) in factors.iter().enumerate().skip(i + 1) {
            let product = (a ^ b) | (a & b & kept);
            let too_deep = product.count_ones() as usize > MAX_RANK;
            let growth = volume(product, sizes) - volumes[i] - volumes[j];
            let cost = (too_deep, growth, volume(a | b, sizes));
            if cost < least {
                (best, least) = ((i, j), cost);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_multiplied_where_it_shrinks_most() {
        let mut sizes = [1; LABELS];
        (sizes[0], sizes[1], sizes[2], sizes[3]) = (10, 100, 5, 50);
        let chain = [set_of(&[0, 1]), set_of(&[1, 2]), set_of(&[2, 3])];
        assert_eq!(next_pair(&chain, set_of(&[0, 3]), &sizes), (0, 1));
        (sizes[0], sizes[1], sizes[2], sizes[3]) = (50, 5, 100, 10);
        assert_eq!(next_pair(&chain, set_of(&[0, 3]), &sizes), (1, 2));
        assert_eq!(next_pair(&chain[..2], 0, &sizes), (0, 1));
    }

    #[test]
    fn a_product_with_too_many_axes_waits() {
        let sizes = [1; LABELS];
        let factors = [set_of(&[0, 1, 2, 3, 4]), set_of(&[5, 6, 7, 8, 9]), set_of(&[4, 5, 6])];
        let output = set_of(&[0, 1, 2, 9]);
        assert_eq!(next_pair(&factors, output, &sizes), (0, 2));
    }
}
