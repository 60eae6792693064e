"""The Fréchet distance between two means and covariances as pytorch-fid computes it, by scipy.linalg.sqrtm.

    frechet.py --dimension 2048 --paced
"""

import argparse

import numpy as np
import scipy.linalg

from metric_features import normal_features
from paced import serve


def statistics(dimension, seed):
    features = normal_features(2 * dimension, dimension, seed).astype(np.float64)
    return features.mean(0), np.cov(features, rowvar=False)


def distance(first, second):
    (mean_a, covariance_a), (mean_b, covariance_b) = first, second
    root = scipy.linalg.sqrtm(covariance_a @ covariance_b)
    return np.square(mean_a - mean_b).sum() + np.trace(covariance_a) + np.trace(covariance_b) - 2 * np.trace(root).real


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dimension", type=int, default=2048)
    parser.add_argument("--paced", action="store_true", required=True)
    options = parser.parse_args()
    first, second = (statistics(options.dimension, seed) for seed in (0, 1))
    serve(lambda: distance(first, second))


if __name__ == "__main__":
    main()
