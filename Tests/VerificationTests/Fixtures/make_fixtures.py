"""Writes a small folder of vectors, laid out like the whole one, whose numbers the authors' release computed.

Usage: make_fixtures.py FOLDER, the whole folder. Files are taken as they are, except drift_loss, of which two cases are
kept, and the manifest, which names what is left.
"""

import json
import pathlib
import shutil
import sys

from safetensors.torch import load_file, save_file

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parent / "vectors"
whole = ["cdist", "cfg_sampling", "cfg_weights", "memory_bank", "pos_embed", "rng"]
cases = ("c01_basic_all_weights", "c07_all_points_identical_const")


def main():
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    manifest = json.loads((source / "manifest.json").read_text())
    files = {f"{name}.safetensors": manifest["files"][f"{name}.safetensors"] for name in whole}
    for name in files:
        shutil.copyfile(source / name, target / name)
    drift = manifest["files"]["drift_loss.safetensors"]
    drift["config"]["cases"] = {name: drift["config"]["cases"][name] for name in cases}
    drift["tensors"] = {k: v for k, v in drift["tensors"].items() if k.startswith(cases)}
    tensors = load_file(source / "drift_loss.safetensors")
    save_file({k: tensors[k] for k in drift["tensors"]}, target / "drift_loss.safetensors")
    files["drift_loss.safetensors"] = drift
    manifest["files"] = files
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


main()
