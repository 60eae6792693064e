"""The folder of images that readers are timed on: small JPEG files in ten classes, made here once.

They have the spectrum of photographs, 1/f in amplitude, and are compressed as usual, so that decoding them costs what
decoding photographs of this size does. BENCH_IMAGES names a folder of one's own instead, a folder per class.

    images.py FOLDER
"""

import os
import pathlib
import subprocess
import sys

#: The one that goes with the harness's torch.
TORCHVISION = "0.28.0"
COUNT, CLASSES, SIDE, QUALITY = 4096, 10, 32, 90


def folder(root, python, works):
    """The folder, made by `python` if it is not there, for which it gets torchvision and Pillow if it lacks them.

    `works` runs a command and tells whether it worked.
    """
    if not works([python, "-c", "import torchvision, PIL"], stderr=subprocess.DEVNULL):
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        if not works([*pip, f"torchvision=={TORCHVISION}"]):
            sys.exit(f"pip could not install torchvision {TORCHVISION}. Set BENCH_PYTHON to an interpreter that has it.")
        # PyPI's plain wheel is built for CUDA, and does not load beside a PyTorch for the CPU without CUDA's runtime.
        if not works([python, "-c", "import torchvision"], stderr=subprocess.DEVNULL):
            sys.exit(f"torchvision {TORCHVISION} does not load here. Set BENCH_PYTHON to an interpreter that has it.")
    if chosen := os.environ.get("BENCH_IMAGES"):
        return pathlib.Path(chosen)
    made = root / ".deps/bench-images"
    if not made.exists() and not works([python, __file__, made]):
        sys.exit("The images could not be made: see above.")
    return made


def photograph(numpy, random):
    """An image [H, W, 3] of bytes whose amplitudes fall with the frequency."""
    frequencies = numpy.fft.fftfreq(SIDE)
    radius = numpy.maximum(numpy.hypot(frequencies[:, None], frequencies[None]), 1 / SIDE)
    shared, own = random.standard_normal((1, SIDE, SIDE)), random.standard_normal((3, SIDE, SIDE))
    # Most of a photograph is light and shade, less is colour.
    field = numpy.fft.ifft2(numpy.fft.fft2(shared + 0.3 * own) / radius).real
    field = (field - field.mean()) / field.std()
    return numpy.clip(128 + 60 * field, 0, 255).astype("uint8").transpose(1, 2, 0)


def main(target):
    import numpy
    from PIL import Image

    random = numpy.random.default_rng(0)
    aside = target.with_name(target.name + ".part")
    for index in range(COUNT):
        place = aside / f"class-{index % CLASSES}" / f"{index:05}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photograph(numpy, random)).save(place, quality=QUALITY)
    aside.rename(target)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
