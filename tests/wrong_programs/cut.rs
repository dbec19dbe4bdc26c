//! Gradients that do not flow: the error names both ends, and what to do.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{CustomOp, Error, Key, Line, Pullback, Shape, Tensor, Var};
use wengert_nn::{Gradients, Init, Linear, Model};
use wengert_optim::Sgd;
use wengert_train::Trainer;

/// A table looked up in C, say: a value, and no rule.
struct Table;

impl CustomOp<f64> for Table {
    fn name(&self) -> &'static str {
        "table"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        Ok(x[0].map(|x| x.floor()))
    }
    fn vjp<'t>(&self, _: &Line<'t, f64>, _: Var<'t, f64>) -> Pullback<'t, f64> {
        [None].into()
    }
    fn jvp<'t>(&self, _: &Line<'t, f64>, _: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        None
    }
    fn differentiable(&self, _: usize) -> bool {
        false
    }
}

fn model() -> Vec<Linear<Tensor<f64>>> {
    (0..2).map(|k| Linear::new(2, 2, Init::GlorotUniform, Key::new(k))).collect()
}

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "a gradient by a constant",
            "Untracked",
            &["grad:", "input 0", "{0}", "make it a tape.leaf"],
            |t| {
                let x = here!(t.constant([1.0, 2.0]));
                let loss = (x * leaf(t, [2])).sum();
                refused(loss.try_grad(&[x]));
                fault!(loss.grad(&[x]));
            },
        ),
        wrong(
            "a gradient by what was detached",
            "Untracked",
            &["backward:", "input 1", "{0}", "tape.leaf"],
            |t| {
                let w = leaf(t, [2]);
                let target = here!((w * 2.0).detach());
                let loss = (w - target).square().sum();
                refused(loss.try_backward(&[w, target]));
                fault!(loss.backward(&[w, target]));
            },
        ),
        wrong(
            "a loss of the values and not of the variables",
            "panic",
            &["grad:", "{0}", "{1}", "try_grad"],
            |t| {
                let (w, unused) = (here!(leaf(t, [2])), leaf(t, [2]));
                let loss = here!((t.constant(w.value()) * unused).sum());
                fault!(loss.grad(&[w]));
            },
        ),
        wrong(
            "a weight that the loss never meets",
            "panic",
            &["grad:", "input 1", "{0}", "{1}", "None"],
            |t| {
                let (w, bias) = (leaf(t, [2]), here!(leaf(t, [2])));
                let loss = here!((w * w).sum());
                fault!(loss.grad(&[w, bias]));
            },
        ),
        wrong(
            "the same, by plain tensors",
            "panic",
            &["backward:", "input 0", "{0}", "{1}", "try_backward"],
            |t| {
                let (bias, w) = (here!(leaf(t, [2])), leaf(t, [2]));
                let loss = here!(w.exp().sum());
                fault!(loss.backward(&[bias]));
            },
        ),
        wrong("a step through the best class", "panic", &["grad:", "{0}", "does not depend"], |t| {
            let scores = here!(leaf(t, [2, 3]));
            let best = scores.value().argmax(1);
            let loss = here!(leaf(t, [3]).gather(0, best).sum());
            fault!(loss.grad(&[scores]));
        }),
        wrong("the gradient of a comparison", "panic", &["backward:", "{0}", "does not depend"], |t| {
            let x = here!(leaf(t, [3]));
            let loss = here!((x.gt(0.0).to_var() * leaf(t, [3])).sum());
            fault!(loss.backward(&[x]));
        }),
        wrong("a loss recorded without gradients", "panic", &["backward:", "{0}", "does not depend"], |t| {
            let w = here!(leaf(t, [2]));
            let (loss, other) = (t.no_grad(|| (w * w).sum()), leaf(t, []));
            let total = loss + other;
            fault!(total.backward(&[w]));
        }),
        wrong(
            "a derivative of order two that is 0 everywhere",
            "panic",
            &["grad:", "does not depend", "{0}"],
            |t| {
                let x = here!(leaf(t, [3]));
                let slope = (x * leaf(t, [3])).sum().grad(&[x])[0].sum();
                fault!(slope.grad(&[x]));
            },
        ),
        wrong(
            "a nested derivative that ignores its variable",
            "panic",
            &["grad_of:", "does not depend", "detach"],
            |t| {
                let x = leaf(t, []);
                fault!(x.grad_of(|_| x * x));
            },
        ),
        wrong("a tangent for a constant", "Untracked", &["jvp:", "input 0", "{0}"], |t| {
            let (x, scale) = (leaf(t, [2]), here!(t.constant([1.0, 2.0])));
            let y = x * scale;
            refused(y.try_jvp(&[scale], &[x]));
            fault!(y.jvp(&[scale], &[x]));
        }),
        wrong("a tangent that nothing takes up", "panic", &["jvp:", "{0}", "does not depend"], |t| {
            let (x, other) = (leaf(t, [2]), here!(leaf(t, [2])));
            let y = x * x;
            fault!(y.jvp(&[other], &[x]));
        }),
        wrong("a gradient by a value that comes after the loss", "panic", &["grad:", "{0}", "{1}"], |t| {
            let w = leaf(t, [2]);
            let loss = here!((w * w).sum());
            let metric = here!(loss.sqrt());
            fault!(loss.grad(&[metric]));
        }),
        wrong(
            "an op of one's own without a rule",
            "NotDifferentiable",
            &["table:", "input 0", "detach it"],
            |t| {
                let x = leaf(t, [2]);
                refused(t.try_custom(Table, &[x]));
                fault!(t.custom(Table, &[x]));
            },
        ),
        wrong(
            "a layer that forward leaves out",
            "Unreached",
            &["parameter 1.weight", "partial_gradients"],
            |t| {
                let on_tape = model().on(t);
                let loss = on_tape[0].forward(leaf(t, [4, 2])).square().mean();
                refused(loss.try_gradients(&on_tape));
                fault!(loss.gradients(&on_tape));
            },
        ),
        wrong(
            "a model on the tape without its gradients",
            "Unreached",
            &["parameter 0.weight", "constant"],
            |t| {
                let on_tape = model().frozen_on(t);
                let loss = on_tape[1].forward(on_tape[0].forward(leaf(t, [4, 2]))).mean();
                refused(loss.try_gradients(&on_tape));
                fault!(loss.gradients(&on_tape));
            },
        ),
        wrong("training of a layer that forward leaves out", "Unreached", &["parameter 1.weight"], |_| {
            let sgd = Sgd::new(0.1).build().expect("valid options");
            let mut trainer = Trainer::new(model(), sgd, |m, [x], [], _| [m[0].forward(x).square().mean()]);
            refused(trainer.step([&Tensor::full([4, 2], 0.5)], []));
        }),
    ]
}
