//! Variables of two tapes in one place.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Conv2dOptions, Key, SolveOptions, Tape, Tensor, Var, checkpoint, custom_vjp, try_checkpoint};
use wengert_nn::{BatchNorm, Gradients, Init, Linear, Mode, Model, Reduction, cross_entropy, mse, try_mse};

const FIX: &str = "tape.constant(v.value())";

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("a product over two tapes", "DifferentTapes", &["mul:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_mul(w));
            fault!(x * w);
        }),
        wrong("a number of a tape that was kept from the last step", "DifferentTapes", &["add:", FIX], |t| {
            let last = Tape::new();
            let (loss, sum) = (t.leaf(1.0), last.leaf(2.0));
            refused(loss.try_add(sum));
            fault!(loss + sum);
        }),
        wrong("a matrix product over two tapes", "DifferentTapes", &["matmul:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2, 3]), leaf(&other, [3, 2]));
            refused(x.try_matmul(w));
            fault!(x.matmul(w));
        }),
        wrong("a dot product over two tapes", "DifferentTapes", &["dot:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_dot(w));
            fault!(x.dot(w));
        }),
        wrong("an outer product over two tapes", "DifferentTapes", &["outer:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_outer(w));
            fault!(x.outer(w));
        }),
        wrong("a Kronecker product over two tapes", "DifferentTapes", &["kron:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_kron(w));
            fault!(x.kron(w));
        }),
        wrong("einsum over two tapes", "DifferentTapes", &["einsum:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2, 3]), leaf(&other, [3, 2]));
            refused(Var::try_einsum("ij,jk->ik", &[x, w]));
            fault!(Var::einsum("ij,jk->ik", &[x, w]));
        }),
        wrong("an interpolation over two tapes", "DifferentTapes", &["lerp:", FIX], |t| {
            let other = Tape::new();
            let (x, end) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_lerp(end, 0.5));
            fault!(x.lerp(end, 0.5));
        }),
        wrong("a remainder over two tapes", "DifferentTapes", &["remainder:", FIX], |t| {
            let other = Tape::new();
            let (x, n) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_remainder(n));
            fault!(x.remainder(n));
        }),
        wrong("signs over two tapes", "DifferentTapes", &["copysign:", FIX], |t| {
            let other = Tape::new();
            let (x, sign) = (leaf(t, [2]), leaf(&other, [2]));
            refused(x.try_copysign(sign));
            fault!(x.copysign(sign));
        }),
        wrong("addmm with a bias of another tape", "DifferentTapes", &["addmm:", FIX], |t| {
            let other = Tape::new();
            let (c, a, b) = (leaf(&other, [2]), leaf(t, [2, 3]), leaf(t, [3, 2]));
            refused(c.try_addmm(a, b, 1.0, 1.0));
            fault!(c.addmm(a, b, 1.0, 1.0));
        }),
        wrong("a chain of products over two tapes", "DifferentTapes", &["multi_dot:", FIX], |t| {
            let other = Tape::new();
            let (a, b) = (leaf(t, [2, 3]), leaf(&other, [3, 2]));
            refused(Var::try_multi_dot(&[a, b]));
            fault!(Var::multi_dot(&[a, b]));
        }),
        wrong("pieces of two tapes joined", "DifferentTapes", &["concat:", FIX], |t| {
            let other = Tape::new();
            let (a, b) = (leaf(t, [2]), leaf(&other, [2]));
            refused(Var::try_concat(&[a, b], 0));
            fault!(Var::concat(&[a, b], 0));
        }),
        wrong("samples of two tapes stacked", "DifferentTapes", &["stack:", FIX], |t| {
            let other = Tape::new();
            let (a, b) = (leaf(t, [2]), leaf(&other, [2]));
            refused(Var::try_stack(&[a, b], 0));
            fault!(Var::stack(&[a, b], 0));
        }),
        wrong("a filter of another tape", "DifferentTapes", &["conv2d:", FIX], |t| {
            let (other, o) = (Tape::new(), Conv2dOptions::default());
            let (x, w) = (leaf(t, [1, 1, 4, 4]), leaf(&other, [1, 1, 2, 2]));
            refused(x.try_conv2d(w, &o));
            fault!(x.conv2d(w, &o));
        }),
        wrong("a mask of another tape", "DifferentTapes", &["masked_softmax:", FIX], |t| {
            let other = Tape::new();
            let (scores, seen) = (leaf(t, [3]), leaf(&other, [3]).gt(0.0));
            refused(scores.try_masked_softmax(0, seen));
            fault!(scores.masked_softmax(0, seen));
        }),
        wrong("a branch of another tape", "panic", &["select:", FIX], |t| {
            let other = Tape::new();
            let (x, y) = (leaf(t, [3]), leaf(&other, [3]));
            fault!(x.gt(0.0).select(x, y));
        }),
        wrong("a layer that lives on another tape", "DifferentTapes", &["linear:", FIX], |t| {
            let other = Tape::new();
            let layer = Linear::<Tensor<f64>>::new(2, 2, Init::Zeros, Key::new(1)).on(&other);
            let x = leaf(t, [1, 2]);
            refused(layer.try_forward(x));
            fault!(layer.forward(x));
        }),
        wrong("normalization on another tape", "DifferentTapes", &["batch_norm:", FIX], |t| {
            let other = Tape::new();
            let (mut layer, x) = (BatchNorm::<Tensor<f64>>::new(2).on(&other), leaf(t, [3, 2]));
            refused(layer.try_forward(x, Mode::Eval));
            fault!(layer.forward(x, Mode::Eval));
        }),
        wrong("targets of another tape", "DifferentTapes", &["mse:", FIX], |t| {
            let other = Tape::new();
            let (y, target) = (leaf(t, [3]), leaf(&other, [3]));
            refused(try_mse(y, target, Reduction::Mean));
            fault!(mse(y, target, Reduction::Mean));
        }),
        wrong("a gradient by a leaf of another tape", "DifferentTapes", &["grad:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, []), leaf(&other, []));
            refused((x * x).try_grad(&[w]));
            fault!((x * x).grad(&[w]));
        }),
        wrong("a seed of another tape", "DifferentTapes", &["vjp:", FIX], |t| {
            let other = Tape::new();
            let (x, seed) = (leaf(t, [2]), leaf(&other, [2]));
            refused((x * x).try_vjp(seed, &[x]));
            fault!((x * x).vjp(seed, &[x]));
        }),
        wrong("a tangent of another tape", "DifferentTapes", &["jvp:", FIX], |t| {
            let other = Tape::new();
            let (x, tangent) = (leaf(t, [2]), leaf(&other, [2]));
            refused((x * x).try_jvp(&[x], &[tangent]));
            fault!((x * x).jvp(&[x], &[tangent]));
        }),
        wrong("gradients by a model on another tape", "DifferentTapes", &["backward:", FIX], |t| {
            let other = Tape::new();
            let model = Linear::<Tensor<f64>>::new(2, 2, Init::HeNormal, Key::new(1));
            let (here, there) = (model.on(t), model.on(&other));
            let loss = cross_entropy(here.forward(leaf(t, [1, 2])), &Tensor::from([0_u32]));
            refused(loss.try_gradients(&there));
            fault!(loss.gradients(&there));
        }),
        wrong("a checkpoint of variables of two tapes", "DifferentTapes", &["checkpoint:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            refused(try_checkpoint(|v| Ok(v[0] * v[1]), &[x, w]));
            fault!(checkpoint(|v| v[0] * v[1], &[x, w]));
        }),
        wrong("a rule of one's own with variables of two tapes", "DifferentTapes", &["product:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, [2]), leaf(&other, [2]));
            let product = custom_vjp(
                "product",
                |[a, b]| a * b,
                |at, ct| {
                    let [a, b] = at.x();
                    [Some(ct * b), Some(ct * a)].into()
                },
            );
            refused(product.try_of([x, w]));
            fault!(product.of([x, w]));
        }),
        wrong(
            "a solution whose parameters live on two tapes",
            "DifferentTapes",
            &["fixed_point:", FIX],
            |t| {
                let (other, start, o) = (Tape::new(), Tensor::from([0.0]), SolveOptions::default());
                let theta = [leaf(t, [1]), leaf(&other, [1])];
                refused(wengert::try_fixed_point(|x, p| x * 0.5 + p[0] * p[1], &start, &theta, o));
                fault!(wengert::fixed_point(|x, p| x * 0.5 + p[0] * p[1], &start, &theta, o));
            },
        ),
        wrong("a plan of an output on another tape", "DifferentTapes", &["compile:", FIX], |t| {
            let other = Tape::new();
            let (x, y) = (leaf(t, [2]), leaf(&other, [2]));
            refused(t.compile(&[x], &[y.sum()]));
        }),
        wrong("a search for NaN on another tape", "DifferentTapes", &["find_anomaly:", FIX], |t| {
            let other = Tape::new();
            let loss = leaf(&other, []);
            refused(t.try_find_anomaly(loss));
            fault!(t.find_anomaly(loss));
        }),
        wrong("an explanation of a leaf on another tape", "DifferentTapes", &["explain:", FIX], |t| {
            let other = Tape::new();
            let (x, w) = (leaf(t, []), leaf(&other, []));
            refused((x * x).try_explain(&[("w", w)]));
            fault!((x * x).explain(&[("w", w)]));
        }),
    ]
}
