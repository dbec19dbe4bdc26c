//! The threads behind [`Threads`](super::Threads): starting, waking and joining them.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

/// Polls before a waiting thread parks: some hundred microseconds. Between two jobs of a training step lie ten to a
/// hundred, and a thread that has parked comes as late again to the next one.
const SPINS: usize = 4000;

/// A caller and its workers, started at the first job.
pub(super) struct Team {
    count: usize,
    shared: Arc<Shared>,
    workers: OnceLock<Vec<JoinHandle<()>>>,
    /// Held by the thread whose job the team works on.
    busy: AtomicBool,
}

/// What caller and workers share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Tells workers of a new job or the end.
    wake: Condvar,
    /// Tells the caller that the last worker left its job.
    done: Condvar,
    /// Number of the newest job, so that workers can spin without the lock.
    newest: AtomicU64,
    /// Workers inside the current job. Raised under the lock while the job is set.
    active: AtomicUsize,
    /// The blocks of the current job that no thread has begun, a share for each thread.
    shares: Box<[Share]>,
    spins: usize,
}

struct State {
    job: Option<Job>,
    stop: bool,
    panic: Option<Box<dyn Any + Send>>,
    /// Workers that have parked, or are about to.
    parked: usize,
    /// Whether the caller has.
    caller_parked: bool,
}

/// Neighboring blocks: the number of the first in the upper half, the end in the lower one. In a cache line of its own.
#[repr(align(128))]
pub(super) struct Share(AtomicU64);

impl Share {
    /// Most blocks of a job.
    pub(super) const MOST: usize = u32::MAX as usize;

    /// Sets the number of the first block and the end.
    fn fill(&self, [first, end]: [u64; 2]) {
        self.0.store(first << 32 | end, Ordering::Relaxed);
    }

    /// Takes the first block.
    fn first(&self) -> Option<usize> {
        self.take(|first, end| [first + 1, end]).map(|[first, _]| first)
    }

    /// Takes the last block.
    fn last(&self) -> Option<usize> {
        self.take(|first, end| [first, end - 1]).map(|[_, end]| end - 1)
    }

    /// Leaves of `[first, end]` what `rest` says, unless there is nothing, and returns what it was.
    fn take(&self, rest: impl Fn(u64, u64) -> [u64; 2]) -> Option<[usize; 2]> {
        let parts = |share: u64| [share >> 32, share & Share::MOST as u64];
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |share| {
            let [first, end] = parts(share);
            (first < end).then(|| {
                let [first, end] = rest(first, end);
                first << 32 | end
            })
        });
        taken.ok().map(|share| parts(share).map(|i| i as usize))
    }
}

/// A closure whose borrow was stretched; see `Claim::run` for why that is sound.
type Job = &'static (dyn Fn(usize) + Sync);

thread_local! {
    /// Whether this thread is inside a block, where further jobs run on the thread itself.
    static IN_JOB: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a block.
pub(super) fn in_job() -> bool {
    IN_JOB.get()
}

impl Team {
    /// A team of `count` threads, none of them started.
    pub(super) fn new(count: usize) -> Team {
        let cores = super::cores();
        let shared = Shared {
            state: Mutex::new(State { job: None, stop: false, panic: None, parked: 0, caller_parked: false }),
            wake: Condvar::new(),
            done: Condvar::new(),
            newest: AtomicU64::new(0),
            active: AtomicUsize::new(0),
            shares: (0..count).map(|_| Share(AtomicU64::new(0))).collect(),
            // Spinning on a core that a worker needs would delay what it waits for.
            spins: if count <= cores { SPINS } else { 0 },
        };
        Team { count, shared: Arc::new(shared), workers: OnceLock::new(), busy: AtomicBool::new(false) }
    }

    /// Number of threads, the caller included.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    #[cfg(test)]
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

/// The right to give a team a job, until dropped.
pub(super) struct Claim<'a>(&'a Team);

impl<'a> Claim<'a> {
    /// The claim, unless the team works for another thread.
    pub(super) fn of(team: &'a Team) -> Option<Claim<'a>> {
        // Not `then_some`: a claim made for nothing would free the team when dropped.
        (!team.busy.swap(true, Ordering::Acquire)).then(|| Claim(team))
    }

    /// Runs all blocks on the caller and the workers.
    pub(super) fn run(&self, blocks: usize, block: &(dyn Fn(usize) + Sync)) {
        let shared = &*self.0.shared;
        self.0.workers.get_or_init(|| start_workers(&self.0.shared, self.0.count - 1));
        // Workers see the reference through `state.job` alone, and enter, raising `active`, only under the lock while it is
        // set. Between here and the end nothing unwinds: the caller's own blocks run inside `catch_unwind`.
        // SAFETY: only the lifetime changes. No worker uses the closure after its borrow: below, the job is taken out under
        // the lock, and `active` awaited to be zero, before this function returns or resumes a panic.
        let job: Job = unsafe { std::mem::transmute(block) };
        let count = shared.shares.len() as u64;
        for (i, share) in (0..).zip(&*shared.shares) {
            share.fill([i, i + 1].map(|i| (i * blocks as u64).div_ceil(count)));
        }
        let mut state = shared.lock();
        state.job = Some(job);
        // Under the lock, so that a worker between its check and its wait cannot miss the job.
        shared.newest.fetch_add(1, Ordering::Release);
        // Waking is a system call; workers that still spin see the number.
        let to_wake = state.parked.min(blocks - 1);
        drop(state);
        if blocks > self.0.count - 1 && to_wake > 0 {
            shared.wake.notify_all();
        } else {
            (0..to_wake).for_each(|_| shared.wake.notify_one());
        }
        shared.work_on(job, 0);
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

    /// Runs blocks of the thread's own share, then of the others', until none is left, keeping the first panic.
    ///
    /// Shares are the same in jobs of as many blocks, so that what a block reads of an earlier job's result is likely in
    /// the cache of its core.
    fn work_on(&self, job: Job, thread: usize) {
        let outer = IN_JOB.replace(true);
        let end = catch_unwind(AssertUnwindSafe(|| {
            let (before, own) = self.shares.split_at(thread);
            while let Some(block) = own[0].first() {
                job(block);
            }
            for other in own[1..].iter().chain(before) {
                while let Some(block) = other.last() {
                    job(block);
                }
            }
        }));
        IN_JOB.set(outer);
        if let Err(panic) = end {
            self.shares.iter().for_each(|share| share.fill([0, 0]));
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
            state.caller_parked = true;
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.caller_parked = false;
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
            state.parked += 1;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.parked -= 1;
        }
    }

    fn leave_job(&self) {
        if self.active.fetch_sub(1, Ordering::Release) == 1 {
            // Under the lock, so that a caller between its check and its wait cannot miss this.
            if self.lock().caller_parked {
                self.done.notify_one();
            }
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
                    shared.work_on(job, i + 1);
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
