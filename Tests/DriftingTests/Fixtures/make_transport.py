"""Selects entropic plans that DriftingTests compares with.

Usage: make_transport.py FILE, a file of entropic optimal transport between two weighted point sets, solved in float64 by
Sinkhorn's iterations in the log domain until the marginals held to rounding, and equal to POT's `sinkhorn_log` within
1e-13. `eps` lists the regularisations; `linear_cost` is <P, C>.
"""

import pathlib
import sys

from safetensors.numpy import load_file, save_file

vectors = load_file(sys.argv[1])
names = ("cost_matrix", "a", "b", "y", "eps", "linear_cost", "barycentric_map")
save_file({name: vectors[name] for name in names}, pathlib.Path(__file__).parent / "transport.safetensors")
