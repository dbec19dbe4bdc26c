//! Values that are not finite and reach the output: the report names the op, its line and the likely cause.

use crate::program::{Wrong, found, leaf, wrong};
use wengert::{Conv2dOptions, Key, Tensor};
use wengert_nn::{Init, Linear, Model, Reduction, mse};

const INF: f64 = f64::INFINITY;

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "the log-likelihood of a class of probability 0",
            "Forward ln",
            &["logarithm of 0", "log_softmax"],
            |t| {
                let p = t.leaf([[0.7, 0.3], [1.0, 0.0]]);
                let log_p = here!(p.ln());
                found(t, -log_p.gather(1, [[0_u32], [1]]).mean());
            },
        ),
        wrong(
            "the logarithm of a difference of the wrong sign",
            "Forward ln",
            &["negative number", "clamp"],
            |t| {
                let (low, high) = (t.leaf([1.0, 2.0]), t.leaf([3.0, 1.0]));
                let gap = here!((high - low).ln());
                found(t, gap.square().sum());
            },
        ),
        wrong("entropy by hand, of a certain event", "Forward ln", &["xlogy"], |t| {
            let p = t.leaf([0.0, 1.0]);
            let terms = here!(p * p.ln());
            found(t, -terms.sum());
        }),
        wrong(
            "softmax by hand, of large scores",
            "Forward exp",
            &["subtract the greatest first", "softmax"],
            |t| {
                let scores = t.leaf([1000.0, 1.0]);
                let e = here!(scores.exp());
                found(t, (e / e.sum()).max());
            },
        ),
        wrong(
            "a deviation by hand, of rounded squares",
            "Forward sqrt",
            &["root of a negative number", "clamp"],
            |t| {
                let x = t.leaf([1.0000001, 1.0000001, 1.0000001]) * 1e8;
                let spread = x.square().mean() - x.mean().square() - 1.0;
                found(t, here!(spread.sqrt()));
            },
        ),
        wrong("a row normalized by its sum of 0", "Forward div", &["0 / 0", "choose another branch"], |t| {
            let counts = t.leaf([[1.0, 3.0], [0.0, 0.0]]);
            let p = here!(counts / counts.sum_keepdim(1));
            found(t, p.sum());
        }),
        wrong("a mean over a mask that holds nowhere", "Forward div", &["0 / 0"], |t| {
            let x = leaf(t, [4]);
            let mask = x.gt(1.0).to_var();
            found(t, here!((x * mask).sum() / mask.sum()));
        }),
        wrong("a signal divided by noise of 0", "Forward div", &["a division by 0", "to the divisor"], |t| {
            let (signal, noise) = (t.leaf([1.0, 2.0]), t.leaf([0.5, 0.0]));
            found(t, here!(signal / noise).mean());
        }),
        wrong(
            "a resistance of 0 in parallel",
            "Forward recip",
            &["a division by 0", "to the operand"],
            |t| {
                let r = t.leaf([100.0, 0.0]);
                found(t, 1.0 / here!(r.recip()).sum() + here!(r.recip()).sum());
            },
        ),
        wrong(
            "layer normalization of a constant row, without epsilon",
            "Forward rsqrt",
            &["a division by 0"],
            |t| {
                let x = t.leaf([[1.0, 2.0], [3.0, 3.0]]);
                let centered = x - x.mean_keepdim(1);
                let scale = here!(centered.square().mean_keepdim(1).rsqrt());
                found(t, (centered * scale).sum());
            },
        ),
        wrong("a root power of a negative number", "Forward pow", &["a power of a negative number"], |t| {
            let x = t.leaf([4.0, -4.0]);
            found(t, here!(x.pow(0.5)).sum());
        }),
        wrong("an inverse square at 0", "Forward powi", &["a negative power of 0"], |t| {
            let distance = t.leaf([2.0, 0.0]);
            found(t, here!(distance.powi(-2)).sum());
        }),
        wrong("an angle from a cosine above 1", "Forward acos", &["outside of -1 to 1", "clamp"], |t| {
            let (a, b) = (t.leaf([0.6, 0.8]), t.leaf([0.6, 0.8]));
            let cosine = a.dot(b) * (1.0 + 1e-12);
            found(t, here!(cosine.acos()));
        }),
        wrong("an arc sine outside of its domain", "Forward asin", &["outside of -1 to 1"], |t| {
            let x = t.leaf([0.5, 1.5]);
            found(t, here!(x.asin()).sum());
        }),
        wrong(
            "a Fisher transform of a perfect correlation",
            "Forward atanh",
            &["end of its interval", "inside"],
            |t| {
                let r = t.leaf([0.9, 1.0]);
                found(t, here!(r.atanh()).mean());
            },
        ),
        wrong("an area cosine below 1", "Forward acosh", &["below 1"], |t| {
            let x = t.leaf([2.0, 0.5]);
            found(t, here!(x.acosh()).sum());
        }),
        wrong("the logit of a certain event", "Forward logit", &["end of its interval"], |t| {
            let p = t.leaf([0.5, 1.0]);
            found(t, here!(p.logit()).sum());
        }),
        wrong("the logit of what is no probability", "Forward logit", &["outside of 0 to 1"], |t| {
            let p = t.leaf([0.5, 1.2]);
            found(t, here!(p.logit()).sum());
        }),
        wrong(
            "cross-entropy of a negative probability",
            "Forward xlogy",
            &["logarithm of a negative number"],
            |t| {
                let (target, p) = (t.constant([0.5, 0.5]), t.leaf([0.3, -0.1]));
                found(t, -here!(target.xlogy(p)).sum());
            },
        ),
        wrong("the entropy of a negative probability", "Forward entr", &["negative"], |t| {
            let p = t.leaf([0.5, -0.1]);
            found(t, here!(p.entr()).sum());
        }),
        wrong("log-gamma at its pole", "Forward lgamma", &["at a pole"], |t| {
            let x = t.leaf([1.0, 0.0]);
            found(t, here!(x.lgamma()).sum());
        }),
        wrong("the rest of a division by 0", "Forward fmod", &["division by 0"], |t| {
            let (x, n) = (t.leaf([5.0, 6.0]), t.leaf([3.0, 0.0]));
            found(t, here!(x.remainder(n)).sum());
        }),
        wrong(
            "attention over nothing but padding",
            "Forward softmax",
            &["every score is -inf", "masked_softmax"],
            |t| {
                let scores = t.leaf([[1.0, 2.0], [3.0, 4.0]]);
                let padding = t.constant([[0.0, 0.0], [-INF, -INF]]);
                let weights = here!((scores + padding).softmax(1));
                found(t, weights.sum());
            },
        ),
        wrong(
            "an infinite stretch of nothing",
            "Forward mul",
            &["an infinity", "choose another branch"],
            |t| {
                let (rate, horizon) = (t.leaf([0.0, 1.0]), t.constant([INF, 1.0]));
                found(t, here!(rate * horizon).sum());
            },
        ),
        wrong(
            "a sum of squares beyond the largest number",
            "Forward square",
            &["largest number", "scale"],
            |t| {
                let x = t.leaf([1e200, 1.0]);
                found(t, here!(x.square()).sum().sqrt());
            },
        ),
        wrong("a sum beyond the largest number", "Forward sum", &["largest number"], |t| {
            let x = t.leaf([1.5e308, 1.5e308]);
            found(t, here!(x.sum()));
        }),
        wrong("terms of both signs beyond the largest number", "Forward matmul", &["largest number"], |t| {
            let (a, b) = (t.leaf([[1e200, -1e200]]), t.leaf([[1e200], [1e200]]));
            found(t, here!(a.matmul(b)).sum());
        }),
        wrong("a growing recurrence", "Forward matmul", &["largest number"], |t| {
            let w = t.leaf(Tensor::full([4, 4], 1e80));
            let two = w.matmul(w);
            let three = two.matmul(w);
            let four = here!(three.matmul(w));
            found(t, four.matmul(w).mean());
        }),
        wrong("filters with large weights over large images", "Forward conv2d", &["largest number"], |t| {
            let (x, w) =
                (t.leaf(Tensor::full([1, 1, 3, 3], 1e200)), t.leaf(Tensor::full([1, 1, 2, 2], 1e200)));
            let y = here!(x.conv2d(w, &Conv2dOptions::default()));
            found(t, y.relu().mean());
        }),
        wrong(
            "a reader that gave NaN for a missing number",
            "Forward constant",
            &["given so", "where it comes from"],
            |t| {
                let layer: Linear<Tensor<f64>> = Linear::new(2, 1, Init::GlorotUniform, Key::new(1));
                let x = here!(t.constant([[1.0, f64::NAN]]));
                let y = layer.on(t).forward(x);
                found(t, mse(y, t.constant([[1.0]]), Reduction::Mean));
            },
        ),
        wrong("a weight that a step has made infinite", "Forward leaf", &["given so"], |t| {
            let w = here!(t.leaf([[INF], [0.0]]));
            found(t, t.constant([[1.0, 2.0]]).matmul(w).tanh().mean() - w.sum());
        }),
        wrong("the mean of an empty batch", "Forward mean", &["an average of no elements"], |t| {
            let losses = leaf(t, [0]);
            found(t, here!(losses.mean()));
        }),
        wrong("a branch whose condition lets the bad value through", "Forward ln", &["logarithm"], |t| {
            let x = t.leaf([1.0, -1.0]);
            let log = here!(x.ln());
            found(t, x.lt(0.0).select(log, x).sum());
        }),
    ]
}
