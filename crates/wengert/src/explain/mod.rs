//! Derivations: what a recorded expression computes and how its gradient comes about, as a person would write it down.
//!
//! An [`Explanation`] has three parts: the Wengert list of the lines that the loss depends on; the sweep from the loss
//! back, with every local derivative as a formula and as numbers; and what arrives at each input. It is plain text by
//! [`Display`](std::fmt::Display), Markdown with LaTeX by [`Explanation::to_markdown`], and a page of HTML by
//! [`Explanation::to_html`].
//!
//! Elementwise ops explain themselves: the formula of their partial derivative, which kernels and rules run, is here
//! run on symbols ([`Symbol`]). Other ops say in words what their rule does.
//!
//! ```
//! use wengert::prelude::*;
//!
//! let tape = Tape::<f64>::new();
//! let (x, w) = (tape.leaf(0.5), tape.leaf(2.0));
//! let y = (w * x).tanh();
//! let text = y.explain(&[("x", x), ("w", w)]).to_string();
//! assert!(text.contains("v1 = w · x = 1"));
//! assert!(text.contains("∂v2/∂v1 = 1 - v2² = 0.419974"));
//! assert!(text.contains("x̄ = v̄1 · w = 0.419974 · 2 = 0.839949"));
//! ```
//!
//! [`compare`] takes the adjoints that somebody derived by hand and says where, from the loss back, the first wrong
//! factor came in.

mod compare;
mod expr;
mod finding;
mod html;
mod list;
mod markdown;
mod number;
mod print;
mod render;
mod sweep;
mod symbol;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use compare::{Comparison, Step, compare, try_compare};
pub use finding::Finding;
pub use number::Quantity;
pub use symbol::Symbol;

use crate::{Error, Float, Var, error::or_panic};
pub(crate) use sweep::pull;

use expr::{Expr, Label};
use words::Piece;

/// Whether a rule over this many operands writes down a formula.
pub(crate) fn is_formula(arity: usize, rule: &symbol::Rule<'_>) -> bool {
    symbol::Formula::of(arity, rule).is_some()
}

/// A formula, or a sentence.
#[derive(Clone, Debug, PartialEq)]
enum Formula {
    Tree(Expr),
    Words(Vec<Piece>),
}

/// What a line of the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Asked about, and given.
    Input,
    /// Given, and not asked about.
    Given,
    /// Computed from lines before it.
    Computed,
    /// Computed, but no derivative flows back through it.
    Cut,
}

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    label: Label,
    kind: Kind,
    /// How it was computed; nothing for what was given.
    formula: Option<Formula>,
    value: Quantity,
    at: String,
}

/// What one line sends to one of its operands.
#[derive(Clone, Debug)]
enum Sent {
    /// A contribution to its adjoint.
    Part(Box<Part>),
    /// Nothing, and why.
    Nothing { to: Label, why: String },
}

/// A contribution to an adjoint.
#[derive(Clone, Debug)]
struct Part {
    to: Label,
    /// Which operand it is, where the line has the same value for several.
    operand: Option<usize>,
    /// The local derivative as a formula and in numbers, of an elementwise op.
    local: Option<(Expr, Quantity)>,
    formula: Formula,
    amount: Quantity,
    /// Why it is zero, where it is.
    zero: Option<&'static str>,
    /// How many contributions that adjoint gets in all.
    of: usize,
}

/// One step of the sweep: the adjoint of a line is complete, and the line sends its share on.
#[derive(Clone, Debug)]
struct Swept {
    /// The position in the list.
    row: usize,
    adjoint: Quantity,
    /// The contributions that add up to the adjoint; none at the loss.
    parts: Vec<Quantity>,
    sent: Vec<Sent>,
}

/// A derivation: the list, the sweep over it, and the result for each input.
///
/// It holds plain numbers and text, and no part of the tape. Numbers of `f32` are shown as such.
#[derive(Clone, Debug)]
pub struct Explanation {
    rows: Vec<Row>,
    steps: Vec<Swept>,
    /// The row of the loss.
    loss: usize,
    /// Each input: its row, and its adjoint if the loss depends on it.
    results: Vec<(usize, Option<Quantity>)>,
    sources: bool,
}

impl Explanation {
    /// The same without the places in the source where lines were recorded.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// let e = (x * x).explain(&[("x", x)]);
    /// assert!(e.to_string().contains(".rs:") && !e.without_sources().to_string().contains(".rs:"));
    /// ```
    #[must_use]
    pub fn without_sources(mut self) -> Self {
        self.sources = false;
        self
    }

    /// The gradient of an input by its name; none if the loss does not depend on it or no input has that name.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let e = (x * x).sum().explain(&[("x", x)]);
    /// assert_eq!(e.gradient("x").and_then(|g| g.elements()), Some(&[2.0, 4.0][..]));
    /// ```
    pub fn gradient(&self, name: &str) -> Option<&Quantity> {
        let is_it = |row: usize| self.rows[row].label == Label::Given(name.into());
        self.results.iter().find(|(row, _)| is_it(*row)).and_then(|(_, adjoint)| adjoint.as_ref())
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// How the gradient of this scalar by the named inputs comes about; see [`crate::explain`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(3.0);
    /// let text = (x * x + x).explain(&[("x", x)]).to_string();
    /// assert!(text.contains("x̄ = 1 + 3 + 3 = 7, the sum of 3 contributions"), "{text}");
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Var::try_explain`] fails.
    #[track_caller]
    pub fn explain(self, inputs: &[(&str, Var<'t, F>)]) -> Explanation {
        or_panic(self.try_explain(inputs))
    }

    /// As [`Var::explain`].
    ///
    /// # Errors
    ///
    /// [`Error::NotScalar`]; [`Error::Untracked`] (a constant among the inputs); [`Error::DifferentTapes`];
    /// [`Error::Arity`] without inputs; [`Error::Attribute`] for a name that is empty, given twice or of the form
    /// `v1`, which is what lines without a name are called; and what a [`CustomOp`](crate::CustomOp) gets wrong.
    pub fn try_explain(self, inputs: &[(&str, Var<'t, F>)]) -> Result<Explanation, Error> {
        check("explain", self, inputs)?;
        sweep::explained(self, inputs)
    }
}

/// Refuses what cannot be explained, by name of the function called.
fn check<'t, F: Float>(
    op: &'static str,
    loss: Var<'t, F>,
    inputs: &[(&str, Var<'t, F>)],
) -> Result<(), Error> {
    if inputs.is_empty() {
        return Err(Error::Arity { op, given: 0, expected: "at least one input" });
    }
    if loss.shape().len() != 1 {
        return Err(Error::NotScalar { op, shape: loss.shape().dims().into() });
    }
    let vars: Vec<_> = inputs.iter().map(|&(_, x)| x).collect();
    loss.tape.check_wrt(op, &vars)?;
    let names: Vec<&str> = inputs.iter().map(|&(name, _)| name).collect();
    check_names(op, &names)?;
    match (1..vars.len()).find(|&k| vars[..k].iter().any(|v| v.id == vars[k].id)) {
        Some(k) => Err(Error::Attribute {
            op,
            name: "input",
            given: names[k].into(),
            expected: "each variable once",
        }),
        None => Ok(()),
    }
}

/// Refuses names that would make an explanation ambiguous.
fn check_names(op: &'static str, names: &[&str]) -> Result<(), Error> {
    for (k, name) in names.iter().enumerate() {
        let digits = name.strip_prefix('v').unwrap_or("");
        let numbered = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        let expected = if name.trim().is_empty() || name.chars().any(char::is_control) {
            "a name that can be printed"
        } else if numbered {
            "a name other than v1, v2 and so on, which lines without a name have"
        } else if names[..k].contains(name) {
            "a name of its own for each variable"
        } else {
            continue;
        };
        return Err(Error::Attribute { op, name: "name", given: (*name).into(), expected });
    }
    Ok(())
}
