//! Tests of the team: coverage of blocks, panics, sharing, nesting.

use super::Threads;
use super::team::{Claim, Team, in_job};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
            assert!(runs.iter().all(|r| r.load(Ordering::Relaxed) == 1), "{count} threads, {blocks} blocks");
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
            assert!(!in_job());
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
    let shared = Arc::downgrade(on.team.as_ref().expect("two threads").shared());
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

#[test]
fn a_refused_claim_does_not_free_the_team() {
    let team = Team::new(2);
    let claim = Claim::of(&team);
    assert!(claim.is_some());
    // The second refusal fails if the first one released the team.
    assert!(Claim::of(&team).is_none() && Claim::of(&team).is_none());
    drop(claim);
    assert!(Claim::of(&team).is_some());
}

#[test]
fn every_block_of_every_share_runs_and_the_callers_own_in_order() {
    // Eight threads of which seven are asleep at first: the caller takes what they have not begun.
    let on = Threads::new(8);
    for blocks in [2, 3, 8, 9, 100] {
        let order = std::sync::Mutex::new(Vec::new());
        on.for_each_block(blocks, |i| order.lock().unwrap().push((thread::current().id(), i)));
        let order = order.into_inner().unwrap();
        let mut all: Vec<usize> = order.iter().map(|&(_, i)| i).collect();
        all.sort_unstable();
        assert_eq!(all, (0..blocks).collect::<Vec<_>>());
        let share = 0..blocks.div_ceil(8);
        let own: Vec<usize> = order
            .iter()
            .filter(|(id, i)| *id == thread::current().id() && share.contains(i))
            .map(|&(_, i)| i)
            .collect();
        assert!(own.is_sorted(), "{blocks} blocks: {own:?}");
    }
}

#[test]
fn each_thread_begins_with_its_own_share() {
    let on = Threads::new(2);
    for _ in 0..50 {
        // Neither block ends before the other has begun, so each thread has one of them.
        let both = std::sync::Barrier::new(2);
        let first = std::sync::Mutex::new(None);
        on.for_each_block(2, |i| {
            both.wait();
            if i == 0 {
                *first.lock().unwrap() = Some(thread::current().id());
            }
        });
        assert_eq!(first.into_inner().unwrap(), Some(thread::current().id()));
    }
}
