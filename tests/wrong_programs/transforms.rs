//! Gradients and their family asked for in a wrong way.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Pattern, SolveOptions, Tensor, check_gradients, checkpoint, many, try_checkpoint};

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong("the gradient of a vector", "NotScalar", &["grad:", "[3]", ".sum()", "vjp"], |t| {
            let losses = leaf(t, [3]).square();
            refused(losses.try_grad(&[losses]));
            fault!(losses.grad(&[losses]));
        }),
        wrong("the gradient of a batch of losses", "NotScalar", &["backward:", "[8]", ".sum()"], |t| {
            let w = leaf(t, [8]);
            refused((w * w).try_backward(&[w]));
            fault!((w * w).backward(&[w]));
        }),
        wrong(
            "the gradient of a function that gives a vector",
            "panic",
            &["grad:", "[2]", "one element"],
            |_| {
                let x = Tensor::from([1.0, 2.0]);
                fault!(wengert::grad(|x| x * 2.0, &x));
            },
        ),
        wrong(
            "value and gradient of a function that gives a vector",
            "panic",
            &["value_and_grad:", "[2]"],
            |_| {
                let x = Tensor::from([1.0, 2.0]);
                fault!(wengert::value_and_grad(|x| x * 2.0, &x));
            },
        ),
        wrong(
            "a seed of the input's shape",
            "CotangentShape",
            &["vjp:", "the seed", "[3]", "expected [2]"],
            |t| {
                let (w, x) = (leaf(t, [2, 3]), leaf(t, [3]));
                let (y, seed) = (w.matmul(x), leaf(t, [3]));
                refused(y.try_vjp(seed, &[x]));
                fault!(y.vjp(seed, &[x]));
            },
        ),
        wrong("a seed of the wrong shape, by functions", "panic", &["vjp", "seed", "[]", "[2]"], |_| {
            let (x, seed) = (Tensor::from([1.0, 2.0]), Tensor::from(1.0));
            fault!(wengert::vjp(|x| x * 2.0, &x, &seed));
        }),
        wrong("a tangent of the output's shape", "CotangentShape", &["jvp:", "[2]", "expected [3]"], |t| {
            let (w, x) = (leaf(t, [2, 3]), leaf(t, [3]));
            let (y, tangent) = (w.matmul(x), leaf(t, [2]));
            refused(y.try_jvp(&[x], &[tangent]));
            fault!(y.jvp(&[x], &[tangent]));
        }),
        wrong("a tangent too few", "Arity", &["jvp: 1 given", "one tangent per input"], |t| {
            let (a, b) = (leaf(t, [2]), leaf(t, [2]));
            refused((a * b).try_jvp(&[a, b], &[a]));
            fault!((a * b).jvp(&[a, b], &[a]));
        }),
        wrong(
            "a Hessian of a function that gives a vector",
            "panic",
            &["hessian:", "[2]", "one element"],
            |_| {
                let x = Tensor::from([1.0, 2.0]);
                fault!(wengert::hessian(|x| x * x, &x));
            },
        ),
        wrong(
            "a Hessian product along a direction of another shape",
            "panic",
            &["hvp:", "[3]", "[2]"],
            |_| {
                let (x, direction) = (Tensor::from([1.0, 2.0]), Tensor::from([1.0, 2.0, 3.0]));
                fault!(wengert::hvp(|x| x.square().sum(), &x, &direction));
            },
        ),
        wrong("a Jacobian of a constant function", "panic", &["jacobian:", "does not depend"], |_| {
            let x = Tensor::from([1.0, 2.0]);
            fault!(wengert::jacobian(|x| x.tape().leaf([1.0]), &x));
        }),
        wrong(
            "a gradient by an input that is not used",
            "panic",
            &["grad:", "input 1 (recorded at {0}", "try_grad"],
            |_| {
                let (a, b) = (Tensor::from(1.0), Tensor::from(2.0));
                fault!(here!(many::grad(|[a, _]| a * a, [&a, &b])));
            },
        ),
        wrong(
            "a sparse Jacobian with an entry left out",
            "MissingEntry",
            &["row 1, column 0", "add (1, 0)"],
            |_| {
                let (x, pattern) = (Tensor::from([1.0, 2.0]), Pattern::banded(2, 0, 0));
                refused(wengert::try_sparse_jacobian(|x| x + x.narrow(0, 0..1), &x, &pattern));
                fault!(wengert::sparse_jacobian(|x| x + x.narrow(0, 0..1), &x, &pattern));
            },
        ),
        wrong("a sparse Jacobian of another size", "ShapeMismatch", &["sparse_jacobian:", "[3, 3]"], |_| {
            let (x, pattern) = (Tensor::from([1.0, 2.0]), Pattern::banded(3, 0, 0));
            refused(wengert::try_sparse_jacobian(|x| x * x, &x, &pattern));
            fault!(wengert::sparse_jacobian(|x| x * x, &x, &pattern));
        }),
        wrong("a sparse Hessian by a lopsided pattern", "Attribute", &["symmetric"], |_| {
            let (x, pattern) = (Tensor::from([1.0, 2.0]), Pattern::banded(2, 1, 0));
            refused(wengert::try_sparse_hessian(|x| x.square().sum(), &x, &pattern));
            fault!(wengert::sparse_hessian(|x| x.square().sum(), &x, &pattern));
        }),
        wrong(
            "an iteration that runs away",
            "NotConverged",
            &["fixed_point:", "residual", "contracts"],
            |t| {
                let (start, theta, o) = (Tensor::from([1.0]), [leaf(t, [1])], SolveOptions::default());
                refused(wengert::try_fixed_point(|x, p| x * 2.0 + p[0], &start, &theta, o));
                fault!(wengert::fixed_point(|x, p| x * 2.0 + p[0], &start, &theta, o));
            },
        ),
        wrong(
            "an equation without a solution",
            "NotConverged",
            &["solve_root:", "residual", "start nearer"],
            |t| {
                let (start, theta, o) = (Tensor::from([1.0]), [leaf(t, [1])], SolveOptions::default());
                refused(wengert::try_solve_root(|x, p| x.square() + p[0], &start, &theta, o));
                fault!(wengert::solve_root(|x, p| x.square() + p[0], &start, &theta, o));
            },
        ),
        wrong("a misfit inside of a checkpoint", "ShapeMismatch", &["dot:", "[2]", "[3]"], |t| {
            let (a, b) = (leaf(t, [2]), leaf(t, [3]));
            refused(try_checkpoint(|v| v[0].try_dot(v[1]), &[a, b]));
            fault!(checkpoint(|v| v[0].dot(v[1]), &[a, b]));
        }),
        wrong("a plan of a branch inside of a checkpoint", "ValueInspected", &["{0}", "select"], |t| {
            let x = leaf(t, []);
            let y = checkpoint(|v| if here!(v[0].item()) > 1.0 { v[0] * 0.5 } else { v[0] * 1.0 }, &[x]);
            refused(t.compile(&[x], &[y.exp()]));
        }),
        wrong("a checkpoint of nothing", "Arity", &["checkpoint: 0 given", "one variable"], |_| {
            refused(try_checkpoint::<f64>(|v| Ok(v[0]), &[]));
            fault!(checkpoint::<f64>(|v| v[0], &[]));
        }),
        wrong("an explanation of a vector", "NotScalar", &["explain:", "[2]", ".sum()"], |t| {
            let x = leaf(t, [2]);
            refused((x * x).try_explain(&[("x", x)]));
            fault!((x * x).explain(&[("x", x)]));
        }),
        wrong(
            "an explanation in names that are lines",
            "Attribute",
            &["explain:", "v1", "other than"],
            |t| {
                let x = leaf(t, []);
                refused((x * x).try_explain(&[("v1", x)]));
                fault!((x * x).explain(&[("v1", x)]));
            },
        ),
        wrong("an explanation by a constant", "Untracked", &["explain:", "{0}", "tape.leaf"], |t| {
            let (x, scale) = (leaf(t, []), here!(t.constant(2.0)));
            refused((x * scale).try_explain(&[("scale", scale)]));
            fault!((x * scale).explain(&[("scale", scale)]));
        }),
        wrong(
            "a check of a function that ignores its input",
            "Vanishes",
            &["input 0", "leave that input out"],
            |_| {
                refused(check_gradients(|x| x.tape().leaf(1.0).exp(), &Tensor::from([1.0])));
            },
        ),
        wrong("a check outside of the domain", "NotFinite", &["not finite", "inside the domain"], |_| {
            refused(check_gradients(|x| x.ln().sum(), &Tensor::from([1.0, -1.0])));
        }),
    ]
}
