//! The same values in other storage: what a kernel must not notice.

use wengert::{Float, Tape, Tensor, Threads};

/// A change of storage. All but the last two keep every value; those make it constant along an axis.
pub type Relay<F> = fn(&Tensor<F>) -> Tensor<F>;

/// The names of the layouts under test, in the order of [`all`].
pub const NAMES: [&str; 9] = [
    "transposed",
    "axes reversed",
    "offset",
    "stepped",
    "inner stepped",
    "negative strides",
    "odd strides of size 1",
    "stride 0, first axis",
    "stride 0, last axis",
];

/// Every layout under test, by name.
pub fn all<F: Float>() -> [(&'static str, Relay<F>); 9] {
    let relays: [Relay<F>; 9] = [
        transposed,
        axes_reversed,
        offset,
        stepped,
        inner_stepped,
        negative_strides,
        odd_strides_of_size_one,
        |x| along_last(x, |x| constant_along(x, 0)),
        |x| along_last(x, |x| constant_along(x, x.rank() - 1)),
    ];
    std::array::from_fn(|k| (NAMES[k], relays[k]))
}

/// Whether a tensor of this shape can lie in a layout otherwise than in its contiguous copy.
pub fn differs(name: &str, shape: &[usize]) -> bool {
    match name {
        "transposed" | "axes reversed" => shape.iter().filter(|&&n| n > 1).count() > 1,
        "odd strides of size 1" => shape.contains(&1),
        _ => shape.iter().any(|&n| n > 1),
    }
}

fn along_last<F: Float>(x: &Tensor<F>, f: impl Fn(&Tensor<F>) -> Tensor<F>) -> Tensor<F> {
    if x.rank() == 0 { f(&x.reshape([1])).reshape([0_usize; 0]) } else { f(x) }
}

/// First and last axes exchanged in storage.
fn transposed<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    if x.rank() < 2 {
        return x.clone();
    }
    let moved = x.transpose(0, -1);
    moved.contiguous().transpose(0, -1)
}

/// A part of a larger buffer that does not start at its front.
fn offset<F: Float>(x: &Tensor<F>) -> Tensor<F> {
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
                F::from_f64(f64::NAN)
            }
        });
        large.narrow(0, 2..size + 2)
    })
}

/// Every second slab of a larger buffer along the first axis.
fn stepped<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    along_last(x, |x| every_second(x, 0))
}

/// Every second element of a larger buffer along the last axis.
fn inner_stepped<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    along_last(x, |x| every_second(x, x.rank() - 1))
}

fn every_second<F: Float>(x: &Tensor<F>, axis: usize) -> Tensor<F> {
    // [.., n, 2, ..] with the values at 0 of the new axis, which is then narrowed and dropped by reshaping a view.
    let mut dims = x.dims().to_vec();
    dims.insert(axis + 1, 2);
    if dims.len() > wengert::MAX_RANK {
        return x.clone();
    }
    let large = Tensor::from_fn(&dims, |ix| {
        let mut at = ix.to_vec();
        let odd = at.remove(axis + 1) == 1;
        if odd { F::from_f64(f64::NAN) } else { x.get(at).expect("within the operand") }
    });
    large.narrow(axis as isize + 1, 0..1).drop_axis(axis + 1)
}

/// All axes in reverse order in storage.
fn axes_reversed<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    let order: Vec<usize> = (0..x.rank()).rev().collect();
    x.permute(&order).contiguous().permute(&order)
}

/// Stored from the last element to the first.
fn negative_strides<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    let tape = Tape::with_threads(Threads::one());
    let axes: Vec<isize> = (0..x.rank() as isize).collect();
    let backwards = tape.constant(x).flip(&axes[..]).value().contiguous();
    tape.constant(backwards).flip(&axes[..]).value()
}

/// Axes of size 1 that were cut out of longer ones, so that their strides are none that a contiguous tensor has.
fn odd_strides_of_size_one<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    let dims: Vec<usize> = x.dims().iter().map(|&n| if n == 1 { 3 } else { n }).collect();
    let large = Tensor::from_fn(&dims, |ix| {
        let cut = ix.iter().zip(x.dims()).all(|(&i, &n)| n != 1 || i == 1);
        let at: Vec<usize> = ix.iter().zip(x.dims()).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect();
        if cut { x.get(at).expect("within the operand") } else { F::from_f64(f64::NAN) }
    });
    let ones = (0..x.rank()).filter(|&axis| x.dims()[axis] == 1);
    ones.fold(large, |large, axis| large.narrow(axis as isize, 1..2))
}

/// The first slab along an axis in the place of all: one in storage, seen again and again.
fn constant_along<F: Float>(x: &Tensor<F>, axis: usize) -> Tensor<F> {
    if x.is_empty() {
        return x.clone();
    }
    let first = x.narrow(axis as isize, 0..1).contiguous();
    first.try_broadcast_to(x.shape()).expect("a size of 1 broadcasts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_lies_otherwise_where_it_can_and_keeps_its_values() {
        let x = Tensor::<f64>::from_fn([3, 1, 2], |ix| (ix[0] * 2 + ix[2]) as f64);
        for (name, relay) in all::<f64>() {
            let moved = relay(&x);
            assert_eq!(moved.shape(), x.shape(), "{name}");
            assert!(moved.strides() != x.strides() || name == "offset", "{name}");
            assert!(differs(name, x.dims()), "{name}");
            if !name.starts_with("stride 0") {
                assert_eq!(moved.to_vec(), x.to_vec(), "{name}");
            }
        }
        let [.., (_, first), (_, last)] = all::<f64>();
        assert_eq!(first(&x).to_vec(), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        assert_eq!(last(&x).to_vec(), [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]);
        assert!(negative_strides(&x).strides().iter().any(|&s| s < 0));
    }
}
