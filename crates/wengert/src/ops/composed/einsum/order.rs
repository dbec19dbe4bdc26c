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
fn volume(mut set: Set, sizes: &[usize; LABELS]) -> f64 {
    let mut volume = 1.0;
    while set != 0 {
        volume *= sizes[set.trailing_zeros() as usize] as f64;
        set &= set - 1;
    }
    volume
}

/// So many factors are multiplied in the best of all orders.
const FEW: usize = 6;

/// The pair of factors to multiply next: of a few the first of the cheapest order, of more the pair that shrinks most.
pub(super) fn next_pair(factors: &[Set], output: Set, sizes: &[usize; LABELS]) -> (usize, usize) {
    let best = if factors.len() <= FEW { cheapest(factors, output, sizes) } else { None };
    best.unwrap_or_else(|| shrinking(factors, output, sizes))
}

/// The first pair of the order with the fewest multiplications; none if every order has a product of more axes than a
/// tensor can have.
///
/// Parts of the factors are sets, a bit each. The best order of a part is that of two parts of it and their product.
fn cheapest(factors: &[Set], output: Set, sizes: &[usize; LABELS]) -> Option<(usize, usize)> {
    let n = factors.len();
    let whole = (1_usize << n) - 1;
    let labels: Vec<Set> = (0..=whole)
        .map(|part| (0..n).filter(|k| part & (1 << k) != 0).fold(0, |set, k| set | factors[k]))
        .collect();
    // of a product the labels that its factors share with the rest or the output
    let kept: Vec<Set> = (0..=whole).map(|part| labels[part] & (output | labels[whole & !part])).collect();
    let (mut cost, mut halves) = (vec![f64::INFINITY; whole + 1], vec![0; whole + 1]);
    for part in 1..=whole {
        if part.is_power_of_two() {
            cost[part] = 0.0;
            continue;
        }
        if kept[part].count_ones() as usize > MAX_RANK {
            continue;
        }
        let lowest = part & part.wrapping_neg(); // stands in the first half
        let mut half = (part - 1) & part;
        while half != 0 {
            let other = part & !half;
            if half & lowest != 0 {
                let own = volume(kept[half] | kept[other], sizes);
                let total = cost[half] + cost[other] + own;
                if total < cost[part] {
                    (cost[part], halves[part]) = (total, half);
                }
            }
            half = (half - 1) & part;
        }
    }
    if !cost[whole].is_finite() {
        return None;
    }
    let mut part = whole;
    while part.count_ones() > 2 {
        let half = halves[part];
        part = if half.is_power_of_two() { part & !half } else { half };
    }
    Some((part.trailing_zeros() as usize, (usize::BITS - 1 - part.leading_zeros()) as usize))
}

/// The pair of factors whose product takes the least memory beyond theirs; of those the cheapest, of those the first.
///
/// A product of more axes than a tensor can have comes last.
fn shrinking(factors: &[Set], output: Set, sizes: &[usize; LABELS]) -> (usize, usize) {
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
        assert_eq!(shrinking(&factors, output, &sizes), (0, 2));
        let apart = [set_of(&[0, 1, 2, 3, 4]), set_of(&[5, 6, 7, 8, 9])];
        assert_eq!(next_pair(&apart, apart[0] | apart[1], &sizes), (0, 1), "there is no other");
    }

    /// The multiplications of all products, pair by pair as `next` says.
    fn multiplications(
        factors: &[Set],
        output: Set,
        sizes: &[usize; LABELS],
        next: impl Fn(&[Set], Set, &[usize; LABELS]) -> (usize, usize),
    ) -> f64 {
        let (mut left, mut total) = (factors.to_vec(), 0.0);
        while left.len() > 1 {
            let (i, j) = next(&left, output, sizes);
            let kept = output | in_at_least(3, &left);
            let (b, a) = (left.remove(j), left.remove(i));
            total += volume(a | b, sizes);
            left.push((a ^ b) | (a & b & kept));
        }
        total
    }

    #[test]
    fn a_few_rows_go_through_a_chain_of_wide_matrices_first() {
        let mut sizes = [1; LABELS];
        (sizes[0], sizes[1], sizes[2], sizes[3]) = (2, 1000, 1001, 1000);
        let chain = [set_of(&[0, 1]), set_of(&[1, 2]), set_of(&[2, 3])];
        let output = set_of(&[0, 3]);
        assert_eq!(multiplications(&chain, output, &sizes, next_pair), 2.0 * 1000.0 * 1001.0 * 2.0);
        // what shrinks most at once costs 250 times as much
        assert_eq!(shrinking(&chain, output, &sizes), (1, 2));
    }

    #[test]
    fn no_order_of_a_few_is_cheaper() {
        fn least(factors: &[Set], output: Set, sizes: &[usize; LABELS]) -> f64 {
            let pairs = (0..factors.len()).flat_map(|i| (i + 1..factors.len()).map(move |j| (i, j)));
            let with = |(i, j): (usize, usize)| {
                let kept = output | in_at_least(3, factors);
                let mut left = factors.to_vec();
                let (b, a) = (left.remove(j), left.remove(i));
                left.push((a ^ b) | (a & b & kept));
                volume(a | b, sizes) + least(&left, output, sizes)
            };
            pairs.map(with).reduce(f64::min).unwrap_or(0.0)
        }
        for seed in 0..200_u32 {
            let word = |i: u32| wengert_kernels::philox::philox4x32_10([i, 0, 0, 0], [seed, 7])[0];
            let mut sizes = [1; LABELS];
            (0..6).for_each(|l| sizes[l] = 1 + word(l as u32) as usize % 9);
            let n = 2 + word(10) % 4;
            let labels = |k: u32| (0..6).filter(move |l| word(20 + 6 * k + l) % 5 < 2);
            let given: Vec<Set> = (0..n).map(|k| labels(k).fold(0, |set, l| set | 1 << l)).collect();
            let output = labels(n).fold(0, |set, l| set | 1 << l) & given.iter().fold(0, |all, f| all | f);
            // labels of one factor alone have been summed over
            let shared = output | in_at_least(2, &given);
            let factors: Vec<Set> = given.iter().map(|f| f & shared).collect();
            let found = multiplications(&factors, output, &sizes, next_pair);
            assert_eq!(found, least(&factors, output, &sizes), "{factors:?} to {output:b}, sizes {sizes:?}");
        }
    }
}
