//! A persistent team of threads that works through numbered blocks.
//!
//! A job is a closure over block numbers. The caller takes part in its own job, so a job always
//! finishes, whatever the workers do; which thread runs a block is left open, and results must
//! depend on the block number alone.

mod team;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZero;
use std::sync::{Arc, OnceLock};
use std::thread;
use team::{Claim, Share, Team, in_job};

/// A number of threads and, once needed, the threads themselves.
///
/// Clones share one team. Workers start at the first job that can use them and end with the last
/// clone. Where a team cannot help (a single block, a job inside a job, a team at work for another
/// thread), the caller does all the work itself, with the same result.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Threads;
///
/// let on = Threads::new(2);
/// let squares = on.map_blocks(4, |i| i * i);
/// assert_eq!(squares, [0, 1, 4, 9]);
/// ```
#[derive(Clone)]
pub struct Threads {
    /// None for a single thread.
    team: Option<Arc<Team>>,
}

impl Threads {
    /// A team of `count` threads, the caller included; 0 counts as 1.
    pub fn new(count: usize) -> Threads {
        if count <= 1 {
            return Threads { team: None };
        }
        Threads { team: Some(Arc::new(Team::new(count))) }
    }

    /// A team of as many threads as the machine runs at once.
    pub fn all() -> Threads {
        Threads::new(cores())
    }

    /// The calling thread alone.
    pub fn one() -> Threads {
        Threads { team: None }
    }

    /// Number of threads, the caller included.
    pub fn count(&self) -> usize {
        self.team.as_ref().map_or(1, |team| team.count())
    }

    /// Runs `f(0)` to `f(blocks - 1)`, each once, in any order.
    ///
    /// # Panics
    ///
    /// If a block panics, the panic continues here once all running blocks have ended; blocks not
    /// yet begun may be left out. The team stays usable.
    pub fn for_each_block(&self, blocks: usize, f: impl Fn(usize) + Sync) {
        self.run_blocks(blocks, &f);
    }

    /// The same with the closure's type erased, so that it is compiled once and not for every loop.
    fn run_blocks(&self, blocks: usize, f: &(dyn Fn(usize) + Sync)) {
        if (2..=Share::MOST).contains(&blocks)
            && let Some(team) = &self.team
            && !in_job()
            && let Some(claim) = Claim::of(team)
        {
            claim.run(blocks, f);
        } else {
            (0..blocks).for_each(f);
        }
    }

    /// Runs `f(i, chunk_i)` over the disjoint chunks of `out`, in any order.
    ///
    /// Chunk `i` starts at element `i * chunk` and has `chunk` elements, the last one the rest.
    ///
    /// # Panics
    ///
    /// If `chunk` is zero, or as [`for_each_block`](Threads::for_each_block).
    pub fn for_each_chunk<T: Send>(&self, out: &mut [T], chunk: usize, f: impl Fn(usize, &mut [T]) + Sync) {
        assert!(chunk > 0, "for_each_chunk: a chunk needs at least one element");
        let len = out.len();
        let start = SendPtr(out.as_mut_ptr());
        self.for_each_block(len.div_ceil(chunk), |i| {
            let at = i * chunk;
            // SAFETY: `at < len`, so the range lies inside `out`, which stays mutably borrowed for
            // the whole call; each block number runs once and the ranges of two never overlap.
            // `T: Send` lets another thread have the elements.
            let part = unsafe { std::slice::from_raw_parts_mut(start.get().add(at), chunk.min(len - at)) };
            f(i, part);
        });
    }

    /// Runs `f(i, a_i, b_i)` over the chunks of two slices side by side.
    ///
    /// As [`for_each_chunk`](Threads::for_each_chunk) with a chunk size for each slice.
    ///
    /// # Panics
    ///
    /// If a chunk size is zero or the slices do not have the same number of chunks.
    pub fn for_each_chunk_pair<A: Send, B: Send>(
        &self,
        (a, chunk_a): (&mut [A], usize),
        (b, chunk_b): (&mut [B], usize),
        f: impl Fn(usize, &mut [A], &mut [B]) + Sync,
    ) {
        assert!(chunk_a > 0 && chunk_b > 0, "for_each_chunk_pair: a chunk needs at least one element");
        let len = b.len();
        assert_eq!(
            a.len().div_ceil(chunk_a),
            len.div_ceil(chunk_b),
            "for_each_chunk_pair: chunk counts differ"
        );
        let start = SendPtr(b.as_mut_ptr());
        self.for_each_chunk(a, chunk_a, |i, part_a| {
            let (at, start) = (i * chunk_b, start.get());
            // SAFETY: there are as many chunks as in `a`, so `at < len`: the range lies inside `b`, which stays mutably
            // borrowed. A chunk number runs once, no two ranges overlap, and `B: Send` lets another thread have one.
            let part_b = unsafe { std::slice::from_raw_parts_mut(start.add(at), chunk_b.min(len - at)) };
            f(i, part_a, part_b);
        });
    }

    /// The values `f(0)` to `f(blocks - 1)` in block order.
    ///
    /// # Panics
    ///
    /// As [`for_each_block`](Threads::for_each_block).
    pub fn map_blocks<R: Send>(&self, blocks: usize, f: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let mut results: Vec<Option<R>> = (0..blocks).map(|_| None).collect();
        self.for_each_chunk(&mut results, 1, |i, slot| slot[0] = Some(f(i)));
        results.into_iter().map(|r| r.expect("every block ran once")).collect()
    }
}

/// How many threads the machine runs at once; asked once, since the answer is read from several files.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

/// A pointer that the blocks of one job may share.
pub(crate) struct SendPtr<T>(pub(crate) *mut T);

impl<T> SendPtr<T> {
    /// The pointer; a method, so that closures capture the wrapper and not its field.
    pub(crate) fn get(&self) -> *mut T {
        self.0
    }
}

// SAFETY: the pointer is only used to cut what it points at into parts that blocks use disjointly,
// and the elements are sendable.
unsafe impl<T: Send> Sync for SendPtr<T> {}
