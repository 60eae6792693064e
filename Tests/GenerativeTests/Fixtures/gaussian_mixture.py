"""Prints the numbers of GaussianMixtureTests: a diffused mixture according to torch.distributions and autograd.

    python gaussian_mixture.py
"""

import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

torch.set_default_dtype(torch.float64)

WEIGHTS = torch.tensor([0.2, 0.5, 0.3])
MEANS = torch.tensor([[1.0, -0.5], [-1.5, 0.25], [0.5, 2.0]])
COVARIANCES = torch.tensor(
    [[[0.5, 0.2], [0.2, 0.4]], [[0.09, 0.0], [0.0, 0.25]], [[0.3, -0.1], [-0.1, 0.2]]]
)
POSITIONS = torch.tensor([[0.3, 0.1], [-1.0, 1.0], [2.0, -2.0]])
ALPHAS = [0.25, 0.7, 1.0]
SIGMAS = [0.75, 0.4, 0.0]

for position, alpha, sigma in zip(POSITIONS, ALPHAS, SIGMAS):
    x = position.clone().requires_grad_()
    covariances = alpha**2 * COVARIANCES + sigma**2 * torch.eye(2)
    mixture = MixtureSameFamily(
        Categorical(WEIGHTS), MultivariateNormal(alpha * MEANS, covariances)
    )
    density = mixture.log_prob(x)
    (score,) = torch.autograd.grad(density, x)
    data = (x + sigma**2 * score) / alpha  # Tweedie's formula
    print(repr(density.item()), score.tolist(), data.tolist())
