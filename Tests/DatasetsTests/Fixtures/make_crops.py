"""Moments of the rectangles that torchvision's RandomResizedCrop draws, as numbers to set our own against.

    make_crops.py, with torch and torchvision; writes crops.npz beside it: settings [K, 6] (width, height, scale, ratio) and
    moments [K, 2, 6], mean and variance of x, y, width, height, area share and width by height over 100 000 draws.
"""

import pathlib

import numpy
import torch
from torchvision.transforms import RandomResizedCrop

SETTINGS = [
    (64, 64, 0.2, 1, 3 / 4, 4 / 3),
    (48, 30, 0.08, 1, 3 / 4, 4 / 3),
    (20, 90, 0.5, 1, 3 / 4, 4 / 3),  # often none of ten draws fits
    (32, 32, 0.9, 1, 1, 1),
]


def moments(width, height, low, high, thin, wide):
    image = torch.empty(1, height, width)
    boxes = numpy.array([RandomResizedCrop.get_params(image, (low, high), (thin, wide)) for _ in range(100_000)], float)
    y, x, h, w = boxes.T
    values = numpy.stack([x, y, w, h, w * h / (width * height), w / h])
    return numpy.stack([values.mean(1), values.var(1)])


torch.manual_seed(0)
numpy.savez(
    pathlib.Path(__file__).with_name("crops.npz"), settings=numpy.array(SETTINGS, float),
    moments=numpy.stack([moments(*case) for case in SETTINGS]))
