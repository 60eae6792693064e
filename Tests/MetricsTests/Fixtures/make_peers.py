#!/usr/bin/env python3
"""Writes peers.npz: small samples, and what other people's code measures on them.

    pip install numpy scipy scikit-learn POT prdc pytorch-fid torch-fidelity
    python make_peers.py

With the reference vectors of the drifting release in a folder, their metrics are copied to release.npz:

    python make_peers.py FOLDER
"""
import json
import pathlib
import sys

import numpy as np
import ot
import prdc
from pytorch_fid.fid_score import calculate_frechet_distance
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_poly, mmd2

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
out = {}


def put(name, value):
    out[name] = np.asarray(value)


# Correlated features with a large common offset, of different counts.
D = 16
mix = rng.normal(size=(D, D)) / 4
real = rng.normal(size=(200, D)) @ mix + 30
fake = (rng.normal(size=(180, D)) * 1.1) @ mix + 30.2
put("real", real)
put("fake", fake)


def statistics(x):
    return x.mean(0), np.cov(x, rowvar=False)


put("mean", statistics(real)[0])
put("covariance", statistics(real)[1])
put("frechet", calculate_frechet_distance(*statistics(real), *statistics(fake)))

# Fewer samples than dimensions: the trace of the root is the nuclear norm of A^T B, A A^T = S1, B B^T = S2.
few = fake[:10]
put("few", few)
centre = lambda x: (x - x.mean(0)) / np.sqrt(len(x) - 1)
nuclear = np.linalg.svd(centre(few) @ centre(real).T, compute_uv=False).sum()
(m1, s1), (m2, s2) = statistics(few), statistics(real)
put("frechet_few", ((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * nuclear)

x, y = real[:180] - 30, fake - 30
kernels = [
    kernel_poly(a, b, kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1)
    for a, b in ((x, x), (x, y), (y, y))
]
put("kid", mmd2(*kernels))

logits = rng.normal(size=(205, 7)) * 2
put("logits", logits)
import torch

scores = isc_features_to_metric(torch.tensor(logits[:200]), splits=10, shuffle=False)
put("inception_score", [scores["inception_score_mean"], scores["inception_score_std"]])

for k in (3, 5):
    values = prdc.compute_prdc(real, fake, k)
    put(f"prdc_{k}", [values[name] for name in ("precision", "recall", "density", "coverage")])

bandwidths = [0.5, 1.0, 2.0]
put("bandwidths", bandwidths)
pairs = [sum(rbf_kernel(a, b, gamma=1 / (2 * s * s)) for s in bandwidths) / 3 for a, b in
         ((real, real), (fake, fake), (real, fake))]
put("mmd_biased", pairs[0].mean() + pairs[1].mean() - 2 * pairs[2].mean())
off = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))
put("mmd_unbiased", off(pairs[0]) + off(pairs[1]) - 2 * pairs[2].mean())

directions = rng.normal(size=(D, 30))
directions /= np.linalg.norm(directions, axis=0)
put("directions", directions)
for p in (1, 2):
    put(f"sliced_{p}", ot.sliced_wasserstein_distance(real, fake, projections=directions, p=p))

plane_a = rng.normal(size=(60, 2))
plane_b = rng.normal(size=(60, 2)) * [2, 0.5] + [1, 0]
put("plane_a", plane_a)
put("plane_b", plane_b)
for p in (1, 2):
    costs = cdist(plane_a, plane_b) ** p
    weights = np.full(60, 1 / 60)
    put(f"wasserstein_{p}", ot.emd2(weights, weights, costs) ** (1 / p))

line_a, line_b = rng.normal(size=50), rng.normal(size=70) + 0.5
put("line_a", line_a)
put("line_b", line_b)
put("energy_line", energy_distance(line_a, line_b) ** 2)
within = lambda x: cdist(x, x).mean()
put("energy", 2 * cdist(real, fake).mean() - within(real) - within(fake))

neighbours = NearestNeighbors(n_neighbors=4).fit(real)
distances, indices = neighbours.kneighbors(fake)
put("neighbour_distances", distances)
put("neighbour_indices", indices.astype(np.int64))
put("neighbour_distances_within", neighbours.kneighbors()[0])

# Rounded, so that there are ties.
positives = np.round(rng.normal(size=83) + 1, 1)
negatives = np.round(rng.normal(size=131), 1)
put("positives", positives)
put("negatives", negatives)
truth = np.r_[np.ones(83), np.zeros(131)]
scores = np.r_[positives, negatives]
put("auroc", roc_auc_score(truth, scores))
rates = roc_curve(truth, scores, drop_intermediate=False)
put("fpr95", rates[0][np.argmax(rates[1] >= 0.95)])

np.savez_compressed(here / "peers.npz", **out)

if len(sys.argv) > 1:
    from safetensors.numpy import load_file

    folder = pathlib.Path(sys.argv[1])
    tensors = load_file(folder / "metrics.safetensors")
    numbers = json.loads((folder / "manifest.json").read_text())["files"]["metrics.safetensors"]["config"]
    kept = {name: tensors[name] for name in ("real", "fake", "fake_near", "stats/real_mu", "stats/real_sigma")}
    kept["logits"] = tensors["is/logits"]
    kept["permutation"] = tensors["is/permutation"].astype(np.int64)
    kept["radii"] = tensors["radii_sq_k3/real"]
    kept |= {name: np.float64(value) for name, value in numbers.items()}
    np.savez_compressed(here / "release.npz", **{name.replace("/", "."): value for name, value in kept.items()})
