//! Chain-rule derivations as textbooks give them: an expression, and beside it its gradient derived by hand.
//!
//! The expressions are code over [`Var`]; the gradients are plain tensor code, formula by formula. Matrices hold one
//! sample a row, so a layer is $z = x W + b$ with $x$ `[batch, in]` and $W$ `[in, out]`.

pub mod batch_norm;
pub mod dense;
pub mod softmax;

use wengert::check::{Failure, Report};
use wengert::{Checker, Tensor, Var};

type Matrix = Tensor<f64>;

/// An expression, its gradient derived by hand, and a point to compare them at.
pub struct Derivation {
    /// What is derived.
    pub name: &'static str,
    /// The names of the inputs, in their order.
    pub inputs: Vec<&'static str>,
    check: Box<dyn Fn() -> Result<Report, Failure>>,
}

impl Derivation {
    fn new<const N: usize>(
        name: &'static str,
        expression: for<'t> fn([Var<'t, f64>; N]) -> Var<'t, f64>,
        by_hand: fn([&Matrix; N]) -> [Matrix; N],
        inputs: [(&'static str, Matrix); N],
    ) -> Self {
        let (inputs, point): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let check = move || {
            Checker::new().against(
                |x| expression(std::array::from_fn(|k| x[k])),
                |x| by_hand(std::array::from_fn(|k| &x[k])).to_vec(),
                &point,
            )
        };
        Self { name, inputs, check: Box::new(check) }
    }

    /// Holds the hand-derived gradient against the proven one.
    ///
    /// # Errors
    ///
    /// [`Failure`] if they differ; its text names the inputs and entries.
    pub fn check(&self) -> Result<Report, Failure> {
        (self.check)()
    }
}

/// A derivation with a mistake in it, and the entries that the mistake spoils.
pub struct Mistake {
    /// The derivation.
    pub derivation: Derivation,
    /// Whether the mistake spoils this entry of this input.
    pub spoils: fn(usize, &[usize]) -> bool,
}

impl Mistake {
    /// Whether every entry that a failed check names is one that the mistake spoils.
    pub fn is_pinned_down_by(&self, failure: &Failure) -> bool {
        let Failure::Disagreement { mismatches, .. } = failure else { return false };
        mismatches.iter().all(|m| m.index.as_ref().is_some_and(|index| (self.spoils)(m.input, index)))
    }
}

/// The derivations that are right.
pub fn textbook() -> Vec<Derivation> {
    vec![
        dense::sigmoid(),
        dense::relu(),
        softmax::cross_entropy(),
        batch_norm::given_statistics(),
        batch_norm::batch_norm(),
    ]
}

/// The derivations with a planted mistake.
pub fn mistakes() -> Vec<Mistake> {
    vec![dense::relu_without_bias(), batch_norm::without_the_mean()]
}

fn matmul(a: &Matrix, b: &Matrix) -> Matrix {
    let (rows, inner, columns) = (a.dims()[0], a.dims()[1], b.dims()[1]);
    Tensor::from_fn([rows, columns], |ix| (0..inner).map(|k| a[[ix[0], k]] * b[[k, ix[1]]]).sum())
}

fn transposed(a: &Matrix) -> Matrix {
    a.transpose(0, 1)
}

/// The sum over the batch: `[batch, n]` to `[n]`.
fn over_batch(a: &Matrix) -> Matrix {
    Tensor::from_fn([a.dims()[1]], |ix| (0..a.dims()[0]).map(|row| a[[row, ix[0]]]).sum())
}
