"""Precision, recall, density and coverage with whole matrices of distances: scikit-learn's, and NumPy for the rest.

    neighbours.py --count 10000 --paced
"""

import argparse

import numpy as np
from sklearn.metrics import pairwise_distances

from metric_features import normal_features
from paced import serve

NEIGHBOURS = 3


def radii(features):
    """Distance of each row to its k-th neighbour; it is itself the nearest one."""
    distances = pairwise_distances(features)
    return np.partition(distances, NEIGHBOURS, axis=1)[:, NEIGHBOURS]


def measure(real, generated):
    real_radii, generated_radii = radii(real), radii(generated)
    distances = pairwise_distances(real, generated)
    inside = distances < real_radii[:, None]
    return (inside.any(0).mean(), (distances < generated_radii).any(1).mean(), inside.sum(0).mean() / NEIGHBOURS,
            (distances.min(1) < real_radii).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=2048)
    parser.add_argument("--paced", action="store_true", required=True)
    options = parser.parse_args()
    real, generated = (normal_features(options.count, options.dimension, seed) for seed in (0, 1))
    serve(lambda: measure(real, generated))


if __name__ == "__main__":
    main()
