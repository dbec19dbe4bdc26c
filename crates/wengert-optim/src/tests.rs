use super::*;
use wengert::Tensor;
use wengert_nn::{Buffer, Partial};

/// One parameter from 1.0, learning rate 0.1: its values after each of these gradients.
fn path<R: Rule>(rule: R, gradients: [f64; 3]) -> Vec<f64> {
    let mut optimizer = Optimizer::new(rule).expect("valid options");
    let mut p = Tensor::from(1.0);
    let step = |g: f64| {
        let taken = optimizer.step(&mut p, &Tensor::from(g)).expect("a finite gradient");
        assert_eq!(taken, Outcome::Taken);
        p.item()
    };
    gradients.map(step).into()
}

fn assert_path(rule: impl Rule, gradients: [f64; 3], expected: &[f64]) {
    let found = path(rule.clone(), gradients);
    let tail = &found[found.len() - expected.len()..];
    // The literals have ten decimals.
    let close = tail.iter().zip(expected).all(|(x, e)| (x - e).abs() <= 0.51e-10);
    assert!(close, "{rule:?}: {found:?}, expected {expected:?}");
}

const G: [f64; 3] = [1.0, -2.0, 0.5];

#[test]
fn sgd_follows_the_literal_sequences() {
    let sgd = Sgd::new(0.1).momentum(0.9);
    assert_path(sgd.clone(), G, &[0.9, 1.01, 1.059]);
    assert_path(sgd.clone().dampening(0.5), G, &[0.9, 0.91, 0.894]);
    assert_path(sgd.clone().nesterov(), G, &[0.81, 1.109, 1.1031]);
    assert_path(sgd.weight_decay(0.1), G, &[0.89, 0.9821, 1.005169]);
    assert_path(Sgd::new(0.1), G, &[0.9, 1.1, 1.05]);
}

#[test]
fn adam_follows_the_literal_sequences() {
    let adam = Adam::new(0.1);
    assert_path(adam.clone().weight_decay(0.1), G, &[0.9000000009, 0.9310642948, 0.9376421549]);
    assert_path(adam.clone().decoupled_decay(0.1), G, &[0.8900000010, 0.9177103535, 0.9222023161]);
    let still = [1.0, -2.0, 0.0];
    assert_path(adam.clone().amsgrad(), still, &[0.9000000010, 0.9366103535, 0.9648961085]);
    assert_path(adam, still, &[0.9649102620]);
}

#[test]
fn epsilon_is_added_after_the_bias_corrected_root() {
    let found = path(Adam::new(0.1), [1e-10, 1e-10, 0.0]);
    assert!(
        (found[0] - 0.9990099010).abs() < 0.51e-10 && (found[1] - 0.9980198020).abs() < 0.51e-10,
        "{found:?}"
    );
}

#[test]
fn a_billion_steps_leave_the_correction_at_one() {
    let mut adam = Adam::new(0.1).build().expect("valid options");
    let kept = vec![("first".into(), Tensor::from(0.5)), ("second".into(), Tensor::from(0.25))];
    let count = 1_000_000_000;
    adam.restore([ParameterState { parameter: String::new(), shape: vec![], count, kept }])
        .expect("adam's state");
    let mut p = Tensor::from(1.0_f64);
    let _ = adam.step(&mut p, &Tensor::from(0.5)).expect("a finite gradient");
    // m and v stay at 1/2 and 1/4 with the gradient equal to m, so the step is 0.1 (up to epsilon).
    assert!((p.item() - 0.9_f64).abs() < 1e-8, "{p:?}");
    assert_eq!(adam.state()[0].count, count + 1);
}

#[test]
fn a_parameter_without_a_gradient_keeps_value_state_and_count() {
    let mut adam = Adam::new(0.1).weight_decay(0.1).build().expect("valid options");
    let mut model = vec![Tensor::from(1.0), Tensor::from(1.0)];
    let some = |g: f64| Partial(Some(Tensor::from(g)));
    let _ = adam.step(&mut model, &vec![some(1.0), some(1.0)]).expect("finite");
    let (before, state) = (model.clone(), adam.state());
    let _ = adam.step(&mut model, &vec![some(0.0), Partial(None)]).expect("finite");
    assert!(model[0] != before[0], "a gradient of zeros lets momentum and decay act");
    assert_eq!((&model[1], &adam.state()[1]), (&before[1], &state[1]));
    assert_eq!((adam.state()[0].count, adam.state()[1].count), (2, 1));
}

#[test]
fn a_parameter_never_reached_has_its_first_update_later() {
    let mut sgd = Sgd::new(0.1).momentum(0.9).dampening(0.5).build().expect("valid options");
    let mut p = Tensor::from(1.0);
    let _ = sgd.step(&mut p, &Partial(None::<Tensor<f64>>)).expect("nothing to do");
    assert_eq!((p.item(), sgd.state()[0].count), (1.0, 0));
    let _ = sgd.step(&mut p, &Tensor::from(1.0)).expect("finite");
    assert_eq!(p.item(), 0.9); // undamped
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    for bad in [f64::NAN, f64::INFINITY] {
        for policy in [NonFinite::Refuse, NonFinite::Skip] {
            let mut sgd = Sgd::new(0.1).momentum(0.9).build().expect("valid options").non_finite(policy);
            let mut model = vec![Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0])];
            let good = vec![Tensor::from([1.0, 1.0]), Tensor::from([1.0, 1.0])];
            let _ = sgd.step(&mut model, &good).expect("finite");
            let (before, state) = (model.clone(), sgd.state());
            let result = sgd.step(&mut model, &vec![good[0].clone(), Tensor::from([0.0, bad])]);
            match policy {
                NonFinite::Refuse => assert!(
                    matches!(&result, Err(Error::NonFinite { parameter, position: 1, .. }) if parameter == "1"),
                    "{result:?}"
                ),
                NonFinite::Skip => assert_eq!(result, Ok(Outcome::Skipped { parameter: "1".into() })),
            }
            assert_eq!((&model, &sgd.state()), (&before, &state));
            // And the step after it is not polluted by what was laid aside.
            let none = vec![Partial(None), Partial(None::<Tensor<f64>>)];
            let _ = sgd.step(&mut model, &none).expect("nothing to do");
            assert_eq!(model, before);
        }
    }
}

#[test]
fn gradients_and_buffers_are_left_alone() {
    let mut adam = Adam::new(0.1).weight_decay(0.5).build().expect("valid options");
    let mut model = (Tensor::from([1.0, 2.0]), Buffer(Tensor::from(5.0)));
    let gradient = (Tensor::from([0.5, 0.5]), Buffer(Tensor::from(f64::NAN)));
    let _ = adam.step(&mut model, &gradient).expect("a buffer's leaf is not looked at");
    assert_eq!((gradient.0, model.1.0), (Tensor::from([0.5, 0.5]), Tensor::from(5.0)));
}

#[test]
fn updates_work_in_place_on_storage_nobody_shares() {
    let mut adam = Adam::new(0.1).amsgrad().build().expect("valid options");
    let mut p = Tensor::from([1.0_f32; 100]);
    let g = Tensor::from(1.0).try_broadcast_to([100]).expect("a scalar broadcasts");
    let _ = adam.step(&mut p, &g).expect("finite");
    let at = |t: &Tensor<f32>| t.as_slice().map(<[f32]>::as_ptr);
    let before = (at(&p), at(&adam.state()[0].kept[2].1));
    let _ = adam.step(&mut p, &g).expect("finite");
    assert_eq!((at(&p), at(&adam.state()[0].kept[2].1)), before);

    let shared = p.clone();
    let _ = adam.step(&mut p, &g).expect("finite");
    assert!(shared != p, "the other owner keeps its values");
}

#[test]
fn a_restored_state_continues_with_the_same_bits() {
    let gradient = |k: u64| wengert::Key::new(k).normal::<f32>([7]);
    let rules = Adam::new(0.01).amsgrad().decoupled_decay(0.1);
    let mut whole = (Tensor::<f32>::zeros([7]), rules.clone().build().expect("valid options"));
    for k in 0..10 {
        let _ = whole.1.step(&mut whole.0, &gradient(k)).expect("finite");
    }
    let mut half = (Tensor::<f32>::zeros([7]), rules.clone().build().expect("valid options"));
    for k in 0..5 {
        let _ = half.1.step(&mut half.0, &gradient(k)).expect("finite");
    }
    let mut resumed = rules.build().expect("valid options");
    resumed.restore(half.1.state()).expect("the same rule");
    for k in 5..10 {
        let _ = resumed.step(&mut half.0, &gradient(k)).expect("finite");
    }
    assert_eq!((half.0, resumed.state()), (whole.0, whole.1.state()));
}

#[test]
fn the_state_of_another_rule_is_refused() {
    let mut adam = Adam::new(0.1).build::<f64>().expect("valid options");
    let _ = adam.step(&mut Tensor::from(1.0), &Tensor::from(1.0)).expect("finite");
    let mut other = Adam::new(0.1).amsgrad().build().expect("valid options");
    assert!(matches!(other.restore(adam.state()), Err(Error::Kept { .. })));
    let mut torn = adam.state();
    torn[0].kept[0].1 = Tensor::from([1.0, 2.0]);
    assert!(matches!(adam.restore(torn), Err(Error::Shape { .. })));
    assert_eq!(adam.state()[0].count, 1);
}

#[test]
fn another_model_or_gradient_structure_is_refused() {
    let mut sgd = Sgd::new(0.1).build().expect("valid options");
    let mut model = vec![Tensor::from(1.0), Tensor::from(2.0)];
    let _ = sgd.step(&mut model, &vec![Tensor::from(0.0), Tensor::from(0.0)]).expect("one structure");
    let short = vec![Tensor::from(1.0)];
    let missing = Error::Structure { position: 1, expected: Some("1".into()), given: None };
    assert_eq!(sgd.step(&mut model, &short), Err(missing));
    let wrong = vec![Tensor::from(1.0), Tensor::from([1.0, 2.0])];
    assert!(matches!(sgd.step(&mut model, &wrong), Err(Error::Shape { what: "the gradient", .. })));
    assert_eq!(model, vec![Tensor::from(1.0), Tensor::from(2.0)]);
    let mut other = vec![Tensor::from(1.0), Tensor::from(2.0), Tensor::from(3.0)];
    let same = other.clone();
    assert!(matches!(sgd.step(&mut other, &same), Err(Error::Structure { position: 2, expected: None, .. })));
}

#[test]
fn a_refused_first_step_fixes_no_structure() {
    let mut sgd = Sgd::new(0.1).build().expect("valid options");
    let two = vec![Tensor::from(1.0), Tensor::from(2.0)];
    assert!(sgd.step(&mut vec![Tensor::from(1.0)], &two).is_err());
    assert!(sgd.state().is_empty());
    assert_eq!(sgd.step(&mut two.clone(), &two), Ok(Outcome::Taken));
}

#[test]
fn options_that_f32_cannot_hold_make_no_nan() {
    let refused = Sgd::new(1e300).build::<f32>();
    assert!(matches!(refused, Err(Error::Option { name: "learning rate", .. })));
    assert!(Sgd::new(1e300).build::<f64>().is_ok());
    let mut adam = Adam::new(0.1).epsilon(1e-60).build().expect("valid options");
    let mut p = Tensor::from(1.0_f32);
    let _ = adam.step(&mut p, &Tensor::from(0.0)).expect("finite");
    assert_eq!(p.item(), 1.0);
}

#[test]
fn a_saved_count_at_its_limit_stays_there() {
    let mut adam = Adam::new(0.1).build().expect("valid options");
    let kept = vec![("first".into(), Tensor::from(0.5)), ("second".into(), Tensor::from(0.25))];
    adam.restore([ParameterState { parameter: String::new(), shape: vec![], count: u64::MAX, kept }])
        .expect("adam's state");
    let mut p = Tensor::from(1.0_f64);
    let _ = adam.step(&mut p, &Tensor::from(0.5)).expect("finite");
    assert!(adam.state()[0].count == u64::MAX && (p.item() - 0.9).abs() < 1e-8);
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    let name = |result: Result<Optimizer<f64, Sgd>, Error>| match result {
        Err(Error::Option { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(Sgd::new(-1.0).build()), "learning rate");
    assert_eq!(name(Sgd::new(f64::NAN).build()), "learning rate");
    assert_eq!(name(Sgd::new(0.1).momentum(1.5).build()), "momentum");
    assert_eq!(name(Sgd::new(0.1).nesterov().build()), "momentum");
    assert_eq!(name(Sgd::new(0.1).momentum(0.9).dampening(0.1).nesterov().build()), "dampening");
    assert_eq!(name(Sgd::new(0.1).weight_decay(f64::INFINITY).build()), "weight decay");
    for adam in [
        Adam::new(0.1).betas(1.0, 0.9),
        Adam::new(0.1).betas(0.9, f64::NAN),
        Adam::new(0.1).epsilon(0.0),
        Adam::new(0.1).decoupled_decay(-1.0),
    ] {
        assert!(matches!(adam.build::<f64>(), Err(Error::Option { .. })));
    }
    let mut sgd = Sgd::new(0.1).build::<f64>().expect("valid options");
    assert!(sgd.set_learning_rate(f64::NAN).is_err());
    assert_eq!(sgd.learning_rate(), 0.1);
    sgd.set_learning_rate(0.01).expect("valid");
    assert_eq!(sgd.learning_rate(), 0.01);
}

#[test]
fn a_gradient_whose_square_overflows_does_not_freeze_the_parameter() {
    let mut adam = Adam::new(0.1).build().expect("valid options");
    let mut p = Tensor::from(1.0_f32);
    let mut step = |g: f32| {
        let _ = adam.step(&mut p, &Tensor::from(g)).expect("a finite gradient");
        p.item()
    };
    let after_huge = step(1e25);
    assert!(after_huge.is_finite() && after_huge < 1.0);
    assert!(step(1e25) < after_huge, "the second huge gradient moved nothing");
}
