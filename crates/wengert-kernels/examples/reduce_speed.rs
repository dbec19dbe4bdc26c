//! Times reductions and transposing copies, after checking each result.
//!
//! `cargo run --release -p wengert-kernels --example reduce_speed -- [threads] [part of a name]`
//!
//! Prints gigabytes read per second (for copies, read and written) and the time of one call, medians of rounds.

use std::time::Instant;
use wengert_kernels::reduce::{AllMasked, Order, View, logsumexp, max, norm2, softmax, sum, sum_view};
use wengert_kernels::strided::copy_strided;
use wengert_kernels::{Buffer, Threads};

/// Rounds of each case, and the least seconds of one.
const ROUNDS: usize = 9;
const SECONDS: f64 = 0.01;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().map_or(2, |n| n.parse().expect("a number of threads"));
    let part = arguments.next().unwrap_or_default();
    let on = &Threads::new(threads);
    println!("{on:?}\n{:<44} {:>8} {:>12}", "reduction", "GB/s", "time in us");
    let report = |name: &str, bytes: usize, f: &mut dyn FnMut()| {
        if name.contains(&part) {
            let seconds = median_seconds(f);
            println!("{name:<44} {:>8.1} {:>12.3}", bytes as f64 / seconds * 1e-9, seconds * 1e6);
        }
    };
    let noise = |n: usize| Buffer::from_fn(n, |i| (i * 2_654_435_761 % 1000) as f32 / 500.0 - 1.0);

    for n in [1_000, 100_000, 10_000_000] {
        let (x, mut y) = (noise(n), [0.0]);
        report(&format!("sum of {n}"), 4 * n, &mut || sum(on, [1, n, 1], &x, &mut y));
        report(&format!("norm of {n}"), 4 * n, &mut || norm2(on, [1, n, 1], &x, &mut y));
        report(&format!("max of {n}"), 4 * n, &mut || max(on, [1, n, 1], &x, &mut y));
    }
    for (rows, columns) in [(64, 64), (64, 10), (4096, 1024)] {
        let (x, mut y) = (noise(rows * columns), Buffer::zeroed(columns));
        report(&format!("columns of [{rows}, {columns}]"), 4 * rows * columns, &mut || {
            sum(on, [1, rows, columns], &x, &mut y);
        });
    }
    for (images, places, channels) in [(64, 676, 32), (64, 121, 64), (64, 9, 64)] {
        let (x, mut y, mut z) =
            (noise(images * places * channels), Buffer::zeroed(channels), Buffer::zeroed(channels));
        let (n, len) = (images * places, x.len());
        let view =
            View { x: &x, dims: [1, n, channels], outer_step: len, step: channels, order: Order::Lines };
        let name = |what| format!("channels of [{images}, {places}, {channels}] {what}");
        report(&name("in place"), 4 * len, &mut || sum_view(on, view, &mut y));
        let mut copy = Buffer::scratch(len);
        report(&name("copied"), 4 * len, &mut || {
            copy_strided(on, &x, 0, &[channels, n], &[1, channels as isize], &mut copy);
            sum(on, [channels, n, 1], &copy, &mut z);
        });
        sum_view(on, view, &mut y);
        copy_strided(on, &x, 0, &[channels, n], &[1, channels as isize], &mut copy);
        sum(on, [channels, n, 1], &copy, &mut z);
        assert_eq!(y[..], z[..], "the same order of sums");
    }
    for (rows, n) in [(64, 10), (64, 1000), (1, 1_000_000)] {
        let (x, mut y, mut z) = (noise(rows * n), Buffer::zeroed(rows * n), Buffer::zeroed(rows));
        report(&format!("softmax of [{rows}, {n}]"), 4 * rows * n, &mut || {
            softmax(on, [rows, n, 1], &x, &mut y, AllMasked::Nan);
        });
        report(&format!("logsumexp of [{rows}, {n}]"), 4 * rows * n, &mut || {
            logsumexp(on, [rows, n, 1], &x, &mut z);
        });
        softmax(on, [rows, n, 1], &x, &mut y, AllMasked::Nan);
        assert!(y.chunks_exact(n).all(|y| (y.iter().map(|&y| f64::from(y)).sum::<f64>() - 1.0).abs() < 1e-5));
    }
    for (name, shape, strides) in [
        ("transpose [1024, 1024]", vec![1024, 1024], vec![1, 1024]),
        ("transpose [1000, 3000]", vec![1000, 3000], vec![1, 1000]),
        ("channels first [64, 32, 26, 26]", vec![64, 32, 676], vec![32 * 676, 1, 32]),
        ("channels last [64, 26, 26, 32]", vec![64, 676, 32], vec![32 * 676, 1, 676]),
        ("weights [64, 32, 3, 3] to [3, 3, 32, 64]", vec![9, 32, 64], vec![1, 9, 288]),
        ("small transpose [64, 576]", vec![64, 576], vec![1, 64]),
    ] {
        let len: usize = shape.iter().product();
        let (x, mut y) = (noise(len), Buffer::zeroed(len));
        report(name, 8 * len, &mut || copy_strided(on, &x, 0, &shape, &strides, &mut y));
        copy_strided(on, &x, 0, &shape, &strides, &mut y);
        let at = |mut e: usize| {
            shape.iter().zip(&strides).rev().fold(0, |at, (&d, &s)| {
                let i = e % d;
                e /= d;
                at + i * s as usize
            })
        };
        assert!((0..len).step_by(97).all(|e| y[e] == x[at(e)]), "{name}");
    }
}

/// The median over rounds of the seconds of one call.
fn median_seconds(f: &mut dyn FnMut()) -> f64 {
    let mut round = || {
        let mut calls = 1;
        loop {
            let start = Instant::now();
            (0..calls).for_each(|_| f());
            let passed = start.elapsed().as_secs_f64();
            if passed > SECONDS {
                return passed / f64::from(calls);
            }
            calls *= 4;
        }
    };
    let mut seconds: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[ROUNDS / 2]
}
