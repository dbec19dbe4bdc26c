//! A tape as a picture: Graphviz text, and SVG for small ones.
//!
//! ```
//! use wengert::prelude::*;
//!
//! let tape = Tape::<f64>::new();
//! let (x, w) = (tape.leaf([1.0, 2.0]), tape.leaf([0.5, -0.5]));
//! let y = (x * w).sum().tanh();
//! let dot = tape.to_dot(); // for `dot -Tsvg`
//! assert!(dot.contains("v0 -> v2;") && dot.contains("mul"));
//! let svg = tape.drawing().outputs(&[y]).values().to_svg(); // without Graphviz
//! assert!(svg.starts_with("<svg") && svg.contains("tanh"));
//! ```

mod dot;
mod layers;
mod svg;

use crate::{Error, Float, Tape, Var, error::or_panic, nodes::Node};

/// The most lines that are drawn without Graphviz.
pub const MOST_LINES: usize = 256;
/// Elements of a value that are shown.
const SHOWN: usize = 4;

/// What a line is in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Leaf,
    Constant,
    Computed,
    /// Computed, and no derivative flows through it.
    Untracked,
}

/// A line of the tape as it is drawn.
#[derive(Clone, Debug)]
struct Drawn {
    id: usize,
    role: Role,
    output: bool,
    /// The texts, from the top: position and op, shape and value, line of source.
    texts: Vec<String>,
    inputs: Vec<usize>,
}

/// What is drawn of a tape, and how; from [`Tape::drawing`].
#[must_use]
pub struct Drawing<'t, F: Float> {
    tape: &'t Tape<F>,
    outputs: Option<Vec<Var<'t, F>>>,
    values: bool,
    sources: bool,
}

impl<F: Float> Tape<F> {
    /// A picture of this tape to be set up: all lines, with their source and without values.
    pub fn drawing(&self) -> Drawing<'_, F> {
        Drawing { tape: self, outputs: None, values: false, sources: true }
    }

    /// The tape as Graphviz text: a node per line with op, shape and line of source, an edge from each operand.
    ///
    /// Leaves, constants and results (lines that no other uses) differ in form and color. [`Tape::drawing`] has settings.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// let y = x * x;
    /// let dot = tape.to_dot();
    /// assert!(dot.starts_with("digraph tape {") && dot.matches("v0 -> v1;").count() == 2);
    /// # assert_eq!(y.item(), 4.0);
    /// ```
    pub fn to_dot(&self) -> String {
        self.drawing().to_dot()
    }

    /// The tape as SVG, for at most 256 lines.
    ///
    /// # Panics
    ///
    /// Where [`Tape::try_to_svg`] fails.
    #[track_caller]
    pub fn to_svg(&self) -> String {
        or_panic(self.try_to_svg())
    }

    /// As [`Tape::to_svg`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if there are more lines.
    pub fn try_to_svg(&self) -> Result<String, Error> {
        self.drawing().try_to_svg()
    }
}

impl<'t, F: Float> Drawing<'t, F> {
    /// Draws the lines that these are computed from, and marks these as results.
    ///
    /// # Panics
    ///
    /// If one is on another tape.
    #[track_caller]
    pub fn outputs(mut self, outputs: &[Var<'t, F>]) -> Self {
        if outputs.iter().any(|y| !std::ptr::eq(y.tape, self.tape)) {
            or_panic(Err(Error::DifferentTapes { op: "drawing" }))
        }
        self.outputs = Some(outputs.to_vec());
        self
    }

    /// Shows values of up to four elements.
    pub fn values(mut self) -> Self {
        self.values = true;
        self
    }

    /// Leaves out the lines of source.
    pub fn without_sources(mut self) -> Self {
        self.sources = false;
        self
    }

    /// The picture as Graphviz text.
    pub fn to_dot(&self) -> String {
        dot::text(&self.boxes())
    }

    /// The picture as SVG.
    ///
    /// # Panics
    ///
    /// Where [`Drawing::try_to_svg`] fails.
    #[track_caller]
    pub fn to_svg(&self) -> String {
        or_panic(self.try_to_svg())
    }

    /// As [`Drawing::to_svg`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if there are more than 256 lines to draw.
    pub fn try_to_svg(&self) -> Result<String, Error> {
        let boxes = self.boxes();
        if boxes.len() > MOST_LINES {
            return Err(Error::Attribute {
                op: "to_svg",
                name: "lines",
                given: boxes.len().to_string(),
                expected: "at most 256: draw what some outputs need, or give the text of to_dot to Graphviz",
            });
        }
        Ok(svg::text(&boxes))
    }

    /// The lines to draw, in the order of the tape.
    fn boxes(&self) -> Vec<Drawn> {
        let nodes = self.tape.nodes();
        let mut used = vec![false; nodes.len()];
        let mut drawn = vec![self.outputs.is_none(); nodes.len()];
        for y in self.outputs.iter().flatten() {
            drawn[y.id as usize] = true;
        }
        for (id, node) in nodes.iter().enumerate().rev() {
            if drawn[id] {
                for &i in &node.inputs {
                    (used[i as usize], drawn[i as usize]) = (true, true);
                }
            }
        }
        let is_output = |id: usize| match &self.outputs {
            Some(outputs) => outputs.iter().any(|y| y.id as usize == id),
            None => !used[id] && nodes[id].op.is_some(),
        };
        let lines = nodes.iter().enumerate().filter(|(id, _)| drawn[*id]);
        lines.map(|(id, node)| self.drawn(id, node, is_output(id))).collect()
    }

    fn drawn(&self, id: usize, node: &Node<F>, output: bool) -> Drawn {
        let role = match (&node.op, node.tracked) {
            (None, true) => Role::Leaf,
            (None, false) => Role::Constant,
            (Some(_), true) => Role::Computed,
            (Some(_), false) => Role::Untracked,
        };
        let kind = if role == Role::Untracked && node.kind() == "alias" { "detach" } else { node.kind() };
        let mut texts = vec![format!("v{id} {kind}")];
        let shape = node.value.shape().to_string();
        let shown = self.values && !node.deferred && node.value.len() <= SHOWN;
        let value =
            if shown { format!(" = {}", node.value.to_string().replace('\n', "")) } else { String::new() };
        texts.push(shape + &value);
        if self.sources {
            let file = node.at.file().rsplit(['/', '\\']).next().unwrap_or_default();
            texts.push(format!("{file}:{}", node.at.line()));
        }
        Drawn { id, role, output, texts, inputs: node.inputs.iter().map(|&i| i as usize).collect() }
    }
}

#[cfg(test)]
mod tests;
