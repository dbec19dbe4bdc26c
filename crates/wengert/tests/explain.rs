//! Explanations: what they say of known expressions, what they refuse, and what they find in derivations by hand.

use wengert::Error;
use wengert::explain::{Explanation, Finding, compare, try_compare};
use wengert::prelude::*;

type Build = for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>;

/// An expression at a point: names, numbers, the equations that must be in its text, and the gradient.
struct Known {
    names: &'static [&'static str],
    at: &'static [f64],
    build: Build,
    equations: &'static [&'static str],
    gradient: &'static [f64],
}

/// Local derivatives and gradients as sympy 1.14 confirms them: `diff` of the op minus the formula, simplified, is 0, and
/// `N(diff(f, x).subs(point), 17)` is the number.
fn known() -> Vec<Known> {
    let of = |names, at, build, equations, gradient| Known { names, at, build, equations, gradient };
    vec![
        of(
            &["x"],
            &[0.5],
            |x| x[0].sin() * x[0].exp(),
            &[
                "∂v3/∂v1 = v2 = 1.64872",
                "∂v2/∂x = v2 = 1.64872",
                "∂v1/∂x = cos(x) = 0.877583",
                "x̄ += v̄1 · cos(x) = 1.64872 · 0.877583 = 1.44689",
                "x̄ = 0.790439 + 1.44689 = 2.23733, the sum of 2 contributions",
            ],
            &[2.237_328_119_797_784],
        ),
        of(&["x"], &[-1.5], |x| x[0].powi(3), &["v1 = x³ = -3.375", "x̄ = 3 · x² = 6.75"], &[6.75]),
        of(
            &["x", "w", "b"],
            &[0.5, 2.0, -0.3],
            |x| (x[1] * x[0] + x[2]).tanh(),
            &["∂v3/∂v2 = 1 - v3² = 0.634740", "b̄ = v̄2 = 0.634740", "w̄ = v̄1 · x = 0.634740 · 0.5 = 0.317370"],
            &[1.269_479_179_964_917_2, 0.317_369_794_991_229_3, 0.634_739_589_982_458_6],
        ),
        of(
            &["x", "y"],
            &[1.0, 2.5],
            |x| (x[0].exp() + x[1].exp()).ln(),
            &["∂v4/∂v3 = 1 / v3 = 0.0671106", "ȳ = v̄2 · v2 = 0.0671106 · 12.1825 = 0.817574"],
            &[0.182_425_523_806_356_34, 0.817_574_476_193_643_7],
        ),
        of(
            &["x", "y"],
            &[3.0, -4.0],
            |x| x[0] / x[1],
            &["x̄ = 1 / y = -0.25", "ȳ = -v1 / y = -0.1875"],
            &[-0.25, -0.1875],
        ),
        of(
            &["x", "y"],
            &[3.0, -2.0],
            |x| (x[0].square() + x[1].square()).sqrt(),
            &["v4 = √v3 = 3.60555", "∂v4/∂v3 = 0.5 / v4", "ȳ = 2 · v̄2 · y = 0.138675 · (-4) = -0.554700"],
            &[0.832_050_294_337_843_7, -0.554_700_196_225_229_1],
        ),
        of(
            &["x"],
            &[0.75],
            |x| x[0].sigmoid(),
            &["x̄ = v1 · (1 - v1) = 0.217895"],
            &[0.217_894_993_761_814_03],
        ),
        of(
            &["x"],
            &[-1.25],
            |x| x[0].softplus(),
            &["x̄ = sigmoid(x) = 0.222700"],
            &[0.222_700_138_825_308_85],
        ),
        of(
            &["x"],
            &[3.0],
            |x| x[0] * x[0] + x[0],
            &[
                "x̄ += 1\n",
                "through operand 0",
                "through operand 1",
                "x̄ = 1 + 3 + 3 = 7, the sum of 3 contributions",
            ],
            &[7.0],
        ),
        of(
            &["x", "y"],
            &[1.5, 2.5],
            |x| x[0].pow(x[1]),
            &["∂v1/∂x = x^(y - 1) · y = 4.59279", "∂v1/∂y = v1 · ln(x) = 1.11733"],
            &[4.592_793_267_718_459, 1.117_330_451_288_348_7],
        ),
        of(
            &["x"],
            &[0.7],
            |x| x[0].gelu(),
            &["0.5 · erfc(-1/√2 · x) + 1/√(2π) · exp(-0.5 · x²) · x = 0.976614"],
            &[0.976_614_101_133_659_9],
        ),
        of(
            &["x"],
            &[0.2],
            |x| x[0] * x[0].ln(),
            &["∂v1/∂x = 1 / x = 5", "x̄ += v̄1 / x = 0.2 · 5 = 1"],
            &[-0.609_437_912_434_100_4],
        ),
    ]
}

fn explained(known: &Known) -> Explanation {
    let tape = Tape::<f64>::new();
    let x: Vec<_> = known.at.iter().map(|&x| tape.leaf(x)).collect();
    let inputs: Vec<_> = known.names.iter().copied().zip(x.iter().copied()).collect();
    let before = tape.len();
    let loss = (known.build)(&x);
    let (length, found) = (tape.len(), loss.explain(&inputs));
    assert!(tape.len() == length && length > before, "an explanation leaves the tape as it was");
    found
}

#[test]
fn scalar_expressions_are_derived_as_sympy_says() {
    for known in known() {
        let found = explained(&known);
        let text = found.to_string();
        for equation in known.equations {
            assert!(text.contains(equation), "{equation} is not in\n{text}");
        }
        for (name, expected) in known.names.iter().zip(known.gradient) {
            let got = found.gradient(name).and_then(|g| g.elements()).expect("a number")[0];
            assert!(
                (got - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(),
                "{name}: {got} {expected}\n{text}"
            );
        }
    }
}

#[test]
fn a_dot_product_and_a_layer_are_derived_in_matrices_and_words() {
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([1.0, 2.0, -3.0]), tape.leaf([0.5, -1.0, 4.0]));
    let found = (a * b).sum().explain(&[("a", a), ("b", b)]);
    let text = found.to_string();
    assert!(text.contains("v1 = a ⊙ b = [0.5, -2, -12]") && text.contains("v2 = sum(v1) = -13.5"), "{text}");
    assert!(text.contains("v̄1 = v̄2 repeated over axes [0] = [1, 1, 1]"), "{text}");
    assert!(text.contains("ā = v̄1 ⊙ b = [1, 1, 1] ⊙ [0.5, -1, 4] = [0.5, -1, 4]"), "{text}");
    assert_eq!(found.gradient("b").and_then(|g| g.elements()), Some(&[1.0, 2.0, -3.0][..]));

    let (x, w) = (tape.leaf(Tensor::full([5, 2], 0.5)), tape.leaf([[1.0, 2.0, 3.0], [0.0, -1.0, -4.0]]));
    let bias = tape.leaf([0.25, 0.0, 0.0]);
    let y = (x.matmul(w) + bias).relu().mean();
    let text = y.explain(&[("x", x), ("w", w), ("bias", bias)]).to_string();
    assert!(text.contains("x = shape [5, 2], all 0.5  (input)"), "{text}");
    assert!(
        text.contains("v1 = x w") && text.contains("w̄ = xᵀ v̄1 = ") && text.contains("x̄ = v̄1 wᵀ = "),
        "{text}"
    );
    assert!(text.contains("bar(bias) = v̄2 summed over axes [0], along which bias was repeated"), "{text}");
    assert!(text.contains("v̄4 = v̄5 / 15, repeated over axes [0, 1] = shape [5, 3], all 0.0666667"), "{text}");
}

#[test]
fn what_is_cut_off_or_zero_is_said_in_words() {
    let tape = Tape::<f64>::new();
    let (x, z) = (tape.leaf(3.0), tape.leaf(1.0));
    let held = tape.no_grad(|| x * 2.0);
    let y = x.detach() * x * held + (-x).relu() + x.gt(1.0).select(x, 0.0);
    let text = y.explain(&[("x", x), ("z", z)]).to_string();
    assert!(text.contains("v1 = x · 2 = 6  (counts as a constant)"), "{text}");
    assert!(text.contains("v2 = detach(x) = 3  (counts as a constant)"), "{text}");
    assert!(text.contains("nothing to v2: it is detached, and its value counts as a constant"), "{text}");
    assert!(text.contains("nothing to v1: it was computed without recording"), "{text}");
    assert!(
        text.contains("[v5 > 0] = 1 · 0 = 0   (zero, because the local derivative is zero here)"),
        "{text}"
    );
    assert!(
        text.contains("v̄5 · -1") || text.contains("x̄ += -v̄5 = 0   (zero, because a zero arrives from above)"),
        "{text}"
    );
    assert!(text.contains("z: no gradient, which is not a zero"), "{text}");
    assert!(!text.contains("nothing to z"), "{text}");
}

#[test]
fn a_condition_that_goes_one_way_is_left_out_and_one_that_does_not_is_kept() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, -2.0]);
    let text = x.elu(0.5).sum().explain(&[("x", x)]).to_string();
    assert!(text.contains("∂v1/∂x = (1 if x > 0, else 0.5 · exp(x)) = [1, 0.0676676]"), "{text}");
    assert!(text.contains("v1 = elu(x; alpha 0.5)"), "{text}");
    let x = tape.leaf([-1.0, -2.0]);
    let text = x.elu(0.5).sum().explain(&[("x", x)]).to_string();
    assert!(text.contains("∂v1/∂x = 0.5 · exp(x) = "), "{text}");
    let text = x.abs().sum().explain(&[("x", x)]).to_string();
    assert!(text.contains("∂v1/∂x = sign(x) = [-1, -1]"), "{text}");
}

#[test]
fn single_precision_and_deferred_tapes_are_explained_too() {
    let tape = Tape::<f32>::new().deferred();
    let x = tape.leaf([0.1, 0.2]);
    let text = (x * 0.5).exp().sum().explain(&[("x", x)]).to_string();
    assert!(
        text.contains("x = [0.1, 0.2]  (input)") && text.contains("v2 = exp(v1) = [1.05127, 1.10517]"),
        "{text}"
    );
}

#[test]
fn an_intermediate_value_can_be_asked_about_by_name() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(2.0);
    let h = x.square();
    let text = (h * h).explain(&[("h", h)]).to_string();
    assert!(text.contains("h = v1² = 4") && text.contains("h̄ = 4 + 4 = 8"), "{text}");
    assert!(!text.contains("v̄1"), "{text}");
}

#[test]
fn gradients_are_those_of_the_other_sweeps() {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([[0.3, -1.2], [0.8, 0.1]]), tape.leaf([[1.0, 0.5], [-0.25, 2.0]]));
    let loss = (x.matmul(w).softmax(1) * x.t().sigmoid()).logsumexp_axes([0, 1]);
    let (found, g) = (loss.explain(&[("x", x), ("w", w)]), loss.backward(&[x, w]));
    for (name, g) in ["x", "w"].iter().zip(g) {
        assert_eq!(found.gradient(name).and_then(|g| g.elements()), Some(&g.to_vec()[..]));
    }
}

#[test]
fn what_cannot_be_explained_is_a_typed_error() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, c, far) = (tape.leaf([1.0, 2.0]), tape.constant(1.0), other.leaf(1.0));
    let y = x.sum();
    assert!(matches!(x.try_explain(&[("x", x)]), Err(Error::NotScalar { op: "explain", .. })));
    assert!(matches!(y.try_explain(&[("c", c)]), Err(Error::Untracked { op: "explain", input: 0, .. })));
    assert!(matches!(y.try_explain(&[("far", far)]), Err(Error::DifferentTapes { op: "explain" })));
    assert!(matches!(y.try_explain(&[]), Err(Error::Arity { op: "explain", given: 0, .. })));
    for name in ["", " ", "v12", "a\nb"] {
        assert!(
            matches!(y.try_explain(&[(name, x)]), Err(Error::Attribute { name: "name", .. })),
            "{name:?}"
        );
    }
    assert!(matches!(y.try_explain(&[("x", x), ("x", y)]), Err(Error::Attribute { name: "name", .. })));
    assert!(matches!(y.try_explain(&[("x", x), ("z", x)]), Err(Error::Attribute { name: "input", .. })));
    assert!(matches!(try_compare(y, &[]), Err(Error::Arity { op: "compare", .. })));
    assert!(matches!(try_compare(x, &[("x", x, x.value())]), Err(Error::NotScalar { op: "compare", .. })));
}

#[test]
fn pages_escape_every_name_and_load_nothing() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(0.5);
    let name = "<script>alert('$x$')</script>|&\"";
    let found = x.gt(0.0).select(x.tanh(), 0.0).explain(&[(name, x)]);
    let page = found.to_html();
    assert!(
        page.contains("&lt;script&gt;alert(&#39;$x$&#39;)&lt;/script&gt;|&amp;&quot;")
            && page.contains("<details")
    );
    for foreign in ["<script", "http", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    for tag in ["details", "summary", "div", "p", "td", "span", "i", "sub", "sup", "table", "style"] {
        let (open, close) = (
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(open, close, "{tag}");
    }
    let markdown = found.to_markdown().replace(r"\$", "");
    for line in markdown.lines() {
        assert_eq!(line.matches('$').count() % 2, 0, "{line}");
        assert!(!line.starts_with('|') || line.replace("\\|", "").matches('|').count() == 5, "{line}");
    }
}

#[test]
fn numbers_words_and_signs_are_typeset_as_what_they_are() {
    let tape = Tape::<f64>::new();
    let (x, long, none) = (
        tape.leaf([1.5e-7, 2.0]),
        tape.leaf(Tensor::from_fn([9], |i| i[0] as f64)),
        tape.leaf(Tensor::zeros([0, 3])),
    );
    let p = (x + 1e-5).softmax(0);
    let y = (p * x).mean() + long.square().sum() * 1e-30 + none.sum();
    let text = y.explain(&[("x", x), ("long_name", long), ("none", none), ("p", p)]).to_markdown();
    for part in [
        r"$[1.5 \times 10^{-7}, 2]$",
        r"= x + 10^{-5}$",
        r"\text{long}\_\text{name}$ | $\text{shape [9], norm }14.2829\text{, from }0\text{ to }8$",
        r"$\text{none}$ | $\text{no elements, shape [0, 3]}$",
        r" / 2\text{, repeated over axes [0]} = [0.5, 0.5] $$",
        r"p \odot (\bar{p} - \sum p \odot \bar{p})\text{, the sum over axes [0]}",
        r"\operatorname{softmax}(v_{",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// A layer whose adjoints by hand are right, and the means to spoil one.
fn by_hand(spoil: impl Fn(usize, Tensor<f64>) -> Tensor<f64>) -> wengert::explain::Comparison {
    let tape = Tape::<f64>::new();
    let (x, w) = (tape.leaf([[0.5, -1.0], [2.0, 0.25], [1.0, 1.5]]), tape.leaf([[1.0, -0.5], [0.3, 2.0]]));
    let z = x.matmul(w);
    let a = z.tanh();
    let loss = (a * a).sum() + z.sum();
    let [a_bar, z_bar] = [a * 2.0, a * 2.0 * (1.0 - a.square()) + 1.0];
    let steps =
        [("a", a, a_bar), ("z", z, z_bar), ("w", w, x.t().matmul(z_bar)), ("x", x, z_bar.matmul(w.t()))];
    let mut k = 0;
    let steps = steps.map(|(name, var, adjoint)| {
        k += 1;
        (name, var, spoil(k - 1, adjoint.value()))
    });
    compare(loss, &steps)
}

#[test]
fn a_right_derivation_agrees_from_the_loss_back() {
    let found = by_hand(|_, t| t);
    assert!(found.first_wrong().is_none(), "{found}");
    let order: Vec<&str> = found.steps().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(order, ["a", "z", "w", "x"]);
}

#[test]
fn the_first_wrong_factor_is_named_for_what_it_is() {
    type Slip = fn(Tensor<f64>) -> Tensor<f64>;
    let slips: [(usize, Slip, Finding, &str); 7] = [
        (0, |t| t.map(|x| x * 0.5), Finding::Factor(0.5), "the adjoint of a is too small by a factor 2"),
        (2, |t| t.map(|x| x * 3.0), Finding::Factor(3.0), "the adjoint of w is too large by a factor 3"),
        (
            2,
            |t| t.map(|x| x * -0.5),
            Finding::Factor(-0.5),
            "the adjoint of w is -0.5 times what it should be",
        ),
        (1, |t| t.map(|x| -x), Finding::Factor(-1.0), "the adjoint of z has the wrong sign"),
        (1, |t| t.map(|_| 0.0), Finding::Zero, "the adjoint of z is zero and should not be"),
        (2, |t| t.transpose(0, 1), Finding::Transposed, "the adjoint of w is transposed"),
        (3, |t| t.transpose(0, 1), Finding::Transposed, "the adjoint of x is transposed"),
    ];
    for (at, slip, expected, words) in slips {
        let found = by_hand(|k, t| if k == at { slip(t) } else { t });
        let step = found.first_wrong().expect("a mistake");
        assert_eq!(step.finding, expected, "{found}");
        assert!(found.to_string().contains(words), "{found}");
    }
}

#[test]
fn a_forgotten_path_factor_or_sum_is_found() {
    let forgotten = by_hand(|k, t| if k == 1 { t.map(|x| x - 1.0) } else { t });
    let step = forgotten.first_wrong().expect("a mistake");
    assert_eq!(step.finding, Finding::MissingPath { through: "v3 = sum(z)".into() }, "{forgotten}");
    assert!(forgotten.to_string().contains("it comes from a = tanh(z)"), "{forgotten}");

    let tape = Tape::<f64>::new();
    let (x, b) = (tape.leaf([[0.5, -1.0], [2.0, 0.25], [1.0, 1.5]]), tape.leaf([0.25, -0.5]));
    let z = x + b;
    let h = z.sigmoid();
    let loss = (h * h).sum();
    let h_bar = (h * 2.0).value();
    let found = compare(loss, &[("h", h, h_bar.clone()), ("z", z, h_bar)]);
    let step = found.first_wrong().expect("a mistake");
    assert_eq!(
        (step.name.as_str(), &step.finding),
        ("z", &Finding::MissingFactor { of: "h = sigmoid(z)".into() })
    );

    let z_bar = (h * 2.0 * h * (1.0 - h)).value();
    let found = compare(loss, &[("b", b, z_bar)]);
    assert_eq!(
        found.first_wrong().map(|s| &s.finding),
        Some(&Finding::MissingSum { axes: vec![0] }),
        "{found}"
    );
    let found = compare(loss, &[("b", b, Tensor::zeros([4]))]);
    assert!(matches!(found.steps()[0].finding, Finding::Shape { .. }), "{found}");
    let mut b_bar = loss.backward(&[b])[0].to_vec();
    b_bar[1] += 0.5;
    let found = compare(loss, &[("b", b, b_bar.into())]);
    assert!(
        matches!(&found.steps()[0].finding, Finding::Elements { wrong: 1, of: 2, index, .. } if *index == [1])
    );
    let y = tape.leaf(1.0);
    let found = compare(loss, &[("y", y, Tensor::from(1.0))]);
    assert_eq!(found.steps()[0].finding, Finding::NotReached);
}

#[test]
fn an_infinite_adjoint_agrees_with_nothing_but_itself() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.0, 4.0]);
    let loss = x.sqrt().sum();
    let inf = f64::INFINITY;
    for (given, right) in
        [([inf, 0.25], true), ([7.0, 0.25], false), ([-inf, 0.25], false), ([inf, 500.0], false)]
    {
        let found = wengert::explain::compare(loss, &[("x", x, Tensor::from(given))]);
        assert_eq!(found.first_wrong().is_none(), right, "{given:?}: {found}");
    }
}
