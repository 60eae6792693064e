"""Makes the fixtures of FileFormatsTests: files by other programs, and what those programs read in them.

usage: python make.py    (needs numpy, pillow and imagecodecs; writes beside itself)

`NAME.png`, `NAME.jpg` are images, `NAME.npy` their pixels as Pillow decodes them ([H, W, C] or [H, W], uint8) unless the
comment says otherwise. Damaged files are made in the tests themselves, from these.
"""

import gzip
import io
import os
import struct
import tarfile
import zipfile
import zlib

import imagecodecs
import numpy as np
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
generator = np.random.default_rng(7)


def picture(height, width, channels):
    """A smooth picture with some noise, so that JPEG has something to keep."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    wave = 128 + 90 * np.sin(x / (5 + c) + c) * np.cos(y / (4 + c))
    return np.clip(wave + generator.normal(0, 8, wave.shape), 0, 255).astype(np.uint8)


def save_pixels(name, pixels):
    pixels = np.asarray(pixels)
    np.save(name + ".npy", pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)


def png(name, image, expected=None, **options):
    image.save(name + ".png", **options)
    save_pixels(name, np.asarray(Image.open(name + ".png").convert("RGB")) if expected is None else expected)


def jpeg(name, image, mode, **options):
    image.save(name + ".jpg", **options)
    save_pixels(name, np.asarray(Image.open(name + ".jpg").convert(mode)))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(name, width, height, depth, colour, rows, interlace=0):
    """A PNG file by hand, for variants that Pillow does not write; `rows` are the bytes of each row."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    with open(name + ".png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def images():
    rgb, gray = picture(13, 17, 3), picture(13, 17, 1)[..., 0]
    alpha = generator.integers(0, 256, gray.shape, np.uint8)

    png("rgb", Image.fromarray(rgb))
    png("gray", Image.fromarray(gray), gray)
    png("palette", Image.fromarray(rgb).quantize(16))
    png("palette-transparent", Image.fromarray(rgb).quantize(8), transparency=3)
    png("bilevel", Image.fromarray(gray > 128), np.where(gray > 128, 255, 0).astype(np.uint8))
    # Dropped alpha leaves the colours; over a background they are mixed, which the test computes.
    png("rgba", Image.fromarray(np.dstack([rgb, alpha])), rgb)
    png("gray-alpha", Image.fromarray(np.dstack([gray, alpha])), gray)
    np.save("alpha.npy", alpha)

    # 16 bits: the expected pixels are 255 v / 65535, rounded, as the PNG specification recommends.
    deep = generator.integers(0, 65536, (13, 17, 3), np.uint16)
    for name, samples, colour in [("rgb16", deep, 2), ("gray16", deep[..., 0], 0)]:
        raw_png(name, 17, 13, 16, colour, [row.astype(">u2").tobytes() for row in samples])
        save_pixels(name, np.round(samples / 257.0).astype(np.uint8))

    # 4-bit gray: the levels are multiples of 17.
    low = generator.integers(0, 16, (13, 18), np.uint8)
    raw_png("gray4", 18, 13, 4, 0, [(row[0::2] << 4 | row[1::2]).tobytes() for row in low])
    save_pixels("gray4", low * 17)

    # Adam7: seven passes over a coarse to fine grid.
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = [row.tobytes() for y, x, dy, dx in passes for row in rgb[y::dy, x::dx] if row.size]
    raw_png("interlaced", 17, 13, 8, 2, rows, interlace=1)
    save_pixels("interlaced", rgb)

    large = picture(50, 70, 3)
    jpeg("jpeg-rgb", Image.fromarray(large), "RGB", quality=90)
    jpeg("jpeg-444", Image.fromarray(large), "RGB", quality=90, subsampling=0)
    jpeg("jpeg-progressive", Image.fromarray(large), "RGB", quality=80, progressive=True)
    jpeg("jpeg-gray", Image.fromarray(large[..., 0]), "L", quality=90)
    ink = Image.fromarray(picture(24, 32, 4), "CMYK")
    jpeg("jpeg-cmyk", ink, "RGB", quality=95)
    with open("jpeg-ycck.jpg", "wb") as file:
        file.write(imagecodecs.jpeg8_encode(np.asarray(ink), level=95, colorspace="CMYK", outcolorspace="YCCK"))
    save_pixels("jpeg-ycck", np.asarray(Image.open("jpeg-ycck.jpg").convert("RGB")))
    # Decoded at half size inside the JPEG decoder.
    half = Image.open("jpeg-rgb.jpg")
    half.draft("RGB", (35, 25))
    save_pixels("jpeg-half", np.asarray(half))
    # Pillow's luma of a colour image.
    save_pixels("luma", np.asarray(Image.fromarray(rgb).convert("L")))


def numpy_arrays():
    for dtype in ["?", "u1", "<i4", "<i8", "<f2", "<f4", "<f8"]:
        values = generator.normal(0, 50, (2, 3)).astype(dtype)
        np.save(f"dtype-{np.dtype(dtype).name}.npy", values)
    for dtype in ["i1", "<i2", "<u2", "<u4", "<u8"]:
        np.save(f"dtype-{np.dtype(dtype).name}.npy", np.arange(6).reshape(2, 3).astype(dtype))
    grid = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.save("fortran.npy", np.asfortranarray(grid))
    np.save("big-endian.npy", grid.astype(">f4"))
    np.save("scalar.npy", np.float64(2.5))
    np.save("empty.npy", np.zeros((0, 5), np.float32))
    for version in [(2, 0), (3, 0)]:
        with open(f"version-{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, grid, version)
    np.save("objects.npy", np.array([{"a": 1}, None], dtype=object))
    np.save("structured.npy", np.zeros(3, dtype=[("x", "<f4"), ("y", "<i4")]))
    np.save("complex.npy", np.zeros(3, np.complex64))

    samples, labels = picture(4, 5, 3)[None].repeat(2, 0), np.array([3, 7], np.int64)
    np.savez("samples.npz", samples, labels)
    np.savez_compressed("samples-compressed.npz", samples, labels)
    np.savez("statistics.npz", mu=np.arange(4.0), sigma=np.eye(4))
    np.savez("with-objects.npz", good=np.arange(3, dtype=np.int64), bad=np.array([{}], dtype=object))


def gzip_files():
    text = "".join(f"line {i} of the text that is compressed\n" for i in range(4000)).encode()
    one, two = gzip.compress(text[:100_000], mtime=0), gzip.compress(text[100_000:], mtime=0)
    for name, content in [("one.gz", gzip.compress(text, mtime=0)), ("members.gz", one + two),
                          ("padded.gz", one + two + bytes(512)), ("garbage.gz", one + two + b"garbage")]:
        with open(name, "wb") as file:
            file.write(content)


def archives():
    files = {"shirts/a.txt": b"first", "shirts/\u00e9t\u00e9.txt": b"non-ASCII name", "empty.txt": b"",
             "long.bin": bytes(range(256)) * 30}

    def tar(name, mode, layout):
        with tarfile.open(name, mode, format=layout) as archive:
            folder = tarfile.TarInfo("shirts")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
            link = tarfile.TarInfo("link.txt")
            link.type, link.linkname = tarfile.SYMTYPE, "shirts/a.txt"
            archive.addfile(link)
            for path, content in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))

    tar("gnu.tar", "w", tarfile.GNU_FORMAT)
    tar("pax.tar.gz", "w:gz", tarfile.PAX_FORMAT)
    tar("pax.tar.xz", "w:xz", tarfile.PAX_FORMAT)
    for name, method in [("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)]:
        with zipfile.ZipFile(name, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo("shirts/"), b"")
            for path, content in files.items():
                info = zipfile.ZipInfo(path)
                info.compress_type = method
                archive.writestr(info, content)
    with tarfile.open("hard-link.tar", "w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"first"))
        link = tarfile.TarInfo("b.txt")
        link.type, link.linkname = tarfile.LNKTYPE, "a.txt"
        archive.addfile(link)


images()
numpy_arrays()
gzip_files()
archives()
