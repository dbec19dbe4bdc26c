//! The formula of one update, apart from the bookkeeping around it.

use crate::Error;
use std::fmt::Debug;
use wengert::Float;

/// The most tensors a rule may keep per parameter.
pub const MOST_KEPT: usize = 4;

/// An update rule: its options, what it keeps per parameter, and its formula.
pub trait Rule: Clone + Debug {
    /// The rule's name, for messages.
    const NAME: &'static str;

    /// The learning rate an optimizer starts with.
    fn learning_rate(&self) -> f64;

    /// Names of the tensors kept per parameter, at most [`MOST_KEPT`]; each starts as zeros of its shape.
    fn kept(&self) -> &'static [&'static str];

    /// Refuses options that are out of range.
    ///
    /// # Errors
    ///
    /// [`Error::Option`], naming the option.
    fn check(&self) -> Result<(), Error>;

    /// Updates parameter `p` and what is kept for it by gradient `g`, all of one length; `count` is the number of this
    /// update, from 1.
    fn update<F: Float>(&self, lr: f64, count: u64, p: &mut [F], g: &[F], kept: &mut [&mut [F]]);
}
