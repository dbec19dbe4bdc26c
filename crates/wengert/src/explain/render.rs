//! What the three ways of writing share: rows, steps and results as strings of a style.

use super::expr::{Expr, Label};
use super::markdown::quoted;
use super::print::{Printer, Style, escaped, label, upright, written};
use super::{Explanation, Formula, Kind, Part, Quantity, Row, Sent, Swept, words};
use crate::explain::number::number;

const WRITTEN: usize = 4; // elements up to which a product is written out in numbers
const SHOWN: usize = 4; // contributions that are written out as a sum

/// One contribution, written.
pub(super) struct Contribution {
    /// The local derivative: what it is of, formula, numbers; not of 1 and -1.
    pub(super) local: Option<String>,
    /// What is sent, as an equation.
    pub(super) sent: String,
    /// A remark in words.
    pub(super) remark: Option<String>,
}

/// Equations in one style.
pub(super) struct Render<'e> {
    pub(super) of: &'e Explanation,
    pub(super) style: Style,
}

impl Render<'_> {
    pub(super) fn quantity(&self, q: &Quantity) -> String {
        match self.style {
            Style::Latex => q.written(&|x| plain(x, Style::Latex), &upright),
            style => escaped(&q.to_string(), style),
        }
    }

    fn printer(&self, tensors: bool) -> Printer {
        Printer { style: self.style, tensors }
    }

    pub(super) fn value(&self, of: &Label) -> String {
        label(of, false, self.style)
    }

    pub(super) fn adjoint(&self, of: &Label) -> String {
        label(of, true, self.style)
    }

    fn formula(&self, f: &Formula, tensors: bool) -> String {
        match f {
            Formula::Tree(e) => self.printer(tensors).print(e),
            Formula::Words(pieces) => words::print(pieces, self.printer(tensors)),
        }
    }

    fn partial(&self, of: &Label, by: &Label) -> String {
        let (of, by) = (self.value(of), self.value(by));
        match self.style {
            Style::Latex => format!(r"\frac{{\partial {of}}}{{\partial {by}}}"),
            _ => format!("∂{of}/∂{by}"),
        }
    }

    /// How a row was computed, as an equation without its value.
    pub(super) fn equation(&self, row: &Row) -> String {
        let name = self.value(&row.label);
        match &row.formula {
            Some(f) => format!("{name} = {}", self.formula(f, row.value.shape().rank() > 0)),
            None => name,
        }
    }

    /// What a contribution says.
    pub(super) fn contribution(&self, step: &Swept, sent: &Sent) -> Contribution {
        match sent {
            Sent::Nothing { to, why } => {
                let name = self.value(to);
                let remark = match self.style {
                    Style::Latex => format!("nothing to ${name}$: {}", quoted(why)),
                    style => format!("nothing to {name}: {}", escaped(why, style)),
                };
                Contribution { local: None, sent: String::new(), remark: Some(remark) }
            }
            Sent::Part(part) => self.part(step, part),
        }
    }

    fn part(&self, step: &Swept, part: &Part) -> Contribution {
        let Part { to, operand, local, formula, amount, zero, of } = part;

        let from = &self.of.rows[step.row].label;
        let tensors = amount.shape().rank() > 0;
        let trivial = |e: &Expr| matches!(e, Expr::Lit(c) if c.abs() == 1.0);
        let written = local.as_ref().filter(|(e, _)| !trivial(e)).map(|(e, numbers)| {
            let mut text = format!("{} = {}", self.partial(from, to), self.printer(tensors).print(e));
            if !matches!(e, Expr::Lit(_)) {
                text += &format!(" = {}", self.quantity(numbers));
            }
            text
        });
        let adds = match (*of > 1, self.style) {
            (false, _) => "=",
            (true, Style::Latex) => r"\mathrel{+}=",
            (true, _) => "+=",
        };
        let mut text = format!("{} {adds} {}", self.adjoint(to), self.formula(formula, tensors));
        let is_number = matches!(formula, Formula::Tree(Expr::Lit(_)));
        let is_seed = step.row == self.of.loss;
        let product = local
            .as_ref()
            .filter(|(e, _)| !trivial(e) && !is_seed && (1..=WRITTEN).contains(&amount.shape().len()));
        if let Some((_, numbers)) = product {
            text += &format!(" = {}", self.product(&step.adjoint, numbers, tensors));
        }
        if !is_number || tensors {
            text += &format!(" = {}", self.quantity(amount));
        }
        let operand = operand.map(|k| format!("through operand {k}"));
        let remarks: Vec<String> = operand.into_iter().chain(zero.map(String::from)).collect();
        let remark = (!remarks.is_empty()).then(|| remarks.join("; "));
        Contribution { local: written, sent: text, remark }
    }

    fn product(&self, a: &Quantity, b: &Quantity, tensors: bool) -> String {
        let sign = match (self.style, tensors) {
            (Style::Latex, false) => r" \cdot ",
            (Style::Latex, true) => r" \odot ",
            (_, false) => " · ",
            (_, true) => " ⊙ ",
        };
        let factor = |q: &Quantity, first: bool| {
            let text = self.quantity(q);
            match self.style {
                _ if first || !text.starts_with('-') => text,
                _ => format!("({text})"),
            }
        };
        format!("{}{sign}{}", factor(a, true), factor(b, false))
    }

    /// An adjoint as the sum of its contributions; what it is the sum of, in words.
    pub(super) fn sum(&self, of: &Label, parts: &[Quantity], total: &Quantity) -> (String, Option<String>) {
        let name = self.adjoint(of);
        let total = self.quantity(total);
        let count = parts.len();
        if count < 2 {
            return (format!("{name} = {total}"), None);
        }
        let words = Some(format!("the sum of {count} contributions"));
        if count > SHOWN || parts.iter().any(|p| !p.is_small()) {
            return (format!("{name} = {total}"), words);
        }
        let mut text = String::new();
        for (k, part) in parts.iter().map(|p| self.quantity(p)).enumerate() {
            match part.strip_prefix('-') {
                Some(positive) if k > 0 => text += &format!(" - {positive}"),
                _ if k > 0 => text += &format!(" + {part}"),
                _ => text += &part,
            }
        }
        (format!("{name} = {text} = {total}"), words)
    }

    /// What an input is told at the end: an equation, or words.
    pub(super) fn result(&self, row: &Row, adjoint: Option<&Quantity>) -> Result<String, String> {
        let loss = &self.of.rows[self.of.loss].label;
        match adjoint {
            Some(total) => Ok(format!(
                "{} = {} = {}",
                self.adjoint(&row.label),
                self.partial(loss, &row.label),
                self.quantity(total)
            )),
            None => {
                Err("no gradient, which is not a zero: the loss does not depend on it where derivatives flow"
                    .into())
            }
        }
    }

    /// What a row is, in a word or two.
    pub(super) fn kind(row: &Row) -> &'static str {
        match row.kind {
            Kind::Input => "input",
            Kind::Given => "given",
            Kind::Computed => "",
            Kind::Cut => "counts as a constant",
        }
    }
}

/// How a row was computed, as plain text.
pub(super) fn equation(row: &Row) -> String {
    let name = label(&row.label, false, Style::Text);
    let printer = Printer { style: Style::Text, tensors: row.value.shape().rank() > 0 };
    match &row.formula {
        Some(Formula::Tree(e)) => format!("{name} = {}", printer.print(e)),
        Some(Formula::Words(pieces)) => format!("{name} = {}", words::print(pieces, printer)),
        None => name,
    }
}

fn plain(x: f64, style: Style) -> String {
    // a value that happens to be near a known constant is still written as a number
    if style == Style::Latex && number(x).contains('e') {
        written(x, style)
    } else {
        let text = number(x);
        if style == Style::Latex {
            text.replace('∞', r"\infty").replace("NaN", r"\text{NaN}")
        } else {
            text
        }
    }
}
