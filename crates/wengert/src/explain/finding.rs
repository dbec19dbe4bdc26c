//! What can be wrong with an adjoint that was derived by hand, and how it shows.

use super::number::number;
use crate::{AxisSet, Float, Shape, Tensor, Threads, nodes::NodeId};
use std::fmt;

/// What is wrong with an adjoint, if anything is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// Nothing.
    Agrees,
    /// It is zero, and should not be.
    Zero,
    /// Every element is this many times what it should be; −1 is a wrong sign.
    Factor(f64),
    /// It lacks a contribution, that of one line which uses the value.
    MissingPath {
        /// That line.
        through: String,
    },
    /// It is what arrives at a line which uses the value, without that line's local derivative.
    MissingFactor {
        /// That line.
        of: String,
    },
    /// It is right when transposed.
    Transposed,
    /// It is right when summed over these axes.
    MissingSum {
        /// The axes.
        axes: Vec<usize>,
    },
    /// It has another shape than its variable, and none of the above mends it.
    Shape {
        /// The shape given.
        given: Vec<usize>,
        /// The variable's.
        expected: Vec<usize>,
    },
    /// The loss does not depend on the variable, so that its adjoint is zero.
    NotReached,
    /// Some elements are wrong, without a common factor.
    Elements {
        /// How many.
        wrong: usize,
        /// Of how many.
        of: usize,
        /// The one furthest off.
        index: Vec<usize>,
        /// What was given there.
        given: f64,
        /// What is right there.
        expected: f64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agrees => f.write_str("agrees"),
            Self::Zero => f.write_str("is zero and should not be"),
            Self::Factor(c) if *c == -1.0 => f.write_str("has the wrong sign"),
            Self::Factor(c) if (0.0..1.0).contains(c) && (1.0 / c - (1.0 / c).round()).abs() < 1e-9 => {
                write!(f, "is too small by a factor {}", number((1.0 / c).round()))
            }
            Self::Factor(c) if *c > 1.0 => write!(f, "is too large by a factor {}", number(*c)),
            Self::Factor(c) => write!(f, "is {} times what it should be", number(*c)),
            Self::MissingPath { through } => write!(f, "lacks the contribution through {through}"),
            Self::MissingFactor { of } => write!(f, "lacks the local derivative of {of}"),
            Self::Transposed => f.write_str("is transposed"),
            Self::MissingSum { axes } => write!(f, "is not summed over axes {axes:?}"),
            Self::Shape { given, expected } => write!(f, "has shape {given:?}, its variable {expected:?}"),
            Self::NotReached => f.write_str("should be zero: the loss does not depend on the variable"),
            Self::Elements { wrong, of, index, given, expected } => write!(
                f,
                "is wrong at {wrong} of {of} elements, most at {index:?}: {} in place of {}",
                number(*given),
                number(*expected)
            ),
        }
    }
}

/// What the sweep brings to one variable.
pub(super) struct Reached<F: Float> {
    pub(super) sum: Option<Tensor<F>>,
    pub(super) parts: Vec<Part<F>>,
}

/// One contribution: the line that sends it, its adjoint, its local derivative if it is elementwise.
pub(super) struct Part<F: Float> {
    pub(super) from: NodeId,
    pub(super) adjoint: Tensor<F>,
    pub(super) local: Option<Tensor<F>>,
    pub(super) amount: Tensor<F>,
}

fn largest<F: Float>(t: &Tensor<F>) -> f64 {
    t.max_abs().to_f64()
}

/// How far two elements of these tensors may be apart: half of the digits of the largest finite one.
fn tolerance<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> f64 {
    let finite = |t: &Tensor<F>| {
        let numbers = t.elements();
        let numbers = numbers.iter().map(|x| x.to_f64().abs()).filter(|x| x.is_finite());
        numbers.fold(0.0, f64::max)
    };
    F::EPSILON.to_f64().sqrt() * finite(a).max(finite(b))
}

/// Whether two tensors of one shape are equal to half of the digits; infinities only to themselves.
fn close<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> bool {
    let bound = tolerance(a, b);
    let apart = |(a, b): (&F, &F)| a == b || (a.to_f64() - b.to_f64()).abs() <= bound;
    a.shape() == b.shape() && a.elements().iter().zip(b.elements().iter()).all(apart)
}

fn scaled<F: Float>(t: &Tensor<F>, c: f64) -> Tensor<F> {
    t.map(|x| F::from_f64(x.to_f64() * c))
}

/// What is wrong with an adjoint, of a variable of this shape that the sweep brings so much to.
pub(super) fn finding<F: Float>(
    given: &Tensor<F>,
    shape: Shape,
    reached: &Reached<F>,
    on: &Threads,
    line_of: &dyn Fn(NodeId) -> String,
) -> Finding {
    let Some(expected) = &reached.sum else {
        return if given.shape() == shape && largest(given) == 0.0 {
            Finding::Agrees
        } else {
            Finding::NotReached
        };
    };
    if close(given, expected) {
        return Finding::Agrees;
    }
    if given.rank() >= 2 && close(&given.transpose(-2, -1), expected) {
        return Finding::Transposed;
    }
    if given.shape() != shape {
        return unsummed(given, expected, on);
    }
    if largest(given) == 0.0 {
        return Finding::Zero;
    }
    if close(&scaled(given, -1.0), expected) {
        return Finding::Factor(-1.0);
    }
    // a line that uses the value twice is no path of its own: forgetting one use is a factor
    let lines = |part: &Part<F>| reached.parts.iter().filter(|p| p.from == part.from).count();
    for part in reached.parts.iter().filter(|p| lines(p) == 1 && reached.parts.len() > 1) {
        let mut sum = given.clone();
        sum.accumulate(part.amount.clone(), on);
        if close(&sum, expected) {
            return Finding::MissingPath { through: line_of(part.from) };
        }
    }
    if let [part] = reached.parts.as_slice()
        && part.local.is_some()
        && close(given, &part.adjoint)
    {
        return Finding::MissingFactor { of: line_of(part.from) };
    }
    let (mut product, mut square) = (0.0, 0.0);
    for (g, e) in given.elements().iter().zip(expected.elements().iter()) {
        let scale = largest(expected);
        let (g, e) = (g.to_f64() / scale, e.to_f64() / scale);
        (product, square) = (product + g * e, square + e * e);
    }
    let factor = product / square;
    if factor.is_finite() && factor != 0.0 && close(given, &scaled(expected, factor)) {
        let round = (factor * 1e6).round() / 1e6;
        return Finding::Factor(if close(given, &scaled(expected, round)) { round } else { factor });
    }
    elements(given, expected)
}

/// The axes whose sum mends an adjoint of the wrong shape.
fn unsummed<F: Float>(given: &Tensor<F>, expected: &Tensor<F>, on: &Threads) -> Finding {
    let rank = given.rank();
    for set in 1_u32..1 << rank {
        let axes: Vec<isize> = (0..rank).filter(|k| set & (1 << k) != 0).map(|k| k as isize).collect();
        let Ok(of) = AxisSet::new("sum", &axes, rank) else { continue };
        if of.reduced(given.shape(), true).len() == expected.len()
            && close(&given.sum_over(of, expected.shape(), on), expected)
        {
            return Finding::MissingSum { axes: axes.iter().map(|&k| k as usize).collect() };
        }
    }
    Finding::Shape { given: given.dims().into(), expected: expected.dims().into() }
}

fn elements<F: Float>(given: &Tensor<F>, expected: &Tensor<F>) -> Finding {
    let (mut wrong, mut worst) = (0, None::<(f64, Vec<usize>, f64, f64)>);
    let bound = tolerance(given, expected);
    expected.shape().for_each_index(|ix| {
        let [g, e] = [given, expected].map(|t| t.get(ix).map_or(f64::NAN, |x: F| x.to_f64()));
        if g == e || (g - e).abs() <= bound {
            return;
        }
        wrong += 1;
        // a NaN is further off than any number
        let off = if (g - e).is_nan() { f64::INFINITY } else { (g - e).abs() };
        if worst.as_ref().is_none_or(|w| off > w.0) {
            worst = Some((off, ix.to_vec(), g, e));
        }
    });
    let (_, index, given, expected_here) = worst.unwrap_or((0.0, Vec::new(), f64::NAN, f64::NAN));
    Finding::Elements { wrong, of: expected.len(), index, given, expected: expected_here }
}
