//! Sorting and what is made of it: against plain loops with ties and NaN, against numbers of other libraries, in plans.

use wengert::prelude::*;
use wengert::{Norm, QuantileMethod};

/// Few different values with ties, some NaN, and zeros of both signs.
fn awkward(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| match (24.0 * u) as u32 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => -0.0,
        other => f64::from(other % 5) - 2.0,
    })
}

/// Positions of a line by a stable sort of the standard library, NaN last or first.
fn ordered(line: &[f64], descending: bool, nans_first: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..line.len()).collect();
    let key = |k: &usize| (line[*k].is_nan() != nans_first, line[*k]);
    order.sort_by(|a, b| {
        let ((a_number, a), (b_number, b)) = (key(a), key(b));
        let by_size = if descending { b.partial_cmp(&a) } else { a.partial_cmp(&b) };
        a_number.cmp(&b_number).then(by_size.unwrap_or(std::cmp::Ordering::Equal))
    });
    order
}

fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
}

#[test]
fn every_line_is_in_the_order_of_a_stable_sort_and_its_gradient_goes_back() {
    let weights = Tensor::from_fn([9], |ix| 1.0 + ix[0] as f64);
    for seed in 0..200 {
        let rows = awkward([3, 9], seed);
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(&rows), tape.constant(&weights));
        for descending in [false, true] {
            let (y, top) = (x.sort(1, descending), x.topk(9, 1, descending));
            let g = (y * w).sum().backward(&[x])[0].to_vec();
            let places = x.argsort(1, descending).to_vec();
            for r in 0..3 {
                let part = |t: &[f64]| t[9 * r..9 * r + 9].to_vec();
                let line = part(&rows.to_vec());
                let order = ordered(&line, descending, false);
                let sorted: Vec<f64> = order.iter().map(|&k| line[k]).collect();
                assert_eq!(bits(&part(&y.value().to_vec())), bits(&sorted), "seed {seed}");
                let of_topk: Vec<f64> = ordered(&line, descending, true).iter().map(|&k| line[k]).collect();
                assert_eq!(bits(&part(&top.value().to_vec())), bits(&of_topk), "seed {seed}");
                for (place, &k) in order.iter().enumerate() {
                    assert_eq!((g[9 * r + k], places[9 * r + place]), (1.0 + place as f64, k as u32));
                }
            }
        }
    }
}

#[test]
fn quantiles_are_those_of_another_library() {
    // numpy.quantile(x, q, method=m), NumPy 2; torch.quantile with the same interpolation gives the same
    let x = [0.3, -1.2, 2.5, 0.7, -0.4, 1.9, -2.2, 0.1];
    let q = [0.05, 0.3, 0.5, 0.62, 0.99];
    let expected = [
        (QuantileMethod::Linear, [-1.85, -0.35, 0.2, 0.43599999999999994, 2.4579999999999997]),
        (QuantileMethod::Lower, [-2.2, -0.4, 0.1, 0.3, 1.9]),
        (QuantileMethod::Higher, [-1.2, 0.1, 0.3, 0.7, 2.5]),
        (QuantileMethod::Midpoint, [-1.7000000000000002, -0.15, 0.2, 0.5, 2.2]),
        (QuantileMethod::Nearest, [-2.2, -0.4, 0.3, 0.3, 2.5]),
    ];
    let tape = Tape::<f64>::new();
    for (by, expected) in expected {
        let y = tape.leaf(x).quantiles(&q, by).value().to_vec();
        for (y, expected) in y.iter().zip(expected) {
            assert!((y - expected).abs() <= 1e-15 * 3.0, "{by:?}: {y} and {expected}");
        }
    }
    assert_eq!(tape.leaf(x).median().item(), tape.leaf(x).quantile(0.5, QuantileMethod::Linear).item());
}

#[test]
fn a_running_logsumexp_and_its_gradient_are_those_of_another_library() {
    // torch.logcumsumexp(3 * x, 0) in double precision, and x.grad of its sum weighted by 1 to 8
    let values = [
        0.8999999999999999,
        0.9110477448485937,
        7.501374535254807,
        7.505874770994574,
        7.506040367309306,
        7.658163362809825,
        7.658164005139801,
        7.658801169696916,
    ];
    let gradient = [
        9.05596417597768,
        0.0672756850666555,
        89.59768856444305,
        0.3640818196037612,
        0.011441170381490439,
        8.888232610845822,
        2.889502029153323e-05,
        0.015287078661207713,
    ];
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.3, -1.2, 2.5, 0.7, -0.4, 1.9, -2.2, 0.1]);
    let y = (3.0 * x).logcumsumexp(0);
    let weights = tape.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let g = (y * weights).sum().backward(&[x])[0].to_vec();
    for (a, b) in y.value().to_vec().iter().zip(values).chain(g.iter().zip(gradient)) {
        assert!((a / b - 1.0).abs() <= 1e-13, "{a} and {b}");
    }
}

/// Everything that chooses by value, and its gradient, second order included.
fn chosen<'t>(x: Var<'t, f64>) -> Vec<Var<'t, f64>> {
    let y = x.median_axes(1).sum()
        + x.quantiles_axes(1, &[0.2, 0.9], QuantileMethod::Linear).square().sum()
        + (x.topk(2, 1, true) * x.topk(2, 1, false)).sum()
        + x.cummax(1).powi(3).sum()
        + x.kthvalue(2, 0).square().sum()
        + x.nanmedian_axes(0).sum()
        + x.norm(Norm::P(3.0));
    let g = y.grad(&[x])[0];
    vec![y, g, g.square().sum().grad(&[x])[0]]
}

#[test]
fn a_plan_chooses_anew_at_every_run() {
    let tape = Tape::<f64>::new().deferred();
    let x = tape.leaf(awkward([4, 5], 1000));
    let plan = tape.compile(&[x], &chosen(x)).expect("nothing is read");
    let mut workspace = plan.workspace();
    for seed in 0..50 {
        let given = if seed % 2 == 0 { awkward([4, 5], seed) } else { Key::new(seed).uniform([4, 5]) };
        let tape = Tape::<f64>::new();
        let expected: Vec<Tensor<f64>> = chosen(tape.leaf(&given)).into_iter().map(Var::value).collect();
        let got = plan.run(&mut workspace, &[&given]).expect("the shape fits");
        for (a, b) in got.iter().zip(&expected) {
            assert_eq!(bits(&a.to_vec()), bits(&b.to_vec()), "seed {seed}");
        }
    }
}

#[test]
fn positions_read_while_recording_are_refused_by_a_plan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([3.0, 1.0, 2.0]);
    let (_, places) = x.cummax_with_indices(0);
    let y = x.gather(0, places).sum();
    assert!(matches!(tape.compile(&[x], &[y]), Err(Error::ValueInspected { .. })));
}
