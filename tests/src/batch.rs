//! The law of batches: an op over a batch at once is the op applied to every example alone.

use crate::composed::READS_VALUES;
use crate::orders::identical;
use crate::subject::Subject;
use crate::tally::Tally;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Error, Op, Shape, Tape, Tensor, Threads, Var};

const SEED: u64 = 20_240_613;

/// Numbers of examples: none, one, several.
const SIZES: [usize; 3] = [0, 1, 3];

/// A function of example `i` and of variables of its tape.
type OfExample<'a> = dyn for<'t> Fn(usize, &[Var<'t, f64>]) -> Var<'t, f64> + 'a;

/// A function with its operands at one point, in the forms that the law needs.
struct Function<'a> {
    name: String,
    inputs: &'a [Tensor<f64>],
    /// The function of example `i` on its tape.
    f: &'a OfExample<'a>,
    /// Whether an example in a batch has the bits that it has alone: of one op always, of many only nearly.
    has_bits: bool,
    /// An operand as example `i` has it.
    example: &'a dyn Fn(&Tensor<f64>, usize) -> Tensor<f64>,
}

/// The law for one op: at every sample, with every set of operands that differ from example to example, whichever axis
/// these lie along, in value and gradient; also for gradients taken inside.
pub fn op(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    if let Some(reason) = subject.unbatched {
        println!("{}: {reason}", subject.name);
    }
    for case in &subject.samples {
        if subject.unbatched.is_some() {
            refused(subject.name, &case.op, &case.inputs);
            tally.add("f64", 0, "batch", 1);
            continue;
        }
        let of = |i| case.op.of_example(i).unwrap_or_else(|| case.op.clone());
        tally.absorb(&holds(&Function {
            name: case.to_string(),
            inputs: &case.inputs,
            f: &|i, x| x[0].tape().apply(of(i), x),
            has_bits: true,
            example: &|x, i| (subject.another)(x, i).unwrap_or_else(|| turned(x, i)),
        }));
    }
    tally.not_empty(subject.name)
}

/// The Jacobian of one op by every operand, which is swept in batches, is its rows and columns one by one.
pub fn jacobian(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        let compared =
            jacobian_holds(&case.to_string(), &case.inputs, &|x| x[0].tape().apply(case.op.clone(), x));
        tally.add("f64", 1, "jacobian", compared);
    }
    if subject.locally_constant.is_some() { tally } else { tally.not_empty(subject.name) }
}

/// The same of a composition.
pub fn composed_jacobian(composed: &Composed) -> Tally {
    let mut tally = Tally::new();
    for inputs in (composed.samples)(&mut Draw::new(SEED)) {
        let compared =
            jacobian_holds(&format!("{} at {inputs:?}", composed.name), &inputs, &|x| (composed.f)(x));
        tally.add("f64", 1, "jacobian", compared);
    }
    tally.not_empty(composed.name)
}

fn jacobian_holds(
    name: &str,
    inputs: &[Tensor<f64>],
    f: &dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
) -> usize {
    let mut compared = 0;
    for k in 0..inputs.len() {
        let tape = Tape::with_threads(Threads::one());
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = f(&x);
        if !y.is_tracked() {
            continue;
        }
        // Operand and value as lists, where both together have too many axes.
        let dims = [y.shape().dims(), x[k].shape().dims()].concat();
        let flat = dims.len() > wengert::MAX_RANK;
        let dims = if flat { vec![y.shape().len(), x[k].shape().len()] } else { dims };
        let seed = tape.constant(Tensor::full(y.shape(), 1.0));
        if y.try_vjp(seed, &[x[k]]).expect("samples fit")[0].is_none() {
            continue;
        }
        let row = |i: usize| {
            let unit: Vec<f64> = (0..y.shape().len()).map(|j| f64::from(u8::from(i == j))).collect();
            let seed = Tensor::new(y.shape(), unit).expect("one number per element");
            let row = y.try_pullback(seed, &[x[k]]).expect("samples fit").remove(0);
            row.expect("reached for another seed").to_vec()
        };
        let expected = Tensor::new(dims, (0..y.shape().len()).flat_map(row).collect::<Vec<_>>());
        let given = wengert::jacobian(
            |v| {
                let all: Vec<_> = inputs.iter().map(|x| v.tape().constant(x)).collect();
                let v = if flat { v.reshape(inputs[k].shape()) } else { v };
                let y = f(&[&all[..k], &[v], &all[k + 1..]].concat());
                if flat { y.reshape([y.shape().len()]) } else { y }
            },
            &if flat { inputs[k].reshape([inputs[k].len()]) } else { inputs[k].clone() },
        );
        compared += near(&given, &expected.expect("one row per element"), &format!("Jacobian {k} of {name}"));
    }
    compared
}

/// The same for a composition, to rounding: it is of many ops.
pub fn composed(composed: &Composed) -> Tally {
    let mut tally = Tally::new();
    for inputs in (composed.samples)(&mut Draw::new(SEED)) {
        if READS_VALUES.contains(&composed.name) {
            let tape = Tape::with_threads(Threads::one());
            let x: Vec<_> =
                inputs.iter().map(|x| tape.leaf(stacked(std::slice::from_ref(x), x.shape(), 0))).collect();
            let y = tape.try_vmap_many(|x| vec![(composed.f)(x)], &vec![Some(0); x.len()], &x);
            assert!(matches!(y, Err(Error::ReadInBatch { .. })), "{} is not refused: {y:?}", composed.name);
            tally.add("f64", 0, "batch", 1);
            continue;
        }
        tally.absorb(&holds(&Function {
            name: format!("{} at {inputs:?}", composed.name),
            inputs: &inputs,
            f: &|i, x| of_example(composed, i, x),
            has_bits: false,
            example: &turned,
        }));
    }
    tally.not_empty(composed.name)
}

/// The composition as example `i` of a batch has it: those of its ops that draw random numbers draw those of the example.
fn of_example<'t>(composed: &Composed, i: usize, x: &[Var<'t, f64>]) -> Var<'t, f64> {
    if i == 0 {
        return (composed.f)(x);
    }
    let apart = Tape::with_threads(Threads::one());
    let from: Vec<_> = x.iter().map(|x| apart.leaf(x.value())).collect();
    let y = (composed.f)(&from);
    y.recorded_again(&from, x[0].tape(), x, &|op| op.of_example(i).unwrap_or(op))
        .expect("compositions are made of primitives")
}

/// An op that says why it has no rule is refused with the reason.
fn refused(name: &str, op: &Op<f64>, inputs: &[Tensor<f64>]) {
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> =
        inputs.iter().map(|x| tape.leaf(stacked(std::slice::from_ref(x), x.shape(), 0))).collect();
    let y = tape.try_vmap_many(|x| vec![x[0].tape().apply(op.clone(), x)], &vec![Some(0); x.len()], &x);
    match y {
        Err(Error::Unbatched { op, .. }) => assert_eq!(op, name),
        _ => panic!("{name} says why it has no rule for batches, and is not refused with Error::Unbatched"),
    }
}

fn holds(function: &Function<'_>) -> Tally {
    let mut tally = Tally::new();
    let operands = function.inputs.len();
    for set in 1..1_usize << operands {
        let varies: Vec<bool> = (0..operands).map(|k| set >> k & 1 == 1).collect();
        for size in SIZES {
            for last in [false, true] {
                tally.absorb(&holds_for(function, &varies, size, last));
            }
        }
    }
    tally
}

/// The law with `size` examples of the operands that vary, along the last axis or the first.
fn holds_for(function: &Function<'_>, varies: &[bool], size: usize, last: bool) -> Tally {
    let mut tally = Tally::new();
    let Function { name, inputs, f, has_bits, example: operand } = function;
    let what = format!("{size} examples of {varies:?}, last axis {last}: {name}");
    let example = |i: usize| -> Vec<Tensor<f64>> {
        let of = |(x, &varies): (&Tensor<f64>, &bool)| if varies { operand(x, i) } else { x.clone() };
        inputs.iter().zip(varies).map(of).collect()
    };
    let examples: Vec<Vec<Tensor<f64>>> = (0..size).map(example).collect();
    let axis_of = |x: &Tensor<f64>| if last { x.rank() } else { 0 };
    let axes: Vec<_> = inputs.iter().zip(varies).map(|(x, &v)| v.then_some(axis_of(x) as isize)).collect();
    let operand = |k: usize| {
        let all: Vec<_> = examples.iter().map(|x| x[k].clone()).collect();
        if varies[k] { stacked(&all, inputs[k].shape(), axis_of(&inputs[k])) } else { inputs[k].clone() }
    };
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> = (0..inputs.len()).map(|k| tape.leaf(operand(k))).collect();

    // The value.
    let y = tape.try_vmap_many(|x| vec![f(0, x)], &axes, &x).unwrap_or_else(|e| panic!("{what}: {e}"))[0];
    let alone: Vec<Alone> = examples.iter().enumerate().map(|(i, x)| Alone::at(f, i, x)).collect();
    let one = Alone::at(f, 0, inputs);
    let values: Vec<_> = alone.iter().map(|a| a.value.clone()).collect();
    let expected = stacked(&values, one.value.shape(), 0);
    if *has_bits {
        identical(&y.value(), &expected, &|| what.clone());
    }
    tally.add("f64", 0, "batch", near(&y.value(), &expected, &what));

    // The gradient of the whole.
    let seeds: Vec<_> = alone.iter().map(|a| a.seed.clone()).collect();
    let seeds = tape.constant(stacked(&seeds, one.value.shape(), 0));
    let given = y.try_vjp(seeds, &x).unwrap_or_else(|e| panic!("{what}: {e}"));
    for (k, given) in given.iter().enumerate() {
        let what = format!("gradient {k} of {what}");
        assert!(
            size == 0 || given.is_some() == one.gradients[k].is_some(),
            "{what}: a contribution is missing"
        );
        let Some(given) = given else { continue };
        let zeros = || Tensor::zeros(inputs[k].shape());
        let each: Vec<_> = alone.iter().map(|a| a.gradients[k].clone().unwrap_or_else(zeros)).collect();
        let expected = if varies[k] {
            stacked(&each, inputs[k].shape(), axis_of(&inputs[k]))
        } else {
            each.iter().fold(zeros(), |sum, g| sum.zip(g, |a, b| a + b))
        };
        tally.add("f64", 1, "batch", near(&given.value(), &expected, &what));
    }

    // The gradient per example, taken inside, also by operands that all examples share.
    let reached: Vec<usize> = (0..inputs.len()).filter(|&k| one.gradients[k].is_some()).collect();
    let (axes, x): (Vec<_>, Vec<_>) = axes.into_iter().zip(x).chain([(Some(0), seeds)]).unzip();
    let given =
        tape.try_vmap_many(|x| gradients(f, x), &axes, &x).unwrap_or_else(|e| panic!("inside, {what}: {e}"));
    assert_eq!(given.len(), reached.len(), "{what}");
    for (given, &k) in given.iter().zip(&reached) {
        let each: Vec<_> = alone.iter().map(|a| a.gradients[k].clone().expect("reached")).collect();
        let expected = stacked(&each, inputs[k].shape(), 0);
        let what = format!("gradient {k} per example of {what}");
        tally.add("f64", 1, "batch", near(&given.value(), &expected, &what));
    }
    tally
}

/// The gradients that arrive, by all but the last variable, which is the seed.
fn gradients<'t>(f: &OfExample<'_>, x: &[Var<'t, f64>]) -> Vec<Var<'t, f64>> {
    let (seed, x) = x.split_last().expect("the seed");
    f(0, x).try_vjp(*seed, x).expect("samples fit").into_iter().flatten().collect()
}

/// What the function gives for one example alone.
struct Alone {
    value: Tensor<f64>,
    seed: Tensor<f64>,
    gradients: Vec<Option<Tensor<f64>>>,
}

impl Alone {
    fn at(f: &OfExample<'_>, i: usize, x: &[Tensor<f64>]) -> Self {
        let tape = Tape::with_threads(Threads::one());
        let x: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y = f(i, &x);
        let seed = Draw::new(SEED + i as u64).uniform(y.shape(), 0.5, 1.5);
        let gradients = y.try_vjp(tape.constant(&seed), &x).expect("samples fit");
        Self { value: y.value(), seed, gradients: gradients.into_iter().map(|g| g.map(Var::value)).collect() }
    }
}

/// Another example within the same domain: the same elements, each `i` places further on.
fn turned(x: &Tensor<f64>, i: usize) -> Tensor<f64> {
    let mut values = x.to_vec();
    let by = i % values.len().max(1);
    values.rotate_left(by);
    Tensor::new(x.shape(), values).expect("as many elements")
}

/// Examples of one shape along a new axis.
fn stacked(examples: &[Tensor<f64>], one: Shape, axis: usize) -> Tensor<f64> {
    let mut dims = one.dims().to_vec();
    dims.insert(axis, examples.len());
    Tensor::from_fn(dims, |ix| {
        let within: Vec<usize> = ix.iter().enumerate().filter(|&(k, _)| k != axis).map(|(_, &i)| i).collect();
        examples[ix[axis]].get(within).expect("within the example")
    })
}

/// Equal to 1e-12 of the largest element: a few hundred roundings, in whatever order terms are added. Returns how many
/// numbers were compared.
fn near(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) -> usize {
    assert_eq!(a.shape(), b.shape(), "{what}");
    let scale = b.to_vec().into_iter().filter(|b| b.is_finite()).fold(1.0, |m: f64, b| m.max(b.abs()));
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let same = a == b || (a.is_nan() && b.is_nan());
        assert!(same || (a - b).abs() <= 1e-12 * scale, "{what}: {a}, alone {b}");
    }
    b.to_vec().into_iter().filter(|b| !b.is_nan()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use wengert::ops::Batch;
    use wengert::{CustomOp, Line, Pullback};

    /// What is wrong with a rule for batches of `y = 2x`.
    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        None,
        /// The examples come out in another order.
        Order,
        /// All examples get the value of the first.
        Shared,
        /// The value is off by one part in ten million.
        Slightly,
    }

    impl CustomOp<f64> for Fault {
        fn name(&self) -> &'static str {
            "double"
        }
        fn arity(&self) -> usize {
            1
        }
        fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
            Ok(x[0])
        }
        fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
            Ok(x[0].map(|x| 2.0 * x))
        }
        fn vjp<'t>(&self, _: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
            [Some(ct * 2.0)].into()
        }
        fn jvp<'t>(&self, _: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
            dx[0].map(|dx| dx * 2.0)
        }
        fn batch<'t>(&self, at: &Batch<'t, f64>) -> Result<Var<'t, f64>, Error> {
            let y = at.each(0)? * 2.0;
            Ok(match self {
                Self::None => y,
                Self::Order => y.flip(0),
                Self::Shared if at.size() > 0 => y.slice(0, ..1).broadcast_to(y.shape()),
                Self::Shared => y,
                Self::Slightly => y * (1.0 + 1e-7),
            })
        }
    }

    #[test]
    fn rules_that_mix_or_spoil_examples_are_caught() {
        for fault in [Fault::None, Fault::Order, Fault::Shared, Fault::Slightly] {
            let inputs = [Tensor::from([1.0, 2.0, 4.0])];
            let op: Arc<dyn CustomOp<f64>> = Arc::new(fault);
            let function = Function {
                name: "double".into(),
                inputs: &inputs,
                f: &|_, x| x[0].tape().apply(Op::Custom(op.clone()), x),
                has_bits: true,
                example: &turned,
            };
            let held = catch_unwind(AssertUnwindSafe(|| holds(&function))).is_ok();
            assert_eq!(held, fault == Fault::None);
        }
    }
}
