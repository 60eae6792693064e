"""Writes released-field.safetensors: inputs and answers of the released drifting loss, case by case.

The numbers were computed by running the authors' release (JAX, float32, CPU) and a float64 mirror of its formula on
random points; this script only selects and renames them. Usage: released-field.py FOLDER, the folder with
drift_loss.safetensors and manifest.json.
"""

import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

source = pathlib.Path(sys.argv[1])
vectors = load_file(source / "drift_loss.safetensors")
cases = json.loads((source / "manifest.json").read_text())["files"]["drift_loss.safetensors"]["config"]["cases"]
names = {
    "gen": "generated",
    "fixed_neg": "negatives",
    "fixed_pos": "positives",
    "weight_gen": "generated_weights",
    "weight_neg": "negative_weights",
    "weight_pos": "positive_weights",
    "loss_f64ref": "loss",
    "grad_gen_f64ref": "gradient",
    "info/scale": "scale",
}
result = {}
for case, facts in cases.items():
    for old, new in names.items():
        if f"{case}/{old}" in vectors:
            result[f"{case}/{new}"] = vectors[f"{case}/{old}"]
    temperatures = facts["R_list"]
    result[f"{case}/temperatures"] = np.array(temperatures, np.float64)
    result[f"{case}/strengths"] = np.concatenate([vectors[f"{case}/info/loss_{t}"] for t in temperatures])
    # The release's own statistics are rounding noise where its float32 distances are.
    result[f"{case}/well_conditioned"] = np.array([facts["well_conditioned"]], np.int32)
save_file(result, pathlib.Path(__file__).with_suffix(".safetensors"))
