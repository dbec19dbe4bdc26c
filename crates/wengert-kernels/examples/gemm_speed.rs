//! Times matrix products beside those of `matrixmultiply`, after checking each against its definition.
//!
//! `cargo run --release -p wengert-kernels --example gemm_speed -- [threads] [part of a name]`
//!
//! Prints GFLOP/s, the median of interleaved rounds, and the time of one product. "T:" marks a left operand
//! stored transposed, ":T" a right one; "+" a product added to the result; f64 where said.

use std::time::Instant;
use wengert_kernels::gemm::gemm;
use wengert_kernels::{Buffer, Real, Threads};

/// Rounds of each product, and the least seconds of one.
const ROUNDS: usize = 7;
const SECONDS: f64 = 0.015;

/// Name and sizes: rows, inner size, columns.
const CASES: [(&str, [usize; 3]); 42] = [
    ("64", [64; 3]),
    ("128", [128; 3]),
    ("256", [256; 3]),
    ("512", [512; 3]),
    ("1024", [1024; 3]),
    ("2048", [2048; 3]),
    ("64x576x64", [64, 576, 64]),
    ("43264x9x32", [43264, 9, 32]),
    ("7744x288x64", [7744, 288, 64]),
    ("576x576x64", [576, 576, 64]),
    ("T:9x43264x32", [9, 43264, 32]),
    ("T:288x7744x64", [288, 7744, 64]),
    ("T:576x576x64", [576, 576, 64]),
    ("T:576x64x64", [576, 64, 64]),
    ("T:512", [512; 3]),
    ("512:T", [512; 3]),
    ("64x64x576:T", [64, 64, 576]),
    ("64x64x10", [64, 64, 10]),
    ("T:64x64x10", [64, 64, 10]),
    ("64x10x64:T", [64, 10, 64]),
    ("1x8x16", [1, 8, 16]),
    ("1x16x16", [1, 16, 16]),
    ("4x8x16", [4, 8, 16]),
    ("4x16x16", [4, 16, 16]),
    ("4x16x1", [4, 16, 1]),
    ("T:16x4x16", [16, 4, 16]),
    ("4x16x16:T", [4, 16, 16]),
    ("1x576x64", [1, 576, 64]),
    ("1x1024x1024", [1, 1024, 1024]),
    ("1x1024x1024:T", [1, 1024, 1024]),
    ("1x1040x1024:T", [1, 1040, 1024]),
    ("1x256x256:T", [1, 256, 256]),
    ("1x272x256:T", [1, 272, 256]),
    ("1024x1024x1", [1024, 1024, 1]),
    ("T:1024x1024x1", [1024, 1024, 1]),
    ("1024x1024x3", [1024, 1024, 3]),
    ("4096x4096x1", [4096, 4096, 1]),
    ("1x4096x4096", [1, 4096, 4096]),
    ("+576x576x64", [576, 576, 64]),
    ("512 f64", [512; 3]),
    ("1024 f64", [1024; 3]),
    ("64x576x64 f64", [64, 576, 64]),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().map_or(2, |n| n.parse().expect("a number of threads"));
    let part = arguments.next().unwrap_or_default();
    let on = Threads::new(threads);
    println!("{on:?}\n{:<16} {:>10} {:>15} {:>12}", "product", "GFLOP/s", "matrixmultiply", "time in us");
    for (name, sizes) in CASES.into_iter().filter(|(name, _)| name.contains(&part)) {
        let [ours, theirs] = if name.ends_with("f64") {
            times::<f64>(&on, name, sizes, matrixmultiply::dgemm)
        } else {
            times::<f32>(&on, name, sizes, matrixmultiply::sgemm)
        };
        let rate = |seconds: f64| sizes.iter().product::<usize>() as f64 * 2e-9 / seconds;
        println!("{name:<16} {:>10.1} {:>15.1} {:>12.3}", rate(ours), rate(theirs), ours * 1e6);
    }
}

/// The type of `matrixmultiply::sgemm` and `dgemm`.
type Multiply<T> = unsafe fn(
    usize,
    usize,
    usize,
    T,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    *mut T,
    isize,
    isize,
);

/// Median seconds of our product and of the other one.
fn times<T: Real>(on: &Threads, name: &str, [m, k, n]: [usize; 3], multiply: Multiply<T>) -> [f64; 2] {
    let noise = |count: usize, seed: usize| {
        Buffer::from_fn(count, |i| T::from_f64(((i + seed) * 2_654_435_761 % 1000) as f64 / 1000.0 - 0.5))
    };
    let (a, b) = (noise(m * k, 1), noise(k * n, 7));
    let (mut c, mut d) = (Buffer::zeroed(m * n), Buffer::zeroed(m * n));
    let strides = |transposed, [rows, columns]: [usize; 2]| {
        if transposed { [1, rows as isize] } else { [columns as isize, 1] }
    };
    let (sa, sb) = (strides(name.starts_with("T:"), [m, k]), strides(name.ends_with(":T"), [k, n]));
    let add = name.starts_with('+');
    let mut ours = || gemm(on, m, k, n, &a, sa, &b, sb, &mut c, add);
    // Rows in as many blocks as serve the threads, at most one for 16 rows.
    let rows = m.div_ceil(if on.count() == 1 { 1 } else { 8 }).max(16);
    let mut theirs = || {
        on.for_each_chunk(&mut d, rows * n, |block, d| {
            let a = a.as_ptr().wrapping_offset((block * rows) as isize * sa[0]);
            let beta = T::from_f64(f64::from(u8::from(add)));
            let (height, c_row) = (d.len() / n, n as isize);
            // SAFETY: rows from `block * rows` on of `a`, all of `b` and the chunk of `d` are matrices of these
            // sizes and strides.
            unsafe {
                let d = d.as_mut_ptr();
                multiply(height, k, n, T::ONE, a, sa[0], sa[1], b.as_ptr(), sb[0], sb[1], beta, d, c_row, 1);
            }
        });
    };
    ours();
    theirs();
    let mut rounds = [vec![], vec![]];
    for _ in 0..ROUNDS {
        rounds[0].push(seconds(&mut ours));
        rounds[1].push(seconds(&mut theirs));
    }
    gemm(on, m, k, n, &a, sa, &b, sb, &mut c, false);
    for e in (0..m * n).step_by((m * n / 97).max(1)) {
        let (i, j) = ((e / n) as isize, (e % n) as isize);
        let term = |p: isize| {
            let (x, y) = (a[(i * sa[0] + p * sa[1]) as usize], b[(p * sb[0] + j * sb[1]) as usize]);
            x.to_f64() * y.to_f64()
        };
        let want: f64 = (0..k as isize).map(term).sum();
        assert!((c[e].to_f64() - want).abs() <= 1e-6 * k as f64, "{name} at {i}, {j}: {} for {want}", c[e]);
    }
    rounds.map(|mut r| {
        r.sort_by(f64::total_cmp);
        r[ROUNDS / 2]
    })
}

/// Seconds of one call, over enough of them that reading the clock costs nothing.
fn seconds(f: &mut impl FnMut()) -> f64 {
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
}
