//! Plans that run over rows: the bits of the tape, whatever is reduced and comes back, and how few steps there are.

use proptest::{prelude::*, test_runner::RngSeed};
use wengert::plan::{Extras, Pass};
use wengert::prelude::*;
use wengert::{Plan, Threads};
use wengert_nn::{ClassLoss, Reduction, cross_entropy, soft_cross_entropy};

fn bits<F: Float>(t: &Tensor<F>) -> Vec<u64> {
    let of = |x: &F| if x.is_nan() { u64::MAX } else { x.to_f64().to_bits() };
    t.to_vec().iter().map(of).collect()
}

/// Compares what a plan gives on some threads with the values on the tape.
#[track_caller]
fn check<F: Float>(plan: &Plan<F>, given: &[&Tensor<F>], extras: &Extras<'_>, outputs: &[Var<'_, F>]) {
    for threads in [1, 2, 3, 4, 8] {
        let mut workspace = wengert::plan::Workspace::new(Threads::new(threads));
        for _ in 0..2 {
            let got = plan.run_with(&mut workspace, given, extras).expect("runs");
            for (k, (got, expected)) in got.iter().zip(outputs).enumerate() {
                assert_eq!(got.shape(), expected.shape());
                assert_eq!(bits(got), bits(&expected.value()), "output {k} of\n{}", plan.describe());
            }
        }
    }
}

#[track_caller]
fn agrees<'t, F: Float>(tape: &'t Tape<F>, inputs: &[Var<'t, F>], outputs: &[Var<'t, F>]) -> Plan<F> {
    let given: Vec<Tensor<F>> = inputs.iter().map(|v| v.value()).collect();
    let given: Vec<&Tensor<F>> = given.iter().collect();
    let plan = tape.compile(inputs, outputs).expect("compiles");
    check(&plan, &given, &Extras::default(), outputs);
    let unfolded = tape.compiler().inputs(inputs).without(Pass::Fold).compile(outputs).expect("compiles");
    check(&unfolded, &given, &Extras::default(), outputs);
    plan
}

/// One line over rows; operands are positions among the values of its kind, taken modulo their number.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Of elements or of numbers of rows: an elementwise op.
    Each(usize, usize, usize),
    /// A number for each row, kept as an axis of size 1 or in another shape.
    Reduce(usize, usize),
    /// Elements and numbers of rows.
    Back(usize, usize, usize),
    /// Elements, each computed from all of its row.
    Row(usize, usize),
    /// The sum of everything, of each column, or of what is not over rows: added to an element again.
    Across(usize, usize),
}

struct Values<'t, F: Float> {
    elements: Vec<Var<'t, F>>,
    rows: Vec<Var<'t, F>>,
    labels: Tensor<u32>,
}

impl<'t, F: Float> Values<'t, F> {
    fn element(&self, k: usize) -> Var<'t, F> {
        self.elements[k % self.elements.len()]
    }

    fn apply(&mut self, step: Step) {
        let x = |k| self.element(k);
        let y = match step {
            Step::Each(op, a, b) => {
                let over_rows = op % 3 == 0 && !self.rows.is_empty();
                let of = |k: usize| if over_rows { self.rows[k % self.rows.len()] } else { x(k) };
                let y = match op / 3 % 6 {
                    0 => of(a) + of(b),
                    1 => of(a) * of(b),
                    2 => of(a) - of(b),
                    3 => of(a).tanh(),
                    4 => of(a).gt(of(b)).select(of(a), of(b) * 0.5),
                    _ => of(a) / of(b),
                };
                if over_rows {
                    return self.rows.push(y);
                }
                y
            }
            Step::Reduce(op, a) => {
                let y = match op % 7 {
                    0 => x(a).sum_keepdim(-1),
                    1 => x(a).mean_keepdim(-1),
                    2 => x(a).max_keepdim(-1),
                    3 => x(a).min_keepdim(-1),
                    4 => x(a).logsumexp_keepdim(-1),
                    5 => x(a).sum_axes(-1).tanh().unsqueeze(-1),
                    _ => x(a).gather(-1, &self.labels),
                };
                return self.rows.push(y);
            }
            Step::Back(op, a, b) if !self.rows.is_empty() => {
                let (x, row) = (x(a), self.rows[b % self.rows.len()]);
                match op % 3 {
                    0 => x - row,
                    1 => x * row,
                    _ => row.broadcast_to(x.shape()),
                }
            }
            Step::Back(_, a, b) => x(a) + x(b),
            Step::Row(op, a) => match op % 4 {
                0 => x(a).softmax(-1),
                1 => x(a).log_softmax(-1),
                2 => x(a).masked_softmax(-1, x(a).gt(0.0)),
                _ => x(a) - x(a).mean_keepdim(-1),
            },
            Step::Across(op, a) => match op % 4 {
                0 => x(a) + x(a).sum() * 1e-3,
                1 => x(a) * x(a).sum_axes(0),
                2 => x(a) - x(a).mean_axes(0),
                _ => x(a).transpose(0, -1).tanh().transpose(0, -1),
            },
        };
        self.elements.push(y);
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..12_usize, any::<[usize; 3]>()).prop_map(|(kind, [p, q, r])| match kind {
        0..=2 => Step::Each(p, q, r),
        3..=5 => Step::Reduce(p, q),
        6..=8 => Step::Back(p, q, r),
        9..=10 => Step::Row(p, q),
        _ => Step::Across(p, q),
    });
    prop::collection::vec(step, 1..14)
}

/// A leaf with the limits of the numbers among its elements, if so asked.
fn leaf<F: Float>(dims: &[usize], seed: u64, stream: u32, special: bool) -> Tensor<F> {
    let limits = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 2.0];
    let u: Tensor<f64> = Key::new(seed).stream(stream).uniform(dims);
    let rare = |u: f64| special && ((u * 1000.0) as usize).is_multiple_of(29);
    u.map(|u| if rare(u) { limits[(u * 1e6) as usize % 6] } else { 4.0 * u - 2.0 }).cast()
}

/// Runs the steps, takes gradients, compiles and compares.
fn program<F: Float>(dims: &[usize], steps: &[Step], seed: u64, special: bool) {
    let tape = Tape::<F>::new();
    let last = dims[dims.len() - 1];
    let leaves: Vec<Var<'_, F>> = [dims, &dims[dims.len() - 1..], dims]
        .iter()
        .zip(0..)
        .map(|(dims, k)| tape.leaf(leaf::<F>(dims, seed, k, special && k != 1)))
        .collect();
    let mut kept = dims.to_vec();
    kept[dims.len() - 1] = 1;
    let labels = Tensor::from_fn(&kept[..], |ix| (ix.iter().sum::<usize>() * 7 % last) as u32);
    let mut values = Values { elements: vec![leaves[0] * leaves[1], leaves[2]], rows: Vec::new(), labels };
    steps.iter().for_each(|&step| values.apply(step));
    let y = values.elements[values.elements.len() - 1];
    let rows = values.rows.iter().map(|row| row.sum());
    let loss = rows.fold(y.sum(), |loss, row| loss + row);
    // A little of every leaf, so that none is out of reach.
    let loss = leaves.iter().fold(loss, |loss, leaf| loss + leaf.sum() * 0.1);
    let picked = values.elements.iter().chain(&values.rows).copied().step_by(3);
    let outputs: Vec<_> = picked.chain([y, loss]).chain(loss.grad(&leaves)).collect();
    agrees(&tape, &leaves, &outputs);
}

/// 96 cases, always the same; or as many new ones as `PROPTEST_CASES` asks for in a long sweep.
fn settings() -> ProptestConfig {
    let sweep: Option<u32> = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let rng_seed = if sweep.is_some() { RngSeed::Random } else { RngSeed::Fixed(3) };
    let cases = sweep.unwrap_or(96);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn random_programs_over_rows_have_the_bits_of_the_tape(
        dims in prop::sample::select(vec![&[5_usize, 3][..], &[40, 10], &[2, 3, 4], &[3, 1], &[1, 6], &[2, 300], &[2, 2, 3, 2]]),
        steps in steps(), seed: u64, special: bool,
    ) {
        program::<f64>(dims, &steps, seed, special);
        program::<f32>(dims, &steps, seed, special);
    }
}

#[test]
fn rows_of_nothing_and_of_limits_are_as_on_the_tape() {
    let inf = f64::INFINITY;
    let rows =
        [[f64::NAN, 1.0, 2.0], [inf, 1.0, inf], [-inf, -inf, -inf], [-0.0, 0.0, -0.0], [1.0, 1.0, 0.5]];
    for values in
        [Tensor::from(rows), Tensor::zeros([5, 0]), Tensor::zeros([0, 3]), Tensor::full([5, 1], 2.0)]
    {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(values);
        let mut y = vec![x.softmax(1), x.log_softmax(1), x - x.mean_keepdim(1), x * x.sum_keepdim(1)];
        if x.shape().dims()[1] > 0 {
            y.extend([x - x.max_keepdim(1), x - x.min_keepdim(1), x * x.logsumexp_keepdim(1)]);
        }
        let g: Vec<_> = y.iter().map(|&y| (y * y).sum().grad(&[x])[0]).collect();
        agrees(&tape, &[x], &[y, g].concat());
    }
}

/// `f` with labels that change from run to run, at several batches of labels.
fn with_labels(f: impl for<'t> Fn(Var<'t, f32>, &Tensor<u32>) -> Var<'t, f32>) -> Plan<f32> {
    let logits: Tensor<f32> = leaf(&[33, 10], 4, 0, false);
    let labels = |k: u32| -> Tensor<u32> { (0..33_u32).map(|i| (i * 7 + k) % 10).collect() };
    let tape = Tape::<f32>::new();
    let x = tape.leaf(&logits);
    let recorded = labels(0);
    let loss = f(x, &recorded);
    let outputs = [loss, loss.grad(&[x])[0]];
    let plan = tape.compiler().inputs(&[x]).indices(&[&recorded]).compile(&outputs).expect("compiles");
    for k in 0..4 {
        let (fresh, t) = (Tape::<f32>::new(), labels(k));
        let x = fresh.leaf(&logits);
        let loss = f(x, &t);
        check(&plan, &[&logits], &Extras { indices: &[&t], step: None }, &[loss, loss.grad(&[x])[0]]);
    }
    plan
}

#[test]
fn a_cross_entropy_with_its_gradient_is_one_step_and_a_mean() {
    let plan = with_labels(|x, labels| cross_entropy(x, labels));
    let listing = plan.describe();
    assert_eq!(plan.len(), 2, "{listing}");
    assert!(listing.contains("33 rows of 10: alias, max, broadcast_to, sub, logsumexp"), "{listing}");
    let summed = ClassLoss::new().reduction(Reduction::Sum);
    assert_eq!(with_labels(|x, labels| summed.cross_entropy(x, labels)).len(), 2);
}

#[test]
fn an_index_beyond_its_axis_is_refused_in_rows_too() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    let labels = Tensor::from([[0_u32], [1]]);
    let y = (x - x.max_keepdim(1)).gather(1, &labels);
    let plan = tape.compiler().inputs(&[x]).indices(&[&labels]).compile(&[y]).expect("compiles");
    assert_eq!(plan.len(), 1, "{}", plan.describe());
    let wrong = Extras { indices: &[&Tensor::from([[0_u32], [2]])], step: None };
    let refused = plan.run_with(&mut plan.workspace(), &[&x.value()], &wrong).map(|out| out.len());
    assert!(matches!(refused, Err(wengert::Error::Index { index: 2, size: 2, .. })), "{refused:?}");
}

#[test]
fn a_cross_entropy_with_probabilities_is_one_step_and_a_mean_beside_the_view_of_a_constant() {
    let tape = Tape::<f32>::new();
    let (x, t) = (tape.leaf(leaf(&[33, 10], 4, 0, false)), tape.leaf(leaf(&[33, 10], 5, 0, false)));
    let loss = soft_cross_entropy(x, t.softmax(-1), Reduction::Mean);
    let plan = agrees(&tape, &[x, t], &[loss, loss.grad(&[x])[0]]);
    assert!(plan.len() <= 3, "{}", plan.describe());
}

#[test]
fn a_layer_norm_with_its_gradients_is_one_step_beside_views_of_its_parameters() {
    let tape = Tape::<f32>::new();
    for dims in [&[48_usize, 512][..], &[6, 8, 32]] {
        let x = tape.leaf(leaf(dims, 4, 0, false));
        let row = &dims[dims.len() - 1..];
        let [scale, shift] = [1, 2].map(|k| tape.leaf(leaf(row, 4, k, false)));
        let ct = tape.leaf(leaf(dims, 4, 3, false));
        let centered = x - x.mean_keepdim(-1);
        let y = centered * (centered.square().mean_keepdim(-1) + 1e-5).rsqrt() * scale + shift;
        let g = (y * ct).sum().grad(&[x, scale, shift]);
        let plan = agrees(&tape, &[x, scale, shift, ct], &[y, g[0], g[1], g[2]]);
        let listing = plan.describe();
        assert!(plan.len() <= 3 && listing.matches(" rows of ").count() == 1, "{listing}");
    }
}

#[test]
fn the_normalizations_are_one_step_over_rows_with_their_gradients() {
    for centered in [true, false] {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(leaf(&[48, 512], 4, 0, false));
        let [scale, shift] = [1, 2].map(|k| tape.leaf(leaf(&[512], 4, k, false)));
        let ct = tape.leaf(leaf(&[48, 512], 4, 3, false));
        let y = if centered {
            x.layer_norm([512], Some(scale), Some(shift), 1e-5)
        } else {
            x.rms_norm([512], Some(scale), 1e-5) + shift
        };
        let g = (y * ct).sum().grad(&[x, scale, shift]);
        let plan = agrees(&tape, &[x, scale, shift, ct], &[y, g[0], g[1], g[2]]);
        let listing = plan.describe();
        assert!(plan.len() <= 3 && listing.matches(" rows of ").count() == 1, "{listing}");
    }
    let tape = Tape::<f32>::new();
    let x = tape.leaf(leaf(&[3, 4, 5, 6], 4, 0, false));
    let scale = tape.leaf(leaf(&[4], 4, 1, false));
    let y = x.group_norm(2, Some(scale), None, 1e-5).tanh();
    let g = y.sum().grad(&[x, scale]);
    let plan = agrees(&tape, &[x, scale], &[y, g[0], g[1]]);
    assert!(plan.describe().contains("6 rows of 60: "), "{}", plan.describe());
}

#[test]
fn a_group_norm_reduces_whole_rows_of_another_shape() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(leaf(&[3, 4, 5, 6], 4, 0, false));
    let scale = tape.leaf(leaf(&[4, 1, 1], 4, 1, false));
    let groups = x.reshape([3, 2, 60]);
    let centered = groups - groups.mean_keepdim(-1);
    let y = centered * (centered.square().mean_keepdim(-1) + 1e-5).rsqrt();
    let y = y.reshape([3, 4, 5, 6]) * scale;
    let g = y.tanh().sum().grad(&[x, scale]);
    let plan = agrees(&tape, &[x, scale], &[y, g[0], g[1]]);
    assert!(plan.describe().contains("6 rows of 60: "), "{}", plan.describe());
}

#[test]
fn what_lies_channels_last_keeps_to_passes_in_its_own_order() {
    let tape = Tape::<f32>::new();
    let (x, w) = (tape.leaf(leaf(&[3, 2, 6, 6], 4, 0, false)), tape.leaf(leaf(&[4, 2, 3, 3], 4, 1, false)));
    let y = x.conv2d(w, &wengert::Conv2dOptions::default()).tanh();
    let y = y - y.mean_keepdim([2, 3]);
    let g = y.square().sum().grad(&[x, w]);
    let plan = agrees(&tape, &[x, w], &[y, g[0], g[1]]);
    assert!(!plan.describe().contains(" rows of "), "{}", plan.describe());
}

#[test]
fn without_the_pass_there_are_no_rows() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::from([[1.0, 2.0], [3.0, 5.0]]));
    let y = x / x.sum_keepdim(1);
    assert_eq!(tape.compile(&[x], &[y]).expect("compiles").len(), 1);
    let apart = tape.compiler().inputs(&[x]).without(Pass::Rows).compile(&[y]).expect("compiles");
    assert!(apart.len() > 1 && !apart.describe().contains(" rows of "), "{}", apart.describe());
}
