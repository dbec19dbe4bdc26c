//! A derivation by hand, held against the engine's, from the loss back: where the first wrong factor came in.

use super::finding::{Finding, Part, Reached, finding};
use super::list::{List, dependent};
use super::{Quantity, check, render::equation, sweep::pull};
use crate::{Error, Float, Tensor, Var, error::or_panic, nodes::NodeId, ops::accumulate};
use std::fmt;

/// One adjoint of a derivation by hand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// The name given.
    pub name: String,
    /// What is wrong with it.
    pub finding: Finding,
    /// How its variable was computed.
    pub line: String,
    /// The lines that use its variable and that its adjoint comes from.
    pub from: Vec<String>,
    /// Where its variable was recorded.
    pub at: String,
    /// The adjoint given.
    pub given: Quantity,
    /// The right one; none if the loss does not depend on the variable.
    pub expected: Option<Quantity>,
}

/// A derivation by hand beside the engine's: its adjoints in the order of the sweep, from the loss back.
#[derive(Clone, Debug)]
pub struct Comparison {
    steps: Vec<Step>,
}

impl Comparison {
    /// All steps, the one next to the loss first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The first step that is wrong; those after it may be wrong because of it.
    pub fn first_wrong(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.finding != Finding::Agrees)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for Step { name, finding, line, from, at, given, expected } in &self.steps {
            writeln!(f, "the adjoint of {name} {finding}")?;
            if *finding == Finding::Agrees {
                continue;
            }
            writeln!(f, "    given    {given}")?;
            match expected {
                Some(expected) => writeln!(f, "    expected {expected}")?,
                None => writeln!(f, "    expected nothing")?,
            }
            if std::mem::take(&mut is_first) {
                writeln!(f, "    the first that is wrong, of {line}, recorded at {at}")?;
                for from in from {
                    writeln!(f, "    it comes from {from}")?;
                }
            } else {
                writeln!(f, "    it may follow from what is wrong above")?;
            }
        }
        Ok(())
    }
}

/// Holds adjoints that were derived by hand against the engine's, from the loss back.
///
/// Each step is a name, a variable and the loss's derivative by it, all paths counted. Numbers agree if they differ by
/// less than the square root of the type's precision, relative to the largest element.
///
/// ```
/// use wengert::explain::{Finding, compare};
/// use wengert::prelude::*;
///
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([1.0, 2.0]);
/// let h = x * x;
/// let loss = h.exp().sum();
/// let by_hand = [("h", h, h.exp().value()), ("x", x, h.exp().value())]; // the factor 2 x is forgotten
/// let found = compare(loss, &by_hand);
/// let step = found.first_wrong().expect("a mistake");
/// assert_eq!(step.name, "x");
/// assert!(found.to_string().starts_with("the adjoint of h agrees\nthe adjoint of x is wrong at 2 of 2 elements"));
/// assert!(found.to_string().contains("it comes from h = x ⊙ x"));
/// ```
///
/// # Panics
///
/// Where [`try_compare`] fails.
#[track_caller]
pub fn compare<'t, F: Float>(loss: Var<'t, F>, steps: &[(&str, Var<'t, F>, Tensor<F>)]) -> Comparison {
    or_panic(try_compare(loss, steps))
}

/// As [`compare`].
///
/// # Errors
///
/// As [`Var::try_explain`]; an adjoint of the wrong shape is a [`Finding`] and no error.
pub fn try_compare<'t, F: Float>(
    loss: Var<'t, F>,
    steps: &[(&str, Var<'t, F>, Tensor<F>)],
) -> Result<Comparison, Error> {
    let inputs: Vec<(&str, Var<'t, F>)> = steps.iter().map(|&(name, x, _)| (name, x)).collect();
    check("compare", loss, &inputs)?;
    let tape = loss.tape;
    tape.try_settle(loss.id)?;
    for (_, x) in &inputs {
        tape.try_settle(x.id)?;
    }
    let list = List::of(loss, &inputs, &dependent(tape, &inputs, loss.id));
    let reached = reached(loss, &inputs)?;
    let line_of =
        |id: NodeId| list.row[id as usize].map_or_else(String::new, |row| equation(&list.rows[row]));
    let mut found: Vec<(NodeId, Step)> = Vec::new();
    for ((name, x, given), reached) in steps.iter().zip(&reached) {
        let from = reached.parts.iter().map(|p| line_of(p.from)).collect();
        let finding = finding(given, x.shape(), reached, tape.threads(), &line_of);
        found.push((
            x.id,
            Step {
                name: (*name).into(),
                finding,
                line: line_of(x.id),
                from,
                at: x.recorded_at().to_string(),
                given: Quantity::of(given),
                expected: reached.sum.as_ref().map(Quantity::of),
            },
        ));
    }
    found.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    Ok(Comparison { steps: found.into_iter().map(|(_, step)| step).collect() })
}

/// The sweep, with what it brings to each of these variables.
fn reached<F: Float>(loss: Var<'_, F>, inputs: &[(&str, Var<'_, F>)]) -> Result<Vec<Reached<F>>, Error> {
    let tape = loss.tape;
    let vars: Vec<_> = inputs.iter().map(|&(_, x)| x).collect();
    let active = tape.active(&vars, loss.id);
    let mut found: Vec<Reached<F>> =
        inputs.iter().map(|_| Reached { sum: None, parts: Vec::new() }).collect();
    let mut ct: Vec<Option<Tensor<F>>> = vec![None; loss.id as usize + 1];
    ct[loss.id as usize] = Some(Tensor::full(loss.shape(), F::ONE));
    for id in (0..=loss.id).rev().filter(|&id| active[id as usize]) {
        let Some(adjoint) = ct[id as usize].take() else { continue };
        if let Some(k) = vars.iter().position(|v| v.id == id) {
            found[k].sum = Some(adjoint.clone());
        }
        let Some(line) = tape.recorded(id) else { continue };
        let wanted = line.inputs.iter().any(|i| vars.iter().any(|v| v.id == *i));
        let pulled = pull(&line, loss, id, &active, adjoint.clone(), wanted && line.op.is_traced())?;
        for ((input, amount), local) in pulled.sent.into_iter().zip(pulled.local) {
            let Some(amount) = amount else { continue };
            if let Some(k) = vars.iter().position(|v| v.id == input) {
                let (adjoint, amount) = (adjoint.clone(), amount.clone());
                found[k].parts.push(Part { from: id, adjoint, local, amount });
            }
            accumulate(&mut ct[input as usize], amount, tape.threads());
        }
    }
    Ok(found)
}
