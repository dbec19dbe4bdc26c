use super::*;
use wengert::{Tape, Tensor};

mod likelihoods;

/// Values and gradients (of their sum) of an elementwise loss.
fn each(
    loss: impl for<'t> Fn(Var<'t, f64>, Var<'t, f64>, Reduction) -> Var<'t, f64>,
    y: &[f64],
    t: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let tape = Tape::new();
    let y = tape.leaf(y);
    let value = loss(y, tape.constant(t), Reduction::None);
    (value.value().to_vec(), value.sum().backward(&[y])[0].to_vec())
}

#[test]
fn bce_with_logits_is_exact_at_zero_and_far_out() {
    let (value, gradient) =
        each(bce_with_logits, &[0.0, 0.0, -1e4, 1e4, 1e4, -1e4], &[1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let ln2 = 2_f64.ln();
    assert_eq!(value, [ln2, ln2, 1e4, 0.0, 1e4, 0.0]);
    assert_eq!(gradient, [-0.5, 0.5, -1.0, 0.0, 1.0, 0.0]);
    let curvature = wengert::hessian(
        |x| bce_with_logits(x, x.tape().constant([1.0]), Reduction::Sum),
        &Tensor::from([0.0]),
    );
    assert_eq!(curvature.item(), 0.25);
}

#[test]
fn bce_with_logits_keeps_small_losses_and_gradients_in_single_precision() {
    let tape = Tape::<f32>::new();
    for (x, t) in [(10_f32, 1_f32), (20.0, 1.0), (80.0, 1.0), (-20.0, 0.0), (-80.0, 0.0)] {
        let v = tape.leaf(x);
        let y = bce_with_logits(v, tape.constant(t), Reduction::Sum);
        let far = f64::from(x).abs();
        let (loss, slope) = ((-far).exp().ln_1p(), -f64::from(x.signum()) / (far.exp() + 1.0));
        assert!((f64::from(y.item()) / loss - 1.0).abs() < 1e-6, "{x} {}", y.item());
        let g = f64::from(y.backward(&[v])[0].item());
        assert!((g / slope - 1.0).abs() < 1e-6, "{x} {g} {slope}");
    }
}

#[test]
fn bce_is_cut_at_a_hundred_with_a_finite_gradient() {
    let (value, gradient) = each(bce, &[0.0, 1.0, 0.0, 1.0, 0.5], &[1.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(value, [100.0, 100.0, 0.0, 0.0, 2_f64.ln()]);
    assert_eq!(gradient, [0.0, 0.0, 1.0, -1.0, -2.0]);
}

#[test]
fn what_is_no_probability_is_refused_with_its_place() {
    let tape = Tape::<f64>::new();
    for bad in [-0.1, 1.5, f64::NAN, f64::INFINITY] {
        let (good, wrong) = (tape.constant([0.5, 0.5]), tape.constant([0.5, bad]));
        let of = |p, t| match try_bce(p, t, Reduction::Mean) {
            Err(Error::Probability { what, position: 1, .. }) => what,
            other => panic!("{:?}", other.map(Var::value)),
        };
        assert_eq!((of(wrong, good), of(good, wrong)), ("prediction", "target"));
    }
}

#[test]
fn l1_and_huber_have_one_slope_from_both_sides_at_zero_and_at_the_joint() {
    let at = [0.0, 1.0, -1.0, 1.0 + 1e-9, 1.0 - 1e-9, 3.0];
    let zeros = [0.0; 6];
    assert_eq!(each(l1, &at[..3], &zeros[..3]).1, [0.0, 1.0, -1.0]);
    let (value, gradient) = each(|y, t, r| huber(y, t, 1.0, r), &at, &zeros);
    assert_eq!((value[0], value[1], value[5]), (0.0, 0.5, 2.5));
    assert_eq!((gradient[0], gradient[1], gradient[2]), (0.0, 1.0, -1.0));
    assert!(gradient[3..5].iter().all(|g| (g - 1.0).abs() < 2e-9));
    let (value, gradient) = each(|y, t, r| smooth_l1(y, t, 2.0, r), &[0.0, 2.0, -2.0, 4.0], &[0.0; 4]);
    assert_eq!((value, gradient), (vec![0.0, 1.0, 1.0, 3.0], vec![0.0, 1.0, -1.0, 1.0]));
    assert_eq!(each(|y, t, r| smooth_l1(y, t, 0.0, r), &[-2.0], &[0.0]), (vec![2.0], vec![-1.0]));
    let curvature =
        wengert::hessian(|y| huber(y, y.tape().constant([0.0]), 1.0, Reduction::Sum), &Tensor::from([0.0]));
    assert_eq!(curvature.item(), 1.0);
    let tape = Tape::<f64>::new();
    let y = tape.leaf([1.0]);
    assert!(matches!(try_huber(y, y, -1.0, Reduction::Mean), Err(Error::Setting { name: "delta", .. })));
    assert!(matches!(
        try_smooth_l1(y, y, f64::NAN, Reduction::Mean),
        Err(Error::Setting { name: "beta", .. })
    ));
}

#[test]
fn kl_terms_without_target_are_zero_and_nan_targets_are_not_hidden() {
    let (value, gradient) = each(kl_div, &[f64::NEG_INFINITY, 0.5_f64.ln()], &[0.0, 0.5]);
    assert_eq!((value, gradient), (vec![0.0, 0.0], vec![0.0, -0.5]));
    assert!(each(kl_div, &[-1.0], &[f64::NAN]).0[0].is_nan());
}

#[test]
fn a_target_that_would_only_broadcast_is_refused_by_every_loss() {
    let tape = Tape::<f64>::new();
    let (y, t) = (tape.leaf([[0.5], [0.25]]), tape.constant([0.5, 0.25]));
    let labels = Tensor::from([[0_u32, 0]]);
    let mean = Reduction::Mean;
    for result in [
        try_mse(y, t, mean),
        try_l1(y, t, mean),
        try_huber(y, t, 1.0, mean),
        try_smooth_l1(y, t, 1.0, mean),
        try_bce(y, t, mean),
        try_bce_with_logits(y, t, mean),
        try_kl_div(y, t, mean),
        try_soft_cross_entropy(y, t, mean),
        try_cross_entropy(y, &labels),
        try_nll(y, &labels),
    ] {
        assert!(matches!(result, Err(Error::TargetShape { .. })), "{:?}", result.map(Var::value));
    }
}

#[test]
fn a_mean_over_no_samples_is_refused_and_a_sum_is_zero() {
    let tape = Tape::<f64>::new();
    let y = tape.leaf(Tensor::zeros([0, 3]));
    let labels = Tensor::<u32>::zeros([0]);
    for reduction in [Reduction::Mean, Reduction::Sum] {
        for result in [
            try_mse(y, y, reduction),
            try_l1(y, y, reduction),
            try_huber(y, y, 1.0, reduction),
            try_bce(y, y, reduction),
            try_bce_with_logits(y, y, reduction),
            try_kl_div(y, y, reduction),
            try_soft_cross_entropy(y, y, reduction),
            ClassLoss::new().reduction(reduction).try_cross_entropy(y, &labels),
            ClassLoss::new().ignore(7).reduction(reduction).try_nll(y, &labels),
        ] {
            match reduction {
                Reduction::Mean => assert!(matches!(result, Err(Error::NoSamples { .. }))),
                _ => assert_eq!(result.map(|v| v.item()), Ok(0.0)),
            }
        }
    }
}

#[test]
fn the_gradient_of_the_sum_is_the_count_times_that_of_the_mean() {
    let tape = Tape::<f64>::new();
    let (y, t) = (tape.leaf([0.3, 0.9, 0.5, 0.7]), tape.constant([1.0, 0.0, 1.0, 0.25]));
    for loss in [mse, l1, bce, bce_with_logits, kl_div] {
        let of = |reduction| loss(y, t, reduction).backward(&[y])[0].to_vec();
        let (sum, mean) = (of(Reduction::Sum), of(Reduction::Mean));
        for (s, m) in sum.into_iter().zip(mean) {
            assert_eq!(s, 4.0 * m); // exact: 4 is a power of two
        }
    }
}

#[test]
fn logits_of_ten_thousand_stay_finite() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]]);
    let loss = ClassLoss::new().reduction(Reduction::None).cross_entropy(x, &Tensor::from([1_u32, 2]));
    assert_eq!(loss.value().to_vec(), [2e4, 2_f32.ln()]);
    assert_eq!(loss.sum().backward(&[x])[0].to_vec(), [1.0, -1.0, 0.0, 0.0, 0.5, -0.5]);
}

#[test]
fn targets_that_are_all_ignored_or_weigh_nothing_give_zero() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [f64::INFINITY, f64::NAN]]);
    let labels = Tensor::from([1_u32, 1]);
    let finite = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    for reduction in [Reduction::Mean, Reduction::Sum] {
        for loss in [ClassLoss::new().ignore(1), ClassLoss::new().weights([1.0, 0.0])] {
            let loss = loss.reduction(reduction);
            assert_eq!(loss.cross_entropy(x, &labels).item(), 0.0);
            let y = loss.cross_entropy(finite, &labels);
            assert_eq!((y.item(), y.backward(&[finite])[0].to_vec()), (0.0, vec![0.0; 4]));
        }
    }
}

#[test]
fn weights_that_f32_cannot_hold_make_no_nan() {
    let tape = Tape::<f32>::new();
    let (x, labels) = (tape.leaf([[1.0, 2.0]]), Tensor::from([0_u32]));
    let of = |w: f64| ClassLoss::new().weights([w, w]).try_cross_entropy(x, &labels).map(Var::item);
    assert_eq!(of(1e-60), Ok(0.0));
    assert!(matches!(of(1e60), Err(Error::Setting { name: "class weight", .. })));
    let zero = tape.constant([0.0]);
    let l1 = smooth_l1(tape.leaf([-2.0]), zero, 1e-60, Reduction::Sum);
    assert_eq!(l1.item(), 2.0);
}

#[test]
fn operands_of_two_tapes_are_refused_by_every_loss() {
    let (here, there) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (y, t, mean) = (here.leaf([0.5]), there.leaf([0.25]), Reduction::Mean);
    for result in [
        try_mse(y, t, mean),
        try_l1(y, t, mean),
        try_huber(y, t, 1.0, mean),
        try_smooth_l1(y, t, 1.0, mean),
        try_bce(y, t, mean),
        try_bce_with_logits(y, t, mean),
        try_kl_div(y, t, mean),
        try_soft_cross_entropy(y, t, mean),
    ] {
        let result = result.map(Var::value);
        assert!(matches!(result, Err(Error::Core(wengert::Error::DifferentTapes { .. }))), "{result:?}");
    }
}

#[test]
fn weights_divide_by_the_weight_met_and_ignored_samples_count_for_nothing() {
    let tape = Tape::<f64>::new();
    let log_p = tape.leaf([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]]);
    let labels = Tensor::from([0_u32, 1, 99]);
    let loss = ClassLoss::new().weights([1.0, 3.0]).ignore(99);
    let y = loss.nll(log_p, &labels);
    assert_eq!(y.item(), (1.0 * 1.0 + 3.0 * 4.0) / 4.0);
    assert_eq!(y.backward(&[log_p])[0].to_vec(), [-0.25, 0.0, 0.0, -0.75, 0.0, 0.0]);
    let none = loss.reduction(Reduction::None).nll(log_p, &labels);
    assert_eq!(none.value().to_vec(), [1.0, 12.0, 0.0]);
}

#[test]
fn a_target_that_is_no_class_is_refused_with_its_place() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let refused = Error::Label { loss: "cross_entropy", label: 2, position: 1, classes: 2 };
    assert_eq!(try_cross_entropy(x, &Tensor::from([0_u32, 2])).map(|v| v.item()), Err(refused));
    let short = ClassLoss::new().weights([1.0]);
    assert!(matches!(short.try_nll(x, &Tensor::from([0_u32, 1])), Err(Error::Shape { .. })));
    let negative = ClassLoss::new().weights([1.0, -1.0]);
    assert!(matches!(negative.try_nll(x, &Tensor::from([0_u32, 1])), Err(Error::Setting { .. })));
    assert!(matches!(try_nll(tape.leaf(1.0), &Tensor::from(0_u32)), Err(Error::Shape { .. })));
}

#[test]
fn classes_are_on_axis_one_of_images_and_on_the_only_axis_of_one_sample() {
    let tape = Tape::<f64>::new();
    let image = Tensor::from_fn([2, 3, 1, 2], |ix| (ix[0] * 7 + ix[1] * 3 + ix[3]) as f64 * 0.3);
    let labels = Tensor::from([[[0_u32, 2]], [[1, 1]]]);
    let whole = cross_entropy(tape.leaf(&image), &labels).item();
    let mut sum = 0.0;
    for (b, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let one = Tensor::from_fn([3], |ix| image[[b, ix[0], 0, column]]);
        sum += cross_entropy(tape.leaf(one), &Tensor::from(labels[[b, 0, column]])).item();
    }
    assert!((whole - sum / 4.0).abs() < 1e-14);
}

#[test]
fn one_hot_targets_agree_with_labels_and_bear_masked_logits() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[0.5, -1.0, 2.0], [0.0, 3.0, f64::NEG_INFINITY]]);
    let labels = Tensor::from([2_u32, 0]);
    let hot = tape.constant(labels.one_hot::<f64>(3));
    let (a, b) = (cross_entropy(x, &labels), soft_cross_entropy(x, hot, Reduction::Mean));
    assert!((a.item() - b.item()).abs() < 1e-15 && a.item().is_finite());
    for (a, b) in a.backward(&[x])[0].to_vec().into_iter().zip(b.backward(&[x])[0].to_vec()) {
        assert!((a - b).abs() < 1e-15);
    }
}
