//! Programs in a sequence against those run alone.

use super::*;
use crate::sequence::{Sequence, Value, View};
use smallvec::smallvec;

/// Runs a program over `n` elements alone and in a sequence, twice; every other result as a sum.
fn check_settled<T: Real>(formula: &Formula, n: usize) {
    let p = formula.program::<T>();
    let inputs: Vec<Vec<T>> = (0..formula.inputs).map(|k| numbers(n, k)).collect();
    let is_summed = |k: usize| k % 2 == 1;
    let mut expected: Vec<Vec<T>> =
        (0..p.outputs()).map(|k| vec![T::NAN; if is_summed(k) { 1 } else { n }]).collect();
    let sources: Vec<Source<'_, T>> = inputs.iter().map(|x| Source::Dense(x)).collect();
    let mut sinks: Vec<Sink<'_, T>> = expected
        .iter_mut()
        .enumerate()
        .map(|(k, y)| if is_summed(k) { Sink::Sum(&mut y[0]) } else { Sink::Store(y) })
        .collect();
    run(&Threads::one(), &p, n, &sources, &mut sinks);
    let mut sequence = Sequence::new();
    let x: Vec<Value> = inputs.iter().map(|x| sequence.value(x.len())).collect();
    // Something else in the same memory, before and behind.
    let before = sequence.constant(&numbers::<T>(70, 9));
    let y = sequence.program(&p, n, &x, is_summed);
    let behind =
        sequence.copy(&View { value: before, offset: 69, dims: smallvec![70], strides: smallvec![-1] });
    let mut memory = sequence.memory();
    for round in 0..2 {
        x.iter().zip(&inputs).for_each(|(&x, numbers)| memory.write(x, numbers));
        sequence.run(&mut memory);
        for (k, (&y, expected)) in y.iter().zip(&expected).enumerate() {
            assert_same(memory.read(y), expected, &format!("n {n}, round {round}, output {k} of\n{p}"));
        }
        let mut reversed = numbers::<T>(70, 9);
        reversed.reverse();
        assert_same(memory.read(behind), &reversed, "the copy behind the program");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(2), failure_persistence: None, cases: 300, ..ProptestConfig::default()
    })]

    #[test]
    fn programs_in_a_sequence_equal_those_alone(
        formula in formulas(25), n in prop::sample::select(vec![1, 1, 1, 2, 64, 65, 300, 1100]),
    ) {
        check_settled::<f32>(&formula, n);
        check_settled::<f64>(&formula, n);
    }
}

#[test]
fn every_instruction_in_a_sequence_equals_the_one_alone() {
    for code in CODES {
        for n in [1, 130] {
            check_settled::<f32>(&single(code), n);
            check_settled::<f64>(&single(code), n);
        }
    }
}

#[test]
fn sine_and_cosine_of_one_angle_have_their_bits_near_and_far() {
    for first in [Code::Sin, Code::Cos] {
        let second = if first == Code::Sin { Code::Cos } else { Code::Sin };
        let mut b = Builder::<f64>::new(1);
        let x = b.input(0);
        let (a, c) = (b.push(first, &[x]), b.push(second, &[x]));
        let both = b.push(Code::Mul, &[a, c]);
        let p = b.finish(&[a, c, both]);
        let mut sequence = Sequence::new();
        let x = sequence.value(1);
        let y = sequence.program(&p, 1, &[x], |_| false);
        let mut memory = sequence.memory();
        for angle in [0.3, -2.0, 1e5, -3e6, 1e300, -0.0, f64::INFINITY] {
            memory.write(x, &[angle]);
            sequence.run(&mut memory);
            let [a, c] = [first, second].map(|code| value_of(code, |_| angle));
            assert_same(&[0, 1, 2].map(|k| memory.read(y[k])[0]), &[a, c, a * c], &angle.to_string());
        }
    }
}

#[test]
fn many_constants_and_results_that_are_no_lines_work() {
    let constants: Vec<f64> = (0..40).map(|c| f64::from(c) * 0.37 - 7.0).collect();
    let add = |k: usize| (Code::Add, [if k == 0 { 0 } else { 40 + k }, 1 + k, 0, 0]);
    let lines = (0..40).map(add).collect();
    let formula = Formula { inputs: 1, constants, lines, outputs: vec![0, 0, 80, 80, 3, 3] };
    for n in [1, 5, 2000] {
        check_settled::<f64>(&formula, n);
    }
}
