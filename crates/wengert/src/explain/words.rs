//! What the rules of structural ops say of themselves: sentences with places for values.

use super::expr::{Expr, Label};
use super::print::{Printer, Style, escaped};

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Words(String),
    Value(Expr),
}

/// Reads a sentence: `{ct}` stands for the adjoint of the output, `{y}` for the output, `{0}`, `{1}` … for operands.
pub(super) fn read(sentence: &str, ct: &Label, y: &Label, x: &[Expr]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((place, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Words(before.into()));
        }
        pieces.push(match place {
            "ct" => Piece::Value(Expr::Adjoint(ct.clone())),
            "y" => Piece::Value(Expr::Value(y.clone())),
            k => match k.parse().ok().and_then(|k: usize| x.get(k)) {
                Some(x) => Piece::Value(x.clone()),
                None => Piece::Words(format!("{{{k}}}")),
            },
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.into()));
    }
    pieces
}

/// A sentence on paper.
pub(super) fn print(pieces: &[Piece], printer: Printer) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Value(e) => out += &printer.print(e),
            Piece::Words(words) if printer.style == Style::Latex => out += &latex(words),
            Piece::Words(words) => out += &escaped(words, printer.style),
        }
    }
    out
}

/// Words within a formula, with the signs among them as signs.
fn latex(words: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let end_run = |run: &mut String, out: &mut String| {
        if run.trim().is_empty() {
            *out += if run.is_empty() { "" } else { r"\," };
        } else {
            *out += &format!(r"\text{{{}}}", escaped(run, Style::Latex));
        }
        run.clear();
    };
    for c in words.chars() {
        let sign = match c {
            '⊙' => r" \odot ",
            'ᵀ' => r"^\top",
            'Σ' => r"\sum ",
            '·' => r" \cdot ",
            '(' | ')' | '-' | '+' | '/' | '=' => "",
            _ => {
                run.push(c);
                continue;
            }
        };
        end_run(&mut run, &mut out);
        if sign.is_empty() { out.push(c) } else { out += sign }
    }
    end_run(&mut run, &mut out);
    out
}
