//! A persistent team of threads that works through numbered blocks.
//!
//! A job is a closure over block numbers. The caller takes part in its own job, so a job always
//! finishes, whatever the workers do; which thread runs a block is left open, and results must
//! depend on the block number alone.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

/// Polls before a waiting thread parks: some ten microseconds, about the cost of a wake-up.
const SPINS: usize = 400;

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

struct Team {
    count: usize,
    shared: Arc<Shared>,
    workers: OnceLock<Vec<JoinHandle<()>>>,
    /// Held by the thread whose job the team works on.
    busy: AtomicBool,
}

/// What caller and workers share.
struct Shared {
    state: Mutex<State>,
    /// Tells workers of a new job or the end.
    wake: Condvar,
    /// Tells the caller that the last worker left its job.
    done: Condvar,
    /// Number of the newest job, so that workers can spin without the lock.
    newest: AtomicU64,
    /// Workers inside the current job. Raised under the lock while the job is set.
    active: AtomicUsize,
    /// Next block of the current job.
    next: AtomicUsize,
    spins: usize,
}

struct State {
    job: Option<Job>,
    stop: bool,
    panic: Option<Box<dyn Any + Send>>,
}

/// A closure whose borrow was stretched; see `Team::run` for why that is sound.
#[derive(Clone, Copy)]
struct Job {
    block: &'static (dyn Fn(usize) + Sync),
    blocks: usize,
}

thread_local! {
    /// Whether this thread is inside a block, where further jobs run on the thread itself.
    static IN_JOB: Cell<bool> = const { Cell::new(false) };
}

impl Threads {
    /// A team of `count` threads, the caller included; 0 counts as 1.
    pub fn new(count: usize) -> Threads {
        if count <= 1 {
            return Threads { team: None };
        }
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let shared = Shared {
            state: Mutex::new(State { job: None, stop: false, panic: None }),
            wake: Condvar::new(),
            done: Condvar::new(),
            newest: AtomicU64::new(0),
            active: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            // Spinning on a core that a worker needs would delay what it waits for.
            spins: if count <= cores { SPINS } else { 0 },
        };
        let team =
            Team { count, shared: Arc::new(shared), workers: OnceLock::new(), busy: AtomicBool::new(false) };
        Threads { team: Some(Arc::new(team)) }
    }

    /// A team of as many threads as the machine runs at once.
    pub fn all() -> Threads {
        Threads::new(thread::available_parallelism().map_or(1, NonZero::get))
    }

    /// The calling thread alone.
    pub fn one() -> Threads {
        Threads { team: None }
    }

    /// Number of threads, the caller included.
    pub fn count(&self) -> usize {
        self.team.as_ref().map_or(1, |team| team.count)
    }

    /// Runs `f(0)` to `f(blocks - 1)`, each once, in any order.
    ///
    /// # Panics
    ///
    /// If a block panics, the panic continues here once all running blocks have ended; blocks not
    /// yet begun may be left out. The team stays usable.
    pub fn for_each_block(&self, blocks: usize, f: impl Fn(usize) + Sync) {
        if blocks > 1
            && let Some(team) = &self.team
            && !IN_JOB.get()
            && let Some(claim) = Claim::of(team)
        {
            claim.run(blocks, &f);
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
            let at = i * chunk_b;
            // SAFETY: both slices have the same number of chunks, so `at < len` and the range lies
            // inside `b`, mutably borrowed for the whole call; chunk numbers run once each and
            // their ranges never overlap. `B: Send` lets another thread have the elements.
            let part_b =
                unsafe { std::slice::from_raw_parts_mut(start.get().add(at), chunk_b.min(len - at)) };
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

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

/// A pointer that the blocks of one job may share.
struct SendPtr<T>(*mut T);

impl<T> SendPtr<T> {
    /// The pointer; a method, so that closures capture the wrapper and not its field.
    fn get(&self) -> *mut T {
        self.0
    }
}

// SAFETY: the pointer is only used by `Threads`, which cuts what it points at into disjoint parts
// of sendable elements.
unsafe impl<T: Send> Sync for SendPtr<T> {}

/// The right to give a team a job, until dropped.
struct Claim<'a>(&'a Team);

impl<'a> Claim<'a> {
    fn of(team: &'a Team) -> Option<Claim<'a>> {
        (!team.busy.swap(true, Ordering::Acquire)).then_some(Claim(team))
    }

    fn run(&self, blocks: usize, block: &(dyn Fn(usize) + Sync)) {
        let shared = &*self.0.shared;
        self.0.workers.get_or_init(|| start_workers(&self.0.shared, self.0.count - 1));
        // SAFETY: only the lifetime changes. Workers see the reference through `state.job` alone,
        // and enter (raising `active`) only under the lock while it is set. Below, the job is
        // taken out under the lock and `active` awaited to be zero before this function returns or
        // unwinds (the caller's own blocks are run inside `catch_unwind`, and nothing else here
        // panics), so no worker can use the closure after its borrow ends.
        let block: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(block) };
        let job = Job { block, blocks };
        shared.next.store(0, Ordering::Relaxed);
        let mut state = shared.lock();
        state.job = Some(job);
        // Under the lock, so that a worker between its check and its wait cannot miss the job.
        shared.newest.fetch_add(1, Ordering::Release);
        drop(state);
        if blocks > self.0.count - 1 {
            shared.wake.notify_all();
        } else {
            (1..blocks).for_each(|_| shared.wake.notify_one());
        }
        shared.work_on(job);
        shared.lock().job = None;
        shared.wait_for_workers();
        let panic = shared.lock().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

impl Shared {
    /// The state; a poisoned lock is taken as it is, since no change to it can be cut in half.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs blocks until none is left, keeping the first panic.
    fn work_on(&self, job: Job) {
        let outer = IN_JOB.replace(true);
        let end = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let i = self.next.fetch_add(1, Ordering::Relaxed);
                if i >= job.blocks {
                    break;
                }
                (job.block)(i);
            }
        }));
        IN_JOB.set(outer);
        if let Err(panic) = end {
            self.next.store(job.blocks, Ordering::Relaxed);
            match &mut self.lock().panic {
                first @ None => *first = Some(panic),
                // Dropping a payload could panic in turn; leaking a second one is harmless.
                Some(_) => std::mem::forget(panic),
            }
        }
    }

    fn wait_for_workers(&self) {
        for _ in 0..self.spins {
            if self.active.load(Ordering::Acquire) == 0 {
                return;
            }
            std::hint::spin_loop();
        }
        let mut state = self.lock();
        while self.active.load(Ordering::Acquire) > 0 {
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job that this worker has not seen; none at the end of the team.
    fn next_job(&self, seen: &mut u64) -> Option<Job> {
        for _ in 0..self.spins {
            if self.newest.load(Ordering::Acquire) != *seen {
                break;
            }
            std::hint::spin_loop();
        }
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            let newest = self.newest.load(Ordering::Acquire);
            if newest != *seen {
                *seen = newest;
                if let Some(job) = state.job {
                    self.active.fetch_add(1, Ordering::Relaxed);
                    return Some(job);
                }
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn leave_job(&self) {
        if self.active.fetch_sub(1, Ordering::Release) == 1 {
            // Under the lock, so that a caller between its check and its wait cannot miss this.
            let _state = self.lock();
            self.done.notify_one();
        }
    }
}

/// Starts up to `count` workers; fewer if the system refuses, as the caller can do all the work.
fn start_workers(shared: &Arc<Shared>, count: usize) -> Vec<JoinHandle<()>> {
    (0..count)
        .map_while(|i| {
            let shared = Arc::clone(shared);
            let worker = move || {
                let mut seen = 0;
                while let Some(job) = shared.next_job(&mut seen) {
                    shared.work_on(job);
                    shared.leave_job();
                }
            };
            thread::Builder::new().name(format!("wengert-{}", i + 1)).spawn(worker).ok()
        })
        .collect()
}

impl Drop for Team {
    fn drop(&mut self) {
        // No job can be running: a job borrows a `Threads`, which holds this team.
        self.shared.lock().stop = true;
        self.shared.newest.fetch_add(1, Ordering::Release);
        self.shared.wake.notify_all();
        for worker in self.workers.take().into_iter().flatten() {
            // A worker catches the panics of its blocks, so it ends normally.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 5] = [1, 2, 3, 4, 8];

    #[test]
    fn every_block_runs_exactly_once_on_any_number_of_threads() {
        for count in COUNTS {
            let on = Threads::new(count);
            for blocks in [0, 1, 2, 3, 7, 100, 1000] {
                let runs: Vec<AtomicUsize> = (0..blocks).map(|_| AtomicUsize::new(0)).collect();
                on.for_each_block(blocks, |i| {
                    runs[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(
                    runs.iter().all(|r| r.load(Ordering::Relaxed) == 1),
                    "{count} threads, {blocks} blocks"
                );
            }
        }
    }

    #[test]
    fn chunks_are_disjoint_and_cover_the_slice() {
        for count in COUNTS {
            let on = Threads::new(count);
            for (len, chunk) in [(0, 3), (1, 3), (9, 3), (10, 3), (1000, 7), (5, 100)] {
                let mut out = vec![usize::MAX; len];
                on.for_each_chunk(&mut out, chunk, |i, part| {
                    for (j, x) in part.iter_mut().enumerate() {
                        *x = i * chunk + j;
                    }
                });
                assert_eq!(out, (0..len).collect::<Vec<_>>());
                let mut counts = vec![0; len.div_ceil(chunk)];
                on.for_each_chunk_pair((&mut out, chunk), (&mut counts, 1), |_, part, count| {
                    count[0] = part.len()
                });
                assert_eq!(counts.iter().sum::<usize>(), len);
            }
        }
    }

    #[test]
    fn results_come_in_block_order() {
        for count in COUNTS {
            let texts = Threads::new(count).map_blocks(50, |i| format!("block {i}"));
            assert!(texts.iter().enumerate().all(|(i, t)| *t == format!("block {i}")));
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_leaves_the_team_usable() {
        for count in COUNTS {
            let on = Threads::new(count);
            for round in 0..20 {
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    on.for_each_block(64, |i| assert!(i != round * 3, "planted"));
                }));
                let payload = caught.expect_err("block 3 * round panics");
                let text = payload.downcast_ref::<String>().map(String::as_str);
                assert!(text.or(payload.downcast_ref::<&str>().copied()).expect("text").contains("planted"));
                assert_eq!(on.map_blocks(10, |i| i).len(), 10);
                assert!(!IN_JOB.get());
            }
        }
    }

    #[test]
    fn all_blocks_may_panic_at_once() {
        let on = Threads::new(4);
        for _ in 0..50 {
            assert!(catch_unwind(AssertUnwindSafe(|| on.for_each_block(8, |_| panic!("each")))).is_err());
        }
        assert_eq!(on.map_blocks(3, |i| i), [0, 1, 2]);
    }

    #[test]
    fn a_job_inside_a_job_runs_on_its_thread() {
        let (on, other) = (Threads::new(3), Threads::new(2));
        let sums = on.map_blocks(10, |i| {
            let here = thread::current().id();
            let inner = on.map_blocks(10, |j| (i * j, thread::current().id()));
            let foreign = other.map_blocks(10, |j| (j, thread::current().id()));
            assert!(inner.iter().chain(&foreign).all(|&(_, id)| id == here));
            inner.iter().map(|&(x, _)| x).sum::<usize>()
        });
        assert_eq!(sums, (0..10).map(|i| 45 * i).collect::<Vec<_>>());
    }

    #[test]
    fn threads_sharing_a_team_do_not_disturb_one_another() {
        let on = Threads::new(3);
        thread::scope(|scope| {
            for user in 0..2 {
                let on = on.clone();
                scope.spawn(move || {
                    for round in 0..1000 {
                        let got = on.map_blocks(5, |i| i + round + user);
                        assert_eq!(got, (0..5).map(|i| i + round + user).collect::<Vec<_>>());
                    }
                });
            }
        });
    }

    #[test]
    fn ten_thousand_tiny_jobs_complete() {
        let on = Threads::new(2);
        let total = AtomicUsize::new(0);
        for _ in 0..10_000 {
            on.for_each_block(2, |i| {
                total.fetch_add(i + 1, Ordering::Relaxed);
            });
        }
        assert_eq!(total.into_inner(), 30_000);
    }

    #[test]
    fn workers_really_help_and_end_with_the_last_handle() {
        let on = Threads::new(2);
        // Each block waits for the other, so one thread alone could not finish.
        let barrier = std::sync::Barrier::new(2);
        let ids = on.map_blocks(2, |_| {
            barrier.wait();
            thread::current().id()
        });
        assert_ne!(ids[0], ids[1]);
        let shared = Arc::downgrade(&on.team.as_ref().expect("two threads").shared);
        drop(on.clone());
        assert!(shared.upgrade().is_some());
        drop(on);
        assert!(shared.upgrade().is_none(), "joined workers hold nothing");
    }

    #[test]
    fn the_count_is_shown_and_zero_means_one() {
        assert_eq!(format!("{:?}", Threads::new(3)), "Threads(3)");
        assert_eq!((Threads::new(0).count(), Threads::one().count()), (1, 1));
        assert!(Threads::all().count() >= 1);
    }
}
