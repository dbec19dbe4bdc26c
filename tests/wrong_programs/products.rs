//! Shapes that do not fit: products and sums of products.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Conv2dOptions, ConvTranspose2dOptions, Var};

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "a weight that lies the other way",
            "ShapeMismatch",
            &["matmul", "[4, 3]", "[2, 3]", "t()"],
            |t| {
                let (x, w) = (leaf(t, [4, 3]), leaf(t, [2, 3]));
                refused(x.try_matmul(w));
                fault!(x.matmul(w));
            },
        ),
        wrong(
            "a matrix product with a number",
            "Shape",
            &["matmul", "[]", "vectors or matrices", "*"],
            |t| {
                let (x, scale) = (leaf(t, [4, 3]), t.leaf(2.0));
                refused(x.try_matmul(scale));
                fault!(x.matmul(scale));
            },
        ),
        wrong(
            "stacks of different lengths",
            "ShapeMismatch",
            &["matmul", "[2, 4, 3] and [5, 3, 4]", "stacks"],
            |t| {
                let (x, w) = (leaf(t, [2, 4, 3]), leaf(t, [5, 3, 4]));
                refused(x.try_matmul(w));
                fault!(x.matmul(w));
            },
        ),
        wrong("the dot product of vectors of two lengths", "ShapeMismatch", &["dot:", "[2]", "[3]"], |t| {
            let (a, b) = (leaf(t, [2]), leaf(t, [3]));
            refused(a.try_dot(b));
            fault!(a.dot(b));
        }),
        wrong("dot of matrices", "ShapeMismatch", &["dot:", "matmul, inner, tensordot"], |t| {
            let (a, b) = (leaf(t, [2, 2]), leaf(t, [2, 2]));
            refused(a.try_dot(b));
            fault!(a.dot(b));
        }),
        wrong(
            "vdot of different numbers of elements",
            "ShapeMismatch",
            &["vdot:", "as many elements"],
            |t| {
                let (a, b) = (leaf(t, [2, 2]), leaf(t, [3]));
                refused(a.try_vdot(b));
                fault!(a.vdot(b));
            },
        ),
        wrong("inner of rows of two lengths", "ShapeMismatch", &["inner:", "[2, 3]", "[2, 4]"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [2, 4]));
            refused(a.try_inner(b));
            fault!(a.inner(b));
        }),
        wrong("bmm of plain matrices", "ShapeMismatch", &["bmm:", "[n, m, k] and [n, k, p]"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [3, 2]));
            refused(a.try_bmm(b));
            fault!(a.bmm(b));
        }),
        wrong("addmm of matrices that do not fit", "ShapeMismatch", &["addmm:", "[2, 3]", "[2, 4]"], |t| {
            let (c, a, b) = (leaf(t, [4]), leaf(t, [2, 3]), leaf(t, [2, 4]));
            refused(c.try_addmm(a, b, 1.0, 1.0));
            fault!(c.addmm(a, b, 1.0, 1.0));
        }),
        wrong("addmm with a bias per row", "Broadcast", &["addmm:", "[2]", "[2, 4]"], |t| {
            let (bias, a, b) = (leaf(t, [2]), leaf(t, [2, 3]), leaf(t, [3, 4]));
            refused(bias.try_addmm(a, b, 1.0, 1.0));
            fault!(bias.addmm(a, b, 1.0, 1.0));
        }),
        wrong(
            "addmm onto more than the product",
            "ShapeMismatch",
            &["addmm:", "broadcasts to the product"],
            |t| {
                let (c, a, b) = (leaf(t, [5, 2, 4]), leaf(t, [2, 3]), leaf(t, [3, 4]));
                refused(c.try_addmm(a, b, 1.0, 1.0));
                fault!(c.addmm(a, b, 1.0, 1.0));
            },
        ),
        wrong("baddbmm of stacks that do not fit", "ShapeMismatch", &["baddbmm:", "[2, 3, 4]"], |t| {
            let (c, a, b) = (leaf(t, [2, 3, 3]), leaf(t, [2, 3, 4]), leaf(t, [2, 3, 4]));
            refused(c.try_baddbmm(a, b, 1.0, 1.0));
            fault!(c.baddbmm(a, b, 1.0, 1.0));
        }),
        wrong(
            "a chain of matrices with a misfit in it",
            "ShapeMismatch",
            &["multi_dot:", "[3, 4]", "[5, 2]"],
            |t| {
                let (a, b, c) = (leaf(t, [2, 3]), leaf(t, [3, 4]), leaf(t, [5, 2]));
                refused(Var::try_multi_dot(&[a, b, c]));
                fault!(Var::multi_dot(&[a, b, c]));
            },
        ),
        wrong("a chain with a stack in it", "Shape", &["multi_dot:", "vectors only at the ends"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [1, 3, 4]));
            refused(Var::try_multi_dot(&[a, b]));
            fault!(Var::multi_dot(&[a, b]));
        }),
        wrong("a chain of nothing", "Arity", &["multi_dot: 0 given", "one matrix or more"], |_| {
            refused(Var::<f64>::try_multi_dot(&[]));
            fault!(Var::<f64>::multi_dot(&[]));
        }),
        wrong("a power of a matrix that is not square", "Shape", &["matrix_power:", "square"], |t| {
            let a = leaf(t, [2, 3]);
            refused(a.try_matrix_power(2));
            fault!(a.matrix_power(2));
        }),
        wrong("paired axes of different sizes", "ShapeMismatch", &["tensordot:", "axes paired"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [2, 3]));
            refused(a.try_tensordot(b, 1, 0));
            fault!(a.tensordot(b, 1, 0));
        }),
        wrong("a cross product in two dimensions", "ShapeMismatch", &["cross:", "size 3"], |t| {
            let (a, b) = (leaf(t, [5, 2]), leaf(t, [5, 2]));
            refused(a.try_cross(b, -1));
            fault!(a.cross(b, -1));
        }),
        wrong("einsum with a label of two sizes", "Einsum", &["einsum:", "ij,jk->ik", "3", "4"], |t| {
            let (a, b) = (leaf(t, [2, 3]), leaf(t, [4, 5]));
            refused(Var::try_einsum("ij,jk->ik", &[a, b]));
            fault!(Var::einsum("ij,jk->ik", &[a, b]));
        }),
        wrong("einsum with too few labels", "Einsum", &["einsum:", "bh,hd->bd"], |t| {
            let (a, b) = (leaf(t, [8, 2, 3]), leaf(t, [3, 5]));
            refused(Var::try_einsum("bh,hd->bd", &[a, b]));
            fault!(Var::einsum("bh,hd->bd", &[a, b]));
        }),
        wrong("einsum with an output label from nowhere", "Einsum", &["einsum:", "ij->ik", "'k'"], |t| {
            let a = leaf(t, [2, 3]);
            refused(Var::try_einsum("ij->ik", &[a]));
            fault!(Var::einsum("ij->ik", &[a]));
        }),
        wrong("einsum with an operand too few", "Einsum", &["einsum:", "ij,jk->ik"], |t| {
            let a = leaf(t, [2, 3]);
            refused(Var::try_einsum("ij,jk->ik", &[a]));
            fault!(Var::einsum("ij,jk->ik", &[a]));
        }),
        wrong("an image without its channels", "Shape", &["conv2d:", "[8, 28, 28]", "four axes"], |t| {
            let (x, w, o) = (leaf(t, [8, 28, 28]), leaf(t, [4, 1, 3, 3]), Conv2dOptions::default());
            refused(x.try_conv2d(w, &o));
            fault!(x.conv2d(w, &o));
        }),
        wrong("a filter for another number of channels", "ShapeMismatch", &["conv2d:", "channels"], |t| {
            let (x, w, o) = (leaf(t, [8, 3, 9, 9]), leaf(t, [4, 1, 3, 3]), Conv2dOptions::default());
            refused(x.try_conv2d(w, &o));
            fault!(x.conv2d(w, &o));
        }),
        wrong(
            "a transposed filter the wrong way",
            "ShapeMismatch",
            &["conv_transpose2d:", "axis 0 of the weight"],
            |t| {
                let (x, w, o) =
                    (leaf(t, [1, 4, 9, 9]), leaf(t, [3, 4, 3, 3]), ConvTranspose2dOptions::default());
                refused(x.try_conv_transpose2d(w, &o));
                fault!(x.conv_transpose2d(w, &o));
            },
        ),
    ]
}
