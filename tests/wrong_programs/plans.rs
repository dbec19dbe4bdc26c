//! Plans that cannot be made, or are run on what they were not made for; training steps.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Key, Tensor, plan::Extras};
use wengert_nn::{Init, Linear, cross_entropy};
use wengert_optim::Sgd;
use wengert_train::Trainer;

fn zeros(shape: impl AsRef<[usize]>) -> Tensor<f64> {
    Tensor::zeros(shape)
}

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("a branch on a value that depends on an input", "ValueInspected", &["{0}", "select"], |t| {
            let x = leaf(t, [3]);
            let sum = x.sum();
            let y = if here!(sum.item()) > 0.0 { x * 2.0 } else { x };
            refused(t.compile(&[x], &[y.sum()]));
        }),
        wrong("a loop until a value is small", "ValueInspected", &["{0}", "select"], |t| {
            let x = leaf(t, []);
            let mut y = x * 4.0;
            while here!(y.item()) > 1.0 {
                y *= 0.5;
            }
            refused(t.compile(&[x], &[y]));
        }),
        wrong("indices that were computed from an input", "ValueInspected", &["{0}", "ops instead"], |t| {
            let scores = leaf(t, [2, 3]);
            let best = here!(scores.value()).argmax(1).reshape([2, 1]);
            refused(t.compile(&[scores], &[scores.gather(1, best).sum()]));
        }),
        wrong(
            "an input that is computed",
            "PlanInput",
            &["input 0", "{0}", "only a leaf or a constant"],
            |t| {
                let x = leaf(t, [3]);
                let y = here!(x * 2.0);
                refused(t.compile(&[y], &[y.sum()]));
            },
        ),
        wrong("an input named twice", "PlanInput", &["input 1", "{0}", "named twice"], |t| {
            let x = here!(leaf(t, [3]));
            refused(t.compile(&[x, x], &[x.sum()]));
        }),
        wrong("an input that no output needs", "PlanInput", &["input 1", "{0}", "leave it out"], |t| {
            let (x, unused) = (leaf(t, [3]), here!(leaf(t, [3])));
            refused(t.compile(&[x, unused], &[x.sum()]));
        }),
        wrong("indices that no op was given", "PlanIndices", &["index input 0", "not a copy"], |t| {
            let (table, tokens) = (leaf(t, [9, 2]), Tensor::from([1_u32, 2]));
            let rows = table.index_select(0, &tokens);
            let copy: Tensor<u32> = tokens.map(|i| i);
            refused(t.compiler().inputs(&[table]).indices(&[&copy]).compile(&[rows.sum()]));
        }),
        wrong(
            "a last batch that is smaller",
            "PlanRun",
            &["input 0", "[5, 3]", "[8, 3]", "set of shapes"],
            |t| {
                let x = leaf(t, [8, 3]);
                let plan = t.compile(&[x], &[x.square().mean()]).expect("a plan");
                refused(plan.run(&mut plan.workspace(), &[&zeros([5, 3])]).map(<[_]>::len));
            },
        ),
        wrong("an input too few", "PlanRun", &["inputs", "1", "2"], |t| {
            let (x, w) = (leaf(t, [3]), leaf(t, [3]));
            let plan = t.compile(&[x, w], &[(x * w).sum()]).expect("a plan");
            refused(plan.run(&mut plan.workspace(), &[&zeros([3])]).map(<[_]>::len));
        }),
        wrong("inputs in another order", "PlanRun", &["input 0", "[3, 2]", "[4, 3]"], |t| {
            let (x, w) = (leaf(t, [4, 3]), leaf(t, [3, 2]));
            let plan = t.compile(&[x, w], &[x.matmul(w).sum()]).expect("a plan");
            refused(plan.run(&mut plan.workspace(), &[&zeros([3, 2]), &zeros([4, 3])]).map(<[_]>::len));
        }),
        wrong("labels left out", "PlanRun", &["index inputs", "0", "1"], |t| {
            let (scores, labels) = (leaf(t, [2, 3]), Tensor::from([0_u32, 2]));
            let loss = cross_entropy(scores, &labels);
            let plan = t.compiler().inputs(&[scores]).indices(&[&labels]).compile(&[loss]).expect("a plan");
            refused(plan.run(&mut plan.workspace(), &[&zeros([2, 3])]).map(<[_]>::len));
        }),
        wrong("labels of another batch in a plan", "PlanRun", &["index input 0", "[3]", "[2]"], |t| {
            let (scores, labels) = (leaf(t, [2, 3]), Tensor::from([0_u32, 2]));
            let loss = cross_entropy(scores, &labels);
            let plan = t.compiler().inputs(&[scores]).indices(&[&labels]).compile(&[loss]).expect("a plan");
            let (other, mut workspace) = (Tensor::from([0_u32, 1, 2]), plan.workspace());
            let extras = Extras { indices: &[&other], ..Extras::default() };
            refused(plan.run_with(&mut workspace, &[&zeros([2, 3])], &extras).map(<[_]>::len));
        }),
        wrong("a label beyond the classes in a plan", "Index", &["index 3", "0 to 2"], |t| {
            let (scores, labels) = (leaf(t, [2, 3]), Tensor::from([0_u32, 2]));
            let loss = cross_entropy(scores, &labels);
            let plan = t.compiler().inputs(&[scores]).indices(&[&labels]).compile(&[loss]).expect("a plan");
            let (other, mut workspace) = (Tensor::from([0_u32, 3]), plan.workspace());
            let extras = Extras { indices: &[&other], ..Extras::default() };
            refused(plan.run_with(&mut workspace, &[&zeros([2, 3])], &extras).map(<[_]>::len));
        }),
        wrong(
            "dropout without the number of the step",
            "PlanRun",
            &["step", "none", "drops out at random"],
            |t| {
                let x = leaf(t, [8]);
                let y = x.dropout(0.5, Key::new(1)).sum();
                let plan = t.compile(&[x], &[y]).expect("a plan");
                refused(plan.run(&mut plan.workspace(), &[&zeros([8])]).map(<[_]>::len));
            },
        ),
        wrong("a training loss that is no scalar", "NotScalar", &["[4, 2]", ".sum()"], |_| {
            let model: Linear<Tensor<f64>> = Linear::new(3, 2, Init::HeNormal, Key::new(1));
            let sgd = Sgd::new(0.1).build().expect("valid options");
            let mut trainer = Trainer::new(model, sgd, |model, [x], [], _| [model.forward(x)]);
            refused(trainer.step([&zeros([4, 3])], []));
        }),
        wrong("a loss function that reads its value", "Compile", &["no plan", "{0}", "select"], |_| {
            let model: Linear<Tensor<f64>> = Linear::new(3, 1, Init::HeNormal, Key::new(1));
            let sgd = Sgd::new(0.1).build().expect("valid options");
            let mut trainer = Trainer::new(model, sgd, |model, [x], [], _| {
                let loss = model.forward(x).square().mean();
                let steep = here!(loss.item()) > 1.0;
                [if steep { loss * 0.5 } else { loss * 1.0 }]
            });
            let _ = trainer.step([&Tensor::full([4, 3], 0.5)], []).expect("on a tape");
            refused(trainer.refusals().next().map_or(Ok(()), Err));
        }),
    ]
}
