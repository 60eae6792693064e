"""Writes the numbers that BackbonesTests compares ConvNeXt V2 and ResNet-50 with.

Usage: make_encoder_fixtures.py FOLDER, a folder of vectors that were computed by running the release of arXiv 2602.04770.

convnext.safetensors: parameters, input and features of the release's tiny ConvNeXt V2, without the largest maps.
resnet50.safetensors: maps of torchvision's resnet50 for one image. Its 25.6 million weights are not stored: they and the
image are the numbers of `hashed`, which the tests repeat.
"""

import pathlib
import sys

import torch
import torchvision
from safetensors.torch import load_file, save_file

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent
PRIME = 2**31 - 1


def hashed(shape, seed):
    """Numbers in [-1, 1) that depend on their place and on a seed only."""
    x = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    x = (x * 48271 + (seed + 1) * 69621) % PRIME
    for shift in (12345, 54321):
        x = (x * x + shift) % PRIME
    return (x.double() / PRIME * 2 - 1).reshape(shape)


def resnet50():
    network = torchvision.models.resnet50().double().eval()
    state = {k: v for k, v in network.state_dict().items() if v.is_floating_point() and not k.startswith("fc.")}
    for seed, (name, value) in enumerate(sorted(state.items())):
        noise = hashed(value.shape, seed)
        if value.ndim == 4:
            value.copy_(noise * (6 / value[0].numel()) ** 0.5)
        elif name.endswith("running_var"):
            value.copy_(1 + 0.5 * noise)
        elif name.endswith("weight"):
            # The last norm of a block is small, so that the maps do not grow from block to block.
            value.copy_((0.25 if "bn3" in name else 1) * (1 + 0.2 * noise))
        else:
            value.copy_(0.1 * noise)
    image = hashed((1, 3, 64, 64), 1000)
    mean = torch.tensor([0.485, 0.456, 0.406]).double().reshape(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).double().reshape(1, 3, 1, 1)
    x = ((image + 1) / 2 - mean) / deviation
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    result = {}
    with torch.no_grad():
        for name in ("layer1", "layer2", "layer3", "layer4"):
            x = getattr(network, name)(x)
            # The first channels of the large maps.
            result[name] = x[:, : 16 if name != "layer4" else 512].float().contiguous()
    save_file(result, here / "resnet50.safetensors")
    print({k: (tuple(v.shape), v.std().item()) for k, v in result.items()})


def convnext():
    tensors = load_file(source / "convnext/all.safetensors")
    large = ("act/convenxt_stage_1/", "act/convenxt_stage_2")
    kept = {k: v for k, v in tensors.items() if not k.startswith(large) or k.endswith(("_mean", "_std"))}
    save_file(kept, here / "convnext.safetensors")


with torch.no_grad():
    resnet50()
convnext()
