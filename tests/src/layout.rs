//! The same values in other storage: what a kernel must not notice.

use wengert::Tensor;

/// A change of storage that keeps every value.
pub type Relay = fn(&Tensor<f64>) -> Tensor<f64>;

/// Every layout under test, by name.
pub const ALL: &[(&str, Relay)] = &[
    ("transposed", transposed),
    ("offset", offset),
    ("stepped", stepped),
    ("inner stepped", inner_stepped),
    ("reversed axes", reversed_axes),
];

fn along_last(x: &Tensor<f64>, f: impl Fn(&Tensor<f64>) -> Tensor<f64>) -> Tensor<f64> {
    if x.rank() == 0 { f(&x.reshape([1])).reshape([0_usize; 0]) } else { f(x) }
}

/// First and last axes exchanged in storage.
fn transposed(x: &Tensor<f64>) -> Tensor<f64> {
    if x.rank() < 2 {
        return x.clone();
    }
    let moved = x.transpose(0, -1);
    moved.contiguous().transpose(0, -1)
}

/// A part of a larger buffer that does not start at its front.
fn offset(x: &Tensor<f64>) -> Tensor<f64> {
    along_last(x, |x| {
        let size = x.dims()[0];
        let mut dims = x.dims().to_vec();
        dims[0] = size + 3;
        let large = Tensor::from_fn(&dims, |ix| {
            if (2..size + 2).contains(&ix[0]) {
                let mut at = ix.to_vec();
                at[0] -= 2;
                x.get(at).expect("within the operand")
            } else {
                f64::NAN
            }
        });
        large.narrow(0, 2..size + 2)
    })
}

/// Every second slab of a larger buffer along the first axis.
fn stepped(x: &Tensor<f64>) -> Tensor<f64> {
    along_last(x, |x| every_second(x, 0))
}

/// Every second element of a larger buffer along the last axis.
fn inner_stepped(x: &Tensor<f64>) -> Tensor<f64> {
    along_last(x, |x| every_second(x, x.rank() - 1))
}

fn every_second(x: &Tensor<f64>, axis: usize) -> Tensor<f64> {
    // [.., n, 2, ..] with the values at 0 of the new axis, which is then narrowed and dropped by reshaping a view.
    let mut dims = x.dims().to_vec();
    dims.insert(axis + 1, 2);
    if dims.len() > wengert::MAX_RANK {
        return x.clone();
    }
    let large = Tensor::from_fn(&dims, |ix| {
        let mut at = ix.to_vec();
        let odd = at.remove(axis + 1) == 1;
        if odd { f64::NAN } else { x.get(at).expect("within the operand") }
    });
    large.narrow(axis as isize + 1, 0..1).drop_axis(axis + 1)
}

/// All axes in reverse order in storage.
fn reversed_axes(x: &Tensor<f64>) -> Tensor<f64> {
    let order: Vec<usize> = (0..x.rank()).rev().collect();
    x.permute(&order).contiguous().permute(&order)
}
