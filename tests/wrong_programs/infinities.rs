//! Gradients that are not finite where the output is: the report names the op whose derivative it is, and its line.

use crate::program::{Wrong, found, leaf, wrong};
use wengert::Tensor;

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("a distance of two equal points", "Backward sqrt", &["slope of sqrt at 0", "norm"], |t| {
            let (a, b) = (t.leaf([1.0, 2.0]), t.leaf([1.0, 2.0]));
            let square = (a - b).square().sum();
            found(t, here!(square.sqrt()));
        }),
        wrong(
            "a root of a feature that may be 0",
            "Backward sqrt",
            &["infinite", "add a small number inside"],
            |t| {
                let x = t.leaf([0.0, 1.0]);
                let y = here!(x.sqrt());
                found(t, (y * 2.0).tanh().sum());
            },
        ),
        wrong("a deviation of equal numbers", "Backward sqrt", &["slope of sqrt at 0"], |t| {
            let x = leaf(t, [4]);
            let variance = (x - x.mean()).square().mean();
            found(t, here!(variance.sqrt()));
        }),
        wrong("a fractional power at 0", "Backward pow", &["slope of a power below 1 at 0", "base"], |t| {
            let x = t.leaf([0.0, 4.0]);
            found(t, here!(x.pow(0.5)).sum());
        }),
        wrong("an exponent that is learned, of a negative base", "Backward pow", &["ln of the base"], |t| {
            let (x, n) = (t.leaf([-2.0]), t.leaf([3.0]));
            found(t, here!(x.pow(n)).sum());
        }),
        wrong("an angle of parallel vectors", "Backward acos", &["slope at -1 and 1", "inside"], |t| {
            let (a, b) = (t.leaf([0.6, 0.8]), t.leaf([1.0, 0.0]));
            let cosine = (a * b).sum() / 0.6;
            found(t, here!(cosine.acos()));
        }),
        wrong("an arc sine at its end", "Backward asin", &["slope at -1 and 1"], |t| {
            let x = t.leaf([1.0]);
            found(t, here!(x.asin()).sum());
        }),
        wrong("an area cosine at its end", "Backward acosh", &["slope at 1"], |t| {
            let x = t.leaf([1.0]);
            found(t, here!(x.acosh()).sum());
        }),
        wrong("the entropy of a certain event", "Backward entr", &["slope at 0 is infinite"], |t| {
            let p = t.leaf([0.0, 1.0]);
            found(t, here!(p.entr()).sum());
        }),
        wrong("a quotient with a tiny divisor", "Backward div", &["largest number", "clip"], |t| {
            let (a, b) = (t.leaf([1e-10]), t.leaf([1e-160]));
            found(t, here!(a / b).sum());
        }),
        wrong("a loss scaled up too far", "Backward mul", &["largest number"], |t| {
            let x = t.leaf([1e-300]);
            let scaled = here!(x * 1e300);
            found(t, scaled.sum() * 1e300);
        }),
        wrong("a root behind a layer", "Backward sqrt", &["gradient of the leaf"], |t| {
            let (x, w) = (t.leaf([[0.0, 4.0]]), t.leaf([[1.0], [2.0]]));
            let y = here!(x.sqrt());
            found(t, y.matmul(w).sum());
        }),
        wrong("a gradient penalty of a root", "Backward sqrt", &["slope of sqrt at 0"], |t| {
            let x = t.leaf([3.0, 4.0]);
            let slope = (x * x).sum().grad(&[x])[0];
            let flat = slope.detach() - slope;
            found(t, here!(flat.square().sum().sqrt()));
        }),
        wrong("a cube root by a power", "Backward pow", &["slope of a power below 1 at 0"], |t| {
            let volume = t.leaf(Tensor::zeros([3]));
            found(t, here!(volume.pow(1.0 / 3.0)).mean());
        }),
    ]
}
