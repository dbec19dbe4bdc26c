//! What is said of an anomaly.

use crate::{Float, Shape, Tensor};
use std::fmt;
use std::panic::Location;

/// On which way the value that is not finite was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// As the value of a line.
    Forward,
    /// As a cotangent, by the rule of a line.
    Backward,
}

/// What the value that is not finite ends up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The output itself.
    Output,
    /// The gradient with respect to a leaf; the output is finite.
    Gradient {
        /// Where the leaf was recorded.
        of: &'static Location<'static>,
    },
}

/// The values of one operand.
#[derive(Clone, Debug, PartialEq)]
pub struct OperandRange {
    /// The sizes along the axes.
    pub shape: Shape,
    /// The least and the greatest finite element, if there is one.
    pub range: Option<[f64; 2]>,
    /// How many elements are NaN.
    pub nan: usize,
    /// How many are infinite.
    pub infinite: usize,
    /// The element from which an elementwise op made the value that is not finite.
    pub there: Option<f64>,
}

impl OperandRange {
    pub(super) fn of<F: Float>(x: &Tensor<F>, element: Option<usize>) -> Self {
        let values = x.elements();
        let values = || values.iter().map(|x| x.to_f64());
        let finite = values().filter(|x| x.is_finite());
        let range = finite.fold(None, |range: Option<[f64; 2]>, x| {
            Some(range.map_or([x, x], |[least, most]| [least.min(x), most.max(x)]))
        });
        Self {
            shape: x.shape(),
            range,
            nan: values().filter(|x| x.is_nan()).count(),
            infinite: values().filter(|x| x.is_infinite()).count(),
            there: element.and_then(|element| values().nth(element)),
        }
    }
}

impl fmt::Display for OperandRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shape {}", self.shape)?;
        match self.range {
            Some([least, most]) if least == most => write!(f, ", {least:?}")?,
            Some([least, most]) => write!(f, ", from {least:?} to {most:?}")?,
            None => {}
        }
        for (count, what) in [(self.nan, "NaN"), (self.infinite, "infinite")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        match self.there {
            Some(x) => write!(f, "; there {x:?}"),
            None => Ok(()),
        }
    }
}

/// The first line whose NaN or infinity reaches an output or its gradient; from [`Tape::find_anomaly`].
///
/// Its [`Display`](fmt::Display) is a few lines of text: what, where, from which operands, and the likely cause.
///
/// [`Tape::find_anomaly`]: crate::Tape::find_anomaly
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Anomaly {
    /// The op, or `leaf` or `constant` for a value that was given so.
    pub op: &'static str,
    /// Where the line was recorded.
    pub at: &'static Location<'static>,
    /// Whether its value or what its rule sends back is not finite.
    pub sweep: Sweep,
    /// What it ends up in.
    pub reached: Reached,
    /// The value: NaN or infinite.
    pub value: f64,
    /// The index of the element.
    pub element: Vec<usize>,
    /// The operands of the line, in order.
    pub operands: Vec<OperandRange>,
    /// What it most likely comes from, and what helps.
    pub cause: String,
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.value.is_nan() { "NaN" } else { "an infinity" };
        match (self.sweep, self.op) {
            (Sweep::Forward, "leaf" | "constant") => write!(f, "{value} in a {}", self.op)?,
            (Sweep::Forward, op) => write!(f, "{value} made by {op}")?,
            (Sweep::Backward, op) => write!(f, "{value} in the derivative of {op}")?,
        }
        write!(f, " at {}", self.at)?;
        if !self.element.is_empty() {
            write!(f, ", element {:?}", self.element)?;
        }
        match self.reached {
            Reached::Output => writeln!(f, "; it reaches the output")?,
            Reached::Gradient { of } => writeln!(f, "; it reaches the gradient of the leaf at {of}")?,
        }
        for (k, operand) in self.operands.iter().enumerate() {
            writeln!(f, "  operand {k}: {operand}")?;
        }
        write!(f, "  likely cause: {}", self.cause)
    }
}
