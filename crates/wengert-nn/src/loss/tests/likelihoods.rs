//! Losses of likelihoods, of margins and of sequences at their kinks and limits.

use super::{super::*, each};
use wengert::{Tape, Tensor};

#[test]
fn a_variance_is_cut_from_below_and_one_that_is_none_is_nan() {
    let tape = Tape::<f64>::new();
    let (y, t) = (tape.leaf([1.0, 1.0, 1.0]), tape.constant([0.0, 1.0, 1.0]));
    let v = tape.leaf([4.0, 0.0, -1.0]);
    let loss = gaussian_nll(y, t, v, 0.5, Reduction::None);
    let value = loss.value().to_vec();
    assert_eq!(value[..2], [(4_f64.ln() + 0.25) / 2.0, 0.5_f64.ln() / 2.0]);
    assert!(value[2].is_nan());
    let g = loss.sum().backward(&[y, v]);
    assert_eq!(g[0].to_vec()[..2], [0.25, 0.0]);
    assert_eq!(g[1].to_vec()[..2], [0.125 - 1.0 / 32.0, 0.0]);
    assert!(g[1].to_vec()[2].is_nan());
    for eps in [0.0, -1.0, f64::NAN] {
        let refused = try_gaussian_nll(y, t, v, eps, Reduction::Mean);
        assert!(matches!(refused, Err(Error::Setting { name: "eps", .. })));
    }
    assert!(matches!(
        try_gaussian_nll(y, t, tape.leaf([1.0]), 0.5, Reduction::Mean),
        Err(Error::TargetShape { .. })
    ));
}

#[test]
fn counts_of_zero_and_rates_without_bound_are_limits() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let (value, gradient) = each(poisson_nll, &[-inf, -inf, inf, inf, 1e3], &[0.0, 2.0, 3.0, 0.0, 1.0]);
    assert_eq!(value, [0.0, inf, inf, inf, inf]);
    assert_eq!(gradient, [0.0, -2.0, inf, inf, inf]);
    let (value, gradient) = each(poisson_nll, &[nan, 0.0], &[0.0, nan]);
    assert!(value.iter().chain(&gradient).all(|x| x.is_nan()));
}

#[test]
fn the_hinge_is_flat_at_its_margin_and_beyond() {
    let (value, gradient) = each(hinge, &[1.0, 2.0, 0.0, -1.0, 0.5], &[1.0, 1.0, 1.0, -1.0, -1.0]);
    assert_eq!(value, [0.0, 0.0, 1.0, 0.0, 1.5]);
    assert_eq!(gradient, [0.0, 0.0, -1.0, 0.0, 1.0]);
    assert!(each(hinge, &[f64::NAN], &[1.0]).0[0].is_nan() && each(hinge, &[1.0], &[f64::NAN]).0[0].is_nan());
}

#[test]
fn equal_points_of_a_triplet_have_finite_gradients() {
    let tape = Tape::<f64>::new();
    let (a, n) = (tape.leaf([[1.0, 2.0], [0.0, 0.0]]), tape.leaf([[4.0, 6.0], [0.0, 0.0]]));
    let loss = triplet_margin(a, a, n, 2.0, Reduction::None);
    assert_eq!(loss.value().to_vec(), [0.0, 2.0]);
    let loss = triplet_margin(a, a, n, 7.0, Reduction::Sum);
    let g = loss.backward(&[a, n]);
    assert_eq!((loss.item(), g[1].to_vec()), (9.0, vec![-0.6, -0.8, 0.0, 0.0]));
    assert_eq!(g[0].to_vec(), [0.6, 0.8, 0.0, 0.0]);
    assert!(matches!(
        try_triplet_margin(a, a, n, -0.5, Reduction::Sum),
        Err(Error::Setting { name: "margin", .. })
    ));
    let scalar = tape.leaf(1.0);
    assert!(matches!(try_triplet_margin(scalar, scalar, scalar, 1.0, Reduction::Sum), Err(Error::Core(_))));
}

#[test]
fn a_zero_vector_has_cosine_zero_with_a_bounded_gradient() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([[0.0, 0.0], [3.0, 4.0]]), tape.leaf([[1.0, 0.0], [6.0, 8.0]]));
    let alike = tape.constant([1.0, 1.0]);
    let loss = cosine_embedding(a, b, alike, 0.0, Reduction::None);
    assert_eq!(loss.value()[[0]], 1.0);
    assert!(loss.value()[[1]].abs() < 1e-15);
    let g = loss.sum().backward(&[a, b]);
    assert_eq!(g[0].to_vec()[..2], [-1e8, 0.0]);
    assert!(g.iter().all(|g| g.to_vec().iter().all(|g| g.abs() <= 1e8)));
    let apart = cosine_embedding(a, b, tape.constant([-1.0, -1.0]), 0.25, Reduction::None).value().to_vec();
    assert!(apart[0] == 0.0 && (apart[1] - 0.75).abs() < 1e-15);
    assert!(
        cosine_embedding(a, b, tape.constant([f64::NAN, 1.0]), 0.0, Reduction::None).value()[[0]].is_nan()
    );
    let long = tape.leaf([[1e300, 1e300]]);
    let far = cosine_embedding(long, long, tape.constant([1.0]), 0.0, Reduction::Sum).item();
    assert!(far.abs() < 1e-15, "{far}");
    for margin in [1.5, f64::NAN] {
        let refused = try_cosine_embedding(a, b, alike, margin, Reduction::Mean);
        assert!(matches!(refused, Err(Error::Setting { name: "margin", .. })));
    }
    assert!(matches!(try_cosine_embedding(a, b, a, 0.0, Reduction::Mean), Err(Error::TargetShape { .. })));
}

#[test]
fn sequences_are_averaged_by_their_labels_and_impossible_ones_may_cost_nothing() {
    let tape = Tape::<f64>::new();
    let x =
        tape.leaf(Tensor::from_fn([3, 3, 3], |ix| ((ix[0] * 5 + ix[1] * 3 + ix[2] * 7) % 8) as f64 / 3.0));
    let log_p = x.log_softmax(2);
    let targets = Tensor::from([[0_u32, 1], [1, 1], [2, 2]]);
    let (frames, labels) = ([3, 2, 3], [2, 2, 0]);
    let loss = CtcLoss::new().blank(2);
    let each = loss.reduction(Reduction::None).loss(log_p, &targets, &frames, &labels).value().to_vec();
    assert!(each[0].is_finite() && each[1] == f64::INFINITY && each[2].is_finite());
    assert_eq!(loss.loss(log_p, &targets, &frames, &labels).item(), f64::INFINITY);
    let loss = loss.zero_infinity(true);
    let mean = loss.loss(log_p, &targets, &frames, &labels);
    assert!((mean.item() - (each[0] / 2.0 + each[2]) / 3.0).abs() < 1e-15);
    assert_eq!(mean.backward(&[log_p])[0].to_vec().iter().filter(|g| g.is_nan()).count(), 0);
    let sum = loss.reduction(Reduction::Sum).loss(log_p, &targets, &frames, &labels).item();
    assert!((sum - each[0] - each[2]).abs() < 1e-15);
    let none = tape.leaf(Tensor::zeros([3, 0, 3]));
    let refused = loss.try_loss(none, &Tensor::zeros([0, 2]), &[], &[]);
    assert!(matches!(refused, Err(Error::NoSamples { loss: "ctc", .. })));
    let refused = loss.try_loss(log_p, &targets, &[4, 1, 1], &labels);
    assert!(matches!(refused, Err(Error::Core(wengert::Error::Attribute { name: "input_lengths", .. }))));
}

#[test]
fn losses_of_three_operands_and_hinges_have_the_laws_of_the_others() {
    fn of<'t>(y: Var<'t, f64>, t: Var<'t, f64>, reduction: Reduction) -> [Result<Var<'t, f64>, Error>; 6] {
        [
            try_poisson_nll(y, t, reduction),
            try_hinge(y, t, reduction),
            try_gaussian_nll(y, t, y, 0.1, reduction),
            try_triplet_margin(y, t, y, 0.1, reduction),
            try_triplet_margin(y, y, t, 0.1, reduction),
            try_cosine_embedding(y, t, y, 0.1, reduction),
        ]
    }
    let tape = Tape::<f64>::new();
    let (y, t, mean) = (tape.leaf([[0.5], [0.25]]), tape.constant([0.5, 0.25]), Reduction::Mean);
    for refused in of(y, t, mean) {
        assert!(matches!(refused, Err(Error::TargetShape { .. })), "{:?}", refused.map(Var::value));
    }
    let none = tape.leaf(Tensor::zeros([0, 3]));
    for refused in of(none, none, mean).into_iter().take(5) {
        assert!(matches!(refused, Err(Error::NoSamples { .. })), "{:?}", refused.map(Var::value));
    }
    for sum in of(none, none, Reduction::Sum).into_iter().take(5) {
        assert_eq!(sum.expect("a sum of nothing").item(), 0.0);
    }
    let there = Tape::<f64>::new().leaf([[0.5], [0.25]]).value();
    let other = Tape::<f64>::new();
    let far = other.leaf(there);
    for refused in of(y, far, mean).into_iter().take(5) {
        let refused = refused.map(Var::value);
        assert!(matches!(refused, Err(Error::Core(wengert::Error::DifferentTapes { .. }))), "{refused:?}");
    }
}

#[test]
fn means_are_sums_over_the_count_for_the_later_losses_too() {
    let tape = Tape::<f64>::new();
    let (y, t) = (tape.leaf([[0.3, -0.7], [0.9, 0.2]]), tape.constant([[1.0, -1.0], [1.0, -1.0]]));
    let ratio = |f: &dyn Fn(Reduction) -> Tensor<f64>, count: f64| {
        for (m, s) in f(Reduction::Mean).to_vec().into_iter().zip(f(Reduction::Sum).to_vec()) {
            assert!((m * count - s).abs() <= 4.0 * f64::EPSILON * s.abs(), "{m} {s}");
        }
    };
    ratio(&|r| hinge(y, t, r).backward(&[y])[0].clone(), 4.0);
    ratio(&|r| poisson_nll(y, t, r).backward(&[y])[0].clone(), 4.0);
    ratio(&|r| gaussian_nll(y, t, y.exp(), 0.1, r).backward(&[y])[0].clone(), 4.0);
    ratio(&|r| triplet_margin(y, t, y * t, 3.0, r).backward(&[y])[0].clone(), 2.0);
    let sides = tape.constant([1.0, -1.0]);
    ratio(&|r| cosine_embedding(y, t, sides, -0.9, r).backward(&[y])[0].clone(), 2.0);
}

#[test]
fn a_target_of_zero_still_has_a_slope() {
    let (ln2, inf) = (2_f64.ln(), f64::INFINITY);
    let tape = Tape::<f64>::new();
    let (x, t) = (tape.leaf([[0.0, 0.0]]), tape.leaf([[1.0, 0.0]]));
    let loss = soft_cross_entropy(x, t, Reduction::Sum);
    assert_eq!(loss.backward(&[x, t])[1].to_vec(), [ln2, ln2]);
    let masked = tape.leaf([[0.0, -inf]]);
    let loss = soft_cross_entropy(masked, t, Reduction::Sum);
    assert_eq!((loss.item(), loss.backward(&[masked])[0].to_vec()), (0.0, vec![0.0, 0.0]));
    let nan = tape.leaf([[0.0, f64::NAN]]);
    assert!(soft_cross_entropy(nan, t, Reduction::Sum).item().is_nan());
    let (y, t) = (tape.leaf([0.5, -inf, inf]), tape.leaf([0.0, 0.0, 0.0]));
    let loss = poisson_nll(y, t, Reduction::None);
    assert_eq!(loss.value().to_vec(), [0.5_f64.exp(), 0.0, inf]);
    assert_eq!(loss.sum().backward(&[t])[0].to_vec()[0], -0.5);
}

#[test]
fn a_joint_near_the_smallest_number_does_not_cost_digits() {
    let tape = Tape::<f32>::new();
    let (y, t) = (tape.leaf([1e-3, -0.5]), tape.constant([0.0, 0.0]));
    let loss = smooth_l1(y, t, 1e-38, Reduction::None);
    assert_eq!(loss.value().to_vec(), [1e-3, 0.5]);
    assert_eq!(loss.sum().backward(&[y])[0].to_vec(), [1.0, -1.0]);
}
