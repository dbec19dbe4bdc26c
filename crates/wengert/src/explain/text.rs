//! An explanation as plain text.

use super::Explanation;
use super::print::Style;
use super::render::Render;
use std::fmt;

impl fmt::Display for Explanation {
    /// The list, the sweep and the result, under a heading each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let r = Render { of: self, style: Style::Text };
        let loss = &self.rows[self.loss];
        let names: Vec<String> =
            self.results.iter().map(|(row, _)| r.value(&self.rows[*row].label)).collect();
        writeln!(
            f,
            "The loss {} = {} and its gradient by {}",
            r.value(&loss.label),
            loss.value,
            names.join(", ")
        )?;
        writeln!(f, "\n1. The list, in the order of evaluation\n")?;
        let lines: Vec<[String; 2]> = self
            .rows
            .iter()
            .map(|row| {
                let mut text = format!("{} = {}", r.equation(row), row.value);
                let kind = Render::kind(row);
                if !kind.is_empty() {
                    text += &format!("  ({kind})");
                }
                [text, row.at.clone()]
            })
            .collect();
        let width =
            lines.iter().map(|[text, _]| text.chars().count()).filter(|&n| n <= 60).max().unwrap_or(0);
        for [text, at] in &lines {
            let pad = width.saturating_sub(text.chars().count());
            if self.sources { writeln!(f, "  {text}{:pad$}   {at}", "")? } else { writeln!(f, "  {text}")? }
        }
        writeln!(f, "\n2. The adjoints, from the loss back\n")?;
        for step in &self.steps {
            let row = &self.rows[step.row];
            if step.row == self.loss {
                writeln!(f, "  {} = {}, the seed", r.adjoint(&row.label), step.adjoint)?;
            } else if step.parts.len() > 1 {
                let (equation, words) = r.sum(&row.label, &step.parts, &step.adjoint);
                writeln!(f, "  {equation}, {}", words.unwrap_or_default())?;
            }
            if row.formula.is_some() && !step.sent.is_empty() {
                writeln!(f, "  {}", r.equation(row))?;
            }
            for sent in &step.sent {
                let c = r.contribution(step, sent);
                if let Some(local) = c.local {
                    writeln!(f, "    {local}")?;
                }
                match (c.sent.is_empty(), c.remark) {
                    (true, remark) => writeln!(f, "    {}", remark.unwrap_or_default())?,
                    (false, Some(remark)) => writeln!(f, "    {}   ({remark})", c.sent)?,
                    (false, None) => writeln!(f, "    {}", c.sent)?,
                }
            }
        }
        writeln!(f, "\n3. The result\n")?;
        for (row, adjoint) in &self.results {
            let row = &self.rows[*row];
            match r.result(row, adjoint.as_ref()) {
                Ok(equation) => writeln!(f, "  {equation}")?,
                Err(words) => writeln!(f, "  {}: {words}", r.value(&row.label))?,
            }
        }
        Ok(())
    }
}
