"""Keeps a part of a folder of vectors that diffusers computed: one autoencoder and one U-Net.

Usage: make_vectors.py FOLDER, the whole folder. Files are taken as they are; the manifest names those that are left.
"""

import json
import pathlib
import shutil
import sys

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parent / "vectors"
kept = ("networks/unet_class", "vae/three_level/", "vae/three_level_io", "vae/sd_vae_parameters")


def main():
    shutil.rmtree(target, ignore_errors=True)
    manifest = json.loads((source / "manifest.json").read_text())
    manifest = {name: facts for name, facts in manifest.items() if name.startswith(kept)}
    for name in manifest:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


main()
