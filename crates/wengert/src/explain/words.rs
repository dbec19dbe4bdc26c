//! What the rules of structural ops say of themselves: sentences with places for values.

use super::expr::{Expr, Label};
use super::print::{Printer, Style, escaped, upright};

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

/// Words within a formula, with the signs and divisors among them as such.
fn latex(words: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    let mut after_sign = false;
    let letters: Vec<char> = words.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let c = letters[at];
        at += 1;
        let sign = match c {
            '⊙' => r" \odot ",
            'ᵀ' => r"^\top",
            'Σ' => r"\sum ",
            '·' => r" \cdot ",
            '-' if run.ends_with(' ') || run.is_empty() => " - ",
            '(' => "(",
            ')' => ")",
            '+' => " + ",
            '=' => " = ",
            '/' => " / ",
            _ => {
                run.push(c);
                continue;
            }
        };
        spaced(&mut run, after_sign || c != '(', &mut out);
        out += sign;
        after_sign = !matches!(c, ')' | 'ᵀ');
        if c == '/' {
            // A number after it is what is divided by.
            at += letters[at..].iter().take_while(|c| **c == ' ').count();
            let digits = letters[at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').count();
            out.extend(&letters[at..at + digits]);
            at += digits;
        }
    }
    spaced(&mut run, after_sign, &mut out);
    out
}

/// Ends a run of words. Blanks alone part two factors; beside a sign, which has room of its own, they are left out.
fn spaced(run: &mut String, at_sign: bool, out: &mut String) {
    if !run.trim().is_empty() {
        *out += &upright(run);
    } else if !run.is_empty() && !at_sign {
        *out += r"\,";
    }
    run.clear();
}
