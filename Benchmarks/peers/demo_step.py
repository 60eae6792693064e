"""One training step of the demo's generator in PyTorch, as a user would write it there.

The same network, batch, features, losses and optimiser as `pushforward bench step`: ten labels of 32 generated and 32
real images, drifting in the pixels and in the maps of a frozen residual encoder, AdamW (fused), clipping, average.
Eager, bfloat16 autocast and channels_last by default. Prints one line of JSON; with --paced it does one step
for each line of the standard input and answers with its seconds, so that two programs can take turns.

    demo_step.py --rounds 9
    demo_step.py --precision float32
    demo_step.py --compile
"""

import argparse
import copy
import gzip
import json
import os
import resource
import statistics
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

from field import torch_loss

LABELS, GENERATED, POSITIVES = 10, 32, 32
DATA = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"


def conv(inputs, outputs, kernel=3, stride=1, bias=True):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)


# --- Generator ------------------------------------------------------------------------------------------------------


def generator_groups(channels):
    groups = min(32, max(1, channels // 4))
    while channels % groups:
        groups -= 1
    return groups


class AdaptiveNorm(nn.Module):
    def __init__(self, channels, condition):
        super().__init__()
        self.groups = generator_groups(channels)
        self.modulation = nn.Linear(condition, 2 * channels)

    def forward(self, x, condition):
        scale, shift = self.modulation(condition)[:, :, None, None].chunk(2, 1)
        return functional.group_norm(x, self.groups) * (scale + 1) + shift


class UpBlock(nn.Module):
    def __init__(self, inputs, outputs, condition):
        super().__init__()
        self.norm1, self.norm2 = AdaptiveNorm(inputs, condition), AdaptiveNorm(outputs, condition)
        self.conv1, self.conv2 = conv(inputs, outputs, bias=False), conv(outputs, outputs)
        self.skip = conv(inputs, outputs, 1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, condition):
        grown = functional.silu(self.norm1(x, condition))
        grown = self.conv1(functional.interpolate(grown, scale_factor=2, mode="nearest"))
        refined = self.conv2(functional.silu(self.norm2(grown, condition)))
        return functional.interpolate(self.skip(x), scale_factor=2, mode="nearest") + refined


class ConvGenerator(nn.Module):
    def __init__(self, classes=10, latent=128, width=24, condition=128, base=4, levels=3):
        super().__init__()
        self.base = base
        self.classes = nn.Embedding(classes, condition)
        self.mapping = nn.Sequential(
            nn.Linear(latent + condition, condition), nn.SiLU(), nn.Linear(condition, condition), nn.SiLU())
        widths = [width << (levels - level) for level in range(levels + 1)]
        self.input = nn.Linear(latent + condition, widths[0] * base * base)
        self.blocks = nn.ModuleList(UpBlock(a, b, condition) for a, b in zip(widths, widths[1:]))
        self.norm = nn.GroupNorm(generator_groups(width), width)
        self.output = conv(width, 1)

    def forward(self, noise, labels):
        joined = torch.cat([noise, self.classes(labels)], 1)
        condition = self.mapping(joined)
        x = self.input(joined).view(len(noise), -1, self.base, self.base)
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x, condition)
        return self.output(functional.silu(self.norm(x))).float().tanh()


# --- Encoder --------------------------------------------------------------------------------------------------------


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, groups):
        super().__init__()
        self.conv1, self.conv2 = conv(inputs, outputs, 3, stride, bias=False), conv(outputs, outputs, bias=False)
        self.gn1, self.gn2, self.proj_gn = (nn.GroupNorm(groups, outputs, eps=1e-6) for _ in range(3))
        self.proj_conv = conv(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        inner = self.gn2(self.conv2(functional.relu(self.gn1(self.conv1(x)))))
        return functional.relu(inner + self.proj_gn(self.proj_conv(x)))


class ResNetEncoder(nn.Module):
    """Three stages of one block, each with stride 2; a GroupNorm after each stage gives its map."""

    def __init__(self, width=32, groups=8):
        super().__init__()
        self.conv1, self.gn1 = conv(1, width, bias=False), nn.GroupNorm(groups, width, eps=1e-6)
        widths = [width, width, 2 * width, 4 * width]
        self.stages = nn.ModuleList(BasicBlock(a, b, 2, groups) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.GroupNorm(groups, outputs, eps=1e-6) for outputs in widths[1:])

    def forward(self, images):
        x = functional.relu(self.gn1(self.conv1(images)))
        maps = []
        for stage, norm in zip(self.stages, self.norms):
            x = norm(stage(x))
            maps.append(x)
        return maps


# --- Features and loss ----------------------------------------------------------------------------------------------


def statistics_of(values, side):
    """Means and deviations over squares of `side`, each [N, squares, C]."""
    n, channels, height, width = values.shape
    squares = values.float().reshape(n, channels, height // side, side, width // side, side)
    squares = squares.permute(0, 2, 4, 1, 3, 5).reshape(n, -1, channels, side * side)
    return [squares.mean(3), (squares.var(3, correction=0) + 1e-6).sqrt()]


def features(images, encoder):
    """Vectors [N, tokens, D]: the pixels; of each map locations up to 8 x 8, and statistics of all and of 4 x 4."""
    vectors = [images.flatten(1).unsqueeze(1)]
    for values in encoder(images):
        side = values.shape[2]
        if side <= 8:
            vectors.append(values.flatten(2).transpose(1, 2).float())
        vectors += statistics_of(values, side)
        if side >= 4:
            vectors += statistics_of(values, 4)
    return vectors


def grouped(vectors):
    """[labels N, tokens, D] to [labels tokens, N, D]."""
    n, tokens, dimensions = vectors.shape
    return vectors.view(LABELS, n // LABELS, tokens, dimensions).transpose(1, 2).flatten(0, 1)


class Step:
    def __init__(self, precision, compiled, device):
        torch.manual_seed(0)
        self.device = torch.device(device)
        channels_last = {"device": self.device, "memory_format": torch.channels_last}
        self.generator, self.encoder = ConvGenerator().to(**channels_last), ResNetEncoder().to(**channels_last)
        self.encoder.requires_grad_(False)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.parameters = list(self.generator.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=2e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
        self.autocast = lambda: torch.autocast(self.device.type, torch.bfloat16, enabled=precision == "bfloat16")
        self.loss = torch.compile(self.eager_loss) if compiled else self.eager_loss
        with gzip.open(DATA) as file:
            self.pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(LABELS, -1, 1, 28, 28)
        self.draws = numpy.random.default_rng(0)
        self.labels = torch.arange(LABELS, device=self.device).repeat_interleave(GENERATED)

    def positives(self):
        chosen = self.draws.integers(0, self.pixels.shape[1], (LABELS, POSITIVES))
        pixels = torch.from_numpy(numpy.take_along_axis(self.pixels, chosen[:, :, None, None, None], 1))
        images = functional.pad(pixels.to(self.device).flatten(0, 1).float() / 127.5 - 1, (2, 2, 2, 2), value=-1)
        return images.contiguous(memory_format=torch.channels_last)

    def eager_loss(self, noise, positives):
        with self.autocast():
            generated = features(self.generator(noise, self.labels), self.encoder)
            with torch.no_grad():
                real = features(positives, self.encoder)
        total = 0
        for x, y in zip(generated, real):
            x, y = grouped(x), grouped(y)
            total = total + torch_loss(x, y[:, :0], y).mean()
        return total

    def __call__(self):
        loss = self.loss(torch.randn(LABELS * GENERATED, 128).to(self.device), self.positives())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 2)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), self.parameters, 0.005)
        return loss.item()


def seconds_of(step):
    start = time.perf_counter()
    loss = step()
    if step.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, loss


def paced(step):
    print("ready", flush=True)
    for _ in sys.stdin:
        seconds, loss = seconds_of(step)
        print(seconds, flush=True)
        yield seconds, loss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--compile", action="store_true", help="under torch.compile")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--paced", action="store_true", help="one step for each line of the standard input")
    parser.add_argument("--sizes", action="store_true", help="print numbers of parameters and end")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    step = Step(options.precision, options.compile, options.device)
    if options.sizes:
        networks = {"generator": step.generator, "encoder": step.encoder}
        print(json.dumps({name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()}))
        return
    for _ in range(options.warmup):
        step()
    timed = list(paced(step) if options.paced else (seconds_of(step) for _ in range(options.rounds)))
    seconds = [seconds for seconds, _ in timed]
    print(json.dumps({
        "loss": timed[-1][1] if timed else None,
        "median_seconds": statistics.median(seconds) if seconds else 0,
        "peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rounds": len(seconds),
    }))


if __name__ == "__main__":
    main()
