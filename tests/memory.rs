//! Live memory does not grow with the number of training steps.

use peak_alloc::PeakAlloc;
use wengert::{Tape, Tensor, Threads};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[test]
fn live_bytes_return_to_their_level_after_every_step() {
    let steps = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    let data = Tensor::from([[0.5, -1.0], [1.5, 2.0], [0.0, 1.0]]);
    let mut weight = Tensor::from([[0.1], [0.2]]);
    let mut tape = Tape::<f64>::with_threads(Threads::one());
    let mut level = 0_usize;
    for step in 0..steps {
        let gradient = {
            let w = tape.leaf(&weight);
            let loss = (tape.constant(&data).matmul(w).tanh() - 0.3).sum();
            let loss = loss * loss;
            let kept = loss.grad(&[w])[0]; // gradients kept on the tape are freed with it
            ((kept * kept).sum() + loss).backward(&[w]).remove(0)
        };
        tape.clear();
        weight = &weight - &(gradient * 1e-3);
        if step == 10 {
            level = ALLOCATOR.current_usage();
        }
    }
    let grown = ALLOCATOR.current_usage().saturating_sub(level);
    assert!(grown <= 4096, "{grown} bytes more after {steps} steps than after ten");
}
