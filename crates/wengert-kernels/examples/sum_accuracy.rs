//! Sums 10^8 copies of 0.1 in single precision, whole and by either axis.
//!
//! `cargo run --release -p wengert-kernels --example sum_accuracy`

use std::time::Instant;
use wengert_kernels::{Buffer, Threads, reduce};

fn main() {
    let on = Threads::all();
    let x = Buffer::filled(100_000_000, 0.1f32);
    for dims in [[1, x.len(), 1], [1, x.len() / 2, 2], [2, x.len() / 2, 1]] {
        let mut y = Buffer::scratch(dims[0] * dims[2]);
        let start = Instant::now();
        reduce::sum(&on, dims, &x, &mut y);
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let want = f64::from(0.1f32) * dims[1] as f64;
        let error = y.iter().map(|&y| (f64::from(y) / want - 1.0).abs()).fold(0.0, f64::max);
        println!("{dims:?}: relative error {error:.1e}, {milliseconds:.1} ms");
        assert!(error <= 1e-6, "{dims:?}: relative error {error}");
    }
}
