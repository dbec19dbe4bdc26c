//! Optimizer steps over all parameters at once, in place.
//!
//! A step is a list of [`Segment`]s, one per parameter: what to change, by which gradient, and what is kept for it.
//! Their elements are worked through as if they lay end to end, in blocks cut by sizes alone, so that many small
//! parameters cost no more than one large one and a step is one job of the threads. New values of an element depend
//! on its own old ones alone, so no cut can change their bits; neither can the vector unit, as the formulas are made
//! of sums, products, quotients and square roots, each rounded once.

mod form;
mod gradient;
mod segment;
#[cfg(test)]
mod tests;
mod vector;

pub use form::Form;
pub use segment::{MOST_KEPT, Segment};

use crate::{Real, Threads};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use vector::Unit;

/// Elements of a block: few enough that two threads share a network of 100,000 parameters evenly.
const BLOCK: usize = 8 * 1024;

/// Blocks that a thread takes at once where there are many, so that it walks through memory in order.
const RUN: usize = 8;

/// Blocks from which on the arrays of a step are taken to lie beyond the caches: four million elements. Tests come
/// there with fewer.
const FAR: usize = if cfg!(test) { 3 } else { 512 };

/// Updates every segment that is bound to a parameter.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, optimize::{Form, Segment, step}};
///
/// let form = Form::Sgd { rate: 0.5, share: 1.0, momentum: 0.0, nesterov: false, decay: 0.0 };
/// let (mut a, mut b) = ([1.0_f32, 2.0], [3.0]);
/// let mut segments = [Segment::new(&[1.0, 1.0]), Segment::new(&[-1.0])];
/// segments[0].bind(&mut a, [], form);
/// segments[1].bind(&mut b, [], form);
/// step(&Threads::one(), &mut segments);
/// assert_eq!((a, b), ([0.5, 1.5], [3.5]));
/// ```
pub fn step<T: Real>(on: &Threads, segments: &mut [Segment<'_, T>]) {
    step_by(Unit::best(), on, segments);
}

/// The same with a choice of vector unit.
fn step_by<T: Real>(unit: &Unit<T>, on: &Threads, segments: &mut [Segment<'_, T>]) {
    let blocks = lay_end_to_end(segments);
    let segments = &*segments;
    // From the end, where gradients are still cached if they were looked through from the start.
    for_each_block(on, blocks, |i| {
        for_each_piece(segments, blocks - 1 - i, |segment, range| {
            // SAFETY: this call has the segments to itself, each block runs once, and no two pieces share an element
            // (`for_each_piece`).
            unsafe { segment.update(range, |form, part| unit.update(form, part, blocks >= FAR)) }
        });
    });
}

/// An element that is NaN or infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonFinite<T> {
    /// Position of its segment in the list.
    pub segment: usize,
    /// Its position in the segment, in row-major order.
    pub position: usize,
    /// The element.
    pub value: T,
}

/// The first element of the gradients that is NaN or infinite.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, optimize::{Segment, first_non_finite}};
///
/// let mut segments = [Segment::new(&[1.0, 1.0]), Segment::new(&[0.0, f64::INFINITY])];
/// let found = first_non_finite(&Threads::one(), &mut segments).expect("one is infinite");
/// assert_eq!((found.segment, found.position, found.value), (1, 1, f64::INFINITY));
/// ```
pub fn first_non_finite<T: Real>(on: &Threads, segments: &mut [Segment<'_, T>]) -> Option<NonFinite<T>> {
    first_non_finite_by(Unit::best(), on, segments)
}

/// The same with a choice of vector unit.
fn first_non_finite_by<T: Real>(
    unit: &Unit<T>,
    on: &Threads,
    segments: &mut [Segment<'_, T>],
) -> Option<NonFinite<T>> {
    let blocks = lay_end_to_end(segments);
    let segments = &*segments;
    let first = AtomicUsize::new(usize::MAX);
    for_each_block(on, blocks, |i| {
        for_each_piece(segments, i, |segment, range| {
            if !segment.gradient.with(range, |g| unit.all_finite(g, blocks >= FAR)) {
                first.fetch_min(segment.number, Ordering::Relaxed);
            }
        });
    });
    let segment = first.into_inner();
    let gradient = segments.get(segment)?.gradient();
    let position = gradient.iter().position(|x| !x.is_finite())?;
    Some(NonFinite { segment, position, value: gradient[position] })
}

/// Numbers the segments and says where each ends; returns how many blocks there are.
fn lay_end_to_end<T: Real>(segments: &mut [Segment<'_, T>]) -> usize {
    let mut end = 0;
    for (number, segment) in segments.iter_mut().enumerate() {
        end += segment.len();
        (segment.number, segment.end) = (number, end);
    }
    end.div_ceil(BLOCK)
}

/// Calls `f` with the number of every block, on all threads.
fn for_each_block(on: &Threads, blocks: usize, f: impl Fn(usize) + Sync) {
    let run = if blocks < 16 * RUN { 1 } else { RUN };
    on.for_each_block(blocks.div_ceil(run), |i| (i * run..blocks.min((i + 1) * run)).for_each(&f));
}

/// Calls `f` with every segment that a block reaches and the range of its elements; no two calls, of this block or
/// different ones, are about the same element.
fn for_each_piece<'s, 'a, T: Real>(
    segments: &'s [Segment<'a, T>],
    block: usize,
    mut f: impl FnMut(&'s Segment<'a, T>, Range<usize>),
) {
    let (start, stop) = (block * BLOCK, (block + 1) * BLOCK);
    let first = segments.partition_point(|segment| segment.end <= start);
    for segment in &segments[first..] {
        let begin = segment.end - segment.len();
        if begin >= stop {
            break;
        }
        if !segment.is_empty() {
            f(segment, start.max(begin) - begin..stop.min(segment.end) - begin);
        }
    }
}
