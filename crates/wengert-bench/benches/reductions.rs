//! Reductions of a matrix: everything, rows, columns.

use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use wengert::{Key, Tape, Tensor, Var};

const ROWS: usize = 1000;
const COLUMNS: usize = 1000;

/// A reduction's name, the reduction, and its formula for the rows that it reduces.
type Case = (&'static str, for<'t> fn(Var<'t, f32>) -> Var<'t, f32>, fn(&[Vec<f64>]) -> Vec<f64>);

fn sum(x: &[f64]) -> f64 {
    x.iter().sum()
}

fn transposed(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..COLUMNS).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
}

fn logsumexp(x: &[f64]) -> f64 {
    x.iter().map(|x| x.exp()).sum::<f64>().ln()
}

const CASES: [Case; 6] = [
    ("sum", |x| x.sum(), |rows| vec![rows.iter().map(|row| sum(row)).sum()]),
    ("sum of rows", |x| x.sum_axes(1), |rows| rows.iter().map(|row| sum(row)).collect()),
    ("sum of columns", |x| x.sum_axes(0), |rows| transposed(rows).iter().map(|column| sum(column)).collect()),
    (
        "mean",
        |x| x.mean(),
        |rows| vec![rows.iter().map(|row| sum(row)).sum::<f64>() / (ROWS * COLUMNS) as f64],
    ),
    (
        "max of rows",
        |x| x.max_axes(1),
        |rows| rows.iter().map(|row| row.iter().copied().fold(f64::MIN, f64::max)).collect(),
    ),
    ("logsumexp of rows", |x| x.logsumexp_axes(1), |rows| rows.iter().map(|row| logsumexp(row)).collect()),
];

fn reduce(
    tape: &mut Tape<f32>,
    x: &Tensor<f32>,
    op: for<'t> fn(Var<'t, f32>) -> Var<'t, f32>,
) -> Tensor<f32> {
    let y = op(tape.constant(x)).value();
    tape.clear();
    y
}

fn reductions(c: &mut Criterion) {
    let mut tape = Tape::new();
    let x: Tensor<f32> = Key::new(1).normal([ROWS, COLUMNS]);
    let rows: Vec<Vec<f64>> =
        x.to_vec().chunks(COLUMNS).map(|row| row.iter().copied().map(f64::from).collect()).collect();
    let mut group = c.benchmark_group("reductions");
    group.throughput(Throughput::Elements((ROWS * COLUMNS) as u64));
    for (name, op, formula) in CASES {
        let (given, expected) = (reduce(&mut tape, &x, op).to_vec(), formula(&rows));
        assert_eq!(given.len(), expected.len(), "{name}");
        for (given, expected) in given.into_iter().zip(expected) {
            // Terms are of size 1 and signs differ: rounding grows with their number, not with the sum.
            let error = (f64::from(given) - expected).abs();
            assert!(error < 1e-3 * expected.abs().max(1.0), "{name}: {given}, expected {expected}");
        }
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| black_box(reduce(&mut tape, &x, op)));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    reductions(&mut criterion);
    criterion.final_summary();
}
