//! Steps after the first two ask the system for no memory.

use peak_alloc::PeakAlloc;
use wengert::{Conv2dOptions, Key, Tensor, Threads};
use wengert_nn::{Conv2d, Init, Linear, Tree, tree};
use wengert_optim::{Adam, Optimizer, Rule, Sgd};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

tree! {
    struct Net<P> { first: Conv2d<P>, second: Linear<P>, third: Linear<P> }
}

fn net() -> Net<Tensor<f32>> {
    let key = Key::new(5);
    Net {
        first: Conv2d::new(3, 8, [3, 3], Conv2dOptions::default(), Init::HeNormal, key.stream(0)),
        second: Linear::new(200, 100, Init::HeNormal, key.stream(1)),
        third: Linear::new(100, 10, Init::HeNormal, key.stream(2)),
    }
}

/// Bytes that a step has at once above what there was before.
fn extra(step: impl FnOnce()) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    step();
    MEMORY.peak_usage() - before
}

fn assert_steady<R: Rule>(mut optimizer: Optimizer<f32, R>) {
    let mut model = net();
    let gradient = model.map(|_, p| p * 0.1);
    // Weight gradients with the axes in another order of memory.
    let mut turned = model.map(|_, p| p * 0.1);
    turned.first.weight = turned.first.weight.permute(&[0, 2, 3, 1]).contiguous().permute(&[0, 3, 1, 2]);
    turned.second.weight = turned.second.weight.transpose(0, 1).contiguous().transpose(0, 1);
    assert!(!turned.first.weight.is_contiguous() && !turned.second.weight.is_contiguous());
    let in_order: Vec<&Tensor<f32>> = gradient.leaves();
    for round in 0..4 {
        let bytes = extra(|| {
            let _ = optimizer.step(&mut model, &gradient).expect("finite gradients");
            let _ = optimizer.step(&mut model, &turned).expect("finite gradients");
            let _ = optimizer.step_in_order(&mut model, in_order.iter().copied()).expect("finite gradients");
        });
        assert!(round < 2 || bytes == 0, "{bytes} bytes in round {round} of {:?}", optimizer.rule());
    }
}

#[test]
fn steps_ask_the_system_for_no_memory() {
    for threads in [1, 2] {
        let on = Threads::new(threads);
        assert_steady(Adam::new(1e-3).amsgrad().build().expect("valid options").threads(on.clone()));
        assert_steady(Sgd::new(1e-3).momentum(0.9).build().expect("valid options").threads(on.clone()));
        assert_steady(Sgd::new(1e-3).build().expect("valid options").threads(on));
    }
}
