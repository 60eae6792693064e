"""Writes checkpoint.pt as torch.save lays it out, by Python's own pickle: PyTorch need not be installed.

A training's checkpoint: weights, their average in bfloat16, a state of the optimiser, settings, NumPy scalars. Stand-ins bear
the names of PyTorch's functions, which the pickle names and nobody calls here.
"""

import argparse
import collections
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

folder = pathlib.Path(__file__).parent


def module(name):
    sys.modules[name] = types.ModuleType(name)
    return sys.modules[name]


def stand_in(place, name):
    value = types.FunctionType((lambda *arguments: None).__code__, {}, name)
    value.__module__, value.__qualname__ = place.__name__, name
    setattr(place, name, value)
    return value


torch, utils = module("torch"), module("torch._utils")
rebuild = stand_in(utils, "_rebuild_tensor_v2")
storages = {"float32": stand_in(torch, "FloatStorage"), "bfloat16": stand_in(torch, "BFloat16Storage"),
            "int64": stand_in(torch, "LongStorage")}


class Tensor:
    def __init__(self, array, dtype="float32", strides=None):
        self.array, self.dtype, self.strides = np.asarray(array), dtype, strides

    def content(self):
        if self.dtype != "bfloat16":
            return self.array.astype(self.dtype).tobytes()
        return b"".join(struct.pack("<f", x)[2:] for x in self.array.ravel())


class Storage:
    def __init__(self, tensor, key):
        self.tensor, self.key = tensor, key


class Pickler(pickle.Pickler):
    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.tensors = []

    def persistent_id(self, value):
        if isinstance(value, Storage):
            return ("storage", storages[value.tensor.dtype], value.key, "cpu", value.tensor.array.size)
        return None

    def reducer_override(self, value):
        if isinstance(value, Tensor):
            key = str(len(self.tensors))
            self.tensors.append(value)
            shape = value.array.shape
            strides = tuple(s // value.array.itemsize for s in np.empty(shape, value.array.dtype).strides)
            if value.strides:
                shape, strides = value.strides
            return rebuild, (Storage(value, key), 0, shape, strides, False, collections.OrderedDict())
        return NotImplemented


def save(name, value):
    content = io.BytesIO()
    pickler = Pickler(content)
    pickler.dump(value)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as archive:
        def add(path, data):
            archive.writestr(zipfile.ZipInfo(f"checkpoint/{path}", (1980, 1, 1, 0, 0, 0)), data)
        add("data.pkl", content.getvalue())
        add("byteorder", b"little")
        for index, tensor in enumerate(pickler.tensors):
            add(f"data/{index}", tensor.content())
        add("version", b"3\n")


def weights(scale, dtype="float32"):
    w = np.arange(6, dtype=np.float32).reshape(2, 3) * scale
    return collections.OrderedDict(
        [("module.layer.weight", Tensor(w, dtype)), ("module.layer.bias", Tensor(np.array([1, -2], np.float32), dtype))])


save("checkpoint.pt", {
    "model": weights(1.0),
    "ema": weights(0.5, "bfloat16"),
    "opt": {"state": {0: {"step": 7, "exp_avg": Tensor(np.ones((2, 3), np.float32))}}, "param_groups": [{"lr": 1e-4, "params": [0, 1]}]},
    "args": argparse.Namespace(model="DiT-S/2", image_size=256, betas=(0.9, 0.999)),
    "epoch": np.int64(3),
    "loss": np.float64(0.25),
    "half": np.float32(1.5),
    "transposed": Tensor(np.arange(6, dtype=np.float32), strides=((3, 2), (1, 3))),
    "steps": Tensor(np.array([5, 6]), "int64"),
})
