"""The evaluation that draws a batch of samples in PyTorch, eager, bfloat16 autocast, as a user would write it there.

The demo's generator, or the transformer B/2 on latents of arXiv 2602.04770 with the options of its published model, by
the formulas of the paper and random weights. Times one evaluation for each line of the standard input.

    sample.py --network dit-b2 --batch 4 --paced
"""

import argparse
import json
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional

from demo_step import ConvGenerator


class RMSNorm(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return functional.rms_norm(x.float(), (x.shape[-1],), self.weight, 1e-6).to(x.dtype)


def rotate(x, cosines, sines):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cosines - b * sines, b * cosines + a * sines], -1)


class Block(nn.Module):
    def __init__(self, hidden, heads, width):
        super().__init__()
        self.heads = heads
        self.modulation = nn.Linear(hidden, 6 * hidden)
        self.norm1, self.norm2 = RMSNorm(hidden), RMSNorm(hidden)
        self.query_norm, self.key_norm = RMSNorm(hidden // heads), RMSNorm(hidden // heads)
        self.qkv, self.output = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.gate, self.value, self.back = nn.Linear(hidden, width), nn.Linear(hidden, width), nn.Linear(width, hidden)

    def attention(self, x, tables):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k = rotate(self.query_norm(q), *tables), rotate(self.key_norm(k), *tables)
        return self.output(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))

    def forward(self, x, condition, tables):
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = self.modulation(condition).unsqueeze(1).chunk(6, 2)
        x = x + gate_a * self.attention(self.norm1(x) * (1 + scale_a) + shift_a, tables)
        y = self.norm2(x) * (1 + scale_m) + shift_m
        return x + gate_m * self.back(functional.silu(self.gate(y)) * self.value(y))


class DiT(nn.Module):
    def __init__(self, hidden=768, depth=12, heads=12, width=2048, registers=16, styles=64, books=32, classes=1000):
        super().__init__()
        self.classes = nn.Embedding(classes, hidden)
        self.books = nn.ModuleList(nn.Embedding(styles, hidden) for _ in range(books))
        self.guidance = nn.Sequential(nn.Linear(256, hidden), nn.SiLU(), nn.Linear(hidden, hidden), RMSNorm(hidden))
        self.patches, self.registers = nn.Linear(16, hidden), nn.Linear(hidden, hidden)
        self.positions = nn.Parameter(torch.randn(1, 256, hidden) * 0.02)
        self.vectors = nn.Parameter(torch.randn(1, registers, hidden) * 0.02)
        self.blocks = nn.ModuleList(Block(hidden, heads, width) for _ in range(depth))
        self.norm, self.modulation, self.output = RMSNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.Linear(hidden, 16)
        half = hidden // heads // 2
        angles = torch.arange(registers + 256)[:, None] * 10000 ** (-torch.arange(half) / half)
        self.tables = angles.cos().bfloat16(), angles.sin().bfloat16()

    def forward(self, noise, style, labels):
        steps = torch.ones(len(noise), 1, device=noise.device) * 10000 ** (-torch.arange(128, device=noise.device) / 128)
        condition = self.classes(labels) + sum(book(style[:, i]) for i, book in enumerate(self.books))
        condition = condition + 0.02 * self.guidance(torch.cat([steps.cos(), steps.sin()], 1))
        patches = noise.view(-1, 4, 16, 2, 16, 2).permute(0, 2, 4, 3, 5, 1).reshape(-1, 256, 16)
        x = self.patches(patches) + self.positions
        x = torch.cat([self.registers(condition).unsqueeze(1) + self.vectors, x], 1)
        activated = functional.silu(condition)
        for block in self.blocks:
            x = block(x, activated, self.tables)
        shift, scale = self.modulation(activated).unsqueeze(1).chunk(2, 2)
        x = self.output(self.norm(x) * (1 + scale) + shift)[:, self.vectors.shape[1]:]
        return x.view(-1, 16, 16, 2, 2, 4).permute(0, 5, 1, 3, 2, 4).reshape(-1, 4, 32, 32).float()


def conv(batch, device):
    network = ConvGenerator().to(device, memory_format=torch.channels_last).eval()
    return lambda: network(torch.randn(batch, 128).to(device), torch.arange(batch, device=device) % 10)


def dit(batch, device):
    network = DiT().to(device).eval()
    network.tables = [table.to(device) for table in network.tables]
    return lambda: network(
        torch.randn(batch, 4, 32, 32).to(device), torch.randint(64, (batch, 32)).to(device),
        torch.arange(batch, device=device) % 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=["conv", "dit-b2"], required=True)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--paced", action="store_true", required=True)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    draw = {"conv": conv, "dit-b2": dit}[options.network](options.batch, options.device)
    with torch.inference_mode(), torch.autocast(options.device.partition(":")[0], torch.bfloat16):
        for _ in range(2):
            draw()
        print("ready", flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            draw()
            if options.device != "cpu":
                torch.cuda.synchronize()
            print(time.perf_counter() - start, flush=True)
    print(json.dumps({"peak_resident_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
