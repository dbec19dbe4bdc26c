//! Every op of this crate has a card, every card an op, and `docs/linalg.md` says what the cards say.

use std::collections::BTreeMap;
use std::path::Path;
use wengert::Primitive;
use wengert_tests::card::{Card, Listed, check_page};

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

fn cards(folder: &str) -> BTreeMap<String, Card> {
    LISTED.cards(Path::new(ROOT), folder)
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
    let page = Path::new(ROOT).join("docs/linalg.md");
    check_page(&page, &LISTED, &all("ops"), &all("composed"));
}
