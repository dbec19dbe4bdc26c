//! The ops whose value depends on random numbers, and their keys, which a plan moves on by its step.

use crate::{Float, Key, Op};

impl<F: Float> Op<F> {
    /// Whether the value depends on random numbers, others at each step of a plan.
    pub(crate) fn draws(&self) -> bool {
        matches!(self, Op::Dropout(_) | Op::Noise(_))
    }

    /// The key of the random numbers, of an op that draws.
    pub(crate) fn key(&mut self) -> Option<&mut Key> {
        match self {
            Op::Dropout(op) => Some(&mut op.key),
            Op::Noise(op) => Some(&mut op.key),
            _ => None,
        }
    }
}
