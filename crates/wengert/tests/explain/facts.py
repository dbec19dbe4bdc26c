"""The facts of `explain.rs`, checked with sympy: `python facts.py` (sympy 1.14).

Each expression is a list of lines. For each local derivative that an explanation prints, the derivative of the line minus the
formula, with the line's own value put in, simplifies to 0. Then the numbers: local derivatives and gradients at the point.
"""

import sympy as sp

x, y, w, b = sp.symbols("x y w b", real=True)
v1, v2, v3, v4, v5 = sp.symbols("v1 v2 v3 v4 v5", real=True)
R = sp.Rational
sigmoid = lambda t: 1 / (1 + sp.exp(-t))
Phi = lambda t: sp.erfc(-t / sp.sqrt(2)) / 2

# point, lines, local derivatives (of, by, formula)
FACTS = [
    ({x: R(1, 2)}, [(v1, sp.sin(x)), (v2, sp.exp(x)), (v3, v1 * v2)],
     [(v3, v1, v2), (v3, v2, v1), (v2, x, v2), (v1, x, sp.cos(x))]),
    ({x: R(-3, 2)}, [(v1, x**3)], [(v1, x, 3 * x**2)]),
    ({x: R(1, 2), w: 2, b: R(-3, 10)}, [(v1, w * x), (v2, v1 + b), (v3, sp.tanh(v2))],
     [(v3, v2, 1 - v3**2), (v1, w, x), (v1, x, w)]),
    ({x: 1, y: R(5, 2)}, [(v1, sp.exp(x)), (v2, sp.exp(y)), (v3, v1 + v2), (v4, sp.log(v3))],
     [(v4, v3, 1 / v3), (v2, y, v2), (v1, x, v1)]),
    ({x: 3, y: -4}, [(v1, x / y)], [(v1, x, 1 / y), (v1, y, -v1 / y)]),
    ({x: 3, y: -2}, [(v1, x**2), (v2, y**2), (v3, v1 + v2), (v4, sp.sqrt(v3))],
     [(v4, v3, R(1, 2) / v4), (v1, x, 2 * x), (v2, y, 2 * y)]),
    ({x: R(3, 4)}, [(v1, sigmoid(x))], [(v1, x, v1 * (1 - v1))]),
    ({x: R(-5, 4)}, [(v1, sp.log(1 + sp.exp(x)))], [(v1, x, sigmoid(x))]),
    ({x: 3}, [(v1, x * x), (v2, v1 + x)], [(v1, x, 2 * x), (v2, v1, R(1))]),
    ({x: R(3, 2), y: R(5, 2)}, [(v1, x**y)], [(v1, x, x ** (y - 1) * y), (v1, y, v1 * sp.log(x))]),
    ({x: R(7, 10)}, [(v1, x * Phi(x))],
     [(v1, x, sp.erfc(-x / sp.sqrt(2)) / 2 + sp.exp(-x**2 / 2) * x / sp.sqrt(2 * sp.pi))]),
    ({x: R(1, 5)}, [(v1, sp.log(x)), (v2, x * v1)], [(v1, x, 1 / x), (v2, v1, x), (v2, x, v1)]),
]

for at, lines, locals_ in FACTS:
    of, full = dict(lines), {}
    for name, line in lines:
        full[name] = line.subs(full)
    loss = full[lines[-1][0]]
    print(loss)
    for name, by, formula in locals_:
        rest = sp.simplify((sp.diff(of[name], by) - formula.subs(name, of[name])).rewrite(sp.exp))
        assert sp.simplify(rest) == 0, (name, by, rest)
        print(f"    d{name}/d{by} = {formula} = {sp.N(formula.subs(full).subs(at), 17)}")
    for variable in at:
        print(f"    dloss/d{variable} = {sp.N(sp.diff(loss, variable).subs(at), 17)}")
