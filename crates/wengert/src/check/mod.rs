//! Gradient checks: a derivative held against independent evidence.
//!
//! Three answers are computed for every entry of a Jacobian and must agree: forward mode, reverse mode (recorded and
//! eager), and finite differences of the value alone. A failure names the input, the entry, both numbers, the error in
//! units of the tolerance, and the first op whose own rule disagrees with its own value.
//!
//! ```
//! use wengert::prelude::*;
//! let report = check_gradients(|x| (x.sin() * x).sum(), &Tensor::from([0.3, -1.2]))?;
//! assert!(report.comparisons > 0 && report.worst <= 1.0);
//! # Ok::<(), wengert::check::Failure>(())
//! ```

mod compare;
mod comparison;
mod culprit;
mod differences;
mod directions;
mod locate;
mod report;

pub use differences::differentiate;
pub use report::{Culprit, Evidence, Failure, Mismatch, Report};

use crate::{Error, Key, Tape, Tensor, Threads, Var};
use comparison::{Comparison, Place};

/// A function of several variables, as checks see it.
pub(crate) type Function<'f> = dyn for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>, Error> + 'f;

/// Checks the gradient of `f` at `x`: forward mode = reverse mode = finite differences, orders one and two.
///
/// For several inputs use [`many::check_gradients`](crate::many::check_gradients), for other settings [`Checker`].
///
/// # Errors
///
/// [`Failure`] if some comparison is beyond tolerance, the value is not finite, or the check would prove nothing: `f`
/// ignores its input, or there is nothing to compare.
pub fn check_gradients(
    f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
    x: &Tensor<f64>,
) -> Result<Report, Failure> {
    Checker::new().order(2).run(f, x)
}

/// A gradient check with its settings.
///
/// ```
/// use wengert::{Checker, Tensor};
/// let x = Tensor::from([[0.5, 1.5], [2.0, 3.0]]);
/// let report = Checker::new().order(3).run(|x| x.ln() * x, &x)?;
/// println!("{report}");
/// # Ok::<(), wengert::check::Failure>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checker {
    order: usize,
    relative: f64,
    absolute: f64,
    directions: usize,
    all_entries: usize,
    seed: u64,
    evidence: Vec<Evidence>,
    may_vanish: bool,
    find_culprit: bool,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// The standard settings: order 1, all Jacobian entries up to 4096 and 8 random directions above, tolerance
    /// 1e-9 relative and 1e-10 absolute against finite differences, and a few roundings between the modes.
    pub fn new() -> Self {
        Self {
            order: 1,
            relative: 1e-9,
            absolute: 1e-10,
            directions: 8,
            all_entries: 4096,
            seed: 0,
            evidence: vec![Evidence::Differences, Evidence::Transpose, Evidence::Eager],
            may_vanish: false,
            find_culprit: true,
        }
    }

    /// Checks derivatives up to this order: gradients of random products with gradients.
    #[must_use]
    pub fn order(mut self, order: usize) -> Self {
        self.order = order.max(1);
        self
    }

    /// The error admitted against finite differences: `relative` of the number, plus `absolute` times the size of
    /// the function's value (or times 1, if that is smaller).
    #[must_use]
    pub fn tolerance(mut self, relative: f64, absolute: f64) -> Self {
        (self.relative, self.absolute) = (relative, absolute);
        self
    }

    /// How many random directions are compared where there are too many entries for all of them.
    #[must_use]
    pub fn directions(mut self, directions: usize) -> Self {
        self.directions = directions;
        self
    }

    /// Up to how many Jacobian entries are all compared; above, random directions.
    #[must_use]
    pub fn all_entries_up_to(mut self, entries: usize) -> Self {
        self.all_entries = entries;
        self
    }

    /// Where directions, seeds and weights are drawn from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Compares this evidence only.
    #[must_use]
    pub fn only(mut self, evidence: Evidence) -> Self {
        self.evidence = vec![evidence];
        self
    }

    /// Accepts a function whose gradient by some input is zero everywhere it is looked at; by default that fails,
    /// since such a check shows little.
    #[must_use]
    pub fn gradient_may_vanish(mut self) -> Self {
        self.may_vanish = true;
        self
    }

    /// Checks a function of one tensor.
    ///
    /// # Errors
    ///
    /// As [`check_gradients`].
    pub fn run(
        &self,
        f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>,
        x: &Tensor<f64>,
    ) -> Result<Report, Failure> {
        self.run_function(&|x| Ok(f(x[0])), std::slice::from_ref(x))
    }

    /// Checks a function of several tensors, given as a slice of variables.
    ///
    /// # Errors
    ///
    /// As [`check_gradients`].
    pub fn run_slice(
        &self,
        f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
        x: &[Tensor<f64>],
    ) -> Result<Report, Failure> {
        self.run_function(&|x| Ok(f(x)), x)
    }

    /// Checks `f`, and then a gradient that was derived by hand: `hand` returns one tensor per input.
    ///
    /// ```
    /// use wengert::{Checker, Tensor};
    /// // f = sum of x^2; a slip of the pen gives x in place of 2 x
    /// let wrong = |x: &[Tensor<f64>]| vec![x[0].clone()];
    /// let failure = Checker::new()
    ///     .against(|x| (x[0] * x[0]).sum(), wrong, &[Tensor::from([3.0, 4.0])])
    ///     .unwrap_err();
    /// assert!(failure.to_string().contains("hand-derived"));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`check_gradients`], with [`Evidence::HandDerived`] where the given gradient differs from the proven one;
    /// [`Failure::Engine`] if its number of tensors or their shapes are wrong.
    pub fn against(
        &self,
        f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
        hand: impl Fn(&[Tensor<f64>]) -> Vec<Tensor<f64>>,
        x: &[Tensor<f64>],
    ) -> Result<Report, Failure> {
        let mut report = self.run_function(&|x| Ok(f(x)), x)?;
        let tape = tape();
        let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let proven = f(&vars).try_backward(&vars)?;
        let given = hand(x);
        if given.len() != x.len() {
            return Err(Error::Arity {
                op: "hand-derived",
                given: given.len(),
                expected: "one gradient per input",
            })?;
        }
        let mut comparison = Comparison::new(1);
        for (input, (given, proven)) in given.iter().zip(&proven).enumerate() {
            let proven = proven.clone().unwrap_or_else(|| Tensor::zeros(x[input].shape()));
            if given.shape() != proven.shape() {
                let (given, expected) = (given.dims().into(), proven.dims().into());
                return Err(Error::CotangentShape {
                    op: "hand-derived",
                    what: "a gradient",
                    given,
                    expected,
                })?;
            }
            let scale = proven.max_abs().max(1.0);
            let tolerance = |expected: f64| self.relative * expected.abs() + self.absolute * scale;
            proven.shape().for_each_index(|ix| {
                let numbers = [given, &proven].map(|t| t.get(ix).expect("within the shape"));
                let place = Place { input, index: Some(ix), output: Some(&[]) };
                comparison.add(Evidence::HandDerived, place, numbers, tolerance(numbers[1]));
            });
        }
        report.absorb(comparison.finish(x, self.seed)?);
        Ok(report)
    }

    /// Checks a function that may fail, at every order asked for.
    pub(crate) fn run_function(&self, f: &Function<'_>, x: &[Tensor<f64>]) -> Result<Report, Failure> {
        let mut report = self.check_order(1, f, x).map_err(|e| self.blame(e, 1, f, x))?;
        if self.order > 1 {
            // s₁(x, u) = <u, f(x)>, then sₖ₊₁ = the sum of <wⱼ, ∂sₖ/∂zⱼ> over all inputs z = (x, u): a scalar whose
            // gradient holds every derivative of the next order, times random numbers.
            let value = value_of(f, x)?;
            let mut z = x.to_vec();
            z.push(self.key(0).normal::<f64>(value.shape()));
            for order in 2..=self.order {
                let higher = Higher { checker: self, f, order };
                let found = self.check_order(order, &|z| higher.call(z), &z);
                report.absorb(found.map_err(|e| self.blame(e, order, f, &z))?);
            }
        }
        Ok(report)
    }

    /// The checker used on a single op, which does not look for a culprit further down.
    fn local(&self, order: usize) -> Self {
        let evidence = vec![Evidence::Differences, Evidence::Transpose];
        Self { order, may_vanish: true, find_culprit: false, evidence, ..self.clone() }
    }

    fn key(&self, stream: u32) -> Key {
        Key::new(self.seed).stream(stream)
    }
}

/// The program whose gradient is compared at orders above one.
struct Higher<'a> {
    checker: &'a Checker,
    f: &'a Function<'a>,
    order: usize,
}

impl Higher<'_> {
    fn call<'t>(&self, z: &[Var<'t, f64>]) -> Result<Var<'t, f64>, Error> {
        let (u, x) =
            z.split_last().ok_or(Error::Arity { op: "check", given: 0, expected: "at least one operand" })?;
        let mut s = ((self.f)(x)? * *u).sum();
        for order in 2..=self.order {
            let gradients = s.try_grad(z)?;
            let terms = gradients.into_iter().enumerate().filter_map(|(k, g)| {
                let g = g?;
                let weight = self.checker.key((16 * order + k) as u32).normal::<f64>(g.shape());
                Some((g * g.tape().constant(weight)).sum())
            });
            s = terms.reduce(|a, b| a + b).unwrap_or_else(|| u.sum() * 0.0);
        }
        Ok(s)
    }
}

/// A tape for checks: one thread, so that many checks can run side by side.
pub(crate) fn tape() -> Tape<f64> {
    Tape::with_threads(Threads::one())
}

/// The value of `f`, without recording.
pub(crate) fn value_of(f: &Function<'_>, x: &[Tensor<f64>]) -> Result<Tensor<f64>, Error> {
    let tape = tape();
    // Leaves, not constants: `f` may itself ask for gradients.
    let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    Ok(f(&vars)?.value())
}
