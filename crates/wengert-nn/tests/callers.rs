//! Panics name the line of the user's mistake, not one inside the library.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};
use wengert::{Conv2dOptions, Key, Tape, Tensor};
use wengert_nn::*;

#[test]
fn a_panic_points_at_the_line_of_the_caller() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (old, record) = (take_hook(), Arc::clone(&seen));
    set_hook(Box::new(move |info| {
        let file = info.location().map(|at| at.file().to_owned());
        record.lock().expect("no panic while held").push(file);
    }));
    let tape = Tape::<f32>::new();
    let (x, wide) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[1.0, 2.0, 3.0]]));
    let linear = Linear::<Tensor<f32>>::new(2, 3, Init::Zeros, Key::new(1)).on(&tape);
    let conv: Conv2d<Tensor<f32>> =
        Conv2d::new(1, 1, [3, 3], Conv2dOptions::default(), Init::Zeros, Key::new(1));
    let conv = conv.on(&tape);
    fn done<T>(_: T) {}
    let mistakes: [&dyn Fn(); 8] = [
        &|| done(linear.forward(wide)),
        &|| done(conv.forward(x)),
        &|| done(MaxPool2d::new([2, 2]).forward(x)),
        &|| done(Flatten.forward(tape.leaf(1.0))),
        &|| done(Activation::Elu(f64::NAN).forward(x)),
        &|| done(BatchNorm::<Tensor<f32>>::new(3).on(&tape).forward(x, Mode::Eval)),
        &|| done(mse(x, wide, Reduction::Mean)),
        &|| done(cross_entropy(x, &Tensor::from([7_u32]))),
    ];
    let panicked = mistakes.map(|mistake| catch_unwind(AssertUnwindSafe(mistake)).is_err());
    let gradients = catch_unwind(AssertUnwindSafe(|| linear.weight.sum().gradients(&linear))).is_err();
    set_hook(old);
    assert!(panicked == [true; 8] && gradients);
    assert_eq!(*seen.lock().expect("no panic while held"), vec![Some(file!().to_owned()); 9]);
}
