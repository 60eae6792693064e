"""Writes the numbers that BackbonesTests compares the masked autoencoder with.

Usage: make_fixtures.py FOLDER, a folder of vectors that were computed by running the release of arXiv 2602.04770 (JAX,
float32, CPU) on random inputs and parameters.

released_encoder.safetensors.gz: the release's encoder on pixels, as it is.
autoencoder.safetensors: the release's autoencoder has at least 2.7 million parameters, too many for a repository. The
PyTorch mirror below must first reproduce its activations, losses and gradients; then it computes a narrow one.
"""

import gzip
import pathlib
import re
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load, load_file, save_file

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent


class Mirror:
    """The autoencoder as functions of its parameters by the release's names, in the release's layouts."""

    def __init__(self, parameters, blocks, strides=(1, 2, 2, 2), most_groups=32, decoder_groups=32):
        self.p, self.blocks, self.strides = parameters, blocks, strides
        self.most_groups, self.decoder_groups = most_groups, decoder_groups

    def conv(self, x, name, stride=1):
        kernel = self.p[f"{name}/kernel"]
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), self.p.get(f"{name}/bias"), stride, kernel.shape[0] // 2)

    def norm(self, x, name, groups=None):
        channels = x.shape[1]
        groups = groups or max(g for g in range(1, self.most_groups + 1) if channels % g == 0)
        return F.group_norm(x, groups, self.p[f"{name}/scale"], self.p[f"{name}/bias"], 1e-6)

    def block(self, x, name, stride):
        y = F.relu(self.norm(self.conv(x, f"{name}/conv1", stride), f"{name}/gn1"))
        y = self.norm(self.conv(y, f"{name}/conv2"), f"{name}/gn2")
        if f"{name}/proj_conv/kernel" in self.p:
            x = self.norm(self.conv(x, f"{name}/proj_conv", stride), f"{name}/proj_gn")
        return F.relu(x + y)

    def encode(self, x):
        x = F.relu(self.norm(self.conv(x, "encoder/conv1"), "encoder/gn1"))
        maps = {"conv1": x}
        for s, (count, stride) in enumerate(zip(self.blocks, self.strides)):
            for b in range(count):
                x = self.block(x, f"encoder/stages_{s}/layers_{b}", stride if b == 0 else 1)
                maps[f"layer{s + 1}_blk{b + 1}"] = x
            x = maps[f"layer{s + 1}"] = self.norm(x, f"encoder/layer{s + 1}_norm")
        return maps

    def step(self, x, name):
        return F.relu(self.norm(self.conv(x, f"{name}/conv"), f"{name}/gn"))

    def decode(self, maps):
        x = self.step(maps["layer4"], "decoder/bridge")
        for name, skip in (("up43", "layer3"), ("up32", "layer2"), ("up21", "layer1"), ("up10", "conv1")):
            resized = F.interpolate(x, maps[skip].shape[2:], mode="bilinear", align_corners=False)
            x = torch.cat([resized, maps[skip]], 1)
            x = self.norm(x, f"decoder/{name}/concat_norm_fn", self.decoder_groups)
            x = self.step(self.step(x, f"decoder/{name}/proj"), f"decoder/{name}/refine")
        return self.conv(x, "decoder/head")

    def losses(self, x, mask, labels):
        """x and mask are NCHW and already cut into patches."""
        maps = self.encode(x * (1 - mask))
        recon = self.decode(maps)
        logits = maps["layer4"].mean((2, 3)) @ self.p["fc/kernel"] + self.p["fc/bias"]
        error = ((recon - x) ** 2 * mask).sum((1, 2, 3)) / (mask.sum((1, 2, 3)) + 1e-8)
        return recon, logits, error, F.cross_entropy(logits, labels.long(), reduction="none")


def nchw(x):
    return x.permute(0, 3, 1, 2).contiguous()


def close(ours, theirs, tolerance, what):
    worst = (ours - theirs).abs().max().item() / max(1, theirs.abs().max().item())
    print(f"{what}: {worst:.1e}")
    assert worst < tolerance, what


def check_mirror():
    """The mirror against the release."""
    parameters = load(gzip.decompress((source / "mae/params.safetensors.gz").read_bytes()))
    for tensor in parameters.values():
        tensor.requires_grad_()
    mirror = Mirror(parameters, blocks=(2, 2, 1, 1))
    activations = load_file(source / "mae/activations.safetensors")
    with torch.no_grad():
        maps = mirror.encode(nchw(activations["in/x"]))
    for name, values in maps.items():
        if f"act/{name}" in activations:
            close(values.flatten(2).mT, activations[f"act/{name}"], 1e-4, name)
    expected = load_file(source / "mae/loss.safetensors")
    x, labels = nchw(expected["in/x"]), expected["in/labels"]
    for case, weight in (("nomask", 0), ("half", 0), ("cls", 0.1)):
        recon, logits, error, entropy = mirror.losses(x, nchw(expected[f"{case}/mask"]), labels)
        loss = weight * entropy + (1 - weight) * error
        close(nchw(expected[f"{case}/recon"]), recon, 1e-4, f"{case} reconstruction")
        close(expected[f"{case}/logits"], logits, 1e-4, f"{case} logits")
        close(expected[f"{case}/loss"], loss, 1e-4, f"{case} loss")
    loss.mean().backward()
    for name, gradient in expected.items():
        if name.startswith("cls/grad/"):
            ours = parameters[name.removeprefix("cls/grad/")].grad
            close(ours / gradient.abs().max(), gradient / gradient.abs().max(), 1e-3, name)


def narrow_parameters(names, width, inputs, classes, generator):
    """Random parameters of base width `width` in the places of the release's of base width 32."""
    parameters = {}
    for name, shape in sorted(names.items()):
        sizes = [n * width // 32 if n >= 32 else n for n in shape]
        if name in ("encoder/conv1/kernel",):
            sizes[2] = inputs
        if name.startswith("decoder/head/"):
            sizes[-1] = inputs
        if name.startswith("fc/"):
            sizes[-1] = classes
        noise = torch.randn(sizes, generator=generator)
        if name.endswith("kernel"):
            fan = noise[..., 0].numel()
            parameters[name] = noise * (1.5 / fan) ** 0.5
        else:
            parameters[name] = noise * 0.2 + (1 if name.endswith("scale") else 0)
    return parameters


def main():
    check_mirror()
    shapes = load(gzip.decompress((source / "mae/params.safetensors.gz").read_bytes()))
    shapes = {name: tuple(value.shape) for name, value in shapes.items()}
    generator = torch.Generator().manual_seed(0)
    parameters = narrow_parameters(shapes, width=4, inputs=4, classes=3, generator=generator)
    for tensor in parameters.values():
        tensor.requires_grad_()
    mirror = Mirror(parameters, blocks=(2, 2, 1, 1), most_groups=2, decoder_groups=4)
    images = torch.rand(2, 1, 32, 32, generator=generator) * 2 - 1
    # Space to depth in the order row, column, channel; there is one channel.
    patched = F.pixel_unshuffle(images, 2)
    mask = (torch.rand(2, 1, 8, 8, generator=generator) < 0.5).float().repeat_interleave(2, 2).repeat_interleave(2, 3)
    labels = torch.tensor([2, 0])
    recon, logits, error, entropy = mirror.losses(patched, mask, labels)
    (0.9 * error + 0.1 * entropy).mean().backward()
    result = {f"params/{name}": value.detach() for name, value in parameters.items()}
    result |= {"images": images, "mask": mask, "labels": labels, "reconstruction": recon, "logits": logits}
    result |= {"reconstruction_loss": error, "classification_loss": entropy}
    chosen = re.compile(r"decoder/(up21|up10|head)|encoder/(conv1|gn1|layer|stages_[01])|fc")
    result |= {f"grad/{name}": value.grad for name, value in parameters.items() if chosen.match(name)}
    save_file({k: v.detach().contiguous() for k, v in result.items()}, here / "autoencoder.safetensors")
    released = (source / "mae_pixel_encoder/all.safetensors").read_bytes()
    (here / "released_encoder.safetensors.gz").write_bytes(gzip.compress(released, 9, mtime=0))


main()
