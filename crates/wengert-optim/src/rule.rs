//! The formula of one update, apart from the bookkeeping around it.

use crate::Error;
use std::fmt::Debug;
use wengert::{Float, Threads};
use wengert_kernels::optimize::{Form, Segment, step};

/// The most tensors a rule may keep per parameter.
pub const MOST_KEPT: usize = 4;

/// An update rule: its options, what it keeps per parameter, and its formula.
///
/// A rule gives its formula as a [`Form`], which all parameters then take at once on all threads, or as an
/// [`update`](Rule::update) of its own, called for one whole parameter after another.
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

    /// The formula of update number `count`, from 1, if it is one that the kernels have; none if not told otherwise.
    ///
    /// It keeps as many tensors as [`kept`](Rule::kept) names, in this order.
    fn form(&self, lr: f64, count: u64) -> Option<Form> {
        let _ = (lr, count);
        None
    }

    /// Updates parameter `p` and what is kept for it by gradient `g`, all of one length; `count` is the number of this
    /// update, from 1. As [`form`](Rule::form) says, if not told otherwise.
    ///
    /// # Panics
    ///
    /// If the lengths differ, or a rule has neither this method nor a form.
    fn update<F: Float>(&self, lr: f64, count: u64, p: &mut [F], g: &[F], kept: &mut [&mut [F]]) {
        let form = self.form(lr, count).expect("a rule has a form or an update of its own");
        let mut segment = Segment::new(g);
        segment.bind(p, kept.iter_mut().map(|slice| &mut **slice), form);
        step(&Threads::one(), &mut [segment]);
    }
}
