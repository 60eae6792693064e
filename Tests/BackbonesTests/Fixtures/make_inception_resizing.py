#!/usr/bin/env python3
"""Writes inception_resizing.npz: what other people's code shows the Inception network of small and of long images.

    pip install numpy torch torch-fidelity clean-fid
    python make_inception_resizing.py

Every 13th row and column of the input is kept.
"""
import pathlib

import numpy
import torch
from cleanfid.resize import build_resizer
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

rng = numpy.random.default_rng(3)
# Enlarged in both directions, and shrunk in one.
images = {"small": rng.integers(0, 256, (20, 27, 3), numpy.uint8), "long": rng.integers(0, 256, (640, 9, 3), numpy.uint8)}
out = dict(images)
for name, image in images.items():
    pixels = torch.tensor(image).permute(2, 0, 1)[None].float()
    bilinear = lambda x: torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=False)
    inputs = {
        # As pytorch_fid.inception.InceptionV3.forward: from [0, 1], resized, then to [-1, 1].
        "pytorch-fid": 2 * bilinear(pixels / 255) - 1,
        "torch-fidelity": (interpolate_bilinear_2d_like_tensorflow1x(pixels, (299, 299), align_corners=False) - 128) / 128,
        "clean-fid": (torch.tensor(build_resizer("clean")(image)).permute(2, 0, 1)[None] - 128) / 128,
        "release": (bilinear(pixels) - 128) / 128,
    }
    for kind, values in inputs.items():
        out[f"{name}.{kind}"] = values[:, :, ::13, ::13].numpy()
numpy.savez_compressed(pathlib.Path(__file__).parent / "inception_resizing.npz", **out)
