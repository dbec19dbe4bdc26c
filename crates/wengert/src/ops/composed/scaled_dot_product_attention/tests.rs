use super::AttentionOptions;
use crate::{Error, Key, Tape, Tensor, Var};

type Options<'t> = AttentionOptions<'t, f64>;

fn tensor(shape: &[usize], stream: u32) -> Tensor<f64> {
    Key::new(17).stream(stream).normal(shape)
}

/// By loops over numbers: one query row, the keys it sees, the values.
fn by_hand(
    q: &[f64],
    keys: &[Vec<f64>],
    values: &[Vec<f64>],
    bias: &[f64],
    scale: f64,
    seen: &[bool],
) -> Vec<f64> {
    let score = |j: usize| q.iter().zip(&keys[j]).map(|(a, b)| a * b).sum::<f64>() * scale + bias[j];
    let weights: Vec<f64> = (0..keys.len()).map(|j| if seen[j] { score(j).exp() } else { 0.0 }).collect();
    let total: f64 = weights.iter().sum();
    let mean = |c: usize| weights.iter().zip(values).map(|(w, v)| w * v[c]).sum::<f64>();
    (0..values[0].len()).map(|c| if total > 0.0 { mean(c) / total } else { 0.0 }).collect()
}

#[test]
fn agrees_with_loops_over_numbers_for_every_option_and_length() {
    for (l, s) in [(3, 3), (2, 4), (4, 2), (1, 1)] {
        for case in 0..8 {
            let (causal, masked, biased) = (case & 1 > 0, case & 2 > 0, case & 4 > 0);
            let (q, k, v) = (tensor(&[2, l, 3], 0), tensor(&[2, s, 3], 1), tensor(&[2, s, 2], 2));
            let allowed =
                Tensor::from_fn([l, s], |ix| if (ix[0] * 5 + ix[1] * 3) % 4 > 0 { 1.0 } else { 0.0 });
            let bias = tensor(&[2, l, s], 3);
            let tape = Tape::new();
            let [a, b, c] = [&q, &k, &v].map(|x| tape.leaf(x));
            let options = Options {
                mask: masked.then(|| tape.constant(&allowed).gt(0.5)),
                bias: biased.then(|| tape.constant(&bias)),
                causal,
                scale: (case == 5).then_some(0.75),
                ..Options::default()
            };
            let got = a.scaled_dot_product_attention(b, c, options).value();
            let scale = if case == 5 { 0.75 } else { 1.0 / 3_f64.sqrt() };
            for n in 0..2 {
                let rows = |x: &Tensor<f64>, count: usize, width: usize| -> Vec<Vec<f64>> {
                    (0..count).map(|i| (0..width).map(|j| x[[n, i, j]]).collect()).collect()
                };
                let (queries, keys, values) = (rows(&q, l, 3), rows(&k, s, 3), rows(&v, s, 2));
                for i in 0..l {
                    let sees = |j: usize| (!causal || j <= i) && (!masked || allowed[[i, j]] > 0.5);
                    let seen: Vec<bool> = (0..s).map(sees).collect();
                    let row: Vec<f64> = (0..s).map(|j| if biased { bias[[n, i, j]] } else { 0.0 }).collect();
                    let expected = by_hand(&queries[i], &keys, &values, &row, scale, &seen);
                    for (c, expected) in expected.into_iter().enumerate() {
                        assert!((got[[n, i, c]] - expected).abs() < 1e-14, "{l} {s} {case}");
                    }
                }
            }
        }
    }
}

/// The numbers are those of PyTorch's `scaled_dot_product_attention` in double precision, for
/// `q = arange(6).view(2, 3) / 10`, `k = arange(9).view(3, 3).flip(0) / 7`, `v = arange(6).view(3, 2) ** 2 / 5`, with
/// `is_causal`, and of `(y * w).sum()` with `w = [[1, 2], [3, 4]]` its gradients.
#[test]
fn agrees_with_numbers_of_another_engine() {
    let tape = Tape::<f64>::new();
    let q = tape.leaf(Tensor::from_fn([2, 3], |ix| (ix[0] * 3 + ix[1]) as f64 / 10.0));
    let k = tape.leaf(Tensor::from_fn([3, 3], |ix| ((2 - ix[0]) * 3 + ix[1]) as f64 / 7.0));
    let v = tape.leaf(Tensor::from_fn([3, 2], |ix| ((ix[0] * 2 + ix[1]) as f64).powi(2) / 5.0));
    let options = Options { causal: true, ..Options::default() };
    let y = q.scaled_dot_product_attention(k, v, options);
    let w = tape.constant([[1.0, 2.0], [3.0, 4.0]]);
    let g = (y * w).sum().backward(&[q, k, v]);
    near(&y.value(), &TORCH_Y);
    near(&g[0], &TORCH_Q);
    near(&g[1], &TORCH_K);
    near(&g[2], &TORCH_V);
}

const TORCH_Y: [f64; 4] = [0.0, 0.2, 0.34104788339006986, 0.8820957667801398];
const TORCH_Q: [f64; 6] = [0.0, 0.0, 0.0, -0.5325348342313181, -0.5325348342313183, -0.5325348342313182];
const TORCH_K: [f64; 9] = [
    -0.3727743839619224,
    -0.49703251194922987,
    -0.6212906399365374,
    0.3727743839619222,
    0.49703251194922965,
    0.621290639936537,
    0.0,
    0.0,
    0.0,
];
const TORCH_V: [f64; 6] =
    [2.721070437287238, 4.294760583049651, 1.278929562712762, 1.7052394169503493, 0.0, 0.0];

fn near(got: &Tensor<f64>, expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (a, b) in got.to_vec().iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{got} is not {expected:?}");
    }
}

#[test]
fn a_query_that_sees_nothing_gives_zeros_and_sends_back_zeros_at_every_order() {
    let tape = Tape::<f64>::new();
    let (q, k, v) =
        (tape.leaf(tensor(&[2, 2], 0)), tape.leaf(tensor(&[3, 2], 1)), tape.leaf(tensor(&[3, 2], 2)));
    let inf = f64::NEG_INFINITY;
    let mask = tape.constant([[1.0], [0.0]]).gt(0.5);
    let bias = tape.leaf([[0.0], [inf]]);
    for options in [
        Options { mask: Some(mask), ..Options::default() },
        Options { bias: Some(bias), ..Options::default() },
        Options { bias: Some(bias), mask: Some(mask), causal: true, ..Options::default() },
    ] {
        let y = q.scaled_dot_product_attention(k, v, options);
        assert_eq!(y.value().to_vec()[2..], [0.0, 0.0]);
        let g = (y * y).sum().grad(&[q, k, v]);
        assert_eq!(g[0].value().to_vec()[2..], [0.0, 0.0]);
        assert!(g.iter().all(|g| g.value().to_vec().iter().all(|g| g.is_finite())));
        let again = (g[0] * g[0]).sum().backward(&[q])[0].to_vec();
        assert!(again[2..] == [0.0, 0.0] && again[..2].iter().all(|g| g.is_finite()));
    }
}

#[test]
fn a_hidden_key_gets_no_gradient_whatever_its_score() {
    let tape = Tape::<f64>::new();
    let (q, v) = (tape.leaf([[1.0, 0.5]]), tape.leaf([[1.0], [2.0], [3.0]]));
    let k = tape.leaf([[1.0, 2.0], [f64::INFINITY, 1.0], [0.0, 1.0]]);
    let mask = tape.constant([1.0, 0.0, 1.0]).gt(0.5);
    let options = Options { mask: Some(mask), ..Options::default() };
    let y = q.scaled_dot_product_attention(k, v, options).sum();
    assert!(y.item().is_finite());
    let g = y.backward(&[k, v]);
    assert_eq!((g[0].to_vec()[2..4].to_vec(), g[1].to_vec()[1]), (vec![0.0, 0.0], 0.0));
}

#[test]
fn dropout_hides_weights_by_its_key_and_a_plan_moves_it_on() {
    fn attend(x: Var<'_, f64>, step: u32) -> Var<'_, f64> {
        let dropout = Some((0.5, Key::new(3).stream(1).step(step)));
        let options = Options { dropout, ..Options::default() };
        // The values are ones, so that a row is the sum of the weights that are left.
        x.scaled_dot_product_attention(x, x * 0.0 + 1.0, options)
    }
    let x = tensor(&[2, 3, 2], 5);
    let tape = Tape::new();
    let leaf = tape.leaf(&x);
    let plan = tape.compile(&[leaf], &[attend(leaf, 0)]).expect("compiles");
    let mut workspace = plan.workspace();
    let mut rows = Vec::new();
    for step in [0, 3] {
        let fresh = Tape::new();
        let expected = attend(fresh.leaf(&x), step).value();
        let extras = crate::plan::Extras { step: Some(step), ..Default::default() };
        assert_eq!(plan.run_with(&mut workspace, &[&x], &extras).expect("runs")[0], expected);
        rows.push(expected);
    }
    assert_ne!(rows[0], rows[1]);
}

#[test]
fn heads_of_queries_that_share_keys_have_the_bits_of_keys_repeated() {
    let tape = Tape::<f64>::new();
    let x @ [q, k, v] =
        [(0, [2, 6, 3, 2]), (1, [2, 2, 5, 2]), (2, [2, 2, 5, 3])].map(|(i, s)| tape.leaf(tensor(&s, i)));
    let mask = tape.constant(tensor(&[6, 1, 5], 3)).gt(-0.5);
    let (bias, dropout) = (Some(tape.leaf(tensor(&[2, 1, 3, 5], 4))), Some((0.3, Key::new(2))));
    for options in [
        Options::default(),
        Options { mask: Some(mask), ..Options::default() },
        Options { mask: Some(mask), bias, causal: true, dropout, ..Options::default() },
    ] {
        let grouped = q.scaled_dot_product_attention(k, v, Options { enable_gqa: true, ..options });
        let [k, v] = [k, v].map(|x| x.repeat_interleave(1, [3, 3]));
        let repeated = q.scaled_dot_product_attention(k, v, options);
        assert_eq!(grouped.value(), repeated.value());
        let seed = tape.constant(tensor(&[2, 6, 3, 3], 5));
        let [g, r] = [grouped, repeated].map(|y| (y * seed).sum().backward(&x));
        for (g, r) in g.iter().zip(&r) {
            near(g, &r.to_vec());
        }
    }
}

/// The numbers are those of PyTorch's `scaled_dot_product_attention` in double precision with `enable_gqa`, for
/// `q = arange(16).view(4, 2, 2) / 10`, `k = arange(12).view(2, 3, 2) / 7`, `v = arange(6).view(2, 3, 1) ** 2`.
#[test]
fn grouped_heads_agree_with_numbers_of_another_engine() {
    let tape = Tape::<f64>::new();
    let count = |s: [usize; 3], ix: &[usize]| ((ix[0] * s[1] + ix[1]) * s[2] + ix[2]) as f64;
    let q = tape.leaf(Tensor::from_fn([4, 2, 2], |ix| count([4, 2, 2], ix) / 10.0));
    let k = tape.leaf(Tensor::from_fn([2, 3, 2], |ix| count([2, 3, 2], ix) / 7.0));
    let v = tape.leaf(Tensor::from_fn([2, 3, 1], |ix| count([2, 3, 1], ix).powi(2)));
    let y = q.scaled_dot_product_attention(k, v, Options { enable_gqa: true, ..Options::default() });
    assert_eq!(y.shape().dims(), [4, 2, 1]);
    near(&y.value(), &TORCH_GROUPED);
}

const TORCH_GROUPED: [f64; 8] = [
    1.6936475823871573,
    1.802256019740824,
    1.9114202401474087,
    2.020420502848709,
    18.476025112376657,
    18.88320669292081,
    19.278502094652662,
    19.660088726272654,
];

#[test]
fn groups_that_do_not_come_out_even_are_refused() {
    let tape = Tape::<f64>::new();
    let of = |shape: &[usize]| tape.leaf(Tensor::zeros(shape));
    let attend = |q: &[usize], k: &[usize], v: &[usize]| {
        let options = Options { enable_gqa: true, ..Options::default() };
        of(q).try_scaled_dot_product_attention(of(k), of(v), options).map(|y| y.shape().dims().to_vec())
    };
    assert_eq!(attend(&[6, 2, 3], &[3, 4, 3], &[3, 4, 5]), Ok(vec![6, 2, 5]));
    assert_eq!(attend(&[2, 3, 2, 3], &[3, 4, 3], &[3, 4, 5]), Ok(vec![2, 3, 2, 5]));
    assert_eq!(attend(&[0, 2, 3], &[0, 4, 3], &[0, 4, 5]), Ok(vec![0, 2, 5]));
    assert_eq!(attend(&[0, 2, 3], &[3, 4, 3], &[3, 4, 5]), Ok(vec![0, 2, 5]));
    for (q, k, v) in [
        ([5, 2, 3], [2, 4, 3], [2, 4, 3]),
        ([2, 2, 3], [4, 4, 3], [4, 4, 3]),
        ([4, 2, 3], [0, 4, 3], [0, 4, 3]),
        ([4, 2, 3], [2, 4, 3], [4, 4, 3]),
    ] {
        let refused = attend(&q, &k, &v).unwrap_err();
        assert!(matches!(refused, Error::ShapeMismatch { op: super::OP, .. }), "{refused}");
        assert!(refused.to_string().contains("enable_gqa"), "{refused}");
    }
    assert!(matches!(attend(&[2, 3], &[4, 3], &[4, 3]), Err(Error::Shape { op: super::OP, .. })));
}

#[test]
fn misfits_are_typed_errors_that_name_the_attention() {
    const OP: &str = super::OP;
    let tape = Tape::<f64>::new();
    let of = |shape: &[usize]| tape.leaf(Tensor::zeros(shape));
    let (q, k, v) = (of(&[2, 3]), of(&[4, 3]), of(&[4, 5]));
    let plain = Options::default();
    let attend = |q: Var<'_, f64>, k, v, options| {
        q.try_scaled_dot_product_attention(k, v, options).map(Var::shape).map(|s| s.dims().to_vec())
    };
    assert_eq!(attend(q, k, v, plain), Ok(vec![2, 5]));
    assert!(matches!(attend(of(&[3]), k, v, plain), Err(Error::Shape { op: OP, .. })));
    assert!(matches!(attend(q, of(&[4, 2]), v, plain), Err(Error::ShapeMismatch { op: OP, .. })));
    assert!(matches!(attend(q, k, of(&[3, 5]), plain), Err(Error::ShapeMismatch { op: OP, .. })));
    assert!(matches!(attend(of(&[2, 2, 3]), of(&[3, 4, 3]), v, plain), Err(Error::Broadcast { op: OP, .. })));
    for wrong in [&[3, 4][..], &[2, 2, 4], &[5]] {
        let mask = Options { mask: Some(of(wrong).gt(0.0)), ..plain };
        assert!(matches!(attend(q, k, v, mask), Err(Error::Broadcast { op: OP, .. })), "{wrong:?}");
        let bias = Options { bias: Some(of(wrong)), ..plain };
        assert!(matches!(attend(q, k, v, bias), Err(Error::Broadcast { op: OP, .. })), "{wrong:?}");
    }
    for p in [-0.1, 1.5, f64::NAN] {
        let dropout = Options { dropout: Some((p, Key::new(1))), ..plain };
        assert!(matches!(attend(q, k, v, dropout), Err(Error::Attribute { op: OP, name: "dropout", .. })));
    }
    let scale = Options { scale: Some(f64::NAN), ..plain };
    assert!(matches!(attend(q, k, v, scale), Err(Error::Attribute { op: OP, name: "scale", .. })));
    let other = Tape::<f64>::new();
    let far = q.try_scaled_dot_product_attention(other.leaf(Tensor::zeros([4, 3])), v, plain);
    assert!(matches!(far.map(Var::shape), Err(Error::DifferentTapes { op: OP })));
    let hidden = Options { mask: Some(other.leaf([1.0; 4]).gt(0.0)), ..plain };
    assert!(matches!(
        q.try_scaled_dot_product_attention(k, v, hidden).map(Var::shape),
        Err(Error::DifferentTapes { op: OP })
    ));
}

#[test]
fn no_keys_give_zeros_and_no_features_give_the_mean() {
    let tape = Tape::<f64>::new();
    let of = |shape: &[usize]| tape.leaf(Tensor::full(shape, 2.0));
    let none = of(&[2, 3]).scaled_dot_product_attention(of(&[0, 3]), of(&[0, 2]), Options::default());
    assert_eq!(none.value(), Tensor::zeros([2, 2]));
    let v = tape.leaf([[1.0], [3.0]]);
    let even = of(&[1, 0]).scaled_dot_product_attention(of(&[2, 0]), v, Options::default());
    assert_eq!(even.value().to_vec(), [2.0]);
}
