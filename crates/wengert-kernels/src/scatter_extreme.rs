//! The largest or smallest of several values for one cell, and the share that each of them has in it.
//!
//! Tensors are contiguous and seen as `[outer, n, inner]`, where `n` is the indexed axis; sources are `[outer, m, inner]`.

use crate::real::Real;
use crate::scatter::Places;
use crate::threads::Threads;

/// Elements that one block handles, at least one slice of the outer axis.
const CHUNK: usize = 16 * 1024;

/// Which of several values stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The largest and not the smallest; NaN beats every number in both.
    pub largest: bool,
    /// Whether what lies in a cell counts as one of the values for it. A cell that no source goes to keeps it anyway.
    pub with_whole: bool,
}

impl Rule {
    /// Whether a value takes the place of one that came before it.
    fn beats<T: Real>(self, new: T, old: T) -> bool {
        !old.is_nan() && (new.is_nan() || if self.largest { new > old } else { new < old })
    }

    /// Writes the values that stay into a slice of the whole; `bare` says of each cell whether no value is in it yet.
    fn settle<T: Real>(self, whole: &mut [T], cells: impl Iterator<Item = (usize, T)>, bare: &mut [bool]) {
        bare.fill(!self.with_whole);
        for (cell, x) in cells {
            if std::mem::take(&mut bare[cell]) || self.beats(x, whole[cell]) {
                whole[cell] = x;
            }
        }
    }
}

/// Lengths of a slice of the whole and of one of the source, and how many slices a block takes.
struct Cut {
    whole: usize,
    source: usize,
    group: usize,
}

/// None if there is no source.
fn cut([outer, n, inner]: [usize; 3], whole: usize, places: Places<'_>, source: usize) -> Option<Cut> {
    assert_eq!(whole, outer * n * inner, "scatter_extreme: the whole is [outer, n, inner]");
    let source = places.slice_len(source, outer, inner)?;
    assert!(n > 0, "scatter_extreme: no place for the sources");
    let whole = n * inner;
    Some(Cut { whole, source, group: (CHUNK / source.max(whole)).max(1) })
}

/// Puts the most extreme of the values for each cell there; what no source goes to stays.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, scatter::Places, scatter_extreme::{Rule, extreme}};
///
/// let mut out = [5.0, 5.0, 5.0];
/// let rule = Rule { largest: true, with_whole: true };
/// extreme(&Threads::one(), rule, [1, 3, 1], &mut out, Places::Rows(&[2, 0, 2]), &[7.0, 1.0, 9.0]);
/// assert_eq!(out, [5.0, 5.0, 9.0]);
/// ```
pub fn extreme<T: Real>(
    on: &Threads,
    rule: Rule,
    sizes: [usize; 3],
    out: &mut [T],
    places: Places<'_>,
    src: &[T],
) {
    let Some(cut) = cut(sizes, out.len(), places, src.len()) else { return };
    let [_, n, inner] = sizes;
    on.for_each_chunk(out, cut.group * cut.whole, |block, out| {
        let mut bare = vec![false; cut.whole];
        for (o, out) in (block * cut.group..).zip(out.chunks_exact_mut(cut.whole)) {
            let src = src[o * cut.source..][..cut.source].iter().enumerate();
            rule.settle(out, src.map(|(e, &x)| (places.cell(o, e, cut.source, [n, inner]), x)), &mut bare);
        }
    });
}

/// Whose shares are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of the cells themselves.
    Whole,
    /// Those of the sources.
    Source,
}

/// Writes the share that each value has in what [`extreme`] leaves in its cell: those equal to it share 1, the others get
/// 0. Of several NaN the first has all, the cell's own before those of the source.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
pub fn shares<T: Real>(
    on: &Threads,
    rule: Rule,
    sizes: [usize; 3],
    whole: &[T],
    (places, src): (Places<'_>, &[T]),
    (of, out): (Of, &mut [T]),
) {
    let Some(cut) = cut(sizes, whole.len(), places, src.len()) else { return out.fill(T::ONE) };
    let [_, n, inner] = sizes;
    let length = if of == Of::Whole { cut.whole } else { cut.source };
    assert_eq!(out.len(), sizes[0] * length, "shares: one for each value");
    let attains = |x: T, best: T| x == best || (x.is_nan() && best.is_nan());
    on.for_each_chunk(out, cut.group * length, |block, out| {
        let (mut best, mut bare) = (vec![T::ZERO; cut.whole], vec![false; cut.whole]);
        let (mut counts, mut given) = (vec![0_u32; cut.whole], vec![false; cut.whole]);
        for (o, out) in (block * cut.group..).zip(out.chunks_exact_mut(length)) {
            let (whole, src) = (&whole[o * cut.whole..][..cut.whole], &src[o * cut.source..][..cut.source]);
            let at = |e: usize| places.cell(o, e, cut.source, [n, inner]);
            best.copy_from_slice(whole);
            rule.settle(&mut best, src.iter().enumerate().map(|(e, &x)| (at(e), x)), &mut bare);
            for (cell, count) in counts.iter_mut().enumerate() {
                let stays = rule.with_whole || bare[cell]; // it counts, or no source went there
                *count = u32::from(stays && attains(whole[cell], best[cell]));
            }
            given.iter_mut().zip(&counts).for_each(|(given, &count)| *given = count > 0);
            if of == Of::Whole {
                out.iter_mut().zip(&given).for_each(|(y, &given)| *y = if given { T::ONE } else { T::ZERO });
            }
            for (e, &x) in src.iter().enumerate() {
                let cell = at(e);
                let takes = attains(x, best[cell]) && !(x.is_nan() && given[cell]);
                given[cell] |= takes;
                counts[cell] += u32::from(takes);
                if of == Of::Source {
                    out[e] = if takes { T::ONE } else { T::ZERO };
                }
            }
            let count = |cell: usize| T::from_f64(f64::from(counts[cell].max(1)));
            match of {
                Of::Whole => out.iter_mut().enumerate().for_each(|(cell, y)| *y = *y / count(cell)),
                Of::Source => out.iter_mut().enumerate().for_each(|(e, y)| *y = *y / count(at(e))),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, test_runner::RngSeed};

    const ALL: [Rule; 4] = [
        Rule { largest: true, with_whole: true },
        Rule { largest: true, with_whole: false },
        Rule { largest: false, with_whole: true },
        Rule { largest: false, with_whole: false },
    ];

    /// The values for each cell in their order: its own first, if it counts; `None` names it, the others their source.
    fn candidates(rule: Rule, x: &[f64], cell_of: &[usize], src: &[f64]) -> Vec<Vec<(Option<usize>, f64)>> {
        let own = |(p, &v): (usize, &f64)| {
            if rule.with_whole || !cell_of.contains(&p) { vec![(None, v)] } else { vec![] }
        };
        let mut all: Vec<Vec<_>> = x.iter().enumerate().map(own).collect();
        cell_of.iter().enumerate().for_each(|(e, &p)| all[p].push((Some(e), src[e])));
        all
    }

    fn best(rule: Rule, values: &[(Option<usize>, f64)]) -> f64 {
        let nan = values.iter().find(|v| v.1.is_nan()).map(|v| v.1);
        let sign = if rule.largest { 1.0 } else { -1.0 };
        nan.unwrap_or_else(|| sign * values.iter().map(|v| sign * v.1).fold(f64::NEG_INFINITY, f64::max))
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn values_and_shares_are_those_of_their_definition(
            outer in 0usize..4, n in 1usize..5, m in 0usize..7, inner in 0usize..3, by_rows: bool, seed: u32,
        ) {
            let word = |i: usize| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 1])[0];
            let number = |i: usize| match word(i) % 6 { 5 => f64::NAN, k => f64::from(k) };
            let index: Vec<u32> = (0..outer * m * inner).map(|i| word(i + 5000) % n as u32).collect();
            let rows: Vec<u32> = (0..m).map(|i| word(i + 9999) % n as u32).collect();
            let places = if by_rows { Places::Rows(&rows) } else { Places::Cells(&index) };
            let x: Vec<f64> = (0..outer * n * inner).map(number).collect();
            let src: Vec<f64> = (0..outer * m * inner).map(|i| number(i + 700)).collect();
            let mut cell_of = vec![];
            for (o, j, i) in (0..outer).flat_map(|o| (0..m).flat_map(move |j| (0..inner).map(move |i| (o, j, i)))) {
                let k = if by_rows { rows[j] } else { index[(o * m + j) * inner + i] };
                cell_of.push((o * n + k as usize) * inner + i);
            }
            for rule in ALL {
                let (mut of_whole, mut of_source) = (vec![0.0; x.len()], vec![0.0; src.len()]);
                let mut expected = vec![];
                for (p, values) in candidates(rule, &x, &cell_of, &src).into_iter().enumerate() {
                    let best = best(rule, &values);
                    expected.push(best);
                    let mut winners: Vec<_> = values.iter().filter(|v| v.1 == best || (v.1.is_nan() && best.is_nan())).collect();
                    winners.truncate(if best.is_nan() { 1 } else { winners.len() });
                    for (who, _) in &winners {
                        let share = 1.0 / winners.len() as f64;
                        match who { None => of_whole[p] = share, Some(e) => of_source[*e] = share }
                    }
                }
                let (on, dims) = (Threads::new(2), [outer, n, inner]);
                let mut found = x.clone();
                extreme(&on, rule, dims, &mut found, places, &src);
                let same = |a: &f64, b: &f64| a == b || (a.is_nan() && b.is_nan());
                prop_assert!(found.iter().zip(&expected).all(|(a, b)| same(a, b)), "{:?} {:?}", found, expected);
                let mut out = vec![9.0; x.len()];
                shares(&on, rule, dims, &x, (places, &src), (Of::Whole, &mut out));
                prop_assert_eq!(&out, &of_whole);
                let mut out = vec![9.0; src.len()];
                shares(&on, rule, dims, &x, (places, &src), (Of::Source, &mut out));
                prop_assert_eq!(&out, &of_source);
            }
        }
    }

    #[test]
    fn large_tensors_have_the_same_bits_on_any_number_of_threads() {
        let (outer, n, m, inner) = (50, 7, 300, 5);
        let index: Vec<u32> = (0..outer * m * inner).map(|i| (i * i % n) as u32).collect();
        let src: Vec<f32> = (0..outer * m * inner).map(|i| ((i * 37) % 11) as f32).collect();
        let run = |threads| {
            let (on, mut acc, dims) =
                (Threads::new(threads), vec![3.0f32; outer * n * inner], [outer, n, inner]);
            let mut out = vec![0.0; src.len()];
            shares(&on, ALL[0], dims, &acc, (Places::Cells(&index), &src), (Of::Source, &mut out));
            extreme(&on, ALL[0], dims, &mut acc, Places::Cells(&index), &src);
            (acc, out)
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
    }

    #[test]
    #[should_panic(expected = "index 2 is out of range for an axis of 2 elements")]
    fn an_index_beyond_the_axis_is_refused() {
        extreme(&Threads::one(), ALL[0], [1, 2, 1], &mut [1.0, 2.0], Places::Cells(&[2]), &[0.0]);
    }
}
