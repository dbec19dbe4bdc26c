//! What explanations rest on: formulas that are those of the rules, and words for every op that has none.

use super::expr::{Expr, Label};
use super::symbol::{Formula, value_of};
use crate::ops::{Draw, Primitive};
use crate::{Op, Tape, Tensor, Threads};

/// The value of a tree over operands (`v0`, `v1` and so on).
fn value(e: &Expr, x: &dyn Fn(usize) -> f64) -> f64 {
    match e {
        Expr::Lit(c) => *c,
        Expr::Value(Label::Line(k)) => x(*k),
        Expr::Term(code, of) => {
            let of: Vec<f64> = of.iter().map(|e| value(e, x)).collect();
            value_of(*code, |k| of[k])
        }
        Expr::Call("sign", _, of) => {
            let x = value(&of[0], x);
            if x == 0.0 { 0.0 } else { x.signum() }
        }
        other => panic!("{other:?} is not in a local derivative"),
    }
}

fn is_near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0)
}

/// Holds each formula of an op, as written down and as simplified, against the rule; says how many numbers it compared.
fn formulas_are_those_of_the_rule<P: Primitive>() -> usize
where
    Op<f64>: From<P>,
{
    let mut compared = 0;
    for sample in P::samples(&mut Draw::new(7)) {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x: Vec<_> = sample.inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(sample.op.clone(), &x);
        let ones = tape.constant(Tensor::full(y.shape(), 1.0));
        let pulled = y.try_vjp(ones, &x).expect("a sample has a derivative");
        let all: Vec<Vec<f64>> = x.iter().chain([&y]).map(|v| v.value().to_vec()).collect();
        let names: Vec<Expr> = (0..all.len()).map(|k| Expr::Value(Label::Line(k))).collect();
        for (k, rule) in pulled.iter().enumerate() {
            let (Some(formula), Some(rule)) =
                (Formula::of(x.len(), &|x, y| sample.op.partial(k, x, y)), rule)
            else {
                continue;
            };
            let simple = formula.at(&names, &all);
            for (i, rule) in rule.value().to_vec().into_iter().enumerate() {
                let found = [formula.value(&all, i), value(&simple, &|k| all[k][i])];
                assert!(
                    found.iter().all(|&f| is_near(f, rule)),
                    "{} {k}: {found:?}, {rule}; {simple:?}",
                    P::NAME
                );
                compared += 1;
            }
        }
    }
    compared
}

/// Whether each operand that gets a cotangent has a formula or words of its own.
fn explains_itself<P: Primitive>() -> bool {
    let default = "pulled back to operand";
    P::LOCALLY_CONSTANT.is_some()
        || P::samples(&mut Draw::new(7)).iter().all(|sample| {
            let shapes: Vec<_> = sample.inputs.iter().map(Tensor::shape).collect();
            (0..shapes.len()).all(|k| {
                Formula::of(shapes.len(), &|x, y| sample.op.partial(k, x, y)).is_some()
                    || !sample.op.pullback_in_words(k, &shapes).contains(default)
                    || P::NAME == "select" && k == 0 // the mask, which gets nothing
            })
        })
}

/// What typesetters would refuse or read otherwise in the formulas of a page of Markdown.
fn refused(page: &str) -> Vec<String> {
    let formulas = page.replace(r"\$", "").replace("$$", "$");
    let mut found = Vec::new();
    for formula in formulas.split('$').skip(1).step_by(2) {
        // Words are letters alone: what is a command outside of them, not every typesetter knows within.
        let mut outside = String::new();
        for (k, part) in formula.split(r"\text{").enumerate() {
            let (words, rest) = if k == 0 { ("", part) } else { part.split_once('}').unwrap_or((part, "}")) };
            if words.contains(['\\', '_', '^', '#', '%', '&', '~', '{', '|']) {
                found.push(format!("words {words:?}"));
            }
            outside += rest;
        }
        let letters: Vec<char> = outside.chars().collect();
        let power =
            |w: &[char]| w[0].is_ascii_digit() && w[1] == 'e' && (w[2].is_ascii_digit() || w[2] == '-');
        if letters.windows(3).any(power) {
            found.push(format!("a power of ten in {formula}"));
        }
        let braces = outside.replace(r"\{", "").replace(r"\}", "");
        let depth = braces.chars().try_fold(0_i32, |depth, c| {
            let depth = depth + i32::from(c == '{') - i32::from(c == '}');
            (depth >= 0).then_some(depth)
        });
        if depth != Some(0) {
            found.push(format!("braces of {formula}"));
        }
    }
    found
}

/// The explanations of the sum of an op's value at its samples, as Markdown.
fn pages<P: Primitive>() -> Vec<String>
where
    Op<f64>: From<P>,
{
    const NAMES: [&str; 5] = ["x", "h_prev", "layer 1.weight", "theta", "a|b$c_1^{2}\\<&>~#%`"];
    let mut pages = Vec::new();
    for sample in P::samples(&mut Draw::new(7)) {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x: Vec<_> = sample.inputs.iter().map(|x| tape.leaf(x)).collect();
        let loss = tape.apply(sample.op.clone(), &x).sum() * 1e-7;
        let named: Vec<_> = NAMES.into_iter().zip(x).collect();
        pages.push(loss.explain(&named).without_sources().to_markdown());
    }
    pages
}

macro_rules! each { ($($module:ident :: $Op:ident,)*) => {
    #[test]
    fn every_formula_is_that_of_its_rule_also_simplified() {
        let compared = [$((
            <crate::ops::$module::$Op as Primitive>::NAME,
            formulas_are_those_of_the_rule::<crate::ops::$module::$Op>(),
        )),*];
        let count = |name: &str| compared.iter().find(|(op, _)| *op == name).map_or(0, |(_, n)| *n);
        assert!(["add", "tanh", "pow", "select", "gelu", "ln", "maximum"].iter().all(|op| count(op) > 10));
        assert!(compared.iter().filter(|(_, n)| *n > 0).count() >= 40, "{compared:?}");
    }

    #[test]
    fn every_formula_can_be_typeset() {
        for wrong in [r"$\text{a_b}$", r"$$ [1.5e-7, 2] $$", r"$\frac{1}{2$", r"$a$ and $\bar{x}}$"] {
            assert_eq!(refused(wrong).len(), 1, "{wrong}");
        }
        let mut read = 0;
        $(
            for page in pages::<crate::ops::$module::$Op>() {
                let found = refused(&page);
                assert!(found.is_empty(), "{}: {found:#?}\n{page}", stringify!($module));
                read += page.matches("$$").count() / 2;
            }
        )*
        assert!(read > 2000, "{read} formulas");
    }

    #[test]
    fn every_op_has_a_formula_or_words_of_its_own() {
        let silent: Vec<&str> = [$((
            <crate::ops::$module::$Op as Primitive>::NAME,
            explains_itself::<crate::ops::$module::$Op>(),
        )),*].into_iter().filter(|(_, does)| !does).map(|(name, _)| name).collect();
        assert!(silent.is_empty(), "{silent:?} leave their rule to the default words");
    }
} }
crate::for_each_op!(each);
