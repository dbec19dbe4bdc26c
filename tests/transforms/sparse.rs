//! Sparse derivatives are those of the dense functions, in as many sweeps as there are colors.

use super::close;
use proptest::prelude::*;
use wengert::{
    Error, Key, Pattern, Tensor, Var, hessian, jacobian, sparse_hessian, sparse_jacobian, try_sparse_hessian,
    try_sparse_jacobian,
};

/// A function whose derivative has just the entries of a pattern, and is another number in each.
fn of_rows<'t>(x: Var<'t, f64>, pattern: &Pattern) -> Var<'t, f64> {
    let entries: Vec<_> = pattern.entries().collect();
    let indices = |of: fn(&(usize, usize)) -> usize| {
        Tensor::new([entries.len()], entries.iter().map(|e| of(e) as u32).collect::<Vec<_>>())
            .expect("one axis")
    };
    let (rows, columns) = (indices(|e| e.0), indices(|e| e.1));
    let weight = x.tape().constant(Key::new(7).normal([entries.len()]));
    let terms = (x.index_select(0, &columns) * weight).sin() * weight.exp();
    x.tape().constant(Tensor::zeros([pattern.rows()])).index_add(0, &rows, terms)
}

/// The same of a Hessian: a term for each pair.
fn of_pairs<'t>(x: Var<'t, f64>, pattern: &Pattern) -> Var<'t, f64> {
    let mut sum = x.sum();
    for (i, j) in pattern.entries().filter(|(i, j)| i <= j) {
        let (a, b) = (x.s(i as isize), x.s(j as isize));
        sum += (a * b * (1.0 + i as f64 * 0.3 + j as f64 * 0.7)).sin();
        // The square terms of each pair, which the diagonal must have.
        assert!(pattern.position(i, i).is_some() && pattern.position(j, j).is_some());
    }
    sum
}

fn entries(rows: usize, columns: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::btree_set((0..rows, 0..columns), 1..=(rows * columns).min(40))
        .prop_map(|entries| entries.into_iter().collect())
}

fn symmetric(n: usize, edges: &[(usize, usize)]) -> Pattern {
    let mut all: Vec<(usize, usize)> = (0..n).map(|i| (i, i)).collect();
    all.extend(edges.iter().flat_map(|&(i, j)| [(i, j), (j, i)]));
    all.sort_unstable();
    all.dedup();
    Pattern::new([n, n], all).expect("inside")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_sparse_jacobian_is_the_dense_one(
        (size, entries) in (1..12_usize, 1..12_usize).prop_flat_map(|(m, n)| (Just([m, n]), entries(m, n))),
        seed in 0..1000_u64,
    ) {
        let pattern = Pattern::new(size, entries).expect("inside");
        let x = Key::new(seed).normal::<f64>([size[1]]);
        let found = sparse_jacobian(|x| of_rows(x, &pattern), &x, &pattern);
        prop_assert!(close(&found.to_dense(), &jacobian(|x| of_rows(x, &pattern), &x), 1e-12));
        let fewest = pattern.column_colors().count().min(pattern.row_colors().count());
        prop_assert_eq!(found.sweeps(), fewest);
        for pair in [(&pattern, pattern.column_colors()), (&pattern.transposed(), pattern.row_colors())] {
            let (pattern, colors) = pair;
            for i in 0..pattern.rows() {
                let mut row: Vec<_> = pattern.row(i).iter().map(|&j| colors.of(j)).collect();
                row.sort_unstable();
                row.dedup();
                prop_assert_eq!(row.len(), pattern.row(i).len());
            }
        }
    }

    #[test]
    fn a_sparse_hessian_is_the_dense_one(
        (n, edges) in (1..10_usize).prop_flat_map(|n| (Just(n), entries(n, n))),
        seed in 0..1000_u64,
    ) {
        let pattern = symmetric(n, &edges);
        let x = Key::new(seed).normal::<f64>([n]);
        let found = sparse_hessian(|x| of_pairs(x, &pattern), &x, &pattern);
        let dense = hessian(|x| of_pairs(x, &pattern), &x);
        prop_assert!(close(&found.to_dense(), &dense, 1e-11 * (1.0 + dense.max_abs())));
        // A star coloring: neighbors differ, and no path over four vertices has two colors.
        let c = pattern.star_colors().expect("symmetric");
        let next = |v: usize| pattern.row(v).iter().copied().filter(move |&w| w != v).collect::<Vec<_>>();
        for a in 0..n {
            for b in next(a) {
                prop_assert!(c.of(a) != c.of(b));
                for d in next(b).into_iter().filter(|&d| d != a && c.of(d) == c.of(a)) {
                    prop_assert!(next(d).into_iter().filter(|&e| e != b && e != a).all(|e| c.of(e) != c.of(b)));
                }
            }
        }
    }

    #[test]
    fn an_entry_left_out_is_named(
        (size, entries) in (2..9_usize, 2..9_usize).prop_flat_map(|(m, n)| (Just([m, n]), entries(m, n))),
        out in any::<prop::sample::Index>(),
    ) {
        let pattern = Pattern::new(size, entries.clone()).expect("inside");
        let (row, column) = entries[out.index(entries.len())];
        let less = Pattern::new(size, entries.into_iter().filter(|&e| e != (row, column))).expect("inside");
        let x = Key::new(3).normal::<f64>([size[1]]);
        let refused = try_sparse_jacobian(|x| of_rows(x, &pattern), &x, &less).err();
        let expected = jacobian(|x| of_rows(x, &pattern), &x).get([row, column]).expect("inside");
        match refused {
            Some(Error::MissingEntry { op: "sparse_jacobian", row: r, column: c, value }) => {
                prop_assert_eq!((r, c), (row, column));
                prop_assert!((value - expected).abs() < 1e-12);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert!(try_sparse_jacobian(|x| of_rows(x, &pattern), &x, &less.trusted()).is_ok());
    }
}

#[test]
fn well_known_patterns_need_so_many_colors() {
    let n = 40;
    let arrow = symmetric(n, &(1..n).map(|i| (0, i)).collect::<Vec<_>>());
    let reversed = symmetric(n, &(1..n).map(|i| (n - 1, n - 1 - i)).collect::<Vec<_>>());
    let dense = Pattern::banded(n, n, n);
    assert_eq!(dense.len(), n * n);
    for (pattern, jacobian, hessian) in [
        (&Pattern::banded(n, 0, 0), 1, 1),
        (&Pattern::banded(n, 1, 1), 3, 3),
        (&Pattern::banded(n, 2, 2), 5, 5),
        (&arrow, n, 2),
        (&reversed, n, 2),
        (&dense, n, n),
    ] {
        let colors = (pattern.column_colors().count(), pattern.row_colors().count());
        assert_eq!(colors, (jacobian, jacobian));
        assert_eq!(pattern.star_colors().expect("symmetric").count(), hessian);
    }
    // A full row and a diagonal: by rows two sweeps, by columns as many as there are.
    let row = Pattern::new([n, n], (0..n).map(|j| (0, j)).chain((1..n).map(|i| (i, i)))).expect("inside");
    assert_eq!((row.column_colors().count(), row.row_colors().count()), (n, 2));
    let x = Key::new(1).normal::<f64>([n]);
    let found = sparse_jacobian(|x| of_rows(x, &row), &x, &row);
    assert!(close(&found.to_dense(), &jacobian(|x| of_rows(x, &row), &x), 1e-12));
    let turned = row.transposed();
    let found = sparse_jacobian(|x| of_rows(x, &turned), &x, &turned);
    assert_eq!(found.sweeps(), 2);
    assert!(close(&found.to_dense(), &jacobian(|x| of_rows(x, &turned), &x), 1e-12));
}

#[test]
fn a_long_arrow_takes_time_in_proportion_and_not_by_its_square() {
    // Every column meets every other one in the full row, or by way of the full column.
    let n = 100_000;
    let x = Tensor::from_fn([n], |i| (i[0] as f64 * 0.1).sin());
    let both = (1..n).flat_map(|i| [(0, i), (i, 0)]);
    let arrow = Pattern::new([n, n], (0..n).map(|i| (i, i)).chain(both)).expect("inside");
    let h = sparse_hessian(|x| (x.s(0) * x.square()).sum(), &x, &arrow);
    assert_eq!(h.sweeps(), 2);
    assert_eq!(
        (h.get(0, n - 1), h.get(n - 1, 0), h.get(n - 1, n - 1)),
        (2.0 * x[[n - 1]], 2.0 * x[[n - 1]], 0.0)
    );
    let column = Pattern::new([n, n], (1..n).map(|i| (i, i)).chain((0..n).map(|i| (i, 0)))).expect("inside");
    let scaled = sparse_jacobian(|x| x * x.s(0), &x, &column);
    assert_eq!((scaled.sweeps(), scaled.get(7, 7), scaled.get(7, 0)), (2, x[[0]], x[[7]]));
    let summed = sparse_jacobian(
        |x| Var::concat(&[x.square().sum().reshape([1]), x.s(1..).square()], 0),
        &x,
        &column.transposed(),
    );
    assert_eq!((summed.sweeps(), summed.get(7, 7), summed.get(0, 7)), (2, 2.0 * x[[7]], 2.0 * x[[7]]));
}

#[test]
fn a_chain_of_springs_has_its_tridiagonal_hessian() {
    let n = 200;
    fn energy(x: Var<'_, f64>) -> Var<'_, f64> {
        let stretch = x.s(1..) - x.s(..-1);
        (stretch.square() * 0.5 + stretch.square().square() * 0.25).sum()
    }
    let x = Key::new(1).normal::<f64>([n]);
    let h = sparse_hessian(energy, &x, &Pattern::banded(n, 1, 1));
    assert_eq!((h.sweeps(), h.values().len()), (3, 3 * n - 2));
    assert!(close(&h.to_dense(), &hessian(energy, &x), 1e-11));
    let v = Key::new(2).normal::<f64>([n]);
    assert!(close(&h.product(&v), &wengert::hvp(energy, &x, &v), 1e-10));
    assert_eq!(h.get(5, 6), h.get(6, 5));
    assert_eq!(h.get(5, 7), 0.0);
}

#[test]
fn patterns_that_do_not_fit_are_refused() {
    assert_eq!(
        Pattern::new([2, 3], [(0, 1), (2, 0)]),
        Err(Error::Index { op: "pattern", index: 2, size: 2 })
    );
    let twice = Pattern::new([2, 3], [(1, 2), (0, 1), (1, 2)]).unwrap_err();
    assert!(twice.to_string().contains("(1, 2) twice"), "{twice}");
    let x = Tensor::from([1.0, 2.0, 3.0]);
    let small = try_sparse_jacobian(|x| x * x, &x, &Pattern::banded(2, 0, 0)).unwrap_err();
    assert!(matches!(small, Error::ShapeMismatch { op: "sparse_jacobian", .. }), "{small}");
    let lower = try_sparse_hessian(|x| (x * x).sum(), &x, &Pattern::banded(3, 1, 0)).unwrap_err();
    assert!(lower.to_string().contains("(1, 0) without (0, 1)"), "{lower}");
    assert!(matches!(
        try_sparse_hessian(|x| x * x, &x, &Pattern::banded(3, 0, 0)),
        Err(Error::NotScalar { .. })
    ));
    assert!(Pattern::of_matrix(&x).is_err());
    let missing =
        try_sparse_hessian(|x| (x * x.roll([1], 0)).sum(), &x, &Pattern::banded(3, 1, 1)).unwrap_err();
    assert!(
        matches!(missing, Error::MissingEntry { op: "sparse_hessian", row: 0, column: 2, .. }),
        "{missing}"
    );
    let constant = try_sparse_jacobian(|x| x.tape().constant([1.0, 2.0, 3.0]), &x, &Pattern::banded(3, 0, 0));
    assert!(matches!(constant, Err(Error::Unreachable { op: "sparse_jacobian", .. })));
}

#[test]
fn no_entries_and_linear_functions_give_zeros() {
    let x = Tensor::from([1.0, 2.0]);
    let none = Pattern::new([2, 2], []).expect("inside");
    let h = sparse_hessian(|x| (x * 3.0).sum(), &x, &none);
    assert_eq!((h.sweeps(), h.to_dense()), (1, Tensor::zeros([2, 2])));
    assert_eq!(
        sparse_hessian(|x| (x * 3.0).sum(), &x, &Pattern::banded(2, 1, 1)).to_dense(),
        Tensor::zeros([2, 2])
    );
    let empty = Tensor::<f64>::zeros([0]);
    let found = sparse_jacobian(|x| x * 2.0, &empty, &Pattern::banded(0, 1, 1));
    assert_eq!((found.sweeps(), found.to_dense().shape().dims().to_vec()), (0, vec![0, 0]));
    let pattern = Pattern::of_matrix(&Tensor::from([[1.0, 0.0, 2.0], [0.0, -0.0, 3.0]])).expect("a matrix");
    assert_eq!(pattern.entries().collect::<Vec<_>>(), [(0, 0), (0, 2), (1, 2)]);
    assert_eq!(pattern.transposed().transposed(), pattern);
}

#[test]
fn single_precision_is_probed_by_its_own_rounding() {
    let n = 50;
    let x = Key::new(1).normal::<f32>([n]);
    let found = try_sparse_jacobian(|x| (x * x.roll([-1], 0)).sin(), &x, &ring(n)).expect("complete");
    assert_eq!(found.sweeps(), 2);
    assert!(try_sparse_jacobian(|x| (x * x.roll([-1], 0)).sin(), &x, &Pattern::banded(n, 0, 1)).is_err());
}

fn ring(n: usize) -> Pattern {
    Pattern::new([n, n], (0..n).flat_map(|i| [(i, i), (i, (i + 1) % n)])).expect("inside")
}
