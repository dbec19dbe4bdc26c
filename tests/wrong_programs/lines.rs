//! Every line that a function of the library records is the caller's: what any report on it names.

use crate::program::leaf;
use wengert::{
    Bag, Conv2dOptions, ConvTranspose2dOptions, Key, Norm, PadMode, PoolOptions, ScatterReduce, SolveOptions,
    Tape, Tensor, UnfoldOptions, Var, checkpoint, custom_vjp,
};
use wengert_nn::{
    Activation, AvgPool2d, BatchNorm, ClassLoss, Conv2d, Dropout, Flatten, Init, Linear, MaxPool2d, Mode,
    Model, Reduction, bce, bce_with_logits, cross_entropy, huber, kl_div, l1, mse, nll, smooth_l1,
    soft_cross_entropy,
};

type Program = for<'t> fn(&'t Tape<f64>, Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// A program, and the line of source that it is on.
struct Case {
    line: u32,
    program: Program,
}

/// A program on the lines of its own text; it is given the tape and two leaves, [2, 3] and [3, 3].
macro_rules! case {
    (|$t:ident, $x:ident, $w:ident| $value:expr) => {{
        fn program<'t>($t: &'t Tape<f64>, $x: Var<'t, f64>, $w: Var<'t, f64>) -> Var<'t, f64> {
            let _ = ($t, $x, $w);
            $value
        }
        Case { line: line!(), program }
    }};
}

#[rustfmt::skip] // a case is a line
fn cases() -> Vec<Case> {
    vec![
        case!(|t, x, w| x.addmm(x, w, 0.5, 2.0)),
        case!(|t, x, w| x.lerp(x * 2.0, 0.25)),
        case!(|t, x, w| x.copysign(-x) + x.remainder(2.0) + x.fmod(2.0)),
        case!(|t, x, w| w.bmm_of_stacks()),
        case!(|t, x, w| x.s(0).dot(w.s(1)) + x.vdot(x) + x.inner(w).sum()),
        case!(|t, x, w| x.s(0).outer(w.s((.., 1)))),
        case!(|t, x, w| x.kron(w)),
        case!(|t, x, w| x.cross(w.s(0..2), -1)),
        case!(|t, x, w| x.tensordot(w, 1, 0)),
        case!(|t, x, w| Var::einsum("bi,ij,kj->bk", &[x, w, w])),
        case!(|t, x, w| Var::multi_dot(&[x, w, w, x.t()])),
        case!(|t, x, w| w.matrix_power(3) + w.matrix_power(0)),
        case!(|t, x, w| Var::cartesian_prod(&[x.s(0), w.s(1)])),
        case!(|t, x, w| Var::meshgrid_xy(&[x.s(0), w.s(1)])[0]),
        case!(|t, x, w| Var::stack(&[x, x * 2.0], 1)),
        case!(|t, x, w| x.split(1, &[1, 2])[1]),
        case!(|t, x, w| w.chunk(0, 2)[1]),
        case!(|t, x, w| x.unbind(0)[1]),
        case!(|t, x, w| x.cumprod(1) + x.cumsum_reverse(0)),
        case!(|t, x, w| x.prod() + x.prod_axes(1).sum()),
        case!(|t, x, w| x.std(1) + x.var_axes(1, 0).sum()),
        case!(|t, x, w| x.norm(Norm::L1) + x.norm(Norm::L2) + x.norm_axes(0, Norm::Inf).sum()),
        case!(|t, x, w| x.log_softmax(1) + x.softmax(0)),
        case!(|t, x, w| x.masked_softmax(1, x.gt(0.0).and(x.lt(9.0).or(x.ge(0.0).not())))),
        case!(|t, x, w| x.logsumexp_axes(1) + x.max_axes(1) + x.min_axes(1)),
        case!(|t, x, w| x.roll([1, -1], [0, 1]).rot90(1, [0, 1])),
        case!(|t, x, w| x.tile([2, 2]).repeat([1, 2]).repeat_interleave(0, [3])),
        case!(|t, x, w| x.repeat_interleave(0, [3, 1])),
        case!(|t, x, w| x.pad(&[(1, -1), (0, 2)], 0.5)),
        case!(|t, x, w| x.pad_with(&[(1, 1), (2, 0)], PadMode::Reflect)),
        case!(|t, x, w| x.pad_with(&[(1, 1), (2, 0)], PadMode::Circular)),
        case!(|t, x, w| w.diag(1) + w.diagonal(-1, 0, 1) + w.tril(0).triu(0).s((0, 1..))),
        case!(|t, x, w| w.trace() + w.s(0).diag(0).sum() + x.diag_embed(0, 1, 2).sum()),
        case!(|t, x, w| x.movedim(0, 1).swapaxes(0, 1).flatten(0).unsqueeze(0).squeeze(0)),
        case!(|t, x, w| x.s((wengert::At::step(.., -1), wengert::At::NewAxis, 1..)).expand([2, 4, 2])),
        case!(|t, x, w| x.hardtanh() + x.hardsigmoid() + x.relu6() + x.selu() + x.celu(1.5)),
        case!(|t, x, w| x.exp2() + x.frac() + x.log_sigmoid() + x.nan_to_num()),
        case!(|t, x, w| x.gather(1, [[0_u32], [2]]) + w.index_select(0, [1_u32, 1])),
        case!(|t, x, w| w.index_add(0, [1_u32, 1], x).scatter_add(1, [[0_u32], [1], [2]], x.t().slice(1, 0..1))),
        case!(|t, x, w| w.scatter(0, [[1_u32, 1], [0, 2]], x).index_copy(1, [2_u32], w.s((.., ..1))).index_fill(0, [0_u32], x.s(0))),
        case!(|t, x, w| w.index_put(&[[0_u32, 2].into()], x, true).index_put(&[[1_u32].into()], 0.5, false)),
        case!(|t, x, w| w.put([0_u32, 4], x.s((0, 1..)), false).put([3_u32], x.s((1, ..1)), true)),
        case!(|t, x, w| w.take([[0_u32, 5]]) + w.index(&[[0_u32].into(), [2_u32].into()]) + x.take_along_axis(1, [[2_u32, 0]])),
        case!(|t, x, w| w.embedding([[0_u32, 2]], Some(1)).masked_fill(w.s(..2).gt(9.0), x)),
        case!(|t, x, w| w.masked_select(w.gt(0.0)).sum() + w.boolean_mask(w.s(0).gt(0.0)).masked_scatter(w.lt(9.0), w)),
        case!(|t, x, w| w.scatter_reduce(0, [[1_u32, 1]], x, ScatterReduce::Mean, false).scatter_reduce(0, [[1_u32], [1]], x, ScatterReduce::Prod, false).scatter_reduce(1, [[0_u32], [0], [2]], x.t(), ScatterReduce::Amax, true)),
        case!(|t, x, w| w.embedding_bag([0_u32, 2, 2], &[0, 2], Bag::Mean) + w.embedding_bag([1_u32, 0], &[0, 1], Bag::Max)),
        case!(|t, x, w| w.at((1, ..2)).set(x.s((0, ..2))).at(2).add(x.s(1)).at((.., 0)).mul(2.0)),
        case!(|t, x, w| w.reshape([1, 1, 3, 3]).conv2d(x.reshape([1, 1, 2, 3]), &Conv2dOptions::default())),
        case!(|t, x, w| w.reshape([1, 1, 3, 3]).conv_transpose2d(x.reshape([1, 1, 2, 3]), &ConvTranspose2dOptions::default())),
        case!(|t, x, w| w.reshape([1, 1, 3, 3]).avg_pool2d([2, 2], PoolOptions::default())),
        case!(|t, x, w| w.reshape([1, 1, 3, 3]).max_pool2d([2, 2], PoolOptions::default())),
        case!(|t, x, w| w.reshape([1, 1, 3, 3]).unfold([2, 2], UnfoldOptions::default()).fold([3, 3], [2, 2], UnfoldOptions::default())),
        case!(|t, x, w| x.dropout(0.5, Key::new(1))),
        case!(|t, x, w| x.grad_of(|x| (x * x * x).sum())),
        case!(|t, x, w| x.matmul(w).tanh().sum().grad(&[x])[0]),
        case!(|t, x, w| (x * x * x).jvp(&[x], &[x])),
        case!(|t, x, w| (x * x).vjp(x, &[x])[0]),
        case!(|t, x, w| checkpoint(|v| v[0].matmul(v[1]).tanh(), &[x, w])),
        case!(|t, x, w| custom_vjp("twice", |[x]| x * 2.0, |_, ct| [Some(ct * 2.0)].into()).of([x])),
        case!(|t, x, w| wengert::fixed_point(|y, p| (y + p[0]) * 0.5, &Tensor::zeros([2, 3]), &[x], SolveOptions::default())),
        case!(|t, x, w| Linear::<Tensor<f64>>::new(3, 2, Init::HeNormal, Key::new(1)).on(t).forward(x)),
        case!(|t, x, w| Conv2d::<Tensor<f64>>::new(1, 2, [2, 2], Conv2dOptions::default(), Init::HeNormal, Key::new(1)).on(t).forward(w.reshape([1, 1, 3, 3]))),
        case!(|t, x, w| BatchNorm::<Tensor<f64>>::new(3).on(t).forward(x, Mode::Train { step: 0 })),
        case!(|t, x, w| BatchNorm::<Tensor<f64>>::new(3).on(t).forward(x, Mode::Eval)),
        case!(|t, x, w| Dropout::new(0.5, Key::new(1)).expect("a probability").forward(x, Mode::Train { step: 0 })),
        case!(|t, x, w| MaxPool2d::new([2, 2]).forward(w.reshape([1, 1, 3, 3])) + AvgPool2d::new([2, 2]).forward(w.reshape([1, 1, 3, 3]))),
        case!(|t, x, w| Activation::Relu.forward(Flatten.forward(x))),
        case!(|t, x, w| mse(x, x * 2.0, Reduction::Mean) + l1(x, x * 2.0, Reduction::Sum)),
        case!(|t, x, w| huber(x, x * 2.0, 1.0, Reduction::Mean) + smooth_l1(x, x * 2.0, 1.0, Reduction::Mean)),
        case!(|t, x, w| bce(x, x, Reduction::Mean) + bce_with_logits(x, x, Reduction::Mean) + kl_div(x.ln(), x, Reduction::Mean)),
        case!(|t, x, w| cross_entropy(x, &Tensor::from([0_u32, 2])) + nll(x.log_softmax(1), &Tensor::from([0_u32, 2]))),
        case!(|t, x, w| soft_cross_entropy(x, x.softmax(1), Reduction::Mean)),
        case!(|t, x, w| ClassLoss::new().weights([1.0, 2.0, 0.0]).ignore(9).cross_entropy(x, &Tensor::from([0_u32, 9]))),
    ]
}

/// A product of stacks, for a case on one line.
trait Stacks {
    fn bmm_of_stacks(self) -> Self;
}

impl Stacks for Var<'_, f64> {
    #[track_caller]
    fn bmm_of_stacks(self) -> Self {
        let stack = self.reshape([1, 3, 3]);
        stack.bmm(stack).baddbmm(stack, stack, 1.0, 1.0)
    }
}

/// What of the listing, from some line on, names another line than this one of this file.
fn elsewhere(tape: &Tape<f64>, from: usize, line: u32) -> Vec<String> {
    let here = format!("{}:{line}", file!());
    let listing = tape.to_string();
    listing
        .lines()
        .skip(from)
        .filter(|text| !text.ends_with(&here))
        .map(|text| format!("{line}: {text}"))
        .collect()
}

fn at(v: Var<'_, f64>) -> String {
    format!("{}:{}", v.recorded_at().file(), v.recorded_at().line())
}

#[test]
fn every_line_recorded_is_the_callers() {
    let mut wrong = Vec::new();
    for Case { line, program } in cases() {
        let tape = Tape::new();
        let y = program(&tape, leaf(&tape, [2, 3]), leaf(&tape, [3, 3]));
        wrong.extend(elsewhere(&tape, 2, line));
        assert!(!y.shape().is_empty(), "{y:?}");
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_line_of_a_derivative_is_that_of_the_line_it_is_derived_from() {
    let mut wrong = Vec::new();
    for Case { line, program } in cases() {
        let tape = Tape::new();
        let inputs = [leaf(&tape, [2, 3]), leaf(&tape, [3, 3])];
        let loss = program(&tape, inputs[0], inputs[1]).sum();
        let end = tape.len() + 1; // after the seed
        let _ = loss.try_grad(&inputs).expect("a gradient");
        wrong.extend(elsewhere(&tape, end, line).into_iter().filter(|text| !text.ends_with(&at(loss))));
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}
