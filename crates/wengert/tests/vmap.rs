//! `vmap`: nested, differentiated, compiled, and what it refuses.

use wengert::ops::Batch;
use wengert::prelude::*;
use wengert::{Conv2dOptions, CustomOp, Distribution, Line, PoolOptions, Pullback, many};

/// Numbers without a pattern, from -1 to 1.
fn numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| 2.0 * u - 1.0)
}

/// Example `i` of values stacked along axis 0.
fn example(x: &Tensor<f64>, i: usize) -> Tensor<f64> {
    let one: usize = x.dims()[1..].iter().product();
    Tensor::new(&x.dims()[1..], &x.to_vec()[i * one..(i + 1) * one]).unwrap()
}

fn near(a: &Tensor<f64>, b: &Tensor<f64>) {
    assert_eq!(a.shape(), b.shape());
    let scale = b.max_abs().max(1.0);
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        assert!((a - b).abs() <= 1e-12 * scale, "{a} is not {b}");
    }
}

/// The loss of a small convolutional network for one image `[1, 6, 6]`.
fn network<'t>([kernel, w, image, label]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    let x = image.reshape([1, 1, 6, 6]).conv2d(kernel, &Conv2dOptions::default()).relu();
    let features = x.max_pool2d([2, 2], PoolOptions::default()).reshape([12]);
    -(features.matmul(w).log_softmax(0) * label).sum()
}

#[test]
fn gradients_per_example_of_a_convolutional_network_are_those_of_a_loop() {
    let (kernel, w) = (numbers([3, 1, 3, 3], 1), numbers([12, 4], 2));
    let (images, labels) = (numbers([5, 1, 6, 6], 3), numbers([5, 4], 4).map(f64::abs));
    let tape = Tape::new();
    let x = [&kernel, &w, &images, &labels].map(|x| tape.leaf(x));
    let axes = [None, None, Some(0), Some(0)];
    let each = tape.vmap_many(
        |x| {
            let y = network([x[0], x[1], x[2], x[3]]);
            [vec![y], y.grad(&x[..3])].concat()
        },
        &axes,
        &x,
    );
    for i in 0..5 {
        let (image, label) = (example(&images, i), example(&labels, i));
        let (y, g) = many::value_and_grad(network, [&kernel, &w, &image, &label]);
        near(&example(&each[0].value(), i), &y);
        for (each, g) in each[1..].iter().zip(&g) {
            near(&example(&each.value(), i), g);
        }
    }
    // Their sum is the gradient of the sum.
    let whole = each[0].sum().grad(&x[..2]);
    near(&each[1].sum_axes(0).value(), &whole[0].value());
    near(&each[2].sum_axes(0).value(), &whole[1].value());
}

#[test]
fn hessians_per_example_are_those_of_a_loop() {
    fn f<'t>(x: Var<'t, f64>, w: Var<'t, f64>) -> Var<'t, f64> {
        w.matmul(x).tanh().logsumexp() + (x * x * x).sum()
    }
    let (xs, w) = (numbers([4, 3], 1), numbers([5, 3], 2));
    let tape = Tape::new();
    let each = tape.vmap_many(
        |x| {
            let (x, w) = (x[0], x[1]);
            let g = f(x, w).grad(&[x])[0];
            (0..3).map(|k| g.s(k).grad(&[x])[0]).collect()
        },
        &[Some(0), None],
        &[tape.leaf(&xs), tape.leaf(&w)],
    );
    for i in 0..4 {
        let h = hessian(|x| f(x, x.tape().constant(&w)), &example(&xs, i));
        for (k, row) in each.iter().enumerate() {
            near(&example(&row.value(), i), &example(&h, k));
        }
    }
}

#[test]
fn nested_vmaps_give_all_pairs() {
    let (a, b) = (numbers([4, 3], 1), numbers([3, 5], 2));
    let tape = Tape::new();
    let (x, y) = (tape.leaf(&a), tape.leaf(&b));
    let all = tape.vmap(
        |[a, b]| a.tape().vmap(|[a, b]| (a.sin() * b).sum(), [None, Some(1)], [a, b]),
        [Some(0), None],
        [x, y],
    );
    let expected = x.sin().matmul(y);
    near(&all.value(), &expected.value());
    let weights = tape.constant(numbers([4, 5], 3));
    let (given, stated) = ((all * weights).sum(), (expected * weights).sum());
    for (g, e) in given.grad(&[x, y]).into_iter().zip(stated.grad(&[x, y])) {
        near(&g.value(), &e.value());
    }
}

#[test]
fn every_order_through_a_vmap_is_that_of_finite_differences() {
    let (x, w) = (numbers([3, 2], 1), numbers([2, 2], 2));
    let checker = wengert::Checker::new().order(3);
    checker
        .run_slice(
            |x| {
                x[0].tape().vmap(
                    |[x, w]| w.matmul(x).tanh().square().sum().grad(&[x])[0],
                    [Some(0), None],
                    [x[0], x[1]],
                )
            },
            &[x, w],
        )
        .unwrap();
}

#[test]
fn a_plan_of_gradients_per_example_gives_the_bits_of_the_tape() {
    let (xs, w) = (numbers([6, 3], 1), numbers([3, 2], 2));
    let record = |tape: Tape<f64>| {
        let (x, w) = (tape.leaf(&xs), tape.leaf(&w));
        let norms = tape.vmap(
            |[x, w]| x.matmul(w).softmax(0).square().sum().grad(&[w])[0].square().sum(),
            [Some(0), None],
            [x, w],
        );
        let g = norms.sum().grad(&[w])[0];
        let plan = tape.compile(&[x, w], &[norms, g]).unwrap();
        (plan.run(&mut plan.workspace(), &[&xs, &w.value()]).unwrap().to_vec(), [norms.value(), g.value()])
    };
    let (planned, taped) = record(Tape::new());
    assert_eq!(planned, taped);
    let (deferred, _) = record(Tape::new().deferred());
    assert_eq!(deferred, planned);
}

#[test]
fn each_example_drops_elements_of_its_own_and_another_batch_the_same() {
    let key = Key::new(7).stream(3);
    let tape = Tape::<f64>::new();
    let ones = |n: usize| tape.leaf(Tensor::full([n, 64], 1.0));
    let drop = |n| tape.vmap(|[x]| x.dropout(0.5, key), [Some(0)], [ones(n)]).value();
    let (three, five) = (drop(3), drop(5));
    for i in 0..3 {
        let alone = tape.constant(Tensor::full([64], 1.0)).dropout(0.5, key.example(i as u32)).value();
        assert_eq!(example(&three, i), alone);
        assert_eq!(example(&five, i), alone);
    }
    assert_ne!(example(&three, 0), example(&three, 1));
    // Also of a value that all examples share, and in a vmap inside another.
    let shared = tape.vmap(|[x, w]| x.sum() * 0.0 + w.dropout(0.5, key), [Some(0), None], [ones(3), ones(1)]);
    assert_eq!(shared.value().to_vec(), three.to_vec());
    let nested = tape.vmap(
        |[x]| x.tape().vmap(|[x]| x.dropout(0.5, key), [Some(0)], [x]),
        [Some(0)],
        [tape.leaf(Tensor::full([2, 2, 64], 1.0))],
    );
    assert_eq!(nested.value().to_vec()[..192], five.to_vec()[..192]);
    // Directions of a Jacobian are no examples: they see one mask.
    let x = Tensor::full([64], 1.0);
    let slopes = jacobian(|x| x.dropout(0.5, key), &x);
    let mask = tape.constant(x).dropout(0.5, key).value().to_vec();
    assert_eq!(slopes.to_vec().into_iter().step_by(65).collect::<Vec<_>>(), mask);
    // A plan moves the keys on. (On a tape of its own: a plan refuses that numbers which it draws anew were read.)
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::full([3, 64], 1.0));
    let y = tape.vmap(|[x]| x.dropout(0.5, key), [Some(0)], [x]);
    let plan = tape.compile(&[x], &[y]).unwrap();
    let extras = wengert::plan::Extras { step: Some(9), ..Default::default() };
    let out = plan.run_with(&mut plan.workspace(), &[&x.value()], &extras).unwrap()[0].clone();
    let alone = tape.constant(Tensor::full([64], 1.0)).dropout(0.5, key.step(9).example(2)).value();
    assert_eq!(example(&out, 2), alone);
}

#[test]
fn what_is_stopped_inside_is_stopped_outside() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([3.0, 4.0]);
    let y = tape.vmap(|[x]| x.detach() * x + x.tape().no_grad(|| x * x), [Some(0)], [x]);
    assert_eq!(y.sum().backward(&[x])[0].to_vec(), [3.0, 4.0]);
    let inner = tape.vmap(|[x]| x.grad_of(|x| x * x.grad_of(|y| x + y)), [Some(0)], [x]);
    assert_eq!(inner.value().to_vec(), [1.0, 1.0]);
    let constant = tape.no_grad(|| tape.vmap(|[x]| x * x, [Some(0)], [x]));
    assert!(!constant.is_tracked());
}

#[test]
fn lines_are_attributed_to_the_source_of_the_function() {
    let tape = Tape::<f64>::new();
    let (y, line) = (tape.vmap(|[x]| x.sin(), [Some(0)], [tape.leaf([1.0])]), line!());
    assert_eq!((y.recorded_at().line(), y.recorded_at().file()), (line, file!()));
}

#[test]
fn a_result_that_no_example_changes_is_repeated() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf(5.0));
    let y = tape.vmap(|[_, w]| w * w, [Some(0), None], [x, w]);
    assert_eq!((y.value().to_vec(), y.sum().backward(&[w])[0].item()), (vec![25.0; 3], 30.0));
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let tape = Tape::<f64>::new();
    let other = Tape::<f64>::new();
    let (a, b) = (tape.leaf(Tensor::zeros([3, 2])), tape.leaf(Tensor::zeros([2])));
    let add = |axes, x| tape.try_vmap(|[a, b]| a + b, axes, x).map(|y| y.shape().dims().to_vec());
    assert_eq!(add([Some(1), Some(0)], [a, b]), Ok(vec![2, 3]));
    assert_eq!(add([Some(-1), Some(-1)], [a, b]), Ok(vec![2, 3]));
    assert!(matches!(add([Some(0), Some(0)], [a, b]), Err(Error::ShapeMismatch { op: "vmap", .. })));
    assert!(matches!(add([Some(2), None], [a, b]), Err(Error::Axis { op: "vmap", axis: 2, rank: 2 })));
    assert!(matches!(add([None, None], [a, b]), Err(Error::Attribute { op: "vmap", name: "axes", .. })));
    let foreign = tape.try_vmap(|[a]| a, [Some(0)], [other.leaf([1.0])]);
    assert!(matches!(foreign, Err(Error::DifferentTapes { op: "vmap" })));
    let uneven = tape.try_vmap_many(|x| x.to_vec(), &[Some(0)], &[a, b]);
    assert!(matches!(uneven, Err(Error::Arity { op: "vmap", given: 1, .. })));
    let full = tape.leaf(Tensor::zeros([1; 8]));
    let crowded = tape.try_vmap(|[a, b]| a + b, [None, Some(0)], [full, b]);
    assert!(matches!(crowded, Err(Error::RankTooLarge { rank: 9 })));
}

#[test]
fn a_value_read_for_one_example_is_refused_with_its_line() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let line = line!() + 1;
    let branch = tape.try_vmap(|[x]| if x.item() > 0.0 { x } else { -x }, [Some(0)], [x]);
    let Err(Error::ReadInBatch { at }) = branch else { panic!("a branch was recorded") };
    assert!(at.contains(&format!("vmap.rs:{line}")), "{at}");
    let swept = tape.try_vmap(|[x]| x * x.tape().constant((x * x).backward(&[x])[0].clone()), [Some(0)], [x]);
    assert!(matches!(swept, Err(Error::ReadInBatch { .. })));
    // Every example draws its own number, also where no input has a part in it.
    fn drawn(x: Var<'_, f64>) -> Var<'_, f64> {
        x.tape().constant(0.0).noise(Distribution::Normal, Key::new(1)) * 2.0
    }
    let lucky = tape.try_vmap(|[x]| if drawn(x).item() > 0.0 { x } else { -x }, [Some(0)], [x]);
    assert!(matches!(lucky, Err(Error::ReadInBatch { .. })));
    let constant = tape.try_vmap(|[x]| x * x.tape().constant(2.0).item(), [Some(0)], [x]);
    assert_eq!(constant.unwrap().value().to_vec(), [2.0, 4.0]);
}

/// `y = 2x`, with a rule for batches or without.
struct Double {
    batched: bool,
}

impl CustomOp<f64> for Double {
    fn name(&self) -> &'static str {
        "double"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        Ok(x[0].map(|x| 2.0 * x))
    }
    fn vjp<'t>(&self, _: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        [Some(ct * 2.0)].into()
    }
    fn jvp<'t>(&self, _: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        dx[0].map(|dx| dx * 2.0)
    }
    fn batch<'t>(&self, at: &Batch<'t, f64>) -> Result<Var<'t, f64>, Error> {
        if self.batched { Ok(at.each(0)? * 2.0) } else { Err(at.refused("double", None)) }
    }
}

#[test]
fn an_op_of_the_users_needs_a_rule_of_its_own() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let line = line!() + 1;
    let double = |batched| tape.try_vmap(|[x]| x.tape().custom(Double { batched }, &[x]), [Some(0)], [x]);
    assert_eq!(double(true).unwrap().value().to_vec(), [2.0, 4.0]);
    let refused = double(false).unwrap_err();
    assert!(matches!(&refused, Error::Unbatched { op: "double", .. }));
    assert!(refused.to_string().contains(&format!("vmap.rs:{line}")), "{refused}");
    // A Jacobian is swept one direction at a time then, and a line without examples is computed once.
    let slopes =
        jacobian(|x| x.tape().custom(Double { batched: false }, &[x]).sin(), &Tensor::from([0.0, 0.0]));
    assert_eq!(slopes, Tensor::from([[2.0, 0.0], [0.0, 2.0]]));
    let once = tape.vmap(
        |[a, x]| a * x.tape().custom(Double { batched: false }, &[x]).sum(),
        [Some(0), None],
        [x, x],
    );
    assert_eq!(once.value().to_vec(), [6.0, 12.0]);
}

#[test]
fn examples_of_ordinary_size_have_the_bits_that_they_have_alone() {
    let tape = Tape::<f64>::new();
    let same = |op: &dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>, shapes: &[&[usize]]| {
        let n = 3;
        for set in 1..1_usize << shapes.len() {
            let varies = |k: usize| set >> k & 1 == 1;
            let x: Vec<Tensor<f64>> = (0..shapes.len())
                .map(|k| {
                    numbers(if varies(k) { [&[n], shapes[k]].concat() } else { shapes[k].to_vec() }, k as u64)
                })
                .collect();
            let axes: Vec<_> = (0..shapes.len()).map(|k| varies(k).then_some(0)).collect();
            let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
            let y = tape.vmap_many(|x| vec![op(x)], &axes, &vars)[0].value();
            for i in 0..n {
                let one: Vec<_> = (0..shapes.len())
                    .map(|k| tape.leaf(if varies(k) { example(&x[k], i) } else { x[k].clone() }))
                    .collect();
                let alone = op(&one).value();
                assert_eq!(example(&y, i), alone, "operands {set:b} of {shapes:?}");
            }
        }
    };
    same(&|x| x[0].sum(), &[&[100, 200]]);
    same(&|x| x[0].sum_axes(0), &[&[1000, 7]]);
    same(&|x| x[0].mean(), &[&[10_000]]);
    same(&|x| x[0].logsumexp(), &[&[3000]]);
    same(&|x| x[0].softmax(0), &[&[300, 5]]);
    same(&|x| x[0].norm(wengert::Norm::L2), &[&[3000]]);
    same(&|x| x[0].cumsum(0), &[&[3000, 3]]);
    same(&|x| x[0].matmul(x[1]), &[&[70, 300], &[300, 50]]);
    same(&|x| x[0].matmul(x[1]), &[&[1, 700], &[700, 1]]);
    same(&|x| x[0].matmul(x[1]), &[&[4, 20, 300], &[4, 300, 10]]);
    let images: &[&[usize]] = &[&[2, 16, 20, 20], &[8, 16, 3, 3]];
    same(&|x| x[0].conv2d(x[1], &Conv2dOptions::default()), images);
    same(&|x| x[0].conv2d(x[1], &Conv2dOptions::default()).square().sum().grad(x)[0], images);
    same(&|x| x[0].conv2d(x[1], &Conv2dOptions::default()).square().sum().grad(x)[1], images);
    let one_channel: &[&[usize]] = &[&[2, 1, 28, 28], &[8, 1, 5, 5]];
    same(&|x| x[0].conv2d(x[1], &Conv2dOptions::default()), one_channel);
    same(&|x| x[0].conv2d(x[1], &Conv2dOptions::default()).square().sum().grad(x)[1], one_channel);
}
