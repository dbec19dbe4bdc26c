//! `einsum` against loops over every label, for random subscripts, and its errors, which point at the character.

#[path = "einsum/malformed.rs"]
mod malformed;

use malformed::Malformed;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use wengert::{Checker, Error, Key, Philox, Tape, Tensor, Var};

const CASES: u64 = 500;

/// What an axis is called: a letter, or its place under the ellipsis, from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Letter(char),
    Hidden(usize),
}

/// A list of names; `ellipsis` is how many letters stand before it, if there is one.
#[derive(Clone, Debug)]
struct List {
    letters: Vec<char>,
    ellipsis: Option<usize>,
    hidden: usize,
}

impl List {
    fn names(&self) -> Vec<Name> {
        let letters = |part: &[char]| part.iter().map(|&c| Name::Letter(c)).collect::<Vec<_>>();
        let (before, after) = self.letters.split_at(self.ellipsis.unwrap_or(0));
        let hidden: Vec<_> = (0..self.hidden).rev().map(Name::Hidden).collect();
        [letters(before), hidden, letters(after)].concat()
    }

    fn write(&self, rng: &mut Philox, text: &mut String) {
        for k in 0..=self.letters.len() {
            if self.ellipsis == Some(k) {
                text.push_str("...");
                spaces(rng, text);
            }
            text.extend(self.letters.get(k));
            spaces(rng, text);
        }
    }
}

fn spaces(rng: &mut Philox, text: &mut String) {
    if rng.below(6) == 0 {
        text.push(' ');
    }
}

/// Well-formed subscripts with operands that fit, and what they mean.
#[derive(Debug)]
struct Case {
    subscripts: String,
    operands: Vec<Tensor<f64>>,
    inputs: Vec<Vec<Name>>,
    output: Vec<Name>,
}

/// Whole numbers, so that sums of products are exact.
fn whole_numbers(dims: &[usize], seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(dims).map(|u| (u * 9.0).floor() - 4.0)
}

impl Case {
    fn draw(seed: u64) -> Self {
        let mut rng = Key::new(seed).stream(9).rng();
        let mut below = |n: usize| rng.below(n as u64) as usize;
        let mut alphabet: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
        let pool: Vec<char> = (0..4).map(|_| alphabet.swap_remove(below(alphabet.len()))).collect();
        let mut sizes = BTreeMap::new();
        let size = |below: &mut dyn FnMut(usize) -> usize| if below(30) == 0 { 0 } else { 1 + below(3) };
        for &c in &pool {
            sizes.insert(Name::Letter(c), size(&mut below));
        }
        for k in 0..2 {
            sizes.insert(Name::Hidden(k), size(&mut below));
        }
        let with_ellipsis = below(3) == 0;
        let (mut lists, mut operands) = (Vec::new(), Vec::new());
        for k in 0..1 + below(4) {
            let letters: Vec<char> = (0..below(4)).map(|_| pool[below(4)]).collect();
            let ellipsis = (with_ellipsis && below(3) > 0).then(|| below(letters.len() + 1));
            let hidden = if ellipsis.is_some() { below(3) } else { 0 };
            let list = List { letters, ellipsis, hidden };
            // here and there one element stands for many
            let own: BTreeMap<Name, usize> =
                sizes.iter().map(|(&name, &d)| (name, if below(8) == 0 { 1 } else { d })).collect();
            let dims: Vec<usize> = list.names().iter().map(|name| own[name]).collect();
            operands.push(whole_numbers(&dims, 1000 * seed + k as u64));
            lists.push(list);
        }
        let hidden = lists.iter().map(|l| l.hidden).max().expect("one operand or more");
        let output = if below(3) == 0 { None } else { Some(explicit(&lists, hidden, &mut below)) };
        let mut subscripts = String::new();
        for (k, list) in lists.iter().enumerate() {
            if k > 0 {
                subscripts.push(',');
            }
            spaces(&mut rng, &mut subscripts);
            list.write(&mut rng, &mut subscripts);
        }
        if let Some(list) = &output {
            subscripts.push_str("->");
            spaces(&mut rng, &mut subscripts);
            list.write(&mut rng, &mut subscripts);
        }
        let output = output.unwrap_or_else(|| implicit(&lists, hidden)).names();
        Self { subscripts, operands, inputs: lists.iter().map(List::names).collect(), output }
    }

    /// Calls `f` with the product at every assignment of positions to names, and the elements it is made of.
    fn for_each_product(&self, mut f: impl FnMut(&[usize], &[usize], &[f64])) {
        let mut sizes: BTreeMap<Name, usize> = BTreeMap::new();
        for (names, x) in self.inputs.iter().zip(&self.operands) {
            for (&name, &d) in names.iter().zip(x.dims()) {
                let size = sizes.entry(name).or_insert(1);
                if d != 1 {
                    *size = d;
                }
            }
        }
        let names: Vec<Name> = sizes.keys().copied().collect();
        let place = |name: &Name| names.binary_search(name).expect("a name of some operand");
        let total: usize = sizes.values().product();
        let values: Vec<Vec<f64>> = self.operands.iter().map(Tensor::to_vec).collect();
        for mut count in 0..total {
            let mut at = vec![0; names.len()];
            for (position, &size) in at.iter_mut().zip(sizes.values()) {
                (*position, count) = (count % size, count / size);
            }
            let cell = |names: &[Name], dims: &[usize]| {
                let axes = names.iter().zip(dims);
                axes.fold(0, |p, (name, &d)| p * d + if d == 1 { 0 } else { at[place(name)] })
            };
            let dims: Vec<usize> = self.output.iter().map(|name| sizes[name]).collect();
            let cells: Vec<usize> =
                self.inputs.iter().zip(&self.operands).map(|(n, x)| cell(n, x.dims())).collect();
            let elements: Vec<f64> = cells.iter().zip(&values).map(|(&p, x)| x[p]).collect();
            f(&[cell(&self.output, &dims)], &cells, &elements);
        }
    }
}

/// Some of the letters in any order, with an ellipsis where one is needed, and sometimes where not.
fn explicit(lists: &[List], hidden: usize, below: &mut dyn FnMut(usize) -> usize) -> List {
    let mut used: Vec<char> = lists.iter().flat_map(|l| l.letters.clone()).collect();
    used.sort_unstable();
    used.dedup();
    let count = below(used.len() + 1);
    let letters: Vec<char> = (0..count).map(|_| used.swap_remove(below(used.len()))).collect();
    let ellipsis = (hidden > 0 || below(8) == 0).then(|| below(letters.len() + 1));
    List { letters, ellipsis, hidden }
}

/// The axes under the ellipsis, then the letters that stand once, in the order of their codes.
fn implicit(lists: &[List], hidden: usize) -> List {
    let all: Vec<char> = lists.iter().flat_map(|l| l.letters.clone()).collect();
    let mut letters: Vec<char> =
        all.iter().copied().filter(|c| all.iter().filter(|d| *d == c).count() == 1).collect();
    letters.sort_unstable();
    List { letters, ellipsis: Some(0), hidden }
}

#[test]
fn random_subscripts_give_the_value_and_the_gradients_of_the_loop() {
    let (mut several, mut broadcast, mut twice) = (0, 0, 0);
    for seed in 0..CASES {
        let case = Case::draw(seed);
        let what = format!("{:?} of {:?}", case.subscripts, case.operands);
        let tape = Tape::<f64>::new();
        let x: Vec<_> = case.operands.iter().map(|x| tape.leaf(x)).collect();
        let y = Var::try_einsum(&case.subscripts, &x).unwrap_or_else(|e| panic!("{what}: {e}"));
        let w = whole_numbers(y.shape().dims(), seed + 77);

        let mut value = vec![0.0; y.shape().len()];
        let mut gradients: Vec<Vec<f64>> = case.operands.iter().map(|x| vec![0.0; x.len()]).collect();
        let weights = w.to_vec();
        case.for_each_product(|to, cells, elements| {
            value[to[0]] += elements.iter().product::<f64>();
            for (k, g) in gradients.iter_mut().enumerate() {
                let others = elements.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, e)| e);
                g[cells[k]] += weights[to[0]] * others.product::<f64>();
            }
        });
        assert_eq!(y.rank(), case.output.len(), "{what}");
        assert_eq!(y.value().to_vec(), value, "{what}");
        let found = y.try_pullback(w, &x).expect("leaves of this tape");
        for (k, g) in gradients.iter().enumerate() {
            let found = found[k].as_ref().unwrap_or_else(|| panic!("operand {k} is used: {what}"));
            assert_eq!(found.dims(), case.operands[k].dims(), "gradient {k} of {what}");
            assert_eq!(&found.to_vec(), g, "gradient {k} of {what}");
        }
        several += usize::from(case.inputs.len() > 2);
        broadcast += usize::from(case.subscripts.contains("..."));
        let repeats = |names: &Vec<Name>| (1..names.len()).any(|k| names[..k].contains(&names[k]));
        twice += usize::from(case.inputs.iter().any(repeats));
    }
    assert!(
        several > 150 && broadcast > 80 && twice > 100,
        "{several}, {broadcast}, {twice}: too few of a kind"
    );
}

#[test]
fn the_checker_agrees_to_the_second_order() {
    let mut checked = 0;
    for seed in (0..CASES).step_by(20) {
        let case = Case::draw(seed);
        let operands: Vec<Tensor<f64>> = (case.operands.iter().enumerate())
            .map(|(k, x)| Key::new(seed).stream(k as u32).uniform::<f64>(x.shape()).map(|u| 2.0 * u - 1.0))
            .collect();
        if operands.iter().map(Tensor::len).sum::<usize>() > 40 {
            continue; // every entry of the second order is compared
        }
        let checker = Checker::new().order(2).gradient_may_vanish();
        match checker.run_slice(|x| Var::einsum(&case.subscripts, x), &operands) {
            Ok(_) => checked += 1,
            Err(wengert::check::Failure::NothingCompared) => {}
            Err(e) => panic!("{}: {e}", case.subscripts),
        }
    }
    assert!(checked >= 10, "{checked} cases were compared");
}

#[test]
fn malformed_subscripts_are_errors_that_point_at_the_character() {
    let all: Vec<&Malformed> = malformed::GROUPS.iter().flat_map(|group| group.iter()).collect();
    assert!(all.len() >= 100, "{} malformed subscripts", all.len());
    let mut wrong = String::new();
    for (marked, shapes) in all {
        let expected = marked.chars().position(|c| c == '^').expect("a mark");
        let subscripts = marked.replacen('^', "", 1);
        let tape = Tape::<f64>::new();
        let x: Vec<_> = shapes.iter().map(|dims| tape.leaf(Tensor::full(dims, 1.0))).collect();
        match Var::try_einsum(&subscripts, &x) {
            Err(error @ Error::Einsum { position, .. }) => {
                let text = error.to_string();
                let lines: Vec<&str> = text.lines().collect();
                let caret = lines.len() == 3 && lines[2].chars().position(|c| c == '^') == Some(position + 4);
                if position != expected || !caret || tape.len() != x.len() {
                    let _ = writeln!(wrong, "{marked:?}: at {position}, not {expected}: {text}");
                }
            }
            Err(other) => writeln!(wrong, "{marked:?}: {other}").expect("a string grows"),
            Ok(y) => {
                writeln!(wrong, "{marked:?}: accepted, with shape {:?}", y.shape()).expect("a string grows")
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
