"""Features like those that `pushforward bench` measures: many, of falling variance, with a common offset."""

import numpy as np


def normal_features(count, dimension, seed):
    """Features [count, dimension], float32."""
    normal = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return normal / np.sqrt(np.arange(1, dimension + 1, dtype=np.float32)) + np.float32(0.5)
