//! What bits that do not depend on the threads cost: `cargo run --release -p wengert-kernels --example determinism`.
//!
//! A job of nothing, with the workers polling and with them asleep. Then sums and gradients by weights beside ones whose
//! blocks are cut by the number of threads, each checked against a plain loop; medians of runs in turns.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};
use wengert_kernels::conv::{self, ConvShape};
use wengert_kernels::{Threads, reduce};

const ROUNDS: usize = 21;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Microseconds per call of `f`, called for a millisecond or more.
fn micros(mut f: impl FnMut()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_millis(1) {
        (0..16).for_each(|_| f());
        calls += 16;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

/// Medians of the times of two computations, in turns.
fn in_turns(mut a: impl FnMut(), mut b: impl FnMut()) -> [f64; 2] {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_a.push(micros(&mut a));
        of_b.push(micros(&mut b));
    }
    [median(of_a), median(of_b)]
}

/// A job of so many empty blocks: one after the other, and each after the workers have fallen asleep.
fn empty_jobs(on: &Threads) -> [f64; 2] {
    let job = || on.for_each_block(on.count(), |i| _ = black_box(i));
    let polling = median((0..ROUNDS).map(|_| micros(job)).collect());
    let asleep = (0..200).map(|_| {
        thread::sleep(Duration::from_micros(500));
        let start = Instant::now();
        job();
        start.elapsed().as_secs_f64() * 1e6
    });
    [polling, median(asleep.collect())]
}

/// The sum of one part, in four registers of 16 lanes if the machine has them.
fn sum_of_part(x: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the machine has AVX-512F.
        return unsafe { sum_avx512(x) };
    }
    let mut sums = [0.0; 16];
    let (blocks, rest) = x.as_chunks::<16>();
    for block in blocks {
        for (sum, x) in sums.iter_mut().zip(block) {
            *sum += x;
        }
    }
    sums.iter().chain(rest).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_avx512(x: &[f32]) -> f32 {
    use std::arch::x86_64::{_mm512_add_ps, _mm512_loadu_ps, _mm512_reduce_add_ps, _mm512_setzero_ps};
    let [mut a, mut b, mut c, mut d] = [_mm512_setzero_ps(); 4];
    let (blocks, rest) = x.as_chunks::<64>();
    for block in blocks {
        let x = block.as_ptr();
        // SAFETY: a block has 64 elements, of which each load reads 16.
        unsafe {
            a = _mm512_add_ps(a, _mm512_loadu_ps(x));
            b = _mm512_add_ps(b, _mm512_loadu_ps(x.add(16)));
            c = _mm512_add_ps(c, _mm512_loadu_ps(x.add(32)));
            d = _mm512_add_ps(d, _mm512_loadu_ps(x.add(48)));
        }
    }
    let sum = _mm512_add_ps(_mm512_add_ps(a, b), _mm512_add_ps(c, d));
    _mm512_reduce_add_ps(sum) + rest.iter().sum::<f32>()
}

/// A part for each thread.
fn sum_by_threads(on: &Threads, x: &[f32]) -> f32 {
    let part = x.len().div_ceil(on.count());
    let mut sums = [0.0; 64];
    let sums = &mut sums[..on.count().min(64)];
    on.for_each_chunk(sums, 1, |i, sum| sum[0] = sum_of_part(&x[i * part..((i + 1) * part).min(x.len())]));
    sums.iter().sum()
}

fn sums(on: &Threads) {
    println!("\n{:>9} {:>14} {:>14} {:>7}", "elements", "fixed tree, us", "by threads, us", "ratio");
    for n in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        let x: Vec<f32> = (0..n).map(|i| ((i * 7919) % 4001) as f32 * 1e-3 - 2.0).collect();
        let expected: f64 = x.iter().map(|&x| f64::from(x)).sum();
        let scale: f64 = x.iter().map(|&x| f64::from(x.abs())).sum();
        let mut tree = [0.0];
        reduce::sum(on, [1, n, 1], &x, &mut tree);
        // Fewer elements than two threads gain by.
        let one = Threads::one();
        let by = if n < 50_000 { &one } else { on };
        for sum in [tree[0], sum_by_threads(by, &x)] {
            assert!((f64::from(sum) - expected).abs() <= 1e-5 * scale, "{sum} {expected}");
        }
        let [a, b] = in_turns(
            || reduce::sum(on, [1, n, 1], black_box(&x), black_box(&mut tree)),
            || _ = black_box(sum_by_threads(by, black_box(&x))),
        );
        println!("{n:>9} {a:>14.2} {b:>14.2} {:>7.2}", a / b);
    }
}

/// A part of the batch for each thread, with a gradient of its own.
fn weight_grad_by_threads(on: &Threads, part: &ConvShape, x: &[f32], dy: &[f32], parts: &mut [f32]) {
    let (size, count) = (parts.len() / on.count(), on.count());
    on.for_each_chunk(parts, size, |i, dw| {
        let of = |v: &[f32]| (v.len() / count * i, v.len() / count * (i + 1));
        let ((a, b), (c, d)) = (of(x), of(dy));
        conv::weight_grad(&Threads::one(), part, &x[a..b], &dy[c..d], dw);
    });
    let (sum, others) = parts.split_at_mut(size);
    for other in others.chunks(size) {
        sum.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
    }
}

fn weight_gradients(on: &Threads) {
    println!(
        "\n{:>22} {:>14} {:>14} {:>7}",
        "convolution, batch 64", "by shape, us", "by threads, us", "ratio"
    );
    for ([from, to], side) in [([1, 32], 28), ([32, 64], 13), ([64, 64], 5)] {
        let shape = |batch| {
            ConvShape::new([batch, from, side, side], to, [3, 3], [1, 1], [0, 0], [1, 1], 1).expect("fits")
        };
        let (whole, part) = (shape(64), shape(64 / on.count()));
        let values = |n: usize| (0..n).map(|i| ((i * 7919) % 401) as f32 * 1e-2 - 2.0).collect::<Vec<_>>();
        let x = values(64 * from * side * side);
        let dy = values(64 * to * (side - 2) * (side - 2));
        let mut dw = vec![0.0; to * from * 9];
        let mut parts = vec![0.0; dw.len() * on.count()];
        conv::weight_grad(on, &whole, &x, &dy, &mut dw);
        weight_grad_by_threads(on, &part, &x, &dy, &mut parts);
        let largest = dw.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        assert!(dw.iter().zip(&parts).all(|(a, b)| (a - b).abs() <= 1e-4 * largest));
        let [a, b] = in_turns(
            || conv::weight_grad(on, &whole, black_box(&x), black_box(&dy), &mut dw),
            || weight_grad_by_threads(on, &part, black_box(&x), black_box(&dy), &mut parts),
        );
        println!("{:>22} {a:>14.1} {b:>14.1} {:>7.2}", format!("{from} to {to}, {side}x{side}"), a / b);
    }
}

fn main() {
    let on = Threads::new(2);
    let [polling, asleep] = empty_jobs(&on);
    println!("an empty job of 2 threads: {polling:.2} us, of workers asleep {asleep:.1} us");
    sums(&on);
    weight_gradients(&on);
}
