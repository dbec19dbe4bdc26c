//! Textbook derivations of the chain rule, held against independent evidence.
//!
//! First the expression itself is proven: reverse mode = forward mode = finite differences, entry by entry. Then the
//! gradient derived by hand is held against the proven one. Derivations that are right must pass; derivations and
//! rules with a planted mistake must fail, with a report that names the entry or the op. The exit status is 0 if so.
//!
//! ```text
//! cargo run --release --example verify_derivations
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;
use wengert::check::Failure;
use wengert::{CustomOp, Error, Line, Pullback, Shape, Tensor, Var, many};
use wengert_examples::derivations::{self, Derivation, Mistake};

fn main() -> ExitCode {
    println!("Derivations that are right:\n");
    let proven = derivations::textbook().iter().filter(|d| !is_proven(d)).count() == 0;
    println!("\nDerivations with a planted mistake, and what their reports say:\n");
    let caught = derivations::mistakes().iter().filter(|m| !is_caught(m)).count() == 0;
    println!("An op with a wrong rule, among ops that are right:\n");
    let blamed = culprit_is_named();
    if proven && caught && blamed {
        println!("\nEvery derivation is proven, every mistake is caught.");
        return ExitCode::SUCCESS;
    }
    println!("\nNot as it should be; see above.");
    ExitCode::FAILURE
}

fn is_proven(derivation: &Derivation) -> bool {
    let name = derivation.name;
    match derivation.check() {
        Ok(report) => {
            println!("  {name:<44} {report}");
            true
        }
        Err(failure) => {
            println!("  {name:<44} WRONG\n{}", indented(&failure));
            false
        }
    }
}

fn is_caught(mistake: &Mistake) -> bool {
    let Derivation { name, inputs, .. } = &mistake.derivation;
    let legend: Vec<_> = inputs.iter().enumerate().map(|(k, name)| format!("input {k} = {name}")).collect();
    println!("  {name} ({})", legend.join(", "));
    match mistake.derivation.check() {
        Ok(report) => {
            println!("  NOT CAUGHT: {report}\n");
            false
        }
        Err(failure) => {
            println!("{}\n", indented(&failure));
            mistake.is_pinned_down_by(&failure)
        }
    }
}

/// $y = x \, \sigma(x)$, with rules that forget the second term of $y' = \sigma(x) + x \, \sigma(x) (1 - \sigma(x))$.
struct Swish;

impl Swish {
    fn slope<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
        x.sigmoid()
    }
}

impl CustomOp<f64> for Swish {
    fn name(&self) -> &'static str {
        "swish"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        Ok(x[0].map(|x| x / (1.0 + (-x).exp())))
    }
    fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        [Some(ct * Self::slope(at.input(0)))].into()
    }
    fn jvp<'t>(&self, at: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        dx[0].map(|dx| dx * Self::slope(at.input(0)))
    }
}

fn gated<'t>([x, w]: [Var<'t, f64>; 2]) -> Var<'t, f64> {
    let hidden = x.matmul(w).tanh();
    let gate = hidden.tape().custom(Swish, &[hidden]); // the report names this line
    gate.exp().sum()
}

fn culprit_is_named() -> bool {
    let (x, w) = (Tensor::from([[0.4, -1.3]]), Tensor::from([[0.5, 1.0], [-0.2, 0.3]]));
    match many::check_gradients(gated, [&x, &w]) {
        Ok(report) => {
            println!("  NOT CAUGHT: {report}");
            false
        }
        Err(failure) => {
            println!("{}", indented(&failure));
            matches!(failure, Failure::Disagreement { culprit: Some(culprit), .. } if culprit.op == "swish")
        }
    }
}

fn indented(failure: &Failure) -> String {
    failure.to_string().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
