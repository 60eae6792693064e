#!/usr/bin/env python3
"""Writes the fixtures of TorchTests with PyTorch and the Python package safetensors.

    python3 make_fixtures.py          (torch 2.13, safetensors 0.8)

Each file is small and made again in full; the numbers do not depend on the machine beyond rounding.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
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


def operations():
    """PyTorch's results for every operation of Torch; the names are those of the cases in the tests."""
    torch.manual_seed(20240229)
    i = inputs()
    results = {}
    for family in (elementwise, numbers, reductions, shapes, indexing, algebra, network, images, tokens):
        for name, value in family(i).items():
            values = value if isinstance(value, (tuple, list)) else (value,)
            for index, part in enumerate(values):
                results[f"{name}/{index}"] = part.contiguous().clone()
    tensors = {f"input/{name}": tensor.contiguous() for name, tensor in i.__dict__.items()}
    save_file(tensors | results, HERE / "operations.safetensors")


def inputs():
    class Inputs:
        pass

    i = Inputs()
    i.a, i.b = torch.randn(3, 4), torch.randn(3, 4)
    i.positive, i.unit = torch.rand(3, 4) * 3 + 0.1, torch.rand(3, 4) * 1.9 - 0.95
    i.halves = torch.tensor([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 2.6])
    i.odd = torch.tensor([1.0, float("nan"), float("inf"), -float("inf"), -0.0])
    i.row, i.other, i.cube = torch.randn(4), torch.randn(4), torch.randn(2, 3, 4)
    i.cube2 = torch.randn(2, 4, 5)
    i.whole, i.divisor = torch.randint(-9, 9, (3, 4)), torch.randint(1, 4, (3, 4))
    i.mask, i.mask2 = torch.rand(3, 4) < 0.5, torch.rand(3, 4) < 0.5
    i.places = torch.randint(0, 4, (3, 2))
    i.rows = torch.tensor([2, 0, 2])
    i.square, i.right = torch.randn(2, 4, 4), torch.randn(2, 4, 3)
    i.symmetric = i.square + i.square.mT
    i.definite = i.square @ i.square.mT + torch.eye(4)
    i.image, i.channels = torch.randn(2, 4, 6, 5), torch.rand(4) + 0.5
    i.filter, i.grouped, i.up = torch.randn(6, 4, 3, 3), torch.randn(6, 2, 3, 2), torch.randn(4, 3, 3, 3)
    i.bias = torch.randn(6)
    i.query, i.key, i.value = torch.randn(2, 2, 3, 4), torch.randn(2, 2, 5, 4), torch.randn(2, 2, 5, 4)
    i.allowed = torch.rand(3, 5) < 0.7
    i.allowed[:, 0] = True
    i.labels, i.table = torch.tensor([1, 3, 0]), torch.randn(4, 6)
    return i


def elementwise(i):
    plain = "exp expm1 sin cos tan sinh cosh tanh erf abs square relu sigmoid silu selu hardswish mish sign atan frac"
    results = {name: getattr(torch, name, getattr(F, name, None))(i.a) for name in plain.split()}
    results |= {name: getattr(torch, name)(i.positive) for name in "log log1p log2 sqrt rsqrt reciprocal lgamma digamma".split()}
    results |= {name: getattr(torch, name)(i.unit) for name in "asin acos erfinv".split()}
    results |= {name: getattr(torch, name)(i.halves) for name in "floor ceil round trunc".split()}
    results |= {name: getattr(torch, name)(i.odd) for name in "isnan isinf isfinite".split()}
    return results | {
        "logSigmoid": F.logsigmoid(i.a),
        "gelu": F.gelu(i.a),
        "gelu.tanh": F.gelu(i.a, approximate="tanh"),
        "leakyRelu": F.leaky_relu(i.a, 0.2),
        "elu": F.elu(i.a, 0.7),
        "softplus": F.softplus(i.a, 2, 1),
        "clamp": (i.a.clamp(-0.5, 0.5), i.a.clamp(min=0.1), i.a.clamp(max=0.1)),
        "nanToNum": torch.nan_to_num(i.odd, 7, 8, -9),
        "maximum": torch.maximum(i.a, i.b),
        "minimum": torch.minimum(i.a, i.row),
        "atan2": torch.atan2(i.a, i.b),
        "where": torch.where(i.mask, i.a, i.row),
        "maskedFill": i.a.masked_fill(i.mask, -3),
        "lerp": (torch.lerp(i.a, i.b, 0.3), torch.lerp(i.a, i.b, i.unit)),
        "addcmul": torch.addcmul(i.a, i.b, i.row, value=0.5),
    }


def numbers(i):
    return {
        "arithmetic": (i.a + i.row, i.a - i.row, i.a * i.row, i.a / i.row, -i.a),
        "arithmetic.double": (i.a + 1.5, i.a - 1.5, i.a * 1.5, i.a / 1.5, 1.5 + i.a, 1.5 - i.a, 1.5 * i.a, 1.5 / i.a),
        "arithmetic.int": (i.whole + 2, i.whole - 2, i.whole * 2, 2 + i.whole, 2 - i.whole, 2 * i.whole),
        "arithmetic.mixed": (i.whole / 2, i.whole * 1.5, 2 / i.divisor, i.whole + i.a, i.whole / i.divisor),
        "pow": (i.positive**i.a, i.a**2, i.positive**0.3),
        "floorDivide": i.whole // 4,
        "remainder": (i.whole % 4, i.a % 0.7, i.whole % i.divisor),
        "compare": (i.a == i.a.abs(), i.a != i.b, i.a < i.b, i.a <= i.row, i.a > i.b, i.a >= i.b),
        "compare.double": (i.halves == 0.5, i.halves != 0.5, i.halves < 0.5, i.halves <= 0.5, i.halves > 0.5, i.halves >= 0.5),
        "compare.int": (i.whole == 2, i.whole != 2, i.whole < 2, i.whole <= 2, i.whole > 2, i.whole >= 2),
        "logic": (i.mask & i.mask2, i.mask | i.mask2, i.mask ^ i.mask2, ~i.mask),
        "convert": (i.a.half(), i.a.bfloat16(), i.a.double(), i.a.long(), i.whole.to(torch.uint8), i.a.bool()),
    }


def reductions(i):
    c = i.cube
    results = {}
    for name in "sum mean amax amin logsumexp var std".split():
        f = getattr(torch, name)
        results[name] = (f(c, (0, 1, 2)), f(c, 1), f(c, (0, -1), keepdim=True))
    for name in "any all".split():
        f = getattr(torch, name)
        results[name] = (f(i.mask), f(i.mask, 0), f(i.mask, 1, keepdim=True))
    return results | {
        "sum.whole": i.whole.sum(),
        "var.population": (c.var(1, correction=0), c.std((1, 2), correction=0)),
        "norm": (c.norm(), torch.linalg.vector_norm(c, dim=1), torch.linalg.vector_norm(c, 1, (0, 2), keepdim=True)),
        "norm.inf": torch.linalg.vector_norm(c, float("inf"), -1),
        "prod": (c.prod(1), c.prod(-1, keepdim=True)),
        "median": (c.median(), c.median(2).values, c.median(0, keepdim=True).values),
        "argmax": (c.argmax(1), c.argmin(2, keepdim=True)),
        "quantile": (c.quantile(torch.tensor([0.1, 0.5]), 2), c.quantile(torch.tensor([0.3]), 1, keepdim=True)),
        "cumsum": c.cumsum(1),
        "cumprod": c.cumprod(-1),
        "softmax": (c.softmax(1), c.log_softmax(-1)),
        "sort": (*c.sort(1), *i.whole.sort(dim=-1, descending=True, stable=True)),
        "argsort": c.argsort(2, descending=True),
        "topk": (*c.topk(2, -1), *c.topk(2, 1, largest=False)),
        "searchsorted": (
            torch.searchsorted(i.halves, torch.tensor([-3.0, 0.5, 9.0])),
            torch.searchsorted(i.halves, torch.tensor([-3.0, 0.5, 9.0]), right=True),
        ),
        "bincount": (i.rows.bincount(), i.rows.bincount(minlength=5)),
        "unique": i.whole.unique(return_inverse=True, return_counts=True),
    }


def shapes(i):
    c = i.cube
    return {
        "reshape": (c.reshape(4, -1), c.flatten(), c.flatten(0, 1), c.reshape(2, 3, 2, 2)),
        "expand": (i.row.expand(3, 4), c[:, :1].expand(-1, 5, -1)),
        "permute": (c.permute(2, 0, 1), c.transpose(0, -1), c.mT),
        "squeeze": (c.unsqueeze(1), c.unsqueeze(-1).squeeze(-1), c.squeeze(0)),
        "alongBatch": c[:, 0, 0].reshape(2, 1, 1) * c,
        "repeat": (c.repeat(1, 2, 1), c.repeat(2, 1, 1, 1), c.repeat_interleave(2, 1)),
        "flip": (c.flip(0, 2), c.roll(1, 1), c.roll(-2, 2)),
        "pad": (
            F.pad(c, (1, 2, 0, 1), value=3.0),
            F.pad(i.image, (2, 1, 1, 2), mode="reflect"),
            F.pad(i.image, (2, 1, 1, 2), mode="replicate"),
            F.pad(i.image, (2, 1, 1, 2), mode="circular"),
        ),
        "triangle": (c.tril(), c.triu(1)),
        "diagonal": (i.square.diagonal(dim1=-2, dim2=-1), c.diagonal(1, 0, 2), torch.diag_embed(i.row)),
        "cat": (torch.cat((i.a, i.b)), torch.cat((i.a, i.b), -1), torch.stack((i.a, i.b)), torch.stack((i.a, i.b), -1)),
        "split": (*c.split((1, 3), 2), *c.chunk(3, 1)),
        "create": (
            torch.zeros(2, 3),
            torch.ones(2, dtype=torch.int32),
            torch.full((2,), 2.5, dtype=torch.float64),
            torch.arange(2, 7),
            torch.arange(3, dtype=torch.float32),
            torch.linspace(-1, 1, 5),
            torch.eye(3, 2),
            torch.zeros_like(i.whole),
            torch.ones_like(i.a),
        ),
    }


def indexing(i):
    c = i.cube
    filled, part = c.clone(), c.clone()
    filled[:, 1] = 7
    part[0, 1:, ::2] = i.a[:2, :2]
    rows = i.a.clone()
    rows[torch.tensor([2, 0])] = i.b[:2]
    add = torch.zeros(3, 4).scatter_add(1, i.places, i.b[:, :2])
    return {
        "subscript": (c[1], c[-1, 2, 0], c[:, 1:3], c[0, :2, -2:], c[..., 0], c[:, None, 1], c[:, :, ::2], c[1:, ..., 1:3]),
        "subscript.tensor": (c[:, i.rows], i.a[i.rows], c[..., i.rows]),
        "assign": (filled, part),
        "select": (c.select(1, 2), c.narrow(2, 1, 2), c.index_select(1, i.rows)),
        "gather": i.a.gather(1, i.places),
        "scatter": (torch.zeros(3, 4).scatter(1, i.labels[:, None], i.b[:, :1]), add),
        "indexAdd": i.a.index_add(0, i.rows, i.b),
        "copyRows": rows,
        "masked": (i.a.masked_select(i.mask), i.mask.nonzero()),
    }


def algebra(i):
    w, v = torch.linalg.eigh(i.symmetric)
    s = torch.linalg.svdvals(i.right)
    return {
        "matmul": (i.a @ i.b.T, i.cube @ i.cube2, i.row @ i.cube2, i.cube.bmm(i.cube2)),
        "dot": (i.row.dot(i.other), torch.outer(i.row, i.other), torch.kron(i.a, i.b)),
        "addmm": (
            torch.addmm(i.a.T[:, :3], i.b.T, i.a[:, :3], beta=0.5, alpha=2),
            torch.baddbmm(i.right, i.square, i.right, beta=0.5, alpha=2),
        ),
        "einsum": (
            torch.einsum("bnd,bdm->bnm", i.cube, i.cube2),
            torch.einsum("bnd->dn", i.cube),
            torch.einsum("n,nm,m->", i.a[:, 0], i.a, i.row),
        ),
        "cdist": (torch.cdist(i.a, i.b), torch.cdist(i.cube, i.cube, p=1)),
        "eigh": (w, i.symmetric, w),
        "svd": (s, i.right, s, i.right),
        "qr": (i.right, torch.eye(3).expand(2, 3, 3), torch.zeros(2, 3, 3)),
        "cholesky": (torch.linalg.cholesky(i.definite), torch.linalg.cholesky(i.definite, upper=True)),
        "solve": (
            torch.linalg.solve(i.definite, i.right),
            torch.linalg.solve_triangular(torch.linalg.cholesky(i.definite), i.right, upper=False),
            torch.linalg.inv(i.definite),
        ),
        "logdet": (torch.logdet(i.definite), i.square[0].trace()),
    }


def network(i):
    x, c = i.image, i.channels
    return {
        "linear": (F.linear(i.a, i.table[:, :4]), F.linear(i.cube, i.table.T, i.bias)),
        "conv2d": (
            F.conv2d(x, i.filter),
            F.conv2d(x, i.filter, i.bias, stride=(2, 1), padding=(1, 2)),
            F.conv2d(x, i.grouped, i.bias, padding=1, dilation=2, groups=2),
        ),
        "convTranspose2d": (
            F.conv_transpose2d(x, i.up),
            F.conv_transpose2d(x, i.up, i.bias[:3], stride=2, padding=1, output_padding=1),
        ),
        "pool": (
            F.max_pool2d(x, 2),
            F.max_pool2d(x, 3, stride=2, padding=1),
            F.avg_pool2d(x, (3, 2), stride=1, padding=1),
            F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
            F.adaptive_avg_pool2d(x, (3, 2)),
        ),
        "unfold": F.unfold(x, (3, 2), stride=2, padding=1),
        "groupNorm": (F.group_norm(x, 2), F.group_norm(x, 2, c, i.row, 1e-3)),
        "layerNorm": (F.layer_norm(i.cube, (4,)), F.layer_norm(i.cube, (4,), c, i.row, 1e-3), F.layer_norm(i.cube, (3, 4))),
        "rmsNorm": (F.rms_norm(i.cube, (4,), eps=1e-6), F.rms_norm(i.cube, (4,), c, 1e-3)),
        "batchNorm": (F.batch_norm(x, i.row, c), F.batch_norm(x, i.row, c, c, i.other, eps=1e-3)),
    }


def images(i):
    x = i.image
    results = {
        f"interpolate.{mode}": (F.interpolate(x, (9, 8), mode=mode), F.interpolate(x, (3, 2), mode=mode))
        for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area")
    }
    for mode in ("bilinear", "bicubic"):
        results[f"interpolate.{mode}.corners"] = F.interpolate(x, (9, 3), mode=mode, align_corners=True)
        results[f"interpolate.{mode}.antialias"] = F.interpolate(x, (2, 3), mode=mode, antialias=True)
    return results | {"pixelShuffle": (F.pixel_shuffle(x, 2), F.pixel_unshuffle(x[:, :, :, :4], 2))}


def tokens(i):
    q, k, v = i.query, i.key, i.value
    return {
        "embedding": i.table[i.labels],
        "oneHot": F.one_hot(i.labels, 4),
        "attention": (
            F.scaled_dot_product_attention(q, k, v),
            F.scaled_dot_product_attention(q, q, q, is_causal=True),
            F.scaled_dot_product_attention(q, k, v, attn_mask=i.allowed),
            F.scaled_dot_product_attention(q, k, v, attn_mask=i.allowed.float() * 2, scale=0.3),
        ),
        "crossEntropy": (
            F.cross_entropy(i.a, i.labels, reduction="none"),
            F.cross_entropy(i.a, i.labels, reduction="none", label_smoothing=0.1),
        ),
    }


def random():
    """What torch.Generator draws, one call after the other from one stream per seed."""
    results = {}
    for seed in (0, 42, 2**63 + 5):
        g = torch.Generator().manual_seed(seed)
        weights = torch.tensor([0.1, 0.0, 0.5, 0.4])
        draws = {
            "randn": torch.randn(5, generator=g),
            "randn.long": torch.randn(40, generator=g),
            "rand": torch.rand(2, 3, generator=g),
            "randint": torch.randint(-3, 9, (6,), generator=g),
            "randperm": torch.randperm(9, generator=g),
            "multinomial": torch.multinomial(weights, 5, replacement=True, generator=g),
            "multinomial.apart": torch.multinomial(weights, 3, generator=g),
            "bernoulli": torch.bernoulli(weights, generator=g),
            "randn.double": torch.randn(3, generator=g, dtype=torch.float64),
        }
        results |= {f"{seed}/{name}": value for name, value in draws.items()}
    save_file(results, HERE / "random.safetensors")


if __name__ == "__main__":
    python_file()
    operations()
    random()
