//! Shapes that do not fit: arithmetic, masks, and what changes a shape.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Shape, Tensor, UnfoldOptions, Var};

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "a bias per sample in place of one per feature",
            "Broadcast",
            &["add:", "axis -1 has 3 and 4"],
            |t| {
                let (y, bias) = (leaf(t, [4, 3]), leaf(t, [4]));
                refused(y.try_add(bias));
                fault!(y + bias);
            },
        ),
        wrong("predictions and targets of two lengths", "Broadcast", &["sub:", "[8]", "[7]"], |t| {
            let (y, target) = (leaf(t, [8]), t.constant(Tensor::zeros([7])));
            refused(y.try_sub(target));
            fault!((y - target).square().mean());
        }),
        wrong("a scale that does not fit, assigned", "Broadcast", &["mul:", "[2, 3]", "[2]"], |t| {
            let (mut y, scale) = (leaf(t, [2, 3]), leaf(t, [2]));
            refused(y.try_mul(scale));
            fault!(y *= scale);
        }),
        wrong("a norm that lost its axis", "Broadcast", &["div:", "axis -1 has 3 and 5"], |t| {
            let x = leaf(t, [5, 3]);
            let length = x.norm_axes(1, wengert::Norm::L2);
            refused(x.try_div(length));
            fault!(x / length);
        }),
        wrong("a power with an exponent per row", "Broadcast", &["pow:", "[4, 2]", "[4]"], |t| {
            let (x, n) = (leaf(t, [4, 2]), leaf(t, [4]));
            refused(x.try_pow(n));
            fault!(x.pow(n));
        }),
        wrong("a maximum of two batches", "Broadcast", &["maximum:", "[4]", "[5]"], |t| {
            let (a, b) = (leaf(t, [4]), leaf(t, [5]));
            refused(a.try_maximum(b));
            fault!(a.maximum(b));
        }),
        wrong("an angle of coordinates that do not pair", "Broadcast", &["atan2:", "[4]", "[2]"], |t| {
            let (y, x) = (leaf(t, [4]), leaf(t, [2]));
            refused(y.try_atan2(x));
            fault!(y.atan2(x));
        }),
        wrong("an interpolation between two shapes", "Broadcast", &["lerp:", "[4]", "[5]"], |t| {
            let (start, end) = (leaf(t, [4]), leaf(t, [5]));
            refused(start.try_lerp(end, 0.5));
            fault!(start.lerp(end, 0.5));
        }),
        wrong("an interpolation with weights of another shape", "Broadcast", &["lerp:", "[3]", "[4]"], |t| {
            let (start, end, weight) = (leaf(t, [4]), leaf(t, [4]), leaf(t, [3]));
            refused(start.try_lerp(end, weight));
            fault!(start.lerp(end, weight));
        }),
        wrong("a remainder by divisors of another shape", "Broadcast", &["remainder:", "[4]", "[3]"], |t| {
            let (x, n) = (leaf(t, [4]), leaf(t, [3]));
            refused(x.try_remainder(n));
            fault!(x.remainder(n));
        }),
        wrong("signs of another shape", "Broadcast", &["copysign:", "[4]", "[3]"], |t| {
            let (x, sign) = (leaf(t, [4]), leaf(t, [3]));
            refused(x.try_copysign(sign));
            fault!(x.copysign(sign));
        }),
        wrong("a comparison of two shapes", "panic", &["gt:", "[2, 3]", "[2]"], |t| {
            let (x, limit) = (leaf(t, [2, 3]), leaf(t, [2]));
            fault!(x.gt(limit));
        }),
        wrong("a branch of another shape", "panic", &["select:", "axis -1 has 3 and 2"], |t| {
            let (x, other) = (leaf(t, [3]), leaf(t, [2]));
            fault!(x.gt(0.0).select(x, other));
        }),
        wrong("masks of two shapes", "panic", &["and:", "[3]", "[2]"], |t| {
            let (x, y) = (leaf(t, [3]), leaf(t, [2]));
            fault!(x.gt(0.0).and(y.gt(0.0)));
        }),
        wrong(
            "an attention mask of another length",
            "Broadcast",
            &["masked_softmax:", "[5]", "[2, 4]"],
            |t| {
                let (scores, seen) = (leaf(t, [2, 4]), leaf(t, [5]).gt(0.0));
                refused(scores.try_masked_softmax(-1, seen));
                fault!(scores.masked_softmax(-1, seen));
            },
        ),
        wrong(
            "an attention mask with more axes than the scores",
            "ShapeMismatch",
            &["masked_softmax:", "repeat"],
            |t| {
                let (scores, seen) = (leaf(t, [4]), leaf(t, [2, 4]).gt(0.0));
                refused(scores.try_masked_softmax(-1, seen));
                fault!(scores.masked_softmax(-1, seen));
            },
        ),
        wrong(
            "images flattened to the wrong length",
            "Reshape",
            &["reshape:", "[32, 1, 28, 28] has 25088", "25600"],
            |t| {
                let x = leaf(t, [32, 1, 28, 28]);
                refused(x.try_reshape([32, 800]));
                fault!(x.reshape([32, 800]));
            },
        ),
        wrong("a tensor reshaped to too few elements", "Reshape", &["reshape:", "has 6", "has 4"], |_| {
            let x = Tensor::<f64>::zeros([2, 3]);
            refused(x.try_reshape([4]));
            fault!(x.reshape([4]));
        }),
        wrong(
            "a number repeated down to fewer",
            "Broadcast",
            &["broadcast_to:", "axis -1 has 3 and 2"],
            |t| {
                let x = leaf(t, [3]);
                refused(x.try_broadcast_to([4, 2]));
                fault!(x.broadcast_to([4, 2]));
            },
        ),
        wrong(
            "three elements repeated into one",
            "ShapeMismatch",
            &["broadcast_to:", "1 in the first"],
            |t| {
                let x = leaf(t, [3]);
                refused(x.try_broadcast_to([1]));
                fault!(x.broadcast_to([1]));
            },
        ),
        wrong(
            "an expansion to a negative size",
            "Attribute",
            &["expand:", "[4, -2]", "at least 0", "-1 to keep"],
            |t| {
                let x = leaf(t, [4, 1]);
                refused(x.try_expand([4, -2]));
                fault!(x.expand([4, -2]));
            },
        ),
        wrong(
            "an expansion of an axis that is not 1",
            "Broadcast",
            &["expand:", "axis -1 has 2 and 3"],
            |t| {
                let x = leaf(t, [4, 2]);
                refused(x.try_expand([-1, 3]));
                fault!(x.expand([-1, 3]));
            },
        ),
        wrong("nine axes", "RankTooLarge", &["rank 9", "at most 8", "reshape"], |t| {
            let x = leaf(t, [1; 8]);
            refused(x.try_unsqueeze(0));
            fault!(x.unsqueeze(0));
        }),
        wrong("the outer product of tensors with many axes, kept apart", "RankTooLarge", &["rank 10"], |t| {
            let x = leaf(t, [1; 5]);
            refused(x.try_tensordot(x, [], []));
            fault!(x.tensordot(x, [], []));
        }),
        wrong(
            "more than memory can hold",
            "TooLarge",
            &["[4611686018427387904, 8]", "see how its sizes"],
            |_| {
                refused(Shape::new([1 << 62, 8]));
                fault!(Tensor::<f64>::zeros([1 << 62, 8]));
            },
        ),
        wrong("values that do not fill their shape", "Length", &["5 values", "[2, 3]", "expected 6"], |_| {
            refused(Tensor::new([2, 3], [1.0, 2.0, 3.0, 4.0, 5.0]));
        }),
        wrong("batches of different widths joined", "ShapeMismatch", &["concat:", "[2, 3]", "[2, 4]"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [2, 4]));
            refused(Var::try_concat(&[a, b], 0));
            fault!(Var::concat(&[a, b], 0));
        }),
        wrong("samples of different lengths stacked", "ShapeMismatch", &["stack:", "[3]", "[4]"], |t| {
            let (a, b) = (leaf(t, [3]), leaf(t, [4]));
            refused(Var::try_stack(&[a, b], 0));
            fault!(Var::stack(&[a, b], 0));
        }),
        wrong("nothing stacked", "Arity", &["stack: 0 given", "one variable or more"], |_| {
            refused(Var::<f64>::try_stack(&[], 0));
            fault!(Var::<f64>::stack(&[], 0));
        }),
        wrong("a grid of matrices", "Shape", &["meshgrid:", "[2, 2]", "vectors"], |t| {
            let x = leaf(t, [2, 2]);
            refused(Var::try_meshgrid(&[x, x]));
            fault!(Var::meshgrid(&[x, x]));
        }),
        wrong("all pairs of matrices", "Shape", &["cartesian_prod:", "[2, 2]", "vectors"], |t| {
            let x = leaf(t, [2, 2]);
            refused(Var::try_cartesian_prod(&[x]));
            fault!(Var::cartesian_prod(&[x]));
        }),
        wrong("a vector transposed", "panic", &["transpose", "axis"], |t| {
            let x = leaf(t, [3]);
            fault!(x.t());
        }),
        wrong("the item of a vector", "panic", &["item", "[3]", "one element"], |t| {
            let loss = leaf(t, [3]);
            fault!(loss.item());
        }),
        wrong("an axis squeezed that is not 1", "Shape", &["squeeze:", "[2, 3]", "size 1"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_squeeze(0));
            fault!(x.squeeze(0));
        }),
        wrong("the trace of a vector", "Shape", &["trace:", "[3]", "a matrix"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_trace());
            fault!(x.trace());
        }),
        wrong("the lower triangle of a vector", "Shape", &["tril:", "[3]"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_tril(0));
            fault!(x.tril(0));
        }),
        wrong("windows folded into another image", "ShapeMismatch", &["fold:", "[1, 4, 3]"], |t| {
            let x = leaf(t, [1, 4, 3]);
            refused(x.try_fold([3, 3], [2, 2], UnfoldOptions::default()));
            fault!(x.fold([3, 3], [2, 2], UnfoldOptions::default()));
        }),
    ]
}
