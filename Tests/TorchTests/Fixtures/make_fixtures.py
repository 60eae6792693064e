#!/usr/bin/env python3
"""Writes the fixtures of TorchTests with PyTorch and the Python package safetensors.

    python3 make_fixtures.py          (torch 2.13, safetensors 0.8)

Each file is small and made anew in full; the numbers do not depend on the machine beyond rounding.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent

TYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "int64": torch.int64,
    "int32": torch.int32,
    "int16": torch.int16,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "bool": torch.bool,
}


def python_file():
    """Every type, odd lengths, names that need escapes, a scalar and an empty tensor."""
    tensors = {name: torch.tensor([0, 1, 2, 5, 7]).to(kind) for name, kind in TYPES.items()}
    tensors["matrix"] = torch.arange(6, dtype=torch.float32).reshape(2, 3) - 2.5
    tensors["scalar"] = torch.tensor(3.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors['blocks.0.é"\\\n\u0001'] = torch.ones(1)
    save_file(tensors, HERE / "python.safetensors", {"format": "pt"})


if __name__ == "__main__":
    python_file()
