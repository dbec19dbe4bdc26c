//! The derivations of the example `verify_derivations`: those that are right pass, those with a mistake do not.

use wengert::check::{Evidence, Failure};
use wengert_examples::derivations::{mistakes, textbook};

#[test]
fn textbook_derivations_are_proven() {
    for derivation in textbook() {
        let report = derivation.check().unwrap_or_else(|e| panic!("{}: {e}", derivation.name));
        assert!(report.worst < 0.1, "{}: {report}", derivation.name);
    }
}

#[test]
fn a_planted_mistake_is_pinned_down_to_its_entries() {
    for mistake in mistakes() {
        let name = mistake.derivation.name;
        let failure = mistake.derivation.check().expect_err(name);
        assert!(mistake.is_pinned_down_by(&failure), "{name}: {failure}");
        let Failure::Disagreement { mismatches, .. } = &failure else { panic!("{name}: {failure}") };
        assert!(mismatches.iter().all(|m| m.evidence == Evidence::HandDerived), "{name}: {failure}");
    }
}

#[test]
fn relu_at_the_wrong_argument_spoils_the_five_entries_that_its_unit_feeds() {
    let relu = mistakes().into_iter().find(|m| m.derivation.name.starts_with("ReLU")).expect("is listed");
    let failure = relu.derivation.check().expect_err("a mistake");
    let Failure::Disagreement { mismatches, failed, .. } = &failure else { panic!("{failure}") };
    assert_eq!(*failed, 5);
    let mut entries: Vec<_> = mismatches.iter().map(|m| (m.input, m.index.clone().unwrap())).collect();
    entries.sort();
    let expected = [(0, vec![1, 0]), (0, vec![1, 1]), (1, vec![0, 1]), (1, vec![1, 1]), (2, vec![1])];
    assert_eq!(entries, expected);
}
