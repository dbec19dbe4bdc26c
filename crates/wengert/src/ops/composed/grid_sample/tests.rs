//! Points that are no numbers, and operands that do not fit.

use super::*;
use crate::Tape;

#[test]
fn what_does_not_fit_is_refused() {
    let (tape, other) = (Tape::<f64>::new(), Tape::new());
    let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
    let options = GridSampleOptions::default();
    let (x, grid) = (of(&[1, 2, 3, 4]), of(&[1, 5, 6, 2]));
    let try_at = |x: Var<'_, f64>, grid| x.try_grid_sample(grid, &options).map(Var::shape);
    assert_eq!(x.grid_sample(grid, &options).shape().dims(), [1, 2, 5, 6]);
    assert!(matches!(try_at(x, of(&[2, 5, 6, 2])), Err(Error::ShapeMismatch { op: "grid_sample", .. })));
    assert!(matches!(try_at(x, of(&[1, 5, 6, 3])), Err(Error::ShapeMismatch { op: "grid_sample", .. })));
    assert!(matches!(try_at(x, of(&[5, 6, 2])), Err(Error::Shape { op: "grid_sample", .. })));
    assert!(matches!(try_at(of(&[2, 3]), grid), Err(Error::Shape { op: "grid_sample", .. })));
    assert!(matches!(try_at(of(&[1, 2, 0, 4]), grid), Err(Error::Shape { op: "grid_sample", .. })));
    let there = other.leaf(Tensor::zeros([1, 5, 6, 2]));
    let refused = x.try_grid_sample(there, &options).map(Var::shape);
    assert!(matches!(refused, Err(Error::DifferentTapes { op: "grid_sample" })));
}

#[test]
fn a_point_that_is_no_number_gives_nan() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::full([1, 1, 2, 2], 1.0));
    let grid = tape.leaf([[[[f64::NAN, 0.0], [0.5, 0.5]]]]);
    for mode in [GridMode::Bilinear, GridMode::Bicubic, GridMode::Nearest] {
        for padding in [GridPadding::Zeros, GridPadding::Border, GridPadding::Reflection] {
            let y = x.grid_sample(grid, &GridSampleOptions { mode, padding, align_corners: false });
            let y = y.value().to_vec();
            assert!(y[0].is_nan() && y[1] == 1.0, "{mode:?} {padding:?}: {y:?}");
        }
    }
}

#[test]
fn volumes_take_a_grid_of_three_coordinates_and_no_cubics() {
    let tape = Tape::<f64>::new();
    let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
    let options = GridSampleOptions::default();
    let (x, grid) = (of(&[2, 3, 2, 3, 4]), of(&[2, 5, 1, 6, 3]));
    assert_eq!(x.grid_sample(grid, &options).shape().dims(), [2, 3, 5, 1, 6]);
    let try_at = |grid, options| x.try_grid_sample(grid, options).map(Var::shape);
    assert!(matches!(try_at(of(&[2, 5, 6, 3]), &options), Err(Error::Shape { op: "grid_sample", .. })));
    for dims in [[1, 5, 1, 6, 3], [2, 5, 1, 6, 2]] {
        assert!(matches!(try_at(of(&dims), &options), Err(Error::ShapeMismatch { op: "grid_sample", .. })));
    }
    let cubic = GridSampleOptions { mode: GridMode::Bicubic, ..options };
    let refused = try_at(grid, &cubic);
    assert!(matches!(refused, Err(Error::Attribute { op: "grid_sample", name: "mode", .. })), "{refused:?}");
    let none = of(&[2, 3, 0, 3, 4]).try_grid_sample(grid, &options).map(Var::shape);
    assert!(matches!(none, Err(Error::Shape { op: "grid_sample", .. })));
    let high = of(&[1, 0, 1 << 13, 1 << 12, 1]).try_grid_sample(of(&[1, 1, 1, 1, 3]), &options);
    assert!(matches!(high.map(Var::shape), Err(Error::Shape { op: "grid_sample", .. })));
}

#[test]
fn a_point_beside_a_plane_is_not_found_in_the_next() {
    // planes of ones, one row and two rows high: beyond the rows there are zeros, whatever the plane
    let tape = Tape::<f64>::new();
    for rows in [1, 2] {
        let x = tape.leaf(Tensor::full([1, 1, 3, rows, 1], 1.0));
        for mode in [GridMode::Bilinear, GridMode::Nearest] {
            for (down, deep) in [(-3.0, 0.0), (3.0, 0.0), (3.0, -0.6), (-3.0, 0.6), (0.0, 9.0), (0.0, -9.0)] {
                let grid = tape.leaf(Tensor::from([0.0, down, deep]).reshape([1, 1, 1, 1, 3]));
                let y = x.grid_sample(grid, &GridSampleOptions { mode, ..GridSampleOptions::default() });
                assert_eq!(y.item(), 0.0, "{rows} {mode:?} {down} {deep}");
            }
            let nan = f64::NAN;
            for point in [[nan, 0.0, 0.0], [0.0, nan, 0.0], [0.0, 0.0, nan], [0.0, 9.0, nan], [nan, 9.0, 9.0]]
            {
                let grid = tape.leaf(Tensor::from(point).reshape([1, 1, 1, 1, 3]));
                let y = x.grid_sample(grid, &GridSampleOptions { mode, ..GridSampleOptions::default() });
                assert!(y.item().is_nan(), "{rows} {mode:?} {point:?}");
            }
        }
    }
}
