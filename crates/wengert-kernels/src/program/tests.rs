//! Programs against the plain loop: every element by one evaluation of the instructions on single numbers.

mod settled;

use super::run::run_at;
use super::scalar::value_of;
use super::*;
use crate::lanes::Level;
use crate::{Threads, reduce, strided::copy_strided};
use proptest::{prelude::*, test_runner::RngSeed};

const CODES: [Code; 56] = [
    Code::Copy,
    Code::Neg,
    Code::Abs,
    Code::Sqrt,
    Code::Exp,
    Code::Expm1,
    Code::Ln,
    Code::Log1p,
    Code::Log2,
    Code::Log10,
    Code::Sin,
    Code::Cos,
    Code::Tan,
    Code::Sinh,
    Code::Cosh,
    Code::Tanh,
    Code::Asin,
    Code::Acos,
    Code::Atan,
    Code::Asinh,
    Code::Acosh,
    Code::Atanh,
    Code::Floor,
    Code::Ceil,
    Code::Round,
    Code::Trunc,
    Code::Erf,
    Code::Erfc,
    Code::Erfinv,
    Code::Erfcx,
    Code::NormalCdf,
    Code::Lgamma,
    Code::Polygamma(2),
    Code::BesselI(1),
    Code::BesselIe(0),
    Code::Sinc(1),
    Code::Sigmoid,
    Code::PowI(3),
    Code::PowI(-1),
    Code::PowI(-2),
    Code::PowI(0),
    Code::PowI(7),
    Code::Add,
    Code::Sub,
    Code::Mul,
    Code::Div,
    Code::Pow,
    Code::Atan2,
    Code::Hypot,
    Code::Fmod,
    Code::Betaln,
    Code::Chain,
    Code::IfNan,
    Code::IfGt,
    Code::IfGe,
    Code::IfEq,
];

/// A program, and the values of all its lines for given inputs, computed without it.
#[derive(Clone, Debug)]
struct Formula {
    inputs: usize,
    constants: Vec<f64>,
    lines: Vec<(Code, [usize; 4])>,
    outputs: Vec<usize>,
}

impl Formula {
    fn program<T: Real>(&self) -> Program<T> {
        let mut b = Builder::new(self.inputs);
        let mut values: Vec<Reg> = (0..self.inputs).map(|k| b.input(k)).collect();
        values.extend(self.constants.iter().map(|&c| b.constant(T::from_f64(c))));
        for &(code, x) in &self.lines {
            let x: Vec<Reg> = x[..code.operands()].iter().map(|&x| values[x % values.len()]).collect();
            values.push(b.push(code, &x));
        }
        let outputs: Vec<Reg> = self.outputs.iter().map(|&o| values[o % values.len()]).collect();
        b.finish(&outputs)
    }

    fn values<T: Real>(&self, inputs: &[T]) -> Vec<T> {
        let mut values = inputs.to_vec();
        values.extend(self.constants.iter().map(|&c| T::from_f64(c)));
        for &(code, x) in &self.lines {
            values.push(value_of(code, |k| values[x[k] % values.len()]));
        }
        self.outputs.iter().map(|&o| values[o % values.len()]).collect()
    }
}

/// Equal bits, or both NaN, whose sign and payload depend on the instruction set.
fn assert_same<T: Real>(a: &[T], b: &[T], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let same = a.to_f64().to_bits() == b.to_f64().to_bits() || (a.is_nan() && b.is_nan());
        assert!(same, "{what}: element {i} is {a}, not {b}");
    }
}

/// Numbers of all sizes, with zeros, infinities and NaN among them.
fn numbers<T: Real>(n: usize, seed: usize) -> Vec<T> {
    let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0, -1.0, 1e-40, 300.0, -1e30];
    let number = |i: usize| match (i * 7919 + seed * 104729) % 97 {
        k if k < special.len() => special[k],
        k => (k as f64 - 50.0) * 0.083 + ((i * 31 + seed) % 1013) as f64 * 1e-3,
    };
    (0..n).map(|i| T::from_f64(number(i))).collect()
}

fn check<T: Real>(formula: &Formula, n: usize, threads: usize) {
    let p = formula.program::<T>();
    let inputs: Vec<Vec<T>> = (0..formula.inputs).map(|k| numbers(n, k)).collect();
    // Every third input is one number, every third a reversed view.
    let uniform = |k: usize| k % 3 == 1;
    let at = |k: usize, i: usize| match k % 3 {
        1 => inputs[k][0],
        2 => inputs[k][n - 1 - i],
        _ => inputs[k][i],
    };
    let rows: Vec<Vec<T>> =
        (0..n).map(|i| formula.values(&(0..formula.inputs).map(|k| at(k, i)).collect::<Vec<_>>())).collect();
    for level in Level::available() {
        let dims = [n];
        let sources: Vec<Source<'_, T>> = (0..formula.inputs)
            .map(|k| match k % 3 {
                _ if uniform(k) => Source::Uniform(inputs[k][0]),
                2 => Source::Strided { data: &inputs[k], offset: n - 1, dims: &dims, strides: &[-1] },
                _ => Source::Dense(&inputs[k]),
            })
            .collect();
        let mut stored = vec![vec![T::NAN; n]; p.outputs()];
        let mut sinks: Vec<Sink<'_, T>> = stored.iter_mut().map(|y| Sink::Store(y)).collect();
        run_at(level, &Threads::new(threads), &p, n, &sources, &mut sinks);
        for (k, y) in stored.iter().enumerate() {
            let expected: Vec<T> = rows.iter().map(|row| row[k]).collect();
            assert_same(y, &expected, &format!("{level:?}, n {n}, output {k} of\n{p}"));
        }
        let mut sums = vec![T::NAN; p.outputs()];
        let mut sinks: Vec<Sink<'_, T>> = sums.iter_mut().map(Sink::Sum).collect();
        run_at(level, &Threads::new(threads), &p, n, &sources, &mut sinks);
        for (k, &sum) in sums.iter().enumerate() {
            let mut expected = [T::NAN];
            reduce::sum(&Threads::one(), [1, n, 1], &stored[k], &mut expected);
            assert_same(&[sum], &expected, &format!("{level:?}, n {n}, sum {k} of\n{p}"));
        }
    }
}

fn formulas(lines: usize) -> impl Strategy<Value = Formula> {
    let line = (0..CODES.len(), prop::array::uniform4(0usize..1000)).prop_map(|(c, x)| (CODES[c], x));
    let constants = prop::collection::vec(prop::sample::select(vec![0.0, -0.0, 1.0, 2.0, -0.5, 1e3]), 0..4);
    (1usize..4, constants, prop::collection::vec(line, 1..lines), prop::collection::vec(0usize..1000, 1..4))
        .prop_map(|(inputs, constants, lines, outputs)| Formula { inputs, constants, lines, outputs })
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1), failure_persistence: None, cases: 200, ..ProptestConfig::default()
    })]

    #[test]
    fn programs_equal_the_plain_loop(formula in formulas(12), n in prop::sample::select(vec![1, 2, 63, 64, 65, 300, 1100])) {
        check::<f32>(&formula, n, 1);
        check::<f64>(&formula, n, 1);
    }
}

/// `y = code(x0, x1, …)`.
fn single(code: Code) -> Formula {
    Formula { inputs: 4, constants: vec![], lines: vec![(code, [0, 1, 2, 3])], outputs: vec![4] }
}

#[test]
fn every_instruction_equals_the_plain_loop() {
    for code in CODES {
        check::<f32>(&single(code), 777, 1);
        check::<f64>(&single(code), 777, 1);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let formula = Formula {
        inputs: 3,
        constants: vec![0.5],
        lines: vec![(Code::Tanh, [0, 0, 0, 0]), (Code::Mul, [4, 3, 0, 0]), (Code::Add, [5, 2, 0, 0])],
        outputs: vec![6, 4],
    };
    for threads in [1, 2, 3, 8] {
        check::<f32>(&formula, 3 * 16 * 1024 + 777, threads);
    }
}

#[test]
fn more_constants_than_tiles_are_spread_where_they_are_used() {
    let constants: Vec<f64> = (0..100).map(|c| f64::from(c) * 0.37 - 7.0).collect();
    let add = |k: usize| (Code::Add, [if k == 0 { 0 } else { 100 + k }, 1 + k, 0, 0]);
    let mut lines: Vec<_> = (0..100).map(add).collect();
    lines.push((Code::IfGt, [1, 200, 99, 98]));
    let formula = Formula { inputs: 1, constants, lines, outputs: vec![200, 201] };
    for n in [1, 5, 2000] {
        check::<f64>(&formula, n, 1);
    }
}

#[test]
fn outputs_may_be_inputs_constants_and_the_same() {
    let formula = Formula {
        inputs: 2,
        constants: vec![3.0],
        lines: vec![(Code::Add, [0, 1, 0, 0])],
        outputs: vec![0, 2, 3, 3, 0],
    };
    for n in [1, 64, 100] {
        check::<f32>(&formula, n, 1);
    }
}

#[test]
fn registers_are_used_again() {
    let mut b = Builder::<f64>::new(1);
    let mut x = b.input(0);
    for _ in 0..10_000 {
        x = b.push(Code::Sin, &[x]);
    }
    b.push(Code::Exp, &[x]);
    let p = b.finish(&[x]);
    assert_eq!((p.instructions(), p.registers()), (10_000, 2));
}

#[test]
fn values_are_numbered_and_constants_folded() {
    let mut b = Builder::<f64>::new(2);
    let (x, y) = (b.input(0), b.input(1));
    let sum = b.push(Code::Add, &[x, y]);
    assert_eq!(b.push(Code::Add, &[y, x]), sum);
    assert_ne!(b.push(Code::Sub, &[x, y]), b.push(Code::Sub, &[y, x]));
    assert_ne!(b.constant(0.0), b.constant(-0.0));
    let (two, three) = (b.constant(2.0), b.constant(3.0));
    assert_eq!(b.push(Code::Mul, &[two, three]), b.constant(6.0));
    assert_eq!(b.push(Code::PowI(3), &[two]), b.constant(8.0));
    assert_eq!(b.push(Code::PowI(1), &[x]), x);
    let p = b.finish(&[sum]);
    assert_eq!(p.to_string(), "y0 = add x0 x1\n");
}

#[test]
fn views_are_walked_in_row_major_order() {
    let data = numbers::<f32>(6000, 3);
    let mut b = Builder::new(1);
    let x = b.input(0);
    let y = b.push(Code::Neg, &[x]);
    let p = b.finish(&[y]);
    let views: [(usize, &[usize], &[isize]); 8] = [
        (0, &[20, 300], &[300, 1]),
        (0, &[300, 20], &[1, 300]),
        (5999, &[30, 200], &[-200, -1]),
        (7, &[40, 9, 11], &[0, 1, 9]),
        (7, &[40, 9, 11], &[1, 100, 0]),
        (3, &[17, 1, 100], &[1, 77, 0]),
        (2, &[], &[]),
        (2, &[500], &[0]),
    ];
    for (offset, dims, strides) in views {
        let n = dims.iter().product();
        let mut expected = vec![0.0; n];
        copy_strided(&Threads::one(), &data, offset, dims, strides, &mut expected);
        expected.iter_mut().for_each(|y| *y = -*y);
        let mut out = vec![0.0; n];
        let source = Source::Strided { data: &data, offset, dims, strides };
        run(&Threads::new(2), &p, n, &[source], &mut [Sink::Store(&mut out)]);
        assert_same(&out, &expected, &format!("{dims:?} {strides:?}"));
    }
}

#[test]
fn nothing_has_the_sum_zero() {
    let p = Builder::<f64>::new(1);
    let x = p.input(0);
    let p = p.finish(&[x, x]);
    let (mut sum, mut none) = (9.0, []);
    run(&Threads::one(), &p, 0, &[Source::Dense(&[])], &mut [Sink::Sum(&mut sum), Sink::Store(&mut none)]);
    assert_eq!(sum, 0.0);
}

#[test]
#[should_panic(expected = "reach outside 5 elements")]
fn a_view_beyond_its_data_is_refused() {
    let b = Builder::<f64>::new(1);
    let x = b.input(0);
    let view = Source::Strided { data: &[0.0; 5], offset: 0, dims: &[2, 3], strides: &[3, 1] };
    run(&Threads::one(), &b.finish(&[x]), 6, &[view], &mut [Sink::Store(&mut [0.0; 6])]);
}

#[test]
#[should_panic(expected = "over 3 elements")]
fn operands_of_another_length_are_refused() {
    let b = Builder::<f64>::new(1);
    let x = b.input(0);
    run(&Threads::one(), &b.finish(&[x]), 3, &[Source::Dense(&[0.0; 2])], &mut [Sink::Store(&mut [0.0; 3])]);
}
