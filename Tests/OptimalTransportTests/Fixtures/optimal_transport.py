"""Writes optimal_transport.safetensors: small problems of optimal transport, in float64, by NumPy and SciPy.

Points `x` [6, 2] and `y` [9, 2] with masses `a`, `b`, the cost |x - y|^2. Per regularisation `eps` [3]: the entropic `plan`, its
potentials `f` (gauge sum a f = 0) and `g`, `linear_cost` and `objective`, by Sinkhorn's iterations until nothing changes, and
`divergence`. `exact_cost` and `exact_plan` by linear programming (HiGHS).

    python3 optimal_transport.py
"""

import json
import struct
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.special import logsumexp


def squared(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(-1)


def entropic(cost, a, b, eps):
    f, g = np.zeros(len(a)), np.zeros(len(b))
    for _ in range(20_000):
        g = -eps * logsumexp((f[:, None] - cost) / eps + np.log(a)[:, None], axis=0)
        new = -eps * logsumexp((g[None] - cost) / eps + np.log(b)[None], axis=1)
        if np.abs(new - f).max() < 1e-14:
            break
        f = new
    plan = a[:, None] * b[None] * np.exp((f[:, None] + g[None] - cost) / eps)
    shift = a @ f
    kl = (plan * np.log(np.maximum(plan, 1e-300) / (a[:, None] * b[None]))).sum()
    return plan, f - shift, g + shift, (plan * cost).sum(), (plan * cost).sum() + eps * kl


def exact(cost, a, b):
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    found = linprog(cost.ravel(), A_eq=np.vstack([rows, columns[:-1]]), b_eq=np.concatenate([a, b[:-1]]))
    return found.x.reshape(n, m), found.fun


def main():
    random = np.random.default_rng(2026)
    x, y = random.normal(size=(6, 2)), random.normal(size=(9, 2)) + 0.5
    a, b = random.uniform(0.3, 1, size=6), random.uniform(0.3, 1, size=9)
    a, b = a / a.sum(), b / b.sum()
    eps = np.array([0.1, 1.0, 50.0])
    cost = squared(x, y)
    tensors = {"x": x, "y": y, "a": a, "b": b, "eps": eps}
    solutions = [entropic(cost, a, b, e) for e in eps]
    for name, values in zip(["plan", "f", "g", "linear_cost", "objective"], zip(*solutions)):
        tensors[name] = np.stack(values)
    tensors["divergence"] = np.array([
        entropic(cost, a, b, e)[4] - entropic(squared(x, x), a, a, e)[4] / 2 - entropic(squared(y, y), b, b, e)[4] / 2
        for e in eps
    ])
    tensors["exact_plan"], fun = exact(cost, a, b)
    tensors["exact_cost"] = np.array([fun])

    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor, dtype="<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(__file__).with_suffix(".safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    main()
