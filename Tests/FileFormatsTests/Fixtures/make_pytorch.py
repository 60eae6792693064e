"""Writes pytorch-*.pth and pytorch.npz: state dicts as torch.save writes them, and what is in them. Needs torch, numpy."""

import collections
import os
import pathlib

import numpy
import torch

here = pathlib.Path(__file__).parent
torch.manual_seed(0)


class Command:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("echo executed",)


network = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
state = network.state_dict()
shared = torch.arange(24, dtype=torch.float32).reshape(4, 6)
state["transposed"] = shared.t()
state["window"] = shared[1:3, 2:5]
state["column"] = shared[:, 1]
state["parameter"] = torch.nn.Parameter(torch.arange(3.0))
state["empty"] = torch.zeros(0, 4)
state["double"] = torch.tensor(0.1, dtype=torch.float64)
state["half"] = torch.tensor([1.5, -2.0], dtype=torch.float16)
state["int"] = torch.tensor([-7], dtype=torch.int32)
state["byte"] = torch.tensor([200], dtype=torch.uint8)
state["bool"] = torch.tensor([True, False])

torch.save(state, here / "pytorch-archive.pth")
torch.save(state, here / "pytorch-stream.pth", _use_new_zipfile_serialization=False)
torch.save(dict(state), here / "pytorch-protocol4.pth", pickle_protocol=4)
numpy.savez_compressed(here / "pytorch.npz", **{name: tensor.detach().numpy() for name, tensor in state.items()})

torch.save(network, here / "pytorch-module.pth")
torch.save({"weight": torch.zeros(1), "command": Command()}, here / "pytorch-command.pth")
torch.save({"weight": Command()}, here / "pytorch-command-stream.pth", _use_new_zipfile_serialization=False)
torch.save([torch.zeros(2)], here / "pytorch-list.pth")
torch.save({"state_dict": collections.OrderedDict(a=torch.zeros(1))}, here / "pytorch-nested.pth")
torch.save({"weight": torch.zeros(2, dtype=torch.bfloat16)}, here / "pytorch-bfloat16.pth")
