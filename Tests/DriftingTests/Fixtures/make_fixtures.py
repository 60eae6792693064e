"""Selects the numbers of the authors' release that DriftingTests compares with.

Usage: make_fixtures.py FOLDER, a folder of vectors that were computed by running the release of arXiv 2602.04770 (JAX,
float32, CPU) on random inputs: drift_loss, cdist, cfg_sampling, cfg_weights and mae/activations. The names stay the release's.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent

for name in ("cdist", "cfg_sampling", "cfg_weights"):
    shutil.copyfile(source / f"{name}.safetensors", here / f"{name}.safetensors")

# The temperatures and what is known of the conditioning stand beside the tensors.
cases = json.loads((source / "manifest.json").read_text())["files"]["drift_loss.safetensors"]["config"]["cases"]
vectors = load_file(source / "drift_loss.safetensors")
for name, facts in cases.items():
    vectors[f"{name}/temperatures"] = np.array(facts["R_list"])
    vectors[f"{name}/well_conditioned"] = np.array(facts["well_conditioned"], np.uint8)
save_file(vectors, here / "drift_loss.safetensors")

# Maps of 8 x 8, 4 x 4 and 2 x 2 locations with all their statistics, of one image.
activations = load_file(source / "mae" / "activations.safetensors")
maps = ("layer2", "layer3", "layer4")
chosen = {
    name.removeprefix("act/"): np.ascontiguousarray(values[1:2])
    for name, values in activations.items()
    if name.startswith("act/") and name.split("/")[1].split("_")[0] in maps and "blk" not in name
}
chosen["norm_x"] = np.ascontiguousarray(activations["act/norm_x"][1:2])
chosen["x"] = np.ascontiguousarray(activations["in/x"][1:2])
save_file(chosen, here / "features.safetensors")
