//! The second part of an explanation: the sweep from the loss back, as `reverse.rs` does it, taking notes.

use super::expr::{Expr, Label, times};
use super::list::{List, dependent};
use super::symbol::Formula as Traced;
use super::{Explanation, Formula, Part, Quantity, Sent, Swept, words};
use crate::{
    Error, Float, Line, Op, Shape, Tensor, Var,
    active::Recorded,
    nodes::NodeId,
    ops::{accumulate, shape_of_cotangent},
};

/// What one line sends, before it is known how many contributions each adjoint gets.
pub(crate) struct Pulled<F: Float> {
    pub(crate) sent: Vec<(NodeId, Option<Tensor<F>>)>,
    /// The pullback of ones: the local derivatives of an elementwise op.
    pub(crate) local: Vec<Option<Tensor<F>>>,
}

pub(super) fn explained<'t, F: Float>(
    loss: Var<'t, F>,
    inputs: &[(&str, Var<'t, F>)],
) -> Result<Explanation, Error> {
    let tape = loss.tape;
    tape.try_settle(loss.id)?;
    for (_, x) in inputs {
        tape.try_settle(x.id)?;
    }
    let vars: Vec<_> = inputs.iter().map(|&(_, x)| x).collect();
    let depends = dependent(tape, inputs, loss.id);
    let active = tape.active(&vars, loss.id);
    let list = List::of(loss, inputs, &depends);

    let mut ct: Vec<Option<Tensor<F>>> = vec![None; loss.id as usize + 1];
    let mut parts: Vec<Vec<Quantity>> = vec![Vec::new(); loss.id as usize + 1];
    ct[loss.id as usize] = Some(Tensor::full(loss.shape(), F::ONE));
    let mut steps = Vec::new();
    let mut targets: Vec<Vec<Option<NodeId>>> = Vec::new();
    for id in (0..=loss.id).rev().filter(|&id| active[id as usize]) {
        let (Some(y_bar), Some(row)) = (ct[id as usize].clone(), list.row[id as usize]) else { continue };
        let mut step = Swept { row, adjoint: Quantity::of(&y_bar), parts: Vec::new(), sent: Vec::new() };
        step.parts = std::mem::take(&mut parts[id as usize]);
        let mut to = Vec::new();
        if let Some(line) = tape.recorded(id) {
            let formulas = formulas(&line, loss, id, &list);
            let pulled = pull(&line, loss, id, &active, y_bar, formulas.iter().any(Option::is_some))?;
            let shapes: Vec<Shape> = line.inputs.iter().map(|&i| Var { tape, id: i }.shape()).collect();
            for (k, (input, x_bar)) in pulled.sent.into_iter().enumerate() {
                let Some(label) = list.label(input) else { continue };
                let wanted = active[input as usize];
                let sent = match x_bar {
                    Some(x_bar) if wanted => {
                        let amount = Quantity::of(&x_bar);
                        parts[input as usize].push(amount.clone());
                        accumulate(&mut ct[input as usize], x_bar, tape.threads());
                        let adjoint = if id == loss.id { Expr::Lit(1.0) } else { adjoint_of(&list, id) };
                        let local = formulas[k].clone().zip(pulled.local[k].as_ref().map(Quantity::of));
                        let formula = match &local {
                            Some((local, _)) => Formula::Tree(times(adjoint, local.clone())),
                            None => in_words(&line.op, k, &shapes, &list, id, &line.inputs),
                        };
                        let zero = amount.is_zero().then(|| reason(&step.adjoint, local.as_ref()));
                        to.push(Some(input));
                        let again = line.inputs.iter().filter(|&&i| i == input).count() > 1;
                        let operand = again.then_some(k);
                        Sent::Part(Part { to: label, operand, local, formula, amount, zero, of: 1 }.into())
                    }
                    _ if wanted => {
                        to.push(None);
                        let why = match line.op.locally_constant() {
                            Some(why) => why.to_string(),
                            None => format!("the rule of {} sends nothing here", line.op.name()),
                        };
                        Sent::Nothing { to: label, why }
                    }
                    _ if depends[input as usize] => {
                        to.push(None);
                        Sent::Nothing { to: label, why: cut(tape.nodes()[input as usize].op.as_ref()).into() }
                    }
                    _ => continue,
                };
                step.sent.push(sent);
            }
        }
        steps.push(step);
        targets.push(to);
    }
    count(&mut steps, &targets);
    let row = |id: NodeId| list.row[id as usize].unwrap_or(0);
    let adjoint = |x: Var<'_, F>| ct.get(x.id as usize).and_then(|t| t.as_ref()).map(Quantity::of);
    let results = vars.iter().map(|&x| (row(x.id), adjoint(x))).collect();
    Ok(Explanation { loss: row(loss.id), steps, results, sources: true, rows: list.rows })
}

fn adjoint_of(list: &List, id: NodeId) -> Expr {
    list.label(id).map_or(Expr::Lit(f64::NAN), Expr::Adjoint)
}

/// Notes at every contribution how many there are to the same adjoint.
fn count(steps: &mut [Swept], targets: &[Vec<Option<NodeId>>]) {
    let mut counts = std::collections::BTreeMap::<NodeId, usize>::new();
    for input in targets.iter().flatten().flatten() {
        *counts.entry(*input).or_default() += 1;
    }
    for (step, targets) in steps.iter_mut().zip(targets) {
        for (sent, input) in step.sent.iter_mut().zip(targets) {
            if let (Sent::Part(part), Some(input)) = (sent, input) {
                part.of = counts[input];
            }
        }
    }
}

/// The local derivatives of an elementwise op, at the values that its operands have.
fn formulas<F: Float>(line: &Recorded<F>, loss: Var<'_, F>, id: NodeId, list: &List) -> Vec<Option<Expr>> {
    let (tape, arity) = (loss.tape, line.inputs.len());
    let traced: Vec<Option<Traced>> =
        (0..arity).map(|k| Traced::of(arity, &|x, y| line.op.partial(k, x, y))).collect();
    if traced.iter().all(Option::is_none) {
        return vec![None; arity];
    }
    let all: Vec<NodeId> = line.inputs.iter().copied().chain([id]).collect();
    let names: Vec<Expr> = all.iter().map(|&i| list.name(i)).collect();
    let nodes = tape.nodes();
    let values: Vec<Vec<f64>> = all
        .iter()
        .map(|&i| {
            let value = &nodes[i as usize].value;
            value.uniform().map_or_else(|| value.cast::<f64>().to_vec(), |c| vec![c.to_f64()])
        })
        .collect();
    traced.iter().map(|t| t.as_ref().map(|t| t.at(&names, &values))).collect()
}

/// Runs the rule of a line on plain tensors, and once more on ones if its local derivatives are wanted.
pub(crate) fn pull<F: Float>(
    line: &Recorded<F>,
    loss: Var<'_, F>,
    id: NodeId,
    active: &[bool],
    y_bar: Tensor<F>,
    elementwise: bool,
) -> Result<Pulled<F>, Error> {
    let tape = loss.tape;
    let (at, end) = (Line::new(tape, id, &line.inputs, active), tape.len());
    let run = |ct: Tensor<F>| {
        let found = tape.on_behalf_of(line.at, || {
            let mut found = vec![None; line.inputs.len()];
            for (k, x_bar) in F::vjp(&line.op, &at, tape.constant(ct))?.wanted(&at) {
                shape_of_cotangent(line.op.name(), "a cotangent", x_bar.shape(), at.input(k).shape())?;
                tape.try_settle(x_bar.id)?;
                found[k] = Some(x_bar.tensor());
            }
            Ok(found)
        });
        tape.truncate(end);
        found
    };
    let ones = Tensor::full([], F::ONE).broadcast_view(y_bar.shape());
    let sent = run(y_bar)?;
    let local = if elementwise { run(ones)? } else { vec![None; line.inputs.len()] };
    Ok(Pulled { sent: line.inputs.iter().copied().zip(sent).collect(), local })
}

fn in_words<F: Float>(
    op: &Op<F>,
    k: usize,
    shapes: &[Shape],
    list: &List,
    id: NodeId,
    inputs: &[NodeId],
) -> Formula {
    let y = list.label(id).unwrap_or(Label::Line(0));
    let x: Vec<Expr> = inputs.iter().map(|&i| list.name(i)).collect();
    // A number has no axes to repeat anything over.
    let sentence = op.pullback_in_words(k, shapes).replace(", repeated over axes []", "");
    Formula::Words(words::read(&sentence.replace(" repeated over axes []", ""), &y, &y, &x))
}

fn reason(adjoint: &Quantity, local: Option<&(Expr, Quantity)>) -> &'static str {
    match local {
        _ if adjoint.is_zero() => "zero, because a zero arrives from above",
        Some((_, local)) if local.is_zero() => "zero, because the local derivative is zero here",
        _ => "zero",
    }
}

/// Why no derivative flows into a line whose value depends on the inputs.
fn cut<F: Float>(op: Option<&Op<F>>) -> &'static str {
    match op {
        Some(op) if op.name() == "alias" => "it is detached, and its value counts as a constant",
        _ => "it was computed without recording or from detached values, and counts as a constant",
    }
}
