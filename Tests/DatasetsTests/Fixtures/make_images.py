#!/usr/bin/env python3
"""Writes resampling.npz, what Pillow makes of small images, and images.tar.gz and images.zip, folders of classes.

    pip install numpy pillow
    python make_images.py
"""
import io
import pathlib
import tarfile
import zipfile

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(5)
out = {}


def noise(width, height, channels):
    # Smooth and rough parts, saturated ones among them.
    smooth = np.linspace(0, 255, width)[None, :, None] * np.linspace(0, 1, height)[:, None, None]
    rough = rng.normal(0, 90, (height, width, channels))
    return np.clip(smooth + rough, 0, 255).astype(np.uint8)


def picture(array):
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def array(image):
    values = np.asarray(image)
    return values[..., None] if values.ndim == 2 else values


filters = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
for index, (width, height, channels, new) in enumerate(
    [(13, 9, 3, (6, 4)), (8, 8, 1, (19, 11)), (31, 17, 3, (31, 5)), (10, 12, 1, (7, 12))]
):
    source = noise(width, height, channels)
    out[f"{index}.source"] = source
    for name, how in filters.items():
        out[f"{index}.{name}"] = array(picture(source).resize(new, how))

# The steps of ADM's centre crop.
for index, (width, height, size) in enumerate([(41, 67, 16), (64, 64, 16), (16, 16, 16), (10, 12, 16), (35, 33, 16)]):
    source = noise(width, height, 3)
    image = picture(source)
    while min(image.size) >= 2 * size:
        image = image.resize((image.size[0] // 2, image.size[1] // 2), Image.BOX)
    scale = size / min(image.size)
    image = image.resize((round(image.size[0] * scale), round(image.size[1] * scale)), Image.BICUBIC)
    left, top = (image.size[0] - size) // 2, (image.size[1] - size) // 2
    out[f"crop{index}.source"] = source
    out[f"crop{index}.expected"] = array(image)[top : top + size, left : left + size]

np.savez_compressed(here / "resampling.npz", **out)

# Four gray images of 2 x 2, of one shade each, in two classes; one of them is damaged.
files = {}
for shade, name in enumerate(["cat/1.png", "cat/far/2.png", "dog/1.png", "dog/2.png"]):
    data = io.BytesIO()
    Image.new("L", (2, 2), 50 * shade).save(data, "PNG")
    files[f"pets/{name}"] = data.getvalue()
files["pets/dog/broken.png"] = files["pets/dog/2.png"][:-20]
files["pets/readme.txt"] = b"not an image"

with tarfile.open(here / "images.tar.gz", "w:gz") as archive:
    for name, data in files.items():
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
with zipfile.ZipFile(here / "images.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in files.items():
        archive.writestr(name, data)
