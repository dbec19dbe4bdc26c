//! `docs/derivations.md`, worked through by [`wengert::explain`]: every number in it is computed here.

use wengert::explain::Quantity;
use wengert::prelude::*;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/derivations.md");

struct Section {
    title: &'static str,
    /// The formulas, and what to look for in the derivation.
    words: &'static str,
    derivation: String,
}

fn section<'t>(
    title: &'static str,
    words: &'static str,
    loss: Var<'t, f64>,
    inputs: &[(&str, Var<'t, f64>)],
) -> Section {
    let found = loss.explain(inputs).without_sources();
    for ((name, _), g) in inputs.iter().zip(loss.backward(&inputs.iter().map(|i| i.1).collect::<Vec<_>>())) {
        assert_eq!(found.gradient(name).map(Quantity::norm), Some(norm(&g)), "{title}: {name}");
    }
    Section { title, words, derivation: found.to_markdown() }
}

/// The norm as an explanation computes it.
fn norm(g: &Tensor<f64>) -> f64 {
    let scale = g.max_abs();
    if scale == 0.0 {
        0.0
    } else {
        scale * g.to_vec().iter().map(|x| (x / scale) * (x / scale)).sum::<f64>().sqrt()
    }
}

fn logistic(tape: &Tape<f64>) -> Section {
    let (x, t) = (tape.constant([[1.0, 2.0], [-1.0, 0.5]]), tape.constant([1.0, 0.0]));
    let (w, b) = (tape.leaf([0.5, -0.25]), tape.leaf(0.1));
    let z = x.matmul(w) + b;
    let loss = (z.softplus() - t * z).mean();
    section(
        "Logistic regression",
        "Two samples, two features, labels $t$ of 0 and 1. With $z = X w + b$ the loss is the mean of \
         $\\ln(1 + e^z) - t z$, the negative log-likelihood. Both of its terms send an adjoint to $z$, which add up to \
         $(\\sigma(z) - t) / n$: the prediction minus the label.",
        loss,
        &[("w", w), ("b", b), ("z", z)],
    )
}

fn cross_entropy(tape: &Tape<f64>) -> Section {
    let z = tape.leaf([1.0, -0.5, 2.0]);
    let t = tape.constant([0.0, 1.0, 0.0]);
    let p = z.softmax(0);
    let loss = -(t * p.ln()).sum();
    section(
        "Softmax and cross-entropy",
        "One sample, three classes, of which the second is right. The loss is $-\\sum_i t_i \\ln p_i$ with $p$ the \
         softmax of the logits $z$. The long way through $\\bar p = -t / p$ ends at the short formula \
         $\\bar z = p - t$: compare the result with the value of the softmax in the list.",
        loss,
        &[("z", z), ("p", p)],
    )
}

fn batch_norm(tape: &Tape<f64>) -> Section {
    let x = tape.leaf([1.0, 2.0, 4.0, 5.0]);
    let (gamma, beta) = (tape.leaf(1.5), tape.leaf(-0.5));
    let g = tape.constant([1.0, -1.0, 0.5, 2.0]);
    let d = x - x.mean();
    let inverse = (d.square().mean() + 1e-5).rsqrt();
    let loss = (g * (gamma * (d * inverse) + beta)).sum();
    section(
        "Batch normalization",
        "Four samples of one feature; the loss weighs the outputs with fixed numbers, which are then the adjoints \
         $\\bar y$ of a layer above. The centered value is used twice, as the numerator and in the variance, and $x$ is \
         used twice, by itself and in the mean: these sums are the three terms of the textbook formula. Note that the \
         elements of $\\bar x$ add up to 0, up to rounding: moving all samples together changes nothing.",
        loss,
        &[("x", x), ("gamma", gamma), ("beta", beta)],
    )
}

fn convolution(tape: &Tape<f64>) -> Section {
    let x = tape.leaf([[[[1.0, 2.0, 0.0, -1.0]]]]);
    let w = tape.leaf([[[[0.5, -1.0]]]]);
    let loss = x.conv2d(w, &Default::default()).square().sum();
    section(
        "One convolution",
        "An image of one row and one channel, and a kernel of two weights, which is laid at three places. Each place \
         sends its adjoint times the kernel to the cells beneath, and cells that lie under two places get two shares. \
         Each weight gets the sum over the places of what it was multiplied with there.",
        loss,
        &[("x", x), ("w", w)],
    )
}

fn lstm(tape: &Tape<f64>) -> Section {
    let (z, c) = (tape.leaf([0.5, -0.2, 1.0]), tape.leaf(0.8));
    let [w_i, w_f, w_o, w_g] =
        [[0.6, 0.3, 0.1], [-0.4, 0.2, 1.0], [0.9, -0.5, 0.0], [1.1, 0.7, -0.3]].map(|w| tape.leaf(w));
    let [i, f, o] = [w_i, w_f, w_o].map(|w| (w * z).sum().sigmoid());
    let g = (w_g * z).sum().tanh();
    let next = f * c + i * g;
    let loss = o * next.tanh();
    section(
        "One LSTM cell",
        "The cell of a long short-term memory with one unit: $c' = f c + i g$ and $h' = o \\tanh c'$, where the gates \
         $i, f, o$ are sigmoids of $w \\cdot z$ and the candidate $g$ is its $\\tanh$, each with weights of its own. Here \
         $z = (x, h, 1)$ holds the input 0.5, the old output -0.2 and a 1 for the biases. The loss is $h'$. The adjoint \
         reaches the old state $c$ through one factor, the forget gate; that is what lets it pass through many steps. \
         What arrives at $z$ is the sum over all four gates; its second element goes on to the step before.",
        loss,
        &[
            ("z", z),
            ("c", c),
            ("w_i", w_i),
            ("w_f", w_f),
            ("w_o", w_o),
            ("w_g", w_g),
            ("i", i),
            ("f", f),
            ("o", o),
            ("g", g),
        ],
    )
}

fn attention(tape: &Tape<f64>) -> Section {
    let q = tape.leaf([[1.0, 0.5]]);
    let k = tape.leaf([[0.5, -1.0], [1.0, 2.0]]);
    let v = tape.leaf([[1.0, 0.0], [2.0, -0.5]]);
    let scores = q.matmul(k.t()) / 2.0_f64.sqrt();
    let a = scores.softmax(1);
    let loss = a.matmul(v).sum();
    section(
        "Attention",
        "One query, two keys, two values, all of two numbers: $\\operatorname{softmax}(Q K^\\top / \\sqrt{2}) V$, summed, \
         with scores $S$ and weights $A$. The values get the attention weights. Query and keys get theirs through the softmax, whose rule subtracts \
         the weighted mean, so that what one key gains the other loses.",
        loss,
        &[("Q", q), ("K", k), ("V", v), ("S", scores), ("A", a)],
    )
}

fn page() -> String {
    let of: [fn(&Tape<f64>) -> Section; 6] =
        [logistic, cross_entropy, batch_norm, convolution, lstm, attention];
    let mut text = String::from(
        "# Derivations\n\nSix gradients worked through, line by line. Generated by \
         `UPDATE_DOCS=1 cargo test -p wengert --test worked` from what `Var::explain` says of each expression; a test fails \
         when it is out of date. Any expression of yours can be explained in the same way.\n\n\
         A bar marks an adjoint, the derivative of the loss by a value: $\\bar{v}_1 = \\partial \\ell / \\partial v_1$. Numbers \
         are shown to six digits. The sign $\\odot$ is the product of elements.\n",
    );
    for make in of {
        let Section { title, words, derivation } = make(&Tape::new());
        text += &format!("\n## {title}\n\n{words}\n\n{derivation}");
    }
    text
}

#[test]
fn the_page_of_derivations_says_what_is_computed() {
    let fresh = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, &fresh).expect("docs/derivations.md can be written");
    }
    let stored = std::fs::read_to_string(PAGE).unwrap_or_default().replace("\r\n", "\n");
    let differs = stored.lines().zip(fresh.lines()).find(|(a, b)| a != b);
    assert!(
        stored == fresh,
        "docs/derivations.md is out of date: run UPDATE_DOCS=1 cargo test -p wengert --test worked\nfirst difference: \
         {differs:#?}"
    );
}
