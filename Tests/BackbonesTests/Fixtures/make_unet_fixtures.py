"""Writes unet.safetensors: two U-Nets in plain PyTorch, random parameters, inputs, outputs and gradients.

An implementation of its own, after section 3 of arXiv 2105.05233 and with the names of guided-diffusion, without channels last, fused
norms or transposed convolutions. Needs torch and safetensors:

    python make_unet_fixtures.py
"""

import math
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn


def groups(channels):
    count = min(32, max(1, channels // 4))
    while channels % count:
        count -= 1
    return count


def norm(channels):
    return nn.GroupNorm(groups(channels), channels, eps=1e-5)


class ScalarEmbedding(nn.Module):
    def __init__(self, width, rate):
        super().__init__()
        self.rate = rate
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, x):
        frequencies = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128)
        angles = (x * self.rate)[:, None] * frequencies
        return self.mlp(torch.cat([angles.cos(), angles.sin()], 1))


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, condition):
        super().__init__()
        self.in_layers = nn.Sequential(norm(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1, bias=False))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(condition, 2 * outputs)) if condition else None
        self.out_layers = nn.Sequential(
            norm(outputs), nn.SiLU(), nn.Dropout(0), nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip_connection = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, condition):
        h = self.out_layers[0](self.in_layers(x))
        if self.emb_layers is not None:
            scale, shift = self.emb_layers(condition)[:, :, None, None].chunk(2, 1)
            h = h * (1 + scale) + shift
        return self.skip_connection(x) + self.out_layers[1:](h)


class Attention(nn.Module):
    def __init__(self, channels, head_width):
        super().__init__()
        self.heads = channels // head_width
        self.norm = norm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, x, _):
        b, c, h, w = x.shape
        tokens = self.norm(x).reshape(b, c, h * w).transpose(1, 2)
        q, k, v = (part.reshape(b, h * w, self.heads, -1).transpose(1, 2) for part in self.qkv(tokens).chunk(3, 2))
        weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(c // self.heads), -1)
        mixed = self.proj_out((weights @ v).transpose(1, 2).reshape(b, h * w, c))
        return x + mixed.transpose(1, 2).reshape(b, c, h, w)


class Down(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x, _):
        return self.op(x)


class Up(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x, _):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class Stem(nn.Module):
    def __new__(cls, inputs, width):
        conv = nn.Conv2d(inputs, width, 3, padding=1)
        forward = conv.forward
        conv.forward = lambda x, _=None: forward(x)
        return conv


class Head(nn.Module):
    def __init__(self, inputs, trunk, width):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, width, 3, stride=2, padding=1))
        self.mlp = nn.Sequential(nn.Linear(width + trunk, width), nn.SiLU(), nn.Linear(width, 1))

    def forward(self, x, trunk):
        features = torch.cat([F.silu(self.conv(x)).mean((2, 3)), F.silu(trunk).mean((2, 3))], 1)
        return self.mlp(features)[:, 0]


class UNet(nn.Module):
    def __init__(self, size, inputs, outputs, width, multipliers, blocks, attention, head_width, condition, rate=None,
                 labels=0, scalars=(), heads=()):
        super().__init__()
        self.time = ScalarEmbedding(condition, rate) if rate else None
        self.classes = nn.Embedding(labels, condition) if labels else None
        self.scalars = nn.ModuleDict({name: ScalarEmbedding(condition, 100) for name in scalars})
        if not (rate or labels or scalars):
            condition = None

        def stage(inputs, outputs):
            layers = [ResBlock(inputs, outputs, condition)]
            if size <= attention:
                layers.append(Attention(outputs, head_width))
            return layers

        self.input_blocks = nn.ModuleList([nn.ModuleList([Stem(inputs, width)])])
        kept = [width]
        for level, multiplier in enumerate(multipliers):
            if level > 0:
                size //= 2
                self.input_blocks.append(nn.ModuleList([Down(kept[-1])]))
                kept.append(kept[-1])
            for _ in range(blocks):
                self.input_blocks.append(nn.ModuleList(stage(kept[-1], width * multiplier)))
                kept.append(width * multiplier)
        last = kept[-1]
        self.middle_block = nn.ModuleList(stage(last, last) + [ResBlock(last, last, condition)])
        self.heads = nn.ModuleDict({name: Head(inputs, last, width) for name in heads})
        self.output_blocks = nn.ModuleList()
        for level, multiplier in reversed(list(enumerate(multipliers))):
            for index in range(blocks + 1):
                layers = stage(last + kept.pop(), width * multiplier)
                last = width * multiplier
                if level > 0 and index == blocks:
                    layers.append(Up(last))
                    size *= 2
                self.output_blocks.append(nn.ModuleList(layers))
        self.out = nn.Sequential(norm(last), nn.SiLU(), nn.Conv2d(last, outputs, 3, padding=1))

    def forward(self, x, time=None, labels=None, scalars=()):
        parts = [self.time(time)] if self.time else []
        parts += [self.classes(labels)] if self.classes else []
        parts += [layer(value) for layer, value in zip(self.scalars.values(), scalars)]
        condition = sum(parts) if parts else None
        h, kept = x, []
        for block in self.input_blocks:
            for layer in block:
                h = layer(h, condition)
            kept.append(h)
        for layer in self.middle_block:
            h = layer(h, condition)
        trunk = h
        for block in self.output_blocks:
            h = torch.cat([h, kept.pop()], 1)
            for layer in block:
                h = layer(h, condition)
        return [self.out(h)] + [head(x, trunk) for head in self.heads.values()]


def case(name, network, inputs, tensors):
    """Parameters, inputs, outputs, and the gradients of a weighted sum of outputs."""
    with torch.no_grad():
        for parameter in network.parameters():
            # Rounded, so that the file can hold them in bfloat16.
            parameter.copy_((parameter + torch.randn_like(parameter) * 0.05).bfloat16())
    outputs = network(**inputs)
    weights = [torch.randn_like(output) for output in outputs]
    sum((output * weight).sum() for output, weight in zip(outputs, weights)).backward()
    for key, parameter in network.named_parameters():
        tensors[f"{name}/params/{key}"] = parameter.detach().bfloat16()
    # Gradients of a few: the first and the last layers, and what leads through everything.
    for key in ("input_blocks.0.0.weight", "middle_block.0.in_layers.0.weight", "out.2.weight", "time.mlp.0.bias"):
        parameter = dict(network.named_parameters()).get(key)
        if parameter is not None:
            tensors[f"{name}/grads/{key}"] = parameter.grad
    for key, value in inputs.items():
        tensors |= {f"{name}/in/{key}": value} if key != "scalars" else {f"{name}/in/scalar": value[0]}
    for index, (output, weight) in enumerate(zip(outputs, weights)):
        tensors[f"{name}/out/{index}"] = output.detach()
        tensors[f"{name}/cotangent/{index}"] = weight


torch.manual_seed(20)
torch.set_num_threads(1)
tensors = {}
# Every option: three levels of 12, 6 and 3, attention from 6 down, two heads where it is widest, 3 + 2 channels in.
case(
    "full",
    UNet(12, 5, 3, 8, (1, 2, 1), 1, 6, 8, 12, rate=1000, labels=4, scalars=("step",), heads=("distance",)),
    {
        "x": torch.randn(3, 5, 12, 12),
        "time": torch.tensor([0.0, 0.3, 1.0]),
        "labels": torch.tensor([0, 2, 3]),
        "scalars": [torch.tensor([1.0, 0.125, 0.5])],
    },
    tensors,
)
# No condition, no attention, two blocks, one channel, down to 1 x 1.
case("plain", UNet(2, 1, 1, 4, (1, 2), 2, 0, 8, 12), {"x": torch.randn(2, 1, 2, 2)}, tensors)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unet.safetensors")
save_file({key: value.contiguous() for key, value in tensors.items()}, path)
print(os.path.getsize(path))
