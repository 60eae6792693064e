#!/usr/bin/env python3
"""Writes the fixtures of TorchNNTests with PyTorch.

    python3 make_fixtures.py          (torch 2.13, safetensors 0.8)

`layers.safetensors`: for each layer its state, an input, its output, and the gradients of (output * cotangent).sum().
`optimizers.safetensors`: parameters after each of ten steps along given gradients, and the optimiser's final state.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent


class Attention(nn.MultiheadAttention):
    """With one argument, or with queries, keys and values."""

    def forward(self, *tokens):
        query, key, value = tokens * 3 if len(tokens) == 1 else tokens
        return super().forward(query, key, value, need_weights=False)[0]


def randomised(module):
    """The module with parameters and buffers unlike their defaults."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.2, 1.2) if tensor.dim() == 1 else tensor.normal_()
    return module.eval()


def layers():
    torch.manual_seed(1)
    image, tokens = torch.randn(2, 4, 6, 5), torch.randn(2, 3, 8)
    memory, values = torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    cases = {
        "linear": (nn.Linear(8, 3), tokens),
        "linear.bare": (nn.Linear(8, 3, bias=False), tokens),
        "conv": (nn.Conv2d(4, 6, 3, padding=1), image),
        "conv.grouped": (nn.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0), dilation=(1, 2), groups=2), image),
        "transposed": (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), image),
        "embedding": (nn.Embedding(5, 3), torch.tensor([[0, 4, 1], [1, 1, 2]])),
        "group": (nn.GroupNorm(2, 4), image),
        "layer": (nn.LayerNorm(8), tokens),
        "layer.bare": (nn.LayerNorm(8, elementwise_affine=False, eps=1e-6), tokens),
        "layer.unbiased": (nn.LayerNorm(8, bias=False), tokens),
        "rms": (nn.RMSNorm(8, eps=1e-6), tokens),
        "batch": (nn.BatchNorm2d(4), image),
        "attention": (Attention(8, 2, batch_first=True), tokens),
        "attention.bare": (Attention(8, 4, bias=False, batch_first=True), tokens),
        "attention.cross": (Attention(8, 2, batch_first=True), tokens, memory, values),
        "sequential": (nn.Sequential(nn.Linear(8, 5), nn.SiLU(), nn.Linear(5, 2)), tokens),
    }
    stored = {}
    for name, (module, *inputs) in cases.items():
        randomised(module)
        for index, tensor in enumerate(inputs):
            inputs[index] = tensor.clone().requires_grad_(tensor.is_floating_point())
        output = module(*inputs)
        cotangent = torch.randn_like(output)
        (output * cotangent).sum().backward()
        stored |= {f"{name}/state/{key}": value for key, value in module.state_dict().items()}
        stored |= {f"{name}/gradient/{key}": value.grad for key, value in module.named_parameters()}
        stored |= {f"{name}/input/{index}": value.detach() for index, value in enumerate(inputs)}
        stored |= {f"{name}/input gradient/{index}": v.grad for index, v in enumerate(inputs) if v.requires_grad}
        stored |= {f"{name}/output": output.detach(), f"{name}/cotangent": cotangent}
    save_file({key: value.contiguous().clone() for key, value in stored.items()}, HERE / "layers.safetensors")


def optimizers():
    torch.manual_seed(2)
    shapes = {"bias": (3,), "filter": (2, 3, 2, 2), "weight": (3, 4)}
    start = {name: torch.randn(shape) for name, shape in shapes.items()}
    gradients = {name: torch.randn(10, *shape) for name, shape in shapes.items()}
    stored = {f"start/{name}": tensor for name, tensor in start.items()}
    stored |= {f"gradient/{name}": tensor for name, tensor in gradients.items()}
    cases = {
        "adamw": (torch.optim.AdamW, {}),
        "adamw.release": (torch.optim.AdamW, {"betas": (0.9, 0.95), "weight_decay": 0.3, "eps": 1e-4}),
        "adam": (torch.optim.Adam, {}),
        "sgd": (torch.optim.SGD, {}),
        "sgd.momentum": (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}),
        "sgd.nesterov": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    }
    for case, (make, options) in cases.items():
        parameters = {name: nn.Parameter(tensor.clone()) for name, tensor in start.items()}
        # One parameter at a time and no fused kernel: PyTorch's plainest code.
        optimizer = make(parameters.values(), lr=0.1, foreach=False, fused=False, **options)
        for step in range(10):
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
            for name, parameter in parameters.items():
                # The bias has no gradient in every third step.
                skipped = name == "bias" and step % 3 == 1
                parameter.grad = None if skipped else gradients[name][step].clone()
            optimizer.step()
            stored |= {f"{case}/{step}/{name}": p.detach().clone() for name, p in parameters.items()}
        for name, parameter in parameters.items():
            for key, value in optimizer.state[parameter].items():
                if torch.is_tensor(value):
                    stored[f"{case}/state/{name}.{key}"] = value
    clipped = {name: tensor[0].clone() for name, tensor in gradients.items()}
    leaves = [nn.Parameter(tensor) for tensor in clipped.values()]
    for leaf in leaves:
        leaf.grad = leaf.detach().clone()
    stored["clip/norm"] = torch.nn.utils.clip_grad_norm_(leaves, 2.0)
    stored |= {f"clip/{name}": leaf.grad for name, leaf in zip(clipped, leaves)}
    save_file({key: value.contiguous() for key, value in stored.items()}, HERE / "optimizers.safetensors")


if __name__ == "__main__":
    layers()
    optimizers()
