//! Programs over rows against one kernel after the other, each over all rows.

use super::run::{Rows, run_rows_at};
use super::*;
use crate::lanes::Level;
use crate::program::scalar::value_of;
use crate::program::{Builder, Code, Reg, Source};
use crate::{Threads, index, reduce, ties};
use proptest::{prelude::*, test_runner::RngSeed};

/// A line of a formula; operands are positions among the values before it, taken modulo their number.
#[derive(Clone, Copy, Debug)]
enum Line {
    Step(Code, [usize; 4]),
    Across(Across, [usize; 2]),
}

/// What each value is: its extent, and all its numbers.
type Value<T> = (Per, Vec<T>);

struct Formula<T: Real> {
    builder: Builder<T>,
    regs: Vec<Reg>,
    values: Vec<Value<T>>,
    rows: usize,
    n: usize,
    picks: Vec<u32>,
}

impl<T: Real> Formula<T> {
    /// A formula of elements, of numbers of rows, and a constant.
    fn new(rows: usize, n: usize, seed: u32, special: bool) -> Formula<T> {
        let limits = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e30];
        let number = |k: u32, i: usize| {
            let word = crate::philox::philox4x32_10([i as u32, k, 0, 0], [seed, 3])[0];
            let plain = f64::from(word % 4001) / 1000.0 - 2.0;
            let limit = special && word.is_multiple_of(23);
            T::from_f64(if limit { limits[word as usize / 23 % limits.len()] } else { plain })
        };
        let numbers = |k, count: usize| (0..count).map(|i| number(k, i)).collect();
        let mut builder = Builder::new(3);
        let half = builder.constant(T::from_f64(0.5));
        let regs = vec![builder.input(0), builder.input(1), builder.input(2), half];
        let values = vec![
            (Per::Element, numbers(0, rows * n)),
            (Per::Row, numbers(1, rows)),
            (Per::Element, (0..rows).flat_map(|_| numbers(2, n)).collect()),
        ];
        let picks = (0..rows).map(|r| number(3, r).abs().to_f64() as u32 % n as u32).collect();
        let mut formula = Formula { builder, regs, values, rows, n, picks };
        formula.values.push((Per::Element, vec![T::from_f64(0.5); rows * n]));
        formula
    }

    fn find(&self, per: Per, at: usize) -> usize {
        let fitting: Vec<usize> = (0..self.values.len()).filter(|&k| self.values[k].0 == per).collect();
        fitting[at % fitting.len()]
    }

    fn push(&mut self, line: Line) {
        let (reg, value) = match line {
            Line::Step(code, x) => {
                let first = x[0] % self.values.len();
                let per = self.values[first].0;
                let x: Vec<usize> = x[..code.operands()].iter().map(|&at| self.find(per, at)).collect();
                let regs: Vec<Reg> = x.iter().map(|&k| self.regs[k]).collect();
                let number = |i: usize| value_of(code, |k| self.values[x[k]].1[i]);
                let numbers = (0..self.values[x[0]].1.len()).map(number).collect();
                (self.builder.push(code, &regs), (per, numbers))
            }
            Line::Across(what, x) => {
                let x: Vec<usize> = (0..what.operands()).map(|k| self.find(what.takes(k), x[k])).collect();
                let regs: Vec<Reg> = x.iter().map(|&k| self.regs[k]).collect();
                if what == Across::Shares {
                    // The largest of the operand itself: shares are defined for nothing else.
                    let most = self.builder.across(Across::Max, &[regs[0]]);
                    (self.builder.across(what, &[regs[0], most]), self.lead(what, x[0]))
                } else {
                    (self.builder.across(what, &regs), self.lead(what, x[0]))
                }
            }
        };
        self.regs.push(reg);
        self.values.push(value);
    }

    fn lead(&self, what: Across, x: usize) -> Value<T> {
        let (rows, n, x) = (self.rows, self.n, &self.values[x].1);
        let (on, dims) = (&Threads::one(), [rows, n, 1]);
        let mut y = vec![T::ZERO; if what.gives() == Per::Element { rows * n } else { rows }];
        match what {
            Across::Sum => reduce::sum(on, dims, x, &mut y),
            Across::Mean => reduce::mean(on, dims, x, &mut y),
            Across::Max => reduce::max(on, dims, x, &mut y),
            Across::Min => reduce::min(on, dims, x, &mut y),
            Across::Norm2 => reduce::norm2(on, dims, x, &mut y),
            Across::Spread => y = x.iter().flat_map(|&x| std::iter::repeat_n(x, n)).collect(),
            Across::Shares => {
                let mut most = vec![T::ZERO; rows];
                reduce::max(on, dims, x, &mut most);
                ties::shares(on, dims, x, &most, &mut y);
            }
            Across::Pick(_) => index::gather(on, dims, x, &self.picks, &mut y),
            Across::Place(_) => index::scatter_add(on, dims, &mut y, &self.picks, x),
        }
        (what.gives(), y)
    }

    /// Runs the program for all its values at each level and compares.
    fn check(self, single: bool) {
        let Formula { builder, regs, values, rows, n, picks } = self;
        let from = if single { values.len() - 1 } else { 0 };
        let outputs: Vec<(Reg, Per)> = (from..values.len()).map(|k| (regs[k], values[k].0)).collect();
        let columns: Vec<usize> =
            (from..values.len()).filter(|&k| n > 1 && values[k].0 == Per::Element).collect();
        let sums: Vec<(Reg, Per)> = columns.iter().map(|&k| (regs[k], Per::Element)).collect();
        let all: Vec<(Reg, Per)> = outputs.iter().chain(&sums).chain(&sums).copied().collect();
        let p = builder.finish_rows(&[Per::Element, Per::Row, Per::Element], &all);
        let row = &values[2].1[..n];
        let x = [
            Source::Dense(&values[0].1),
            Source::Dense(&values[1].1),
            Source::Strided { data: row, offset: 0, dims: &[rows, n], strides: &[0, 1] },
        ];
        let picks = if p.picks > 0 { &[&picks[..]][..] } else { &[] };
        for level in Level::available() {
            for threads in [1, 2, 3, 4, 8] {
                let mut got: Vec<Vec<T>> =
                    values[from..].iter().map(|(_, v)| vec![T::ONE; v.len()]).collect();
                let mut by_column = vec![vec![T::ONE; n]; columns.len()];
                let mut totals = vec![T::ONE; columns.len()];
                let mut y: Vec<RowSink<'_, T>> = got.iter_mut().map(|y| RowSink::Store(y)).collect();
                y.extend(by_column.iter_mut().map(|y| RowSink::Columns(y)));
                y.extend(totals.iter_mut().map(RowSink::Total));
                let given = Rows { rows, n, picks };
                run_rows_at(level, &Threads::new(threads), &p, given, &x, &mut y);
                for (k, got) in (from..).zip(&got) {
                    assert_same(got, &values[k].1, &format!("value {k} at {level:?} of\n{p:?}"));
                }
                for ((k, by_column), total) in columns.iter().zip(&by_column).zip(&totals) {
                    let (x, one) = (&values[*k].1, &Threads::one());
                    let (mut sums, mut sum) = (vec![T::ZERO; n], [T::ZERO]);
                    reduce::sum(one, [1, rows, n], x, &mut sums);
                    reduce::sum(one, [1, rows * n, 1], x, &mut sum);
                    assert_same(by_column, &sums, &format!("columns of value {k} at {level:?}"));
                    assert_same(&[*total], &sum, &format!("total of value {k} at {level:?}"));
                }
            }
        }
    }
}

fn assert_same<T: Real>(got: &[T], expected: &[T], of: &str) {
    assert_eq!(got.len(), expected.len(), "{of}");
    for (i, (a, b)) in got.iter().zip(expected).enumerate() {
        let same = a.to_f64().to_bits() == b.to_f64().to_bits() || (a.is_nan() && b.is_nan());
        assert!(same, "{a} for {b} at {i}: {of}");
    }
}

const ACROSS: [Across; 9] = [
    Across::Sum,
    Across::Mean,
    Across::Max,
    Across::Min,
    Across::Norm2,
    Across::Spread,
    Across::Shares,
    Across::Pick(0),
    Across::Place(0),
];

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let codes =
        vec![Code::Add, Code::Sub, Code::Mul, Code::Div, Code::Exp, Code::Abs, Code::IfEq, Code::PowI(0)];
    let step = (prop::sample::select(codes), any::<[usize; 4]>()).prop_map(|(code, x)| Line::Step(code, x));
    let across =
        (prop::sample::select(ACROSS.to_vec()), any::<[usize; 2]>()).prop_map(|(w, x)| Line::Across(w, x));
    prop::collection::vec(prop_oneof![step, across], 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(5), failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_value_has_the_bits_of_its_own_kernel(
        rows in 1_usize..70, n in prop::sample::select(vec![1_usize, 2, 3, 10, 16, 64, 100, 257, 300]),
        lines in lines(), seed: u32, special: bool, single: bool,
    ) {
        let mut formula = Formula::<f32>::new(rows, n, seed, special);
        lines.iter().for_each(|&line| formula.push(line));
        formula.check(single);
    }

    #[test]
    fn the_same_holds_in_double_precision(
        rows in 1_usize..70, n in prop::sample::select(vec![1_usize, 2, 7, 32, 90, 256]),
        lines in lines(), seed: u32, special: bool,
    ) {
        let mut formula = Formula::<f64>::new(rows, n, seed, special);
        lines.iter().for_each(|&line| formula.push(line));
        formula.check(true);
    }
}

#[test]
fn many_and_long_rows_have_the_bits_of_the_kernels() {
    for (rows, n) in [(1000, 40), (700, 257), (3, 20_000), (40, 1024), (5000, 3)] {
        let mut formula = Formula::<f32>::new(rows, n, 9, false);
        for line in [
            Line::Across(Across::Max, [0, 0]),
            Line::Across(Across::Spread, [1, 0]),
            Line::Step(Code::Sub, [0, 3, 0, 0]),
            Line::Step(Code::Exp, [6, 4, 0, 0]),
            Line::Across(Across::Sum, [4, 0]),
            Line::Across(Across::Mean, [4, 0]),
        ] {
            formula.push(line);
        }
        formula.check(false);
    }
}

#[test]
#[should_panic(expected = "numbers of rows and of elements")]
fn rows_and_elements_do_not_meet_without_being_spread() {
    let mut b = Builder::<f64>::new(1);
    let x = b.input(0);
    let sum = b.across(Across::Sum, &[x]);
    let mixed = b.push(Code::Mul, &[x, sum]);
    b.finish_rows(&[Per::Element], &[(mixed, Per::Element)]);
}

#[test]
#[should_panic(expected = "needs a program over rows")]
fn a_flat_program_has_no_rows() {
    let mut b = Builder::<f64>::new(1);
    let sum = b.across(Across::Sum, &[b.input(0)]);
    b.finish(&[sum]);
}

#[test]
#[should_panic(expected = "an index for each of 2 rows")]
fn each_row_needs_its_index() {
    let mut b = Builder::<f64>::new(1);
    let x = b.input(0);
    let picked = b.across(Across::Pick(0), &[x]);
    let p = b.finish_rows(&[Per::Element], &[(picked, Per::Row)]);
    let x = [Source::Dense(&[1.0, 2.0, 3.0, 4.0])];
    run_rows(&Threads::one(), &p, [2, 2], &x, &[&[0]], &mut [RowSink::Store(&mut [0.0; 2])]);
}
