"""Writes inception.npz: what pytorch-fid's network computes with weights from a formula.

The weights would be 95 MB. Both sides compute them instead, exactly, in whole numbers: see `weight` below and
`InceptionTests.swift`. Needs torch, torchvision, numpy and pytorch-fid.

Usage: make_inception.py [WEIGHTS.pth]; with a path, the state dict is written there too, in the form of torch.save.
"""

import pathlib
import sys
import unittest.mock

import numpy
import pytorch_fid.inception as fid
import torch

PRIME = 2**31 - 1


def uniform(count, salt):
    """`count` numbers in [0, 1): a quadratic congruence, in int64."""
    i = torch.arange(count, dtype=torch.int64)
    square = i.square() % PRIME * 48271 + i * 69621 + (salt + 1) * 1_000_003
    return ((square % PRIME) * 16807 % PRIME).to(torch.float64) / PRIME


def weight(name, shape, salt):
    """Values that keep activations of one size through the network."""
    u = uniform(shape.numel(), salt).reshape(shape)
    if name.endswith("running_mean") or name.endswith("bias"):
        value = 0.2 * u - 0.1
    elif name.endswith("running_var") or name.endswith("bn.weight"):
        value = 0.5 + u
    else:
        value = (2 * u - 1) * (6 / shape[1:].numel()) ** 0.5
    return value.to(torch.float32)


def empty(*_, **__):
    """Instead of the weights that would be fetched."""
    network = fid._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    return network.state_dict()


# fid_inception_v3 replaces blocks and then loads the weights; any state dict of its shapes serves.
with unittest.mock.patch.object(fid, "load_state_dict_from_url", empty):
    network = fid.fid_inception_v3().eval()
    names = sorted(n for n in network.state_dict() if not n.endswith("num_batches_tracked"))
    state = {n: weight(n, network.state_dict()[n].shape, k) for k, n in enumerate(names)}
    network.load_state_dict(state, strict=False)
    with unittest.mock.patch.object(fid, "fid_inception_v3", lambda: network):
        model = fid.InceptionV3(output_blocks=[0, 1, 2, 3]).eval()

images = (uniform(2 * 3 * 40 * 56, 999).reshape(2, 3, 40, 56) * 256).floor().to(torch.uint8)
with torch.no_grad():
    outputs = model(images.float() / 255)
    pooled = [output.mean((2, 3)) for output in outputs]
    logits = pooled[3] @ network.fc.weight.T
arrays = {"images": images.numpy(), "logits": logits.numpy(), "biased": network.fc(pooled[3]).detach().numpy()}
arrays |= {f"features{p.shape[1]}": p.numpy() for p in pooled}
numpy.savez_compressed(pathlib.Path(__file__).parent / "inception.npz", **arrays)
for name, array in arrays.items():
    print(name, array.shape, array.std())
if len(sys.argv) > 1:
    torch.save(network.state_dict(), sys.argv[1])
