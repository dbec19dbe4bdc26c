//! The table as Markdown and the sums as JSON.

use super::{ORDERS, Row, SAMPLES};
use crate::layout;

const LAWS: [&str; 13] = [
    "shape",
    "reference",
    "special",
    "masked",
    "formula",
    "plan",
    "edges",
    "differences",
    "transpose",
    "eager",
    "linear",
    "planted",
    "against f64",
];

const ABOUT: &str = "\
# Coverage

What the laws compare, in numbers compared: every op and composition of the lists of `wengert` and, at the end, of
`wengert-fft` and `wengert-linalg`, in both precisions, at every order of derivative. Order 0 is the value. Written by
`cargo run --release --example coverage`, which fails if a comparison does or if one that is required was not made; `.ci/run`
runs it with `--check`, which fails if this page is not what it writes.

The points are the op's own `samples` (scalars, empty and odd shapes, sizes of 1, every attribute), drawn again from
the next seeds until there are at least SAMPLES different ones that have elements; only these are counted, and every one of them
has to be compared in `differences` and `transpose`. A point at which nothing is smooth is not among them; those are `special` and `edges`.

| column | compared |
|---|---|
| shape | the shape rule with the shape of the value; gradients with the shape of their operand |
| reference | the value with the naive reference |
| special | value and gradient with what is stated at kinks, limits, infinities and NaN |
| masked | zeros sent back where a mask leaves out what is special |
| formula | the formula of an elementwise op with its kernel, bit for bit, many elements at a time and one |
| plan | value, gradients and second derivatives of a plan with the tape's, bit for bit |
| edges | at ±0, ±1, ±½, tiny, huge, subnormal, ±∞ and NaN, and every pair: formula, kernel, tape and plan bit for bit; forward with reverse mode |
| differences | forward mode with finite differences |
| transpose | reverse mode with forward mode |
| eager | the sweep without recording with the recorded one |
| linear | the pullback of a combination of cotangents with the combination of pullbacks |
| planted | faults planted in the rules, each of which has to be caught |
| against f64 | values and gradients in `f32` with those in `f64` at the same operands, in roundings |
| layouts, from *transposed* on | values and gradients with those of contiguous copies, bit for bit |

A number counts if it is one: NaN has to be met by NaN, and is not counted. *NaN* stands where a layout gave nothing else in
this precision, as a row of equal numbers does for its correlations; a layout in which a matrix is singular is refused, and so
not compared. The contiguous layout is that of all columns before the layouts. *same*
stands where no operand at the shapes of the op can lie otherwise than in its contiguous copy: a vector has no second axis to
be exchanged with. Orders above one are gradients of random products with gradients, by operands and by the weights of the
output; in `against f64` and the layouts the output $y$ enters as $y + y^2/2 + y^3/6$, so that linear ops have derivatives of
every order. An op for which every gradient of some order is zero fails, unless it is locally constant, with a reason:

";

/// The page.
pub fn markdown(rows: &[Row]) -> String {
    let mut page = ABOUT.replace("SAMPLES", &SAMPLES.to_string());
    for row in rows {
        if let Some(reason) = row.locally_constant {
            page += &format!("- `{}`: {reason}\n", row.name);
        }
    }
    let [ops, compositions] =
        [false, true].map(|composed| rows.iter().filter(|r| r.composed == composed).count());
    let sums = Sums::of(rows);
    page += &format!(
        "\n{ops} ops and {compositions} compositions, {} cells with a comparison, {} comparisons, {} cells skipped.\n\n",
        sums.cells, sums.comparisons, sums.skipped
    );
    let columns: Vec<&str> =
        ["op", "points", "type", "order"].into_iter().chain(LAWS).chain(layout::NAMES).collect();
    page += &format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    for row in rows {
        for dtype in ["f64", "f32"] {
            for order in 0..=ORDERS {
                page += &line(row, dtype, order);
            }
        }
    }
    page
}

/// One line of the table; none where nothing was compared.
fn line(row: &Row, dtype: &'static str, order: usize) -> String {
    let laws = LAWS.map(|law| match row.tally.at(dtype, order, law) {
        0 => String::new(),
        compared => compared.to_string(),
    });
    let layouts = layout::NAMES.map(|name| match row.tally.at(dtype, order, name) {
        0 if row.tally.is_nan(dtype, order, name) => "NaN".into(),
        0 => String::new(),
        _ if row.same.contains(&name) => "same".into(),
        compared => compared.to_string(),
    });
    if laws.iter().chain(&layouts).all(String::is_empty) {
        return String::new();
    }
    format!("|{}|{}|{dtype}|{order}|{}|{}|\n", row.name, row.points, laws.join("|"), layouts.join("|"))
}

/// The sums over all rows.
struct Sums {
    cells: usize,
    comparisons: usize,
    skipped: usize,
}

impl Sums {
    fn of(rows: &[Row]) -> Self {
        let sum = |f: fn(&Row) -> usize| rows.iter().map(f).sum();
        Self {
            cells: sum(|row| row.tally.cells()),
            comparisons: sum(|row| row.tally.total()),
            skipped: sum(|row| row.skipped().len()),
        }
    }
}

/// The sums as one line of JSON.
pub fn json(rows: &[Row]) -> String {
    let Sums { cells, comparisons, skipped } = Sums::of(rows);
    let ops = rows.len();
    format!(r#"{{"ops": {ops}, "cells": {cells}, "comparisons": {comparisons}, "skipped": {skipped}}}"#)
}
