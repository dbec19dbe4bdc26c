//! A report as text.

use super::{GradientReport, Reach};
use std::fmt;

/// A number in a column.
fn number(x: Option<f64>) -> String {
    match x {
        Some(x) if x.is_nan() => "NaN".into(),
        Some(x) if x.is_infinite() => "∞".into(),
        Some(0.0) => "0".into(),
        Some(x) => format!("{x:.3e}"),
        None => "-".into(),
    }
}

/// Rows under their headings, each column as wide as its widest cell; names to the left, numbers to the right.
fn table(f: &mut fmt::Formatter<'_>, left: usize, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(k, (cell, &width))| {
            if k < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = ["parameter", "shape", "gradient", "norm", "weight norm", "ratio"];
        let mut rows = vec![heading.map(String::from).to_vec()];
        for p in &self.parameters {
            rows.push(vec![
                p.name.clone(),
                p.shape.to_string(),
                p.reach.word().into(),
                number(p.norm),
                number(Some(p.weight_norm)),
                number(p.ratio()),
            ]);
        }
        table(f, 3, &rows)?;
        for p in &self.parameters {
            for cut in p.reach.cuts() {
                writeln!(f, "{}: {} by {cut}", p.name, p.reach.word())?;
            }
            if let Reach::NotFinite { nan, infinite } = p.reach {
                writeln!(f, "{}: {nan} NaN, {infinite} infinite", p.name)?;
            }
            if let Some(trend) = p.trend {
                writeln!(f, "{}, over its uses: {trend}", p.name)?;
            }
        }
        if let Some(anomaly) = &self.anomaly {
            writeln!(f, "{anomaly}")?;
        }
        if self.layers.len() > 1 {
            let mut rows = vec![["layer", "rms", "factor"].map(String::from).to_vec()];
            let cells = self.layers.iter().map(|l| vec![l.name.clone(), number(l.rms), number(l.factor)]);
            rows.extend(cells);
            writeln!(f)?;
            table(f, 1, &rows)?;
        }
        if let Some(trend) = self.trend {
            writeln!(f, "over the layers: {trend}")?;
        }
        Ok(())
    }
}
