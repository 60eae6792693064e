"""Writes the numbers that BackbonesTests compares the transformer with.

Usage: make_dit_fixtures.py FOLDER, a folder of vectors that were computed by running the release of arXiv 2602.04770 (JAX,
float32, CPU) on random inputs and parameters. What is here is theirs, without what the tests do not need:

dit.safetensors: the tiny generator with all options on, its samples and gradients.
dit_plain.safetensors: one with all options off.
rope.safetensors: rotations of queries, and the tables in bfloat16.
pos_embed.safetensors: first values of pos_embed.
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent


def main():
    parameters = load_file(source / "generator/params.safetensors")
    dit = {f"params/{name}": value for name, value in parameters.items()}
    io = load_file(source / "generator/io.safetensors")
    dit |= {k: v for k, v in io.items() if k.startswith(("in/", "out/", "backward/")) or k == "cond"}
    save_file(dit, here / "dit.safetensors")
    save_file(load_file(source / "generator_flags_off/all.safetensors"), here / "dit_plain.safetensors")
    rope = {k: v for k, v in load_file(source / "rope.safetensors").items() if not k.startswith("f32/")}
    for name in ("bf16/cos", "bf16/sin"):
        assert torch.equal(rope[name].bfloat16().float(), rope[name])
        rope[name] = rope[name].bfloat16()
    save_file(rope, here / "rope.safetensors")
    save_file(load_file(source / "pos_embed.safetensors"), here / "pos_embed.safetensors")


main()
