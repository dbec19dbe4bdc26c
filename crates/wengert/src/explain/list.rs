//! The first part of an explanation: the lines that the loss depends on, and what they are called.

use super::expr::{Expr, Label};
use super::{Formula, Kind, Quantity, Row, words};
use crate::{Float, Op, Tape, Var, nodes::Node};
use wengert_kernels::program::Code;

/// The list, and where a line of the tape is in it.
pub(super) struct List {
    pub(super) rows: Vec<Row>,
    /// By line of the tape: what stands for its value in a formula.
    names: Vec<Option<Expr>>,
    /// By line of the tape: its row.
    pub(super) row: Vec<Option<usize>>,
}

impl List {
    /// What stands for the value of a line in a formula: its name, or the number that it is.
    pub(super) fn name(&self, id: u32) -> Expr {
        self.names.get(id as usize).cloned().flatten().unwrap_or(Expr::Lit(f64::NAN))
    }

    /// What a line is called; none of a number.
    pub(super) fn label(&self, id: u32) -> Option<Label> {
        self.row.get(id as usize).copied().flatten().map(|row| self.rows[row].label.clone())
    }

    /// Lists the lines that `loss` is computed from, and the inputs.
    pub(super) fn of<F: Float>(loss: Var<'_, F>, inputs: &[(&str, Var<'_, F>)], depends: &[bool]) -> Self {
        let nodes = loss.tape.nodes();
        let last = inputs.iter().map(|(_, x)| x.id).fold(loss.id, u32::max) as usize;
        let mut needed = vec![false; last + 1];
        needed[loss.id as usize] = true;
        inputs.iter().for_each(|(_, x)| needed[x.id as usize] = true);
        for id in (0..=last).rev() {
            if needed[id] {
                nodes[id].inputs.iter().for_each(|&i| needed[i as usize] = true);
            }
        }
        let mut list = Self { rows: Vec::new(), names: vec![None; last + 1], row: vec![None; last + 1] };
        let mut numbered = 0;
        for id in (0..=last).filter(|&id| needed[id]) {
            let node = &nodes[id];
            let given = inputs.iter().find(|(_, x)| x.id as usize == id).map(|&(name, _)| name);
            let is_number = |e: &Expr| matches!(e, Expr::Lit(_));
            let repeats = node.op.as_ref().is_none_or(|op| op.name() == "broadcast_to")
                && node.inputs.iter().all(|&i| list.names[i as usize].as_ref().is_some_and(is_number));
            let is_inline = given.is_none() && repeats && !node.tracked && id != loss.id as usize;
            if let Some(c) = node.value.uniform().filter(|_| is_inline) {
                list.names[id] = Some(Expr::Lit(c.to_f64()));
                continue;
            }
            let label = match given {
                Some(name) => Label::Given(name.into()),
                None => {
                    numbered += 1;
                    Label::Line(numbered)
                }
            };
            let kind = match (&node.op, given) {
                (None, Some(_)) => Kind::Input,
                (None, None) => Kind::Given,
                (Some(_), _) if node.tracked || !depends.get(id).copied().unwrap_or(false) => Kind::Computed,
                (Some(_), _) => Kind::Cut,
            };
            let x: Vec<Expr> = node.inputs.iter().map(|&i| list.name(i)).collect();
            let formula = node.op.as_ref().map(|op| formula(op, &x, &label, node));
            let at = format!("{}:{}", node.at.file(), node.at.line());
            list.names[id] = Some(Expr::Value(label.clone()));
            list.row[id] = Some(list.rows.len());
            list.rows.push(Row { label, kind, formula, value: Quantity::of(&node.value), at });
        }
        list
    }
}

/// Which lines have a value that depends on the inputs, whether or not a derivative follows it.
pub(super) fn dependent<F: Float>(tape: &Tape<F>, inputs: &[(&str, Var<'_, F>)], end: u32) -> Vec<bool> {
    let nodes = tape.nodes();
    let mut depends = vec![false; end as usize + 1];
    for (_, x) in inputs.iter().filter(|(_, x)| x.id <= end) {
        depends[x.id as usize] = true;
    }
    for id in 0..=end as usize {
        depends[id] |= nodes[id].inputs.iter().any(|&i| depends[i as usize]);
    }
    depends
}

/// How a line was computed, as one would write it.
fn formula<F: Float>(op: &Op<F>, x: &[Expr], label: &Label, node: &Node<F>) -> Formula {
    let code = match op.name() {
        "add" => Code::Add,
        "sub" => Code::Sub,
        "mul" | "chain" => Code::Mul,
        "div" => Code::Div,
        "neg" => Code::Neg,
        "square" => Code::PowI(2),
        "recip" => Code::PowI(-1),
        "pow" => Code::Pow,
        "exp" => Code::Exp,
        "sqrt" => Code::Sqrt,
        "abs" => Code::Abs,
        "alias" if node.tracked => Code::Copy,
        "alias" => return Formula::Tree(Expr::Call("detach", String::new(), x.into())),
        "powi" => match op {
            Op::Powi(op) => Code::PowI(op.n),
            _ => Code::Copy,
        },
        "matmul" => return Formula::Words(words::read("{0} {1}", label, label, x)),
        "compare" => return Formula::Tree(compared(&format!("{op:?}"), x)),
        name => return Formula::Tree(Expr::Call(name, attributes(op, node), x.into())),
    };
    Formula::Tree(Expr::Term(code, x.into()))
}

fn compared(relation: &str, x: &[Expr]) -> Expr {
    let [Some(a), Some(b)] = [x.first(), x.get(1)].map(Option::<&Expr>::cloned) else {
        return Expr::Lit(f64::NAN);
    };
    let (code, a, b, yes) = match relation {
        "Greater" => (Code::IfGt, a, b, 1.0),
        "GreaterEqual" => (Code::IfGe, a, b, 1.0),
        "Less" => (Code::IfGt, b, a, 1.0),
        "LessEqual" => (Code::IfGe, b, a, 1.0),
        "Equal" => (Code::IfEq, a, b, 1.0),
        _ => (Code::IfEq, a, b, 0.0),
    };
    Expr::Term(code, vec![a, b, Expr::Lit(yes), Expr::Lit(1.0 - yes)])
}

const LONG: usize = 60; // letters of attributes that a line has room for

/// What an op was told beside its operands, as its `Debug` says it, without what says nothing.
fn attributes<F: Float>(op: &Op<F>, node: &Node<F>) -> String {
    if let Some(picks) = op.picks() {
        return format!("axis {}", picks.axis);
    }
    if let Op::Permute(op) = op {
        return format!("axes {:?}", op.order());
    }
    let text = format!("{op:?}");
    let Some((_, inside)) = text.split_once(" { ") else { return String::new() };
    let mut inside = inside.trim_end_matches('}').trim().replace(": ", " ");
    for silent in ["keepdim false", "masked false", "reverse false"] {
        inside = inside.replace(&format!(", {silent}"), "").replace(silent, "");
    }
    if node.value.rank() == 0
        && let Some((_, after)) = inside.strip_prefix("axes [").and_then(|rest| rest.split_once(']'))
    {
        inside = after.trim_start_matches(", ").to_string();
    }
    if inside.len() > LONG { String::new() } else { inside }
}
