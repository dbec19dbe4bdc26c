//! What arrives at each parameter, and where what does not arrive was cut off.
//!
//! A training run that does not learn often has a parameter that the gradient does not reach, or reaches as zero, NaN or
//! next to nothing. [`Var::gradient_report`] says for each which it is, and at which op and line of source.
//!
//! ```
//! use wengert::prelude::*;
//! use wengert::gradient_report::Reach;
//!
//! let tape = Tape::<f64>::new();
//! let (w, b) = (tape.leaf([0.5, -1.5]), tape.leaf(0.25));
//! let rounded = (w * 3.0).round(); // its slope is zero everywhere
//! let report = (rounded.sum() * b).gradient_report(&[("w", w), ("b", b)]);
//! assert!(matches!(report.parameters[1].reach, Reach::Reached));
//! let Reach::Cut(cuts) = &report.parameters[0].reach else { panic!("{report}") };
//! assert_eq!((cuts[0].op, cuts[0].at.line()), ("round", line!() - 4));
//! println!("{report}"); // a table
//! ```

mod flow;
mod table;
mod trend;

pub use trend::{Trend, TrendKind};

use crate::{Error, Float, Shape, Tensor, Var, anomaly::Anomaly, error::or_panic};
use flow::Flow;
use std::fmt;
use std::panic::Location;

/// Why no gradient passes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It repeats a value as a constant: [`Var::detach`].
    Detached,
    /// It was computed within [`Tape::no_grad`](crate::Tape::no_grad).
    NoGrad,
    /// The derivative of the op is zero or absent everywhere, for this reason.
    LocallyConstant(&'static str),
    /// The rule of the op sends nothing to this operand.
    SendsNothing,
    /// What arrives at the line is not zero, and its derivative at these values is.
    ZeroSlope,
    /// What arrives at the line from several sides adds up to zero.
    Cancelled,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Detached => f.write_str("detached"),
            Self::NoGrad => f.write_str("computed within no_grad"),
            Self::LocallyConstant(reason) => write!(f, "locally constant ({reason})"),
            Self::SendsNothing => f.write_str("its rule sends nothing there"),
            Self::ZeroSlope => f.write_str("its slope is zero at these values"),
            Self::Cancelled => f.write_str("the contributions that arrive there cancel"),
        }
    }
}

/// A line at which the gradient ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// The op; `detach` where a value was detached.
    pub op: &'static str,
    /// The line of source that recorded it.
    pub at: &'static Location<'static>,
    /// Why.
    pub why: Why,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}: {}", self.op, self.at.file(), self.at.line(), self.why)
    }
}

/// What arrives at a parameter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reach {
    /// A gradient that is finite and somewhere not zero.
    Reached,
    /// A gradient that is zero everywhere, and the lines where it became so.
    Zero(Vec<Cut>),
    /// A gradient with NaN or infinities.
    NotFinite {
        /// How many elements are NaN.
        nan: usize,
        /// How many are infinite.
        infinite: usize,
    },
    /// None, or zeros by ops that are constant wherever they are differentiable, though the loss is computed from it: the
    /// lines where the gradient ends.
    Cut(Vec<Cut>),
    /// None, since the loss is not computed from it.
    Unused,
    /// None, since it was recorded as a constant.
    Constant,
}

impl Reach {
    /// One word, as in the table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Zero(_) => "zero",
            Self::NotFinite { .. } => "not finite",
            Self::Cut(_) => "cut",
            Self::Unused => "unused",
            Self::Constant => "constant",
        }
    }

    /// The lines where the gradient ends or becomes zero.
    pub fn cuts(&self) -> &[Cut] {
        match self {
            Self::Zero(cuts) | Self::Cut(cuts) => cuts,
            _ => &[],
        }
    }
}

/// One parameter of a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The sizes along its axes.
    pub shape: Shape,
    /// What arrives.
    pub reach: Reach,
    /// The Euclidean norm of the gradient; none where there is no gradient.
    pub norm: Option<f64>,
    /// The Euclidean norm of the parameter.
    pub weight_norm: f64,
    /// How what arrives at the lines that use it changes from the first to the last, where it is used three times or more:
    /// the steps of a recurrent network.
    pub trend: Option<Trend>,
}

impl Parameter {
    /// The norm of the gradient by that of the parameter: how far a step of size 1 would move it; none without
    /// a gradient, or where all weights are zero.
    pub fn ratio(&self) -> Option<f64> {
        self.norm.filter(|_| self.weight_norm != 0.0).map(|norm| norm / self.weight_norm)
    }
}

/// Parameters that share a name up to the last dot.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// What their names share; empty for parameters without a dot, which each are a layer by name.
    pub name: String,
    /// The root of the mean square of the gradient, so that layers of different sizes compare; none where it is not
    /// finite or nothing arrives.
    pub rms: Option<f64>,
    /// This by that of the layer before, if both are there.
    pub factor: Option<f64>,
}

/// What arrives at each parameter of a model; from [`Var::gradient_report`].
///
/// Displays as a table of parameters and one of layers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientReport {
    /// The parameters, in the order given.
    pub parameters: Vec<Parameter>,
    /// The layers, in the order of their first parameter.
    pub layers: Vec<Layer>,
    /// How gradients change from the first layer to the last, where there are three or more.
    pub trend: Option<Trend>,
    /// The first line whose NaN or infinity reaches the loss or a gradient, if one does.
    pub anomaly: Option<Anomaly>,
}

impl GradientReport {
    /// Whether every parameter is reached and no trend is seen.
    pub fn is_healthy(&self) -> bool {
        let steady = |trend: &Option<Trend>| trend.as_ref().is_none_or(|t| t.kind == TrendKind::Steady);
        let reached = |p: &Parameter| matches!(p.reach, Reach::Reached) && steady(&p.trend);
        self.parameters.iter().all(reached) && steady(&self.trend)
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// What arrives at each of the named parameters when this scalar is differentiated; see [`crate::gradient_report`].
    ///
    /// Give parameters in the order of the layers: the trend over layers follows it. Any variable can be given, also a
    /// computed one, such as the state of each step. The tape is as it was afterwards.
    ///
    /// # Panics
    ///
    /// Where [`Var::try_gradient_report`] fails.
    #[track_caller]
    pub fn gradient_report(self, parameters: &[(&str, Var<'t, F>)]) -> GradientReport {
        or_panic(self.try_gradient_report(parameters))
    }

    /// As [`Var::gradient_report`].
    ///
    /// # Errors
    ///
    /// [`Error::NotScalar`]; [`Error::DifferentTapes`]; what a [`CustomOp`](crate::CustomOp) of the user's gets wrong.
    pub fn try_gradient_report(self, parameters: &[(&str, Var<'t, F>)]) -> Result<GradientReport, Error> {
        let op = "gradient_report";
        if self.shape().len() != 1 {
            return Err(Error::NotScalar { op, shape: self.shape().dims().into() });
        }
        if parameters.iter().any(|(_, p)| !std::ptr::eq(p.tape, self.tape)) {
            return Err(Error::DifferentTapes { op });
        }
        self.tape.try_settle(self.id)?;
        let flow = Flow::of(self, parameters)?;
        let mut reported = Vec::with_capacity(parameters.len());
        for (name, p) in parameters {
            self.tape.try_settle(p.id)?;
            reported.push(parameter(name, *p, &flow));
        }
        let bad = |p: &Parameter| matches!(p.reach, Reach::NotFinite { .. });
        let finite = self.with_tensor(|loss| loss.elements().iter().all(|x| x.to_f64().is_finite()));
        let anomaly =
            if !finite || reported.iter().any(bad) { self.tape.try_find_anomaly(self)? } else { None };
        let layers = layers(&reported);
        let trend = Trend::of(&layers.iter().map(|layer| layer.rms).collect::<Vec<_>>());
        Ok(GradientReport { parameters: reported, layers, trend, anomaly })
    }
}

fn parameter<F: Float>(name: &str, p: Var<'_, F>, flow: &Flow<F>) -> Parameter {
    let gradient = flow.gradient(p.id);
    let reach = match gradient {
        Some(g) => {
            let elements = g.elements();
            let count = |bad: fn(&f64) -> bool| elements.iter().map(|x| x.to_f64()).filter(bad).count();
            let (nan, infinite) = (count(|x| x.is_nan()), count(|x| x.is_infinite()));
            if nan + infinite > 0 {
                Reach::NotFinite { nan, infinite }
            } else if g.max_abs().to_f64() == 0.0 {
                let cuts = flow.cuts(p);
                let constant = |cut: &Cut| matches!(cut.why, Why::LocallyConstant(_));
                if !cuts.is_empty() && cuts.iter().all(constant) {
                    Reach::Cut(cuts)
                } else {
                    Reach::Zero(cuts)
                }
            } else {
                Reach::Reached
            }
        }
        None if !p.is_tracked() => Reach::Constant,
        None if !flow.is_used(p.id) => Reach::Unused,
        None => Reach::Cut(flow.cuts(p)),
    };
    Parameter {
        name: name.to_owned(),
        shape: p.shape(),
        reach,
        norm: gradient.map(norm),
        weight_norm: p.with_tensor(norm),
        trend: Trend::of(&flow.arrived_at_uses(p.id)),
    }
}

/// The Euclidean norm, scaled by the largest element so that no square overflows or is lost.
fn norm<F: Float>(x: &Tensor<F>) -> f64 {
    let elements = x.elements();
    let elements = || elements.iter().map(|x| x.to_f64());
    let largest = elements().fold(0.0, |a: f64, x| if x.is_nan() { f64::NAN } else { a.max(x.abs()) });
    if largest == 0.0 || !largest.is_finite() || elements().any(f64::is_nan) {
        return if elements().any(f64::is_nan) { f64::NAN } else { largest };
    }
    largest * elements().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt()
}

/// The layers of the parameters, with the factor from one to the next.
fn layers(parameters: &[Parameter]) -> Vec<Layer> {
    let mut groups: Vec<(&str, Vec<&Parameter>)> = Vec::new();
    for p in parameters {
        let name = p.name.rsplit_once('.').map_or(p.name.as_str(), |(layer, _)| layer);
        match groups.iter_mut().find(|(layer, _)| *layer == name) {
            Some((_, group)) => group.push(p),
            None => groups.push((name, vec![p])),
        }
    }
    let mut layers: Vec<Layer> = Vec::new();
    for (name, group) in groups {
        let reached = || group.iter().filter_map(|p| Some((p.norm?, p.shape.len())));
        let elements: usize = reached().map(|(_, n)| n).sum();
        let largest = reached().fold(0.0, |a: f64, (norm, _)| if norm.is_nan() { norm } else { a.max(norm) });
        let scaled = reached().map(|(norm, _)| if norm == 0.0 { 0.0 } else { (norm / largest).powi(2) });
        let rms = (elements > 0).then(|| largest * (scaled.sum::<f64>() / elements as f64).sqrt());
        let rms = rms.filter(|rms| rms.is_finite());
        let before = layers.last().and_then(|layer| layer.rms).filter(|before| *before > 0.0);
        let factor = rms.zip(before).map(|(rms, before)| rms / before);
        layers.push(Layer { name: name.to_owned(), rms, factor });
    }
    layers
}
