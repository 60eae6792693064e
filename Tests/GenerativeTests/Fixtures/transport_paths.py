"""Writes transport_paths.safetensors: what is known of a mixture of Gaussians along seven paths, in float64.

Plain linear algebra per component, on numpy. Per path, for the times `t` [3], ends included, and 3 points in 3 dimensions:
positions `x`, means of `data` and `noise` given the position, `score`, `velocity` and `v` (alpha noise - sigma data), each
[3, 3, 3]; `alpha` and `sigma` [3]. Ends are limits. Checked against another implementation of the same formulas: equal
within 1e-12.

    python3 transport_paths.py
"""

import json
import struct
from pathlib import Path

import numpy as np


def linear(t):
    return t, 1 - t, 1.0, -(1 - t)


def trigonometric(t):
    c = np.pi / 2
    sine, cosine = np.sin(c * t), np.sin(c * (1 - t))
    return sine, cosine, c * cosine, -c * sine * cosine


def vp_linear(t):
    low, high, s = 0.1, 20.0, 1 - t
    exponent = -(s**2) * (high - low) / 4 - s * low / 2
    alpha = np.exp(exponent)
    rate = alpha * (s * (high - low) / 2 + low / 2)
    return alpha, np.sqrt(-np.expm1(2 * exponent)), rate, -alpha * rate


def vp_cosine(t):
    s, offset = 1 - t, 0.008
    k = np.pi / 2 / (1 + offset)
    alpha = np.sin(k * t) / np.cos(k * offset)
    rate = k * np.cos(k * t) / np.cos(k * offset)
    one_minus = 2 * np.sin(k * (s + 2 * offset) / 2) * np.sin(k * s / 2) / np.cos(k * offset)
    return alpha, np.sqrt(one_minus * (1 + alpha)), rate, -alpha * rate


def sub_vp(t):
    alpha, sigma, rate, _ = vp_linear(t)
    return alpha, sigma**2, rate, sigma**2 * -2 * alpha * rate


def ve(t):
    sigma = 0.01 * (50 / 0.01) ** (1 - t)
    return 1.0, sigma, 0.0, -(sigma**2) * np.log(50 / 0.01)


def edm(t):
    start, end = 80 ** (1 / 7), 0.002 ** (1 / 7)
    root = start + t * (end - start)
    return 1.0, root**7, 0.0, root**7 * 7 * root**6 * (end - start)


def known(x, weights, means, covariances, alpha, sigma, alpha_rate, half_variance_rate):
    logs, scores, datas = [], [], []
    for weight, mean, covariance in zip(weights, means, covariances):
        total = alpha**2 * covariance + sigma**2 * np.eye(len(mean))
        offset = x - alpha * mean
        solved = np.linalg.solve(total, offset)
        logs.append(np.log(weight) - offset @ solved / 2 - np.linalg.slogdet(total)[1] / 2)
        scores.append(-solved)
        datas.append(mean + alpha * covariance @ solved)
    shares = np.exp(logs - np.max(logs))
    shares /= shares.sum()
    score, data = shares @ scores, shares @ datas
    noise = -sigma * score
    return {
        "data": data,
        "noise": noise,
        "score": score,
        "velocity": alpha_rate * data - half_variance_rate * score,
        "v": alpha * noise - sigma * data,
    }


def main():
    random = np.random.default_rng(2026)
    weights = np.array([0.2, 0.5, 0.3])
    means = random.normal(size=(3, 3))
    roots = random.normal(size=(3, 3, 3)) * 0.5
    covariances = roots @ roots.transpose(0, 2, 1) + 0.1 * np.eye(3)
    y, e = random.normal(size=(3, 3)), random.normal(size=(3, 3))
    times = np.array([0, 0.3, 1])
    tensors = {"weights": weights, "means": means, "covariances": covariances, "t": times}
    for path in [linear, trigonometric, vp_linear, vp_cosine, sub_vp, ve, edm]:
        columns = {}
        for t in times:
            at = path(t)
            x = at[0] * y + at[1] * e
            rows = [known(row, weights, means, covariances, *at) for row in x]
            here = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
            for name, value in {**here, "x": x, "alpha": np.float64(at[0]), "sigma": np.float64(at[1])}.items():
                columns.setdefault(name, []).append(value)
        tensors |= {f"{path.__name__}/{name}": np.stack(values) for name, values in columns.items()}

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
