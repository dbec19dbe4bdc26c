//! Every op of this crate has a card, every card an op, and `docs/linalg.md` says what the cards say.

use std::collections::BTreeMap;
use std::fs;
use wengert::Primitive;
use wengert_tests::card::{Card, Listed, has_card, index};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const LISTED: Listed =
    Listed { title: "Linear algebra", folder: "wengert-linalg", package: "wengert-linalg" };

macro_rules! names { ($($module:ident :: $Op:ident,)*) => {
    /// Files and names of the registered primitives.
    const OPS: &[(&str, &str)] =
        &[$((stringify!($module), <wengert_linalg::ops::$module::$Op as Primitive>::NAME)),*];
} }
wengert_linalg::for_each_linalg_op!(names);

macro_rules! modules { ($($name:ident: $module:ident :: $f:ident,)*) => {
    const COMPOSED: &[&str] = &[$(stringify!($module)),*];
} }
wengert_linalg::for_each_linalg_composition!(modules);

/// The cards of a folder by file name without its ending; panics with the first that is malformed.
fn cards(folder: &str) -> BTreeMap<String, Card> {
    let folder = format!("{ROOT}/crates/wengert-linalg/src/{folder}");
    let mut cards = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder of ops") {
        let path = entry.expect("a readable folder").path();
        let source = fs::read_to_string(&path).expect("a readable file");
        if has_card(&source) {
            let stem = path.file_stem().expect("files have names").to_string_lossy().into_owned();
            let card = Card::read(&source).unwrap_or_else(|problem| panic!("{stem}.rs: {problem}"));
            assert_eq!(card.title, stem, "a file is named as its op");
            assert!(source.lines().count() <= 300, "{stem}.rs is too long");
            cards.insert(stem, card);
        }
    }
    cards
}

#[test]
fn ops_and_cards_are_the_same() {
    assert!(OPS.iter().all(|(module, name)| module == name), "a file is named as its op");
    assert_eq!(cards("ops").keys().collect::<Vec<_>>(), OPS.iter().map(|(name, _)| name).collect::<Vec<_>>());
    // The laws of compositions are about derivatives: what has none is not on the list.
    let constant = |card: &Card| card.row("VJP").is_some_and(|row| row.starts_with("none"));
    let with_derivatives: Vec<_> =
        cards("composed").into_iter().filter(|(_, card)| !constant(card)).collect();
    assert!(with_derivatives.iter().map(|(name, _)| name).eq(COMPOSED));
}

#[test]
fn the_index_says_what_the_cards_say() {
    let all = |folder| cards(folder).into_values().collect::<Vec<_>>();
    let fresh = index(&LISTED, &all("ops"), &all("composed"));
    let path = format!("{ROOT}/docs/linalg.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).expect("docs/linalg.md can be written");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        stored == fresh,
        "docs/linalg.md is out of date: run UPDATE_DOCS=1 cargo test -p wengert-linalg --test cards"
    );
}
