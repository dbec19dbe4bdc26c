//! An explanation as Markdown with LaTeX.

use super::print::Style;
use super::render::Render;
use super::{Explanation, Sent};
use std::fmt::Write as _;

/// Text within Markdown, where none of it is read as markup.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\`*_{}[]<>#|$~&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Explanation {
    /// The explanation as Markdown, with formulas in LaTeX between dollars.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.5);
    /// let text = x.tanh().explain(&[("x", x)]).to_markdown();
    /// assert!(text.contains(r"$$ \bar{x} = 1 - v_{1}^{2} = 0.786448 $$"), "{text}");
    /// ```
    pub fn to_markdown(&self) -> String {
        let r = Render { of: self, style: Style::Latex };
        let loss = &self.rows[self.loss];
        let names: Vec<String> =
            self.results.iter().map(|(row, _)| format!("${}$", r.value(&self.rows[*row].label))).collect();
        let mut out = format!(
            "The loss is ${} = {}$; its gradient by {}.\n\n**The list, in the order of evaluation**\n\n",
            r.value(&loss.label),
            r.quantity(&loss.value),
            names.join(", ")
        );
        out += if self.sources {
            "| line | value | | source |\n|---|---|---|---|\n"
        } else {
            "| line | value | |\n|---|---|---|\n"
        };
        for row in &self.rows {
            let _ = write!(
                out,
                "| ${}$ | ${}$ | {} |",
                r.equation(row),
                r.quantity(&row.value),
                Render::kind(row)
            );
            if self.sources {
                let _ = write!(out, " {} |", quoted(&row.at));
            }
            out.push('\n');
        }
        out += "\n**The adjoints, from the loss back**\n";
        for step in &self.steps {
            self.step_in_markdown(&r, step, &mut out);
        }
        out += "\n**The result**\n\n";
        for (row, adjoint) in &self.results {
            let row = &self.rows[*row];
            let _ = match r.result(row, adjoint.as_ref()) {
                Ok(equation) => writeln!(out, "$$ {equation} $$\n"),
                Err(words) => writeln!(out, "${}$: {words}.\n", r.value(&row.label)),
            };
        }
        out
    }

    fn step_in_markdown(&self, r: &Render<'_>, step: &super::Swept, out: &mut String) {
        let row = &self.rows[step.row];
        if step.row == self.loss {
            let _ = writeln!(
                out,
                "\n$$ {} = {} $$\n\nis the seed.",
                r.adjoint(&row.label),
                r.quantity(&step.adjoint)
            );
        } else if step.parts.len() > 1 {
            let (equation, words) = r.sum(&row.label, &step.parts, &step.adjoint);
            let _ = writeln!(out, "\nComplete, {}:\n\n$$ {equation} $$", words.unwrap_or_default());
        }
        if row.formula.is_none() || step.sent.is_empty() {
            return;
        }
        let _ = writeln!(out, "\nThrough ${}$:", r.equation(row));
        for sent in &step.sent {
            let c = r.contribution(step, sent);
            if let Some(local) = c.local {
                let _ = writeln!(out, "\n$$ {local} $$");
            }
            if matches!(sent, Sent::Part(_)) {
                let _ = writeln!(out, "\n$$ {} $$", c.sent);
            }
            if let Some(remark) = c.remark {
                let _ = writeln!(out, "\n({remark})");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::print::{escaped, upright};
    use super::*;

    #[test]
    fn names_cannot_end_a_formula_or_a_cell() {
        assert_eq!(escaped("a$b|c", Style::Latex), r"a\$b\vert c");
        assert_eq!(upright("a_b, $|"), r"\text{a}\_\text{b, }\$\vert ");
        assert_eq!(quoted("a_b|c"), r"a\_b\|c");
    }
}
