"""The programs of programs.rs in PyTorch and JAX, with what each gives at orders one and two.

    python peers.py torch
    python peers.py jax

prints, for each program, "right", "wrong" or "NaN" for the gradient and for the Hessian times a vector of ones, held
against the numbers of programs.rs. Both in double precision.
"""
import math
import sys

INF, NAN = math.inf, math.nan
LIB = sys.argv[1]

if LIB == "torch":
    import torch
    import torch.nn.functional as F

    torch.set_default_dtype(torch.float64)
    xp = torch
    const = torch.tensor

    def where(c, a, b):
        return torch.where(c, a, b)

    def derivatives(f, x):
        x = torch.tensor(x, requires_grad=True)
        (g,) = torch.autograd.grad(f(x), x, create_graph=True)
        if not g.requires_grad:
            return g, torch.zeros_like(x)
        (h,) = torch.autograd.grad(g.sum(), x, allow_unused=True)
        return g.detach(), torch.zeros_like(x) if h is None else h
else:
    import jax
    import jax.numpy as jnp
    import jax.scipy.special as special

    jax.config.update("jax_enable_x64", True)
    xp = jnp
    const = jnp.array

    def where(c, a, b):
        return jnp.where(c, a, b)

    def derivatives(f, x):
        x = jnp.array(x)
        return jax.grad(f)(x), jax.grad(lambda x: jax.grad(f)(x).sum())(x)

T = LIB == "torch"


def fill(x, mask, value):
    return x.masked_fill(mask, value) if T else jnp.where(mask, value, x)


def softmax(x):
    return torch.softmax(x, 1) if T else jax.nn.softmax(x, 1)


def log_softmax(x):
    return torch.log_softmax(x, 1) if T else jax.nn.log_softmax(x, 1)


def logsumexp(x):
    return torch.logsumexp(x, 1) if T else special.logsumexp(x, 1)


def row_norm(x):
    return torch.linalg.vector_norm(x, dim=1) if T else jnp.linalg.norm(x, axis=1)


def var(x):
    return x.var(1, correction=0) if T else x.var(1)


def std(x):
    return x.std(1, correction=0) if T else x.std(1)


def rows_max(x):
    return x.amax(1) if T else x.max(1)


def lgamma(x):
    return torch.lgamma(x) if T else special.gammaln(x)


def xlogy(a, b):
    return torch.special.xlogy(a, b) if T else special.xlogy(a, b)


def clamp(x, lo, hi):
    return x.clamp(lo, hi) if T else jnp.clip(x, lo, hi)


def maximum(x, b):
    return xp.maximum(x, const(b))


def atan2(a, b):
    return torch.atan2(a, b) if T else jnp.arctan2(a, b)


def nan_to_num(x):
    return xp.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)


def rsqrt(x):
    return torch.rsqrt(x) if T else jax.lax.rsqrt(x)


def put(x, at, value):
    if T:
        return x.index_put((torch.tensor([at]),), value)
    return x.at[at].set(value if value.ndim == 0 else value[0])


def conv(x, w):
    if T:
        return F.conv1d(x.reshape(1, 1, -1), w.reshape(1, 1, -1))
    return jnp.convolve(x, w[::-1], mode="valid")


def pool2(x):
    if T:
        return F.max_pool1d(x.reshape(1, 1, -1), 2).reshape(-1)
    y = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (2,), (2,), "VALID")
    return y


def asin(x):
    return torch.asin(x) if T else jnp.arcsin(x)


def acosh(x):
    return torch.acosh(x) if T else jnp.arccosh(x)


def atanh(x):
    return torch.atanh(x) if T else jnp.arctanh(x)


def dropout(x):
    # The mask that the test of Wengert draws, applied as the library's own dropout does it.
    kept = const([0.0, 1.0])
    return x * kept / 0.5 if T else jnp.where(kept > 0, x / 0.5, 0.0)


def relu(x):
    return torch.relu(x) if T else jax.nn.relu(x)


LN2, E, S = math.log(2), math.e, 1 / (1 + math.exp(-1))
D = S * (1 - S)
GAMMA = 0.5772156649015329
Z = [0.0, 0.0]


def masked_softmax(x):
    mask = const([[False, False], [True, True]])
    rows = mask.any(1)
    y = fill(xp.log(x), ~mask, -INF)
    p = softmax(y)
    return where(rows[:, None], p, const(0.0))[:, 0].sum()


def attention(x):
    hidden = const([[True, True], [True, False]])
    p = where(const([[False], [True]]), softmax(fill(x, hidden, -INF)), const(0.0))
    return ((p @ const([[2.0], [3.0]])) * x[:, 1:]).sum()


def standardized(x):
    c = x - x.mean(1)[:, None]
    s = xp.sqrt((c * c).mean(1)[:, None])
    z = where(s > 0, c / s, const(0.0))
    return (z[:, 0] * x[:, 1]).sum()


def nested(x):
    inner = where(x < 2, xp.log(x), xp.log(1 / (x - 2)))
    return where(x > 0, inner, const(0.0)).sum()


def unit_rows(x):
    n = row_norm(x)[:, None]
    return (where(n > 0, x / n, const(0.0)) * const([1.0, 0.0])).sum()


def cumsum(x):
    return xp.cumsum(x, 0)


e2, c1, s1 = math.exp(-2), math.cosh(1), math.sinh(1)
zero = const(0.0)
PROGRAMS = [
    ("where(x > 0, ln x, 0)", lambda x: where(x > 0, xp.log(x), zero).sum(), [0.0, -1.0, 2.0], [0, 0, 0.5], [0, 0, -0.25]),
    ("where(x ≠ 0, 1/x, 0)", lambda x: where(x != 0, 1 / x, zero).sum(), [0.0, 2.0], [0, -0.25], [0, 0.25]),
    ("where(x > 0, √x, 0)", lambda x: where(x > 0, xp.sqrt(x), zero).sum(), [0.0, -1.0, 4.0], [0, 0, 0.25], [0, 0, -1 / 32]),
    ("where(x > 0, rsqrt x, 0)", lambda x: where(x > 0, rsqrt(x), zero).sum(), [0.0, 4.0], [0, -1 / 16], [0, 3 / 128]),
    ("where(x > 0, x^-1.5, 0)", lambda x: where(x > 0, x ** -1.5, zero).sum(), [0.0, 4.0], [0, -1.5 / 32], [0, 3.75 / 128]),
    ("where(x < 0, eˣ, 1 + x)", lambda x: where(x < 0, xp.exp(x), 1 + x).sum(), [1000.0, 0.0, -1.0], [1, 1, 1 / E], [0, 0, 1 / E]),
    ("where(x > 0, exp(-1/x), 0)", lambda x: where(x > 0, xp.exp(-1 / x), zero).sum(), [0.0, 0.5], [0, 4 * e2], [0, 0]),
    ("where(x < 700, cosh x, 0)", lambda x: where(x < 700, xp.cosh(x), zero).sum(), [1e3, 1.0], [0, s1], [0, c1]),
    ("where(x > 0, atan2(x, x²), 0)", lambda x: where(x > 0, atan2(x, x * x), zero).sum(), [0.0, 1.0], [0, -0.5], [0, 0.5]),
    ("where(|x| < 1, asin x, 0)", lambda x: where(abs(x) < 1, asin(x), zero).sum(), [1.0, 2.0, 0.6], [0, 0, 1.25], [0, 0, 0.6 / 0.512]),
    ("where(x > 1, acosh x, 0)", lambda x: where(x > 1, acosh(x), zero).sum(), [1.0, 0.0, 1.25], [0, 0, 4 / 3], [0, 0, -80 / 27]),
    ("where(|x| < 1, artanh x, 0)", lambda x: where(abs(x) < 1, atanh(x), zero).sum(), [1.0, -1.0, 0.5], [0, 0, 4 / 3], [0, 0, 16 / 9]),
    ("where(x > 0, lgamma x, 0)", lambda x: where(x > 0, lgamma(x), zero).sum(), [0.0, -2.0, 3.0], [0, 0, 1.5 - GAMMA], [0, 0, math.pi**2 / 6 - 1.25]),
    ("where(x > 0, xlogy(x, x), 0)", lambda x: where(x > 0, xlogy(x, x), zero).sum(), [0.0, -1.0, 2.0], [0, 0, LN2 + 1], [0, 0, 0.5]),
    ("where(x < 1, ln(1 - x), 0)", lambda x: where(x < 1, xp.log1p(-x), zero).sum(), [1.0, -1.0], [0, -0.5], [0, -0.25]),
    ("where(x > 0, hypot(x, x), 0)", lambda x: where(x > 0, xp.hypot(x, x), zero).sum(), [0.0, 3.0], [0, math.sqrt(2)], Z),
    ("where(x > -∞, logaddexp(x, x), 0)", lambda x: where(x > -INF, xp.logaddexp(x, x), zero).sum(), [-INF, 1.0], [0, 1], Z),
    ("where(x ≠ 0, fmod(3, x), 0)", lambda x: where(x != 0, xp.fmod(x * 0 + 3, x), zero).sum(), [0.0, 2.0], [0, -1], Z),
    ("where(x > 0, √x / √x, 1)", lambda x: where(x > 0, xp.sqrt(x) / xp.sqrt(x), const(1.0)).sum(), [0.0, 4.0], Z, Z),
    ("where(x > 0, where(x < 2, ln x, ln 1/(x - 2)), 0)", nested, [0.0, 1.0, -1.0, 4.0], [0, 1, 0, -0.5], [0, -1, 0, 0.25]),
    ("where(x > 0, ln x, 0)² + x²", lambda x: (where(x > 0, xp.log(x), zero) ** 2 + x**2).sum(), [0.0, 1.0], [0, 2], [2, 4]),
    ("clamp(1/x, -3, 3)", lambda x: clamp(1 / x, -3, 3).sum(), [0.0, 2.0], [0, -0.25], [0, 0.25]),
    ("clamp(ln x, -1, 9)", lambda x: clamp(xp.log(x), -1, 9).sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("nan_to_num(ln x)", lambda x: nan_to_num(xp.log(x)).sum(), [-1.0, 0.0, 2.0], [0, 0, 0.5], [0, 0, -0.25]),
    ("max(ln x, -1)", lambda x: maximum(xp.log(x), -1.0).sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("√relu(x), below 0", lambda x: xp.sqrt(relu(x)).sum(), [-1.0, 4.0], [0, 0.25], [0, -1 / 32]),
    ("√max(x, 0), below 0", lambda x: xp.sqrt(maximum(x, 0.0)).sum(), [-1.0, 4.0], [0, 0.25], [0, -1 / 32]),
    ("√clamp(x, 0, 9), below 0", lambda x: xp.sqrt(clamp(x, 0, 9)).sum(), [-1.0, 4.0], [0, 0.25], [0, -1 / 32]),
    ("√floor(x), below 1", lambda x: xp.sqrt(xp.floor(x)).sum() + x.sum(), [0.5, 4.5], [1, 1], Z),
    ("(1/x)[1:]", lambda x: (1 / x)[1:].sum(), [0.0, 3.0], [0, -1 / 9], [0, 2 / 27]),
    ("(ln x)[::-2]", lambda x: (xp.log(x).flip(0) if T else jnp.log(x)[::-1])[::2].sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("gather(ln x, [1, 1])", lambda x: xp.log(x)[const([1, 1])].sum(), [0.0, 2.0], [0, 1], [0, -0.5]),
    ("index_select(1/x, [1])", lambda x: ((1 / x)[const([1])] ** 2).sum(), [0.0, 2.0], [0, -0.25], [0, 0.375]),
    ("masked_fill(ln x, x ≤ 0, 0)", lambda x: fill(xp.log(x), x <= 0, 0.0).sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("masked_select(ln x, mask)", lambda x: (xp.log(x).masked_select(torch.tensor([False, True])) if T else jnp.log(x)[jnp.array([1])]).sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("masked_scatter(ln x, mask, [0])", lambda x: (xp.log(x).masked_scatter(torch.tensor([True, False]), torch.tensor([0.0])) if T else put(jnp.log(x), 0, zero)).sum(), [0.0, 2.0], [0, 0.5], [0, -0.25]),
    ("scatter(ln x, [0], x[1])", lambda x: (xp.log(x).scatter(0, torch.tensor([0]), x[1:]) if T else put(jnp.log(x), 0, x[1])).sum(), [0.0, 2.0], [0, 1.5], [0, -0.25]),
    ("at(0).set of ln x", lambda x: put(xp.log(x), 0, x[1] * x[1]).sum(), [0.0, 2.0], [0, 4.5], [0, 1.75]),
    ("index_copy(ln x, [0], x[1])", lambda x: (xp.log(x).index_copy(0, torch.tensor([0]), x[1:]) if T else put(jnp.log(x), 0, x[1])).sum(), [0.0, 2.0], [0, 1.5], [0, -0.25]),
    ("tril of ln x, a matrix", lambda x: xp.tril(xp.log(x.reshape(2, 2))).sum(), [1.0, 0.0, 1.0, 2.0], [1, 0, 1, 0.5], [-1, 0, -1, -0.25]),
    ("dropout(ln x), the first dropped", lambda x: dropout(xp.log(x)).sum(), [0.0, 2.0], [0, 1], [0, -0.5]),
    ("Σ over rows of where(‖row‖ > 0, ‖row‖, 0)", lambda x: where(row_norm(x) > 0, row_norm(x), zero).sum(), [Z, [3.0, 4.0]], [Z, [0.6, 0.8]], [Z, [0.032, -0.024]]),
    ("Σ over rows of where(Σx² > 0, √Σx², 0)", lambda x: where((x * x).sum(1) > 0, xp.sqrt((x * x).sum(1)), zero).sum(), [Z, [3.0, 4.0]], [Z, [0.6, 0.8]], [Z, [0.032, -0.024]]),
    ("where(‖row‖ > 0, row / ‖row‖, 0), weighted", unit_rows, [Z, [3.0, 4.0]], [Z, [0.128, -0.096]], [Z, [-136 / 3125, 77 / 3125]]),
    ("softmax with a logit masked by -∞, squared", lambda x: softmax(fill(x, const([False, False, True]), -INF)[None])[0, 0] ** 2, [2.0, 1.0, 7.0], [2 * S * D, -2 * S * D, 0], [0, 0, 0]),
    ("softmax over rows, one all -∞ and left out", lambda x: (softmax(x)[1] * const([1.0, 0.0])).sum() + x[1].sum(), [[-INF, -INF], [2.0, 1.0]], [Z, [1 + D, 1 - D]], [Z, Z]),
    ("where(row > -∞, softmax row, 0)², one row all -∞", lambda x: (where(x[:, 0] > -INF, softmax(x)[:, 0], zero) ** 2).sum(), [[-INF, -INF], [2.0, 1.0]], [Z, [2 * S * D, -2 * S * D]], [Z, Z]),
    ("log_softmax over rows, one all -∞, times labels by index", lambda x: -log_softmax(x)[1, 0], [[-INF, -INF], [2.0, 1.0]], [Z, [S - 1, 1 - S]], [Z, Z]),
    ("logsumexp over rows, one all -∞ and masked", lambda x: (where(logsumexp(x) > -INF, logsumexp(x), zero) ** 2).sum(), [[-INF, -INF], [1.0, 1.0]], [Z, [1 + LN2, 1 + LN2]], [Z, [1, 1]]),
    ("masked_softmax of a row all masked", masked_softmax, [Z, [E, 1.0]], [Z, [D / E, -D]], [Z, [(E - 3) / (E + 1) ** 3, (3 * E - 1) / (E + 1) ** 3]]),
    ("max over rows with NaN masked out", lambda x: rows_max(fill(xp.log(x), x < 0, -INF)).sum(), [[-1.0, 2.0], [1.0, 0.5]], [[0, 0.5], [1, 0]], [[0, -0.25], [-1, 0]]),
    ("variance over rows, one with ∞ and left out", lambda x: var(1 / x)[1], [[0.0, 1.0], [1.0, 0.5]], [Z, [0.5, -2]], [Z, [-2.5, 14]]),
    ("standardized rows, a constant one masked", standardized, [[2.0, 2.0], [5.0, 3.0]], [Z, [0, 1]], [Z, Z]),
    ("std over rows, a constant one masked", lambda x: (where(std(x) > 0, std(x), zero) ** 2).sum(), [[2.0, 2.0], [5.0, 3.0]], [Z, [1, -1]], [Z, Z]),
    ("cumsum of 1/x with a masked pole", lambda x: cumsum(where(x != 0, 1 / x, zero)).sum(), [1.0, 0.0, 2.0], [-3, 0, -0.25], [6, 0, 0.25]),
    ("cumsum of 1/x, cut before the pole", lambda x: (cumsum(1 / x)[:2] ** 2).sum(), [1.0, 2.0, 0.0], [-5, -0.75, 0], [14.5, 1.375, 0]),
    ("prod of where(x > 0, ln x, 1)", lambda x: where(x > 0, xp.log(x), const(1.0)).prod(), [E, 0.0, 1.0], [0, 0, 1], [1 / E, 0, 1 / E - 1]),
    ("column · row after where(x > 0, ln x, 0)", lambda x: where(x[:, None] > 0, xp.log(x)[:, None] * const([[1.0, 2.0, 3.0]]), zero).sum(), [0.0, 2.0], [0, 3], [0, -1.5]),
    ("where(x > 0, ln x, 0) · w, a product of matrices", lambda x: ((where(x > 0, xp.log(x), zero) @ const([[1.0, 2.0], [3.0, 4.0]])) ** 2).sum(), [[0.0, 2.0], [1.0, 1.0]], [[0, 25 * LN2], Z], [[0, 12.5 * (1 - LN2)], [32, 72]]),
    ("(ln x · w)[1], a product of matrices with an infinite row", lambda x: (xp.log(x) @ const([[1.0], [3.0]]))[1, 0], [[0.0, 1.0], [2.0, 1.0]], [Z, [0.5, 3]], [Z, [-0.25, -3]]),
    ("convolution of where(x > 0, ln x, 0)", lambda x: conv(where(x > 0, xp.log(x), zero), const([1.0, 2.0])).sum(), [2.0, 0.0, 2.0], [0.5, 0, 1], [-0.25, 0, -0.5]),
    ("maximum pooling of -∞ where x ≤ 0", lambda x: (lambda p: (where(p > -INF, p, zero) ** 2).sum())(pool2(fill(xp.log(x), x <= 0, -INF))), [0.0, 2.0, -1.0, 0.0], [0, LN2, 0, 0], [0, (1 - LN2) / 2, 0, 0]),
    ("mean over what a mask keeps of 1/x", lambda x: where(const([False, True, True]), 1 / x, zero).sum() / 2, [0.0, 1.0, 2.0], [0, -0.5, -0.125], [0, 1, 0.125]),
    ("attention: scores masked by -∞, one query sees nothing", attention, [[1.0, 2.0], [5.0, 4.0]], [Z, [0, 3]], [Z, Z]),
    ("NaN in the data, masked before the loss", lambda x: where(const([True, False]), (x - const([1.0, NAN])) ** 2, zero).sum(), [3.0, 3.0], [4, 0], [2, 0]),
]


def flat(v):
    return [float(a) for a in (v.reshape(-1).tolist())]


def plain(v):
    return [float(a) for r in v for a in (r if isinstance(r, list) else [r])]


def verdict(got, expected):
    got, expected = flat(got), plain(expected)
    if any(math.isnan(a) for a in got):
        return "NaN"
    near = all(abs(a - b) <= 1e-9 * max(1, abs(b)) for a, b in zip(got, expected))
    return "right" if near else "wrong " + str(got)


for name, f, x, first, second in PROGRAMS:
    try:
        g, h = derivatives(f, x)
        print(f"{name}\t{verdict(g, first)}\t{verdict(h, second)}")
    except Exception as problem:  # a program that a library cannot run is told as such
        print(f"{name}\tnone\t{type(problem).__name__}: {str(problem)[:60]}")
