"""Archives that users do not mean to make: traversal.zip, whose names point elsewhere, and nested.zip, which holds an archive.

    make_archives.py, with Pillow; beside make_images.py, whose images.tar.gz it packs.
"""

import io
import pathlib
import zipfile

from PIL import Image

FOLDER = pathlib.Path(__file__).parent
DATE = (2026, 1, 1, 0, 0, 0)


def pixel(shade):
    file = io.BytesIO()
    Image.new("L", (1, 1), shade).save(file, "PNG")
    return file.getvalue()


with zipfile.ZipFile(FOLDER / "traversal.zip", "w") as archive:
    for name, shade in [("../../etc/1.png", 10), ("/abs/2.png", 20), ("./a/3.png", 30)]:
        archive.writestr(zipfile.ZipInfo(name, DATE), pixel(shade))
with zipfile.ZipFile(FOLDER / "nested.zip", "w") as archive:
    archive.writestr(zipfile.ZipInfo("inner/images.tar.gz", DATE), (FOLDER / "images.tar.gz").read_bytes())
