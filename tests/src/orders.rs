//! Value and gradients of every order of one program at one point, in either precision.

use crate::layout;
use crate::tally::Tally;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use wengert::ops::composed::Composed;
use wengert::{Float, Key, Op, Tape, Tensor, Threads, Var};

const SEED: u64 = 20_240_613;

/// How many roundings single precision may be away from double: a rule makes a few dozen, and each order is computed by
/// at least twice as many lines as the one before, whose terms partly cancel.
fn roundings(order: usize) -> f64 {
    64.0 * 2.0_f64.powi(order.saturating_sub(1) as i32)
}

/// What is differentiated: an op, or a composition of ops.
#[derive(Clone, Copy)]
pub enum Program<'a> {
    /// One op.
    Op(&'a Op<f64>),
    /// A composition; in single precision, the lines that it records in double.
    Composed(&'a Composed),
}

/// A precision under test.
pub trait Precision: Float {
    /// Its name.
    const NAME: &'static str;
    /// Records a program.
    fn record<'t>(program: Program<'_>, x: &[Var<'t, Self>]) -> Var<'t, Self>;
}

impl Precision for f64 {
    const NAME: &'static str = "f64";

    fn record<'t>(program: Program<'_>, x: &[Var<'t, f64>]) -> Var<'t, f64> {
        match program {
            Program::Op(op) => x[0].tape().apply(op.clone(), x),
            Program::Composed(composed) => (composed.f)(x),
        }
    }
}

impl Precision for f32 {
    const NAME: &'static str = "f32";

    fn record<'t>(program: Program<'_>, x: &[Var<'t, f32>]) -> Var<'t, f32> {
        let tape = x[0].tape();
        match program {
            Program::Op(op) => tape.apply(op.in_precision::<f32>().expect("a primitive"), x),
            Program::Composed(composed) => {
                let wide = Tape::with_threads(Threads::one());
                let from: Vec<_> = x.iter().map(|x| wide.leaf(x.value().cast::<f64>())).collect();
                let y = (composed.f)(&from);
                y.recorded_again(&from, tape, x, &|op| op).expect("compositions are made of primitives")
            }
        }
    }
}

/// The value of a program and, for each order, the gradients by its operands and by the weights of its output.
pub struct Orders<F: Float> {
    /// The value.
    pub value: Tensor<F>,
    /// Gradients of order one, two and so on; `None` where no contribution arrives.
    pub gradients: Vec<Vec<Option<Tensor<F>>>>,
}

impl<F: Precision> Orders<F> {
    /// Differentiates `program` at `x` so many times, each time a random combination of the gradients before.
    ///
    /// The output enters as $y + y^2/2 + y^3/6$, so that a linear op too has derivatives of every order.
    pub fn of(program: Program<'_>, x: &[Tensor<F>], orders: usize) -> Self {
        let tape = Tape::with_threads(Threads::one());
        let mut z: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y = F::record(program, &z);
        let u = tape.leaf(normal::<F>(0, 0, &y.value()));
        z.push(u);
        let bent = y * (1.0 + y * (0.5 + y * (1.0 / 6.0)));
        let mut s = (u * bent).sum();
        let mut gradients = Vec::new();
        for order in 1..=orders {
            let found = s.try_grad(&z).expect("a scalar of leaves");
            let terms = found.iter().enumerate().filter_map(|(k, g)| {
                let g = (*g)?;
                Some((g * tape.constant(normal::<F>(order, k, &g.value()))).sum())
            });
            let next = terms.reduce(|a, b| a + b);
            gradients.push(found.iter().map(|g| g.map(Var::value)).collect());
            match next.filter(|s| s.is_tracked()) {
                Some(next) => s = next,
                None => break, // a constant: of order two on where every operand is one that no derivative flows into
            }
        }
        Self { value: y.value(), gradients }
    }

    /// Whether some gradient of this order by an operand is not zero.
    pub fn is_nonzero(&self, order: usize) -> bool {
        let Some(found) = self.gradients.get(order - 1) else { return false };
        let by_operands = &found[..found.len() - 1];
        by_operands.iter().flatten().any(|g| g.to_vec().iter().any(|g| g.to_f64() != 0.0))
    }
}

/// Reproducible weights, the same in both precisions up to rounding.
fn normal<F: Float>(order: usize, k: usize, like: &Tensor<F>) -> Tensor<F> {
    let key = Key::new(SEED).stream((16 * order + k) as u32);
    // Rounded to single precision first: both see the same numbers.
    key.normal::<f64>(like.shape()).cast::<f32>().cast::<F>()
}

/// The same shape and the same bits, or NaN in both: which NaN is not part of a value. Returns how many numbers were
/// compared; NaN with NaN is no comparison.
#[track_caller]
pub fn identical<F: Float>(a: &Tensor<F>, b: &Tensor<F>, what: &dyn Fn() -> String) -> usize {
    assert!(a.shape() == b.shape(), "{}: shapes {:?} and {:?}", what(), a.dims(), b.dims());
    let mut compared = 0;
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let (a, b) = (a.to_f64(), b.to_f64()); // every f32 is an f64, with its sign and bits
        assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{}: {a} is not {b}", what());
        compared += usize::from(!b.is_nan());
    }
    compared
}

/// The text of [`wengert::Error::Matrix`], if a matrix among the operands is why the program has no value there.
fn refusal<F: Precision>(program: Program<'_>, x: &[Tensor<F>]) -> Option<String> {
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    let payload = catch_unwind(AssertUnwindSafe(|| F::record(program, &x))).err()?;
    match payload.downcast::<String>() {
        Ok(text) if text.contains(" of the stack is ") => Some(*text),
        Ok(text) => resume_unwind(text),
        Err(payload) => resume_unwind(payload),
    }
}

/// Value and gradients of every order have the bits that contiguous copies of the operands give, in one layout.
///
/// A layout that is constant along an axis may have values that the program refuses; it does so in any storage.
pub fn in_layout<F: Precision>(
    program: Program<'_>,
    x: &[Tensor<F>],
    contiguous: &Orders<F>,
    layout: usize,
    what: &dyn Fn() -> String,
) -> Tally {
    let (name, relay) = layout::all::<F>()[layout];
    let moved: Vec<_> = x.iter().map(relay).collect();
    let copied: Vec<_> = moved.iter().map(Tensor::contiguous).collect();
    let orders = contiguous.gradients.len();
    let same = copied.iter().zip(x).all(|(a, b)| a.to_vec() == b.to_vec());
    let what = || format!("{} in {} in layout {name}", what(), F::NAME);
    let mut tally = Tally::new();
    if !same && let Some(reason) = refusal(program, &copied) {
        // Rows that are all the same are a singular matrix, in whatever storage.
        assert_eq!(refusal(program, &moved).as_ref(), Some(&reason), "{}", what());
        return tally;
    }
    let other = (!same).then(|| Orders::of(program, &copied, orders));
    let expected = other.as_ref().unwrap_or(contiguous);
    let given = Orders::of(program, &moved, orders);
    let mut compare = |order: usize, a: &Tensor<F>, b: &Tensor<F>| {
        let compared = identical(a, b, &|| format!("order {order} of {}", what()));
        tally.add(F::NAME, order, name, compared);
        if compared == 0 && !b.is_empty() {
            tally.add_nan(F::NAME, order, name);
        }
    };
    compare(0, &given.value, &expected.value);
    assert_eq!(given.gradients.len(), expected.gradients.len(), "orders of {}", what());
    for (k, (given, expected)) in given.gradients.iter().zip(&expected.gradients).enumerate() {
        for (a, b) in given.iter().zip(expected) {
            match (a, b) {
                (Some(a), Some(b)) => compare(k + 1, a, b),
                (None, None) => {}
                _ => panic!("{}: a gradient of order {} arrives in one layout only", what(), k + 1),
            }
        }
    }
    tally
}

/// Values and gradients of every order in `f32` are those in `f64` at the same operands.
///
/// A line rounds its result, and the next one computes from rounded operands. So an error is measured in roundings (2⁻²³) of
/// the largest number of its own order and those before it, and of what the numbers change by when every operand moves by
/// one rounding; how many, `roundings` says. Where derivatives are ill-conditioned, no program can do better; where that amounts to
/// a tenth of the largest number compared, the comparison does not count.
pub fn against_double(
    program: Program<'_>,
    x: &[Tensor<f32>],
    narrow: &Orders<f32>,
    what: &dyn Fn() -> String,
) -> Tally {
    let orders = narrow.gradients.len();
    let eps = f64::from(f32::EPSILON);
    let wide: Vec<Tensor<f64>> = x.iter().map(Tensor::cast).collect();
    let exact = Orders::of(program, &wide, orders);
    // Up and down in turn along every axis, so that differences of neighbors move too.
    let moved = |x: &Tensor<f64>| {
        let sign = |ix: &[usize]| if ix.iter().sum::<usize>() % 2 == 0 { 1.0 } else { -1.0 };
        Tensor::from_fn(x.shape(), |ix| x.get(ix).expect("within the shape") * (1.0 + sign(ix) * eps))
    };
    let moved: Vec<Tensor<f64>> = wide.iter().map(moved).collect();
    let moved = Orders::of(program, &moved, orders);
    let mut tally = Tally::new();
    let mut near = |order: usize, a: &Tensor<f32>, b: &Tensor<f64>, moved: &Tensor<f64>, size: f64| {
        let motion = b.zip(moved, |b, m| (b - m).abs()).max_abs();
        let tolerance = roundings(order) * (eps * size + motion);
        // Where this is no small part of the largest of them, nothing has been shown.
        let shows = tolerance < 0.1 * b.max_abs();
        let mut compared = 0;
        for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
            let error = (f64::from(a) - b).abs();
            assert!(
                error <= tolerance || f64::from(a) == b || (a.is_nan() && b.is_nan()),
                "{}, order {order}: f32 {a}, f64 {b}: {:.0} roundings of {size:.1e} apart",
                what(),
                error / (eps * size)
            );
            compared += usize::from(shows && !b.is_nan());
        }
        tally.add("f32", order, "against f64", compared);
    };
    let mut size = 1.0 + exact.value.max_abs();
    near(0, &narrow.value, &exact.value, &moved.value, size);
    for (k, found) in narrow.gradients.iter().enumerate() {
        let largest = |g: &Option<Tensor<f64>>| g.as_ref().map_or(0.0, Tensor::max_abs);
        size = exact.gradients[k].iter().map(largest).fold(size, f64::max);
        for ((a, b), moved) in found.iter().zip(&exact.gradients[k]).zip(&moved.gradients[k]) {
            match (a, b, moved) {
                (Some(a), Some(b), Some(moved)) => near(k + 1, a, b, moved, size),
                (None, None, None) => {}
                _ => panic!("{}: a gradient of order {} arrives in one precision only", what(), k + 1),
            }
        }
    }
    tally
}
