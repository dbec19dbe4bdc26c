use super::*;
use crate::tree;
use wengert::Tape;

tree! {
    /// Scale and shift with a running maximum.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Affine<P> {
        /// Slope.
        pub(crate) a: P,
        pub(crate) b: Option<P>,
        pub(crate) seen: Buffer<P>,
        power: usize,
    }
}

tree! {
    #[derive(Clone, Debug, PartialEq)]
    struct Net<P> { first: Affine<P>, rest: Vec<Affine<P>>, pair: (P, [P; 2]), sizes: [usize; 2] }
}

fn affine(a: f64, b: Option<f64>) -> Affine<Tensor<f64>> {
    Affine { a: a.into(), b: b.map(Tensor::from), seen: Buffer(Tensor::from(0.0)), power: 1 }
}

fn net() -> Net<Tensor<f64>> {
    let leaf = Tensor::<f64>::from;
    Net {
        first: affine(2.0, Some(1.0)),
        rest: vec![affine(3.0, None)],
        pair: (leaf(4.0), [leaf(5.0), leaf(6.0)]),
        sizes: [7, 8],
    }
}

#[test]
fn names_are_paths_of_fields_and_positions_in_one_order() {
    let names =
        ["first.a", "first.b", "first.seen", "rest.0.a", "rest.0.seen", "pair.0", "pair.1.0", "pair.1.1"];
    assert_eq!(net().names(), names);
    let mut seen = Vec::new();
    net().visit_mut(|slot, _| seen.push(slot.name.to_owned()));
    assert_eq!(seen, names);
    let of_names: Net<String> = net().map(|slot, _: &Tensor<f64>| slot.name.to_owned());
    assert_eq!((of_names.pair.1[1].as_str(), of_names.sizes), ("pair.1.1", [7, 8]));
}

#[test]
fn a_field_named_by_a_keyword_has_that_name() {
    tree! { struct Raw<P> { r#type: P, inner: Vec<P> } }
    let raw = Raw { r#type: Tensor::from(1.0), inner: vec![Tensor::from(2.0)] };
    assert_eq!(raw.names(), ["type", "inner.0"]);
}

#[test]
fn buffers_are_marked_and_left_out_of_the_parameters() {
    let net = net();
    let kinds: Vec<Kind> = net.named_leaves().into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|k| **k == Kind::Buffer).count(), 2);
    assert_eq!((net.parameters().len(), net.count()), (6, 6));
    let tape = Tape::new();
    let on = net.on(&tape);
    assert!(on.first.a.is_tracked() && !on.first.seen.0.is_tracked());
    assert_eq!(on.variables().len(), 6);
    assert_eq!(on.values(), net);
    assert!(net.frozen_on(&tape).leaves().iter().all(|v| !v.is_tracked()));
}

#[test]
fn gradients_have_the_structure_of_the_model() {
    let model = affine(2.0, Some(1.0));
    let tape = Tape::new();
    let on = model.on(&tape);
    let loss = on.a * on.a + on.b.expect("given a bias") * 5.0;
    let g = loss.gradients(&on);
    assert_eq!((g.a.item(), g.b.map(|b| b.item()), g.seen.0.item(), g.power), (4.0, Some(5.0), 0.0, 1));
}

#[test]
fn a_parameter_that_the_loss_does_not_reach_is_named() {
    let model = (affine(2.0, Some(1.0)), affine(3.0, None));
    let tape = Tape::new();
    let on = model.on(&tape);
    let loss = on.0.a * on.1.a;
    let missing = Error::Unreached { parameter: "0.b".into(), constant: false };
    assert_eq!(loss.try_gradients(&on).map(|_| ()), Err(missing));
    let partial = loss.partial_gradients(&on).expect("missing gradients are allowed here");
    assert_eq!(partial.0.a, Partial(Some(Tensor::from(3.0))));
    assert_eq!(partial.0.b, Some(Partial(None)));

    let frozen = model.frozen_on(&tape);
    let error = (loss + frozen.0.a).try_gradients(&frozen).map(|_| ());
    assert_eq!(error, Err(Error::Unreached { parameter: "0.a".into(), constant: true }));
    assert!(error.unwrap_err().to_string().contains("0.a is a constant"));
}

#[test]
fn a_loss_that_is_no_scalar_is_refused() {
    let tape = Tape::<f64>::new();
    let model = vec![tape.leaf([1.0, 2.0])];
    assert!(matches!(model[0].try_gradients(&model), Err(Error::Core(wengert::Error::NotScalar { .. }))));
}

#[test]
fn absorbing_copies_buffers_alone() {
    let mut model = affine(2.0, None);
    let tape = Tape::new();
    let mut on = model.on(&tape);
    on.seen = Buffer(on.a.detach() * 10.0);
    on.a *= 3.0;
    model.absorb(&on).expect("the same model");
    assert_eq!((model.a.item(), model.seen.0.item()), (2.0, 20.0));

    let more = vec![on.clone(), on.clone()];
    let longer = vec![model.clone()].absorb(&more);
    assert_eq!(longer, Err(Error::Structure { position: 2, expected: None, given: Some("1.a".into()) }));

    on.seen = Buffer(tape.constant([1.0, 2.0]));
    assert!(matches!(model.absorb(&on), Err(Error::LeafShape { .. })));
    on.b = Some(tape.constant(0.0));
    let other = Error::Structure { position: 1, expected: Some("seen".into()), given: Some("b".into()) };
    assert_eq!(model.absorb(&on), Err(other));
    assert_eq!(model.seen.0.item(), 20.0);
}

#[test]
fn one_field_used_twice_has_one_gradient_sum() {
    let tape = Tape::new();
    let on = affine(3.0, None).on(&tape);
    let g = (on.a * 2.0 + on.a * on.a).gradients(&on); // two uses: 2 + 2 a
    assert_eq!(g.a.item(), 8.0);
}

#[test]
fn trees_pair_up_leaf_by_leaf_or_say_where_they_differ() {
    let (a, b) = (affine(1.0, None), affine(2.0, Some(0.0)));
    let shapes = a.map(|_, t| t.shape());
    let pairs = a.zip(&shapes).expect("one structure");
    assert_eq!(pairs.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["a", "seen"]);
    assert!(matches!(a.zip(&b), Err(Error::Structure { position: 1, .. })));
    let longer = vec![a.clone(), a.clone()];
    assert_eq!(
        vec![a].zip(&longer).map(|_| ()),
        Err(Error::Structure { position: 2, expected: None, given: Some("1.a".into()) })
    );
}
