//! Every op has a card, every card an op, and `docs/ops.md` says what the cards say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use wengert::{Op, Primitive};
use wengert_tests::card::{Card, ENGINE, check_page, has_card, index};

const OPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/wengert/src/ops");
const INDEX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ops.md");
const LONG: usize = 120; // lines of an op file that a reviewer asks about
const TOO_LONG: usize = 300;

macro_rules! sources { ($($module:ident :: $Op:ident,)*) => {
    /// Module, op name and text of every registered op.
    const REGISTERED: &[(&str, &str, &str)] = &[$((
        stringify!($module),
        <wengert::ops::$module::$Op as Primitive>::NAME,
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/../crates/wengert/src/ops/", stringify!($module), ".rs"
        )),
    )),*];
} }
wengert::for_each_op!(sources);

macro_rules! modules { ($($name:ident: $module:ident :: $f:ident,)*) => {
    /// Modules whose compositions the laws run on.
    const COMPOSED: &[&str] = &[$(stringify!($module)),*];
} }
wengert::for_each_composition!(modules);

/// The files of a folder that begin with a card, by file name without its ending; none if there is no such folder.
fn carded(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let rust = |path: &PathBuf| path.extension().is_some_and(|e| e == "rs");
    let paths = entries.map(|entry| entry.expect("a readable folder").path()).filter(rust);
    let named = paths.map(|path| {
        let stem = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        (stem, fs::read_to_string(&path).expect("a readable file"))
    });
    named.filter(|(_, source)| has_card(source)).collect()
}

fn composed() -> BTreeMap<String, String> {
    carded(&Path::new(OPS).join("composed"))
}

/// Reads the card of a file whose op has the given name.
fn card(file: &str, name: &str, source: &str) -> Result<Card, String> {
    let card = Card::read(source).map_err(|problem| format!("{file}: {problem}"))?;
    if card.title == name {
        Ok(card)
    } else {
        Err(format!("{file}: its title is {}, its op {name}", card.title))
    }
}

/// The cards of all primitives and of all compositions.
///
/// Panics with everything that is wrong with any of them, so that one run shows all.
fn all_cards() -> [Vec<Card>; 2] {
    let primitives =
        REGISTERED.iter().map(|(module, name, source)| card(&format!("{module}.rs"), name, source));
    let compositions = composed();
    let compositions =
        compositions.iter().map(|(stem, source)| card(&format!("composed/{stem}.rs"), stem, source));
    let (mut problems, mut cards) = (Vec::new(), [Vec::new(), Vec::new()]);
    let tagged = primitives.map(|c| (0, c)).chain(compositions.map(|c| (1, c)));
    for (group, result) in tagged {
        match result {
            Ok(card) => cards[group].push(card),
            Err(problem) => problems.push(problem),
        }
    }
    assert!(problems.is_empty(), "{} cards to mend:\n{}", problems.len(), problems.join("\n"));
    cards
}

#[test]
fn every_op_and_composition_has_a_complete_card() {
    let [primitives, _] = all_cards();
    assert_eq!(primitives.len(), Op::<f64>::NAMES.len());
}

#[test]
fn an_op_file_is_named_as_its_op() {
    for (module, name, _) in REGISTERED {
        assert_eq!(module, name, "ops/{module}.rs holds the op {name}");
    }
}

#[test]
fn every_file_with_a_card_is_registered() {
    for stem in carded(Path::new(OPS)).keys() {
        assert!(
            Op::<f64>::NAMES.contains(&stem.as_str()),
            "ops/{stem}.rs has a card but no entry in for_each_op!"
        );
    }
    for (stem, source) in composed() {
        let constant =
            Card::read(&source).is_ok_and(|card| card.row("VJP").is_some_and(|r| r.starts_with("none")));
        assert!(
            COMPOSED.contains(&stem.as_str()) || constant,
            "ops/composed/{stem}.rs has a derivative but no entry in for_each_composition!"
        );
    }
}

#[test]
fn every_listed_composition_has_a_card() {
    let cards = composed();
    for module in COMPOSED {
        assert!(cards.contains_key(*module), "ops/composed/{module}.rs does not begin with a card");
    }
}

#[test]
fn op_files_are_short() {
    let sources = carded(Path::new(OPS)).into_iter().chain(composed());
    for (stem, source) in sources {
        let lines = source.lines().count();
        if lines > LONG {
            println!("{stem}.rs has {lines} lines; an op file aims at no more than {LONG}");
        }
        assert!(lines <= TOO_LONG, "{stem}.rs has {lines} lines, the limit is {TOO_LONG}: split it");
    }
}

#[test]
fn the_index_of_ops_says_what_the_cards_say() {
    let [primitives, compositions] = all_cards();
    check_page(Path::new(INDEX), &ENGINE, &primitives, &compositions);
}

/// A card with everything right, to spoil in one way at a time.
const RIGHT: &str = "//! # cube\n//!\n//! Third power, elementwise.\n//!\n//! $$ y = x^3 $$\n//!\n//! | | |\n//! |---|---|\n\
                     //! | VJP | $ 3 x^2 \\bar y $ |\n//! | JVP | $ 3 x^2 \\dot x $ |\n//! | shape | `[d…] → [d…]` |\n\
                     //! | domain | all reals |\n//! | kinks | none |\n//! | source | the power rule |\n\nuse x;\n";

#[test]
fn a_right_card_is_read_in_full() {
    let card = || Card::read(RIGHT).expect("nothing is wrong with it");
    assert_eq!((card().title.as_str(), card().sentence.as_str()), ("cube", "Third power, elementwise."));
    assert_eq!((card().row("domain"), card().row("numerics")), (Some("all reals"), None));
    assert!(index(&ENGINE, &[card()], &[]).contains("| $y = x^3$ | $3 x^2 \\bar y$ |"));
    let bars = Card { formula: r"$$ \|x\| = |x| $$".into(), ..card() };
    assert!(index(&ENGINE, &[], &[bars]).contains(r"| $\Vert x\Vert  = \vert x\vert$ |"));
}

#[test]
fn each_fault_of_a_card_is_named() {
    let spoiled = [
        ("# cube", "cube", "title"),
        ("elementwise.", "elementwise. And more.", "one sentence"),
        ("$$ y = x^3 $$", "y = x^3", "double dollars"),
        ("//! | VJP |", "//! | JVP |", "`VJP` is missing"),
        ("//! | source | the power rule |\n", "", "`source` is missing"),
        ("kinks", "corners", "`corners` is not known"),
        (
            "| domain | all reals |\n//! | kinks | none |",
            "| kinks | none |\n//! | domain | all |",
            "out of order",
        ),
        ("all reals", "", "`domain` is empty"),
        ("all reals", "|x| < 1", "4 cells where two belong"),
        ("//! | | |\n", "", "no table"),
    ];
    for (part, instead, problem) in spoiled {
        assert!(RIGHT.contains(part), "{part:?} is a part of the card");
        let found = Card::read(&RIGHT.replacen(part, instead, 1)).expect_err("a fault");
        assert!(found.contains(problem), "{found:?} does not name {problem:?}");
    }
}
