"""Entropic transport by POT (Python Optimal Transport, `ot.bregman.sinkhorn`, method sinkhorn_log) for DriftingTests.

Usage: make_sinkhorn.py. Writes sinkhorn.safetensors: plans after a number of iterations, with uniform and other weights,
and the whole debiased field of three point sets, scaled, regularised and guided as SinkhornField says it does.
"""

import pathlib
import warnings

import numpy as np
import ot
from safetensors.numpy import save_file

warnings.filterwarnings("ignore", message="Sinkhorn did not converge")
random = np.random.default_rng(5)
tensors = {}


def plan(cost, reg, iterations, a=None, b=None):
    """POT's plan; its first update is that of the columns, its last that of the rows."""
    n, m = cost.shape
    a = np.full(n, 1 / n) if a is None else a / a.sum()
    b = np.full(m, 1 / m) if b is None else b / b.sum()
    return ot.bregman.sinkhorn(a, b, cost, reg, method="sinkhorn_log", numItermax=iterations, stopThr=0)


for name, iterations, weighted in [("few", 3, False), ("many", 20, True), ("converged", 3000, True)]:
    x, y = random.normal(size=(7, 3)), random.normal(size=(5, 3)) + 0.5
    a, b = (random.uniform(0.2, 2, 7), random.uniform(0.2, 2, 5)) if weighted else (None, None)
    cost = ot.dist(x, y, metric="euclidean")
    tensors |= {f"{name}/cost": cost, f"{name}/plan": plan(cost, 0.3, iterations, a, b)}
    tensors |= {f"{name}/iterations": np.array(iterations)}
    if weighted:
        tensors |= {f"{name}/a": a, f"{name}/b": b}

# One call of two groups: the scale is shared.
x, p, q, u = (random.normal(size=(2, n, 4)) + shift for n, shift in [(6, 0.0), (8, 1.0), (5, 0.0), (3, 2.0)])
weights, guidance = random.uniform(0.5, 2, (2, 8)), np.array([0.5, 2.0])
tensors |= {"field/x": x, "field/p": p, "field/q": q, "field/u": u, "field/weights": weights, "field/guidance": guidance}


def barycentres(x, y, cost, reg, b=None):
    coupling = plan(cost, reg, 20, b=b)
    return coupling @ y / coupling.sum(1, keepdims=True)


for kind, power in [("distance", 1), ("squared", 2)]:
    def distances(group, targets):
        return ot.dist(x[group], targets[group], metric="euclidean")

    # The mean over all pairs with their weights: guidance w is the sum of the negatives' weights over G - 1.
    negative = guidance * (6 - 1) / 3
    sums = [(distances(g, t) ** power * w).sum() for g in (0, 1) for t, w in [(p, weights[g]), (q, 1), (u, negative[g])]]
    counts = [6 * n for g in (0, 1) for n in (weights[g].sum(), 5, 3 * negative[g])]
    scale = (sum(sums) / sum(counts)) ** (1 / power)
    dimensions = x.shape[2]

    def scaled(group, targets):
        d = distances(group, targets) / scale * np.sqrt(dimensions)
        return d if power == 1 else d**2 / 2

    total = 0
    for epsilon in (0.2, 0.05):
        reg = epsilon * (np.sqrt(dimensions) if power == 1 else dimensions)
        forces = []
        for g in (0, 1):
            to_p = barycentres(x[g], p[g], scaled(g, p), reg, weights[g])
            to_q, to_u = barycentres(x[g], q[g], scaled(g, q), reg), barycentres(x[g], u[g], scaled(g, u), reg)
            forces.append(to_p - to_q + guidance[g] * (to_p - to_u))
        force = np.stack(forces) / (scale / np.sqrt(dimensions))
        strength = (force**2).mean()
        tensors[f"field/{kind}/strength_{epsilon}"] = np.array(strength)
        total = total + force / np.sqrt(strength)
    tensors |= {f"field/{kind}/displacement": total, f"field/{kind}/scale": np.array(scale)}

here = pathlib.Path(__file__).parent
save_file({k: np.array(v, np.float64, order="C") for k, v in tensors.items()}, here / "sinkhorn.safetensors")
