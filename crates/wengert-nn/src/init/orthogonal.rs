//! Random orthogonal matrices: the Q of a normal matrix.

use crate::Error;
use wengert::{Key, Shape, Tensor};

/// A tensor that, as a matrix of its first axis against the others, has orthonormal rows or columns.
///
/// Gram and Schmidt's process on the shorter side, each vector projected twice, which keeps the vectors orthogonal to
/// rounding; the lengths divided out are positive, so that every orthogonal matrix is equally likely.
pub(super) fn tensor(shape: Shape, key: Key) -> Result<Tensor<f64>, Error> {
    let Some((&rows, rest)) = shape.dims().split_first() else {
        let expected = "at least one axis".to_owned();
        return Err(Error::Shape { what: "orthogonal", given: Vec::new(), expected });
    };
    let columns: usize = rest.iter().product();
    let (count, length) = (rows.min(columns), rows.max(columns));
    let draws = key.normal::<f64>([count, length]).to_vec();
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    for drawn in draws.chunks_exact(length.max(1)) {
        let mut v = drawn.to_vec();
        for q in vectors.iter().chain(&vectors) {
            let along = dot(q, &v);
            v.iter_mut().zip(q).for_each(|(v, q)| *v -= along * q);
        }
        let norm = dot(&v, &v).sqrt();
        v.iter_mut().for_each(|v| *v /= norm);
        vectors.push(v);
    }
    let element = |i: usize| {
        let (row, column) = (i / columns.max(1), i % columns.max(1));
        if rows <= columns { vectors[row][column] } else { vectors[column][row] }
    };
    let values: Vec<f64> = (0..shape.len()).map(element).collect();
    Ok(Tensor::new(shape, values)?)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_side_is_orthonormal() {
        for dims in [vec![5, 3], vec![3, 5], vec![4, 4], vec![6, 2, 2, 2], vec![7], vec![1, 1], vec![0, 3]] {
            let shape = Shape::new(&dims).expect("a valid shape");
            let q = tensor(shape, Key::new(2)).expect("at least one axis");
            assert_eq!(q.dims(), dims);
            let (rows, columns) = (dims[0], dims[1..].iter().product());
            let m = q.reshape([rows, columns]);
            let m = if rows <= columns { m } else { m.transpose(0, 1) };
            let lines: Vec<Vec<f64>> = (0..m.dims()[0]).map(|i| m.narrow(0, i..i + 1).to_vec()).collect();
            for (i, a) in lines.iter().enumerate() {
                for (j, b) in lines.iter().enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(a, b) - expected).abs() < 1e-14, "{dims:?} {i} {j}: {}", dot(a, b));
                }
            }
        }
        assert!(tensor(Shape::SCALAR, Key::new(1)).is_err());
    }
}
