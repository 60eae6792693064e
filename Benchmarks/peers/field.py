"""The released drifting field as others would write it: PyTorch eager and JAX under jit, value and gradient.

Both are composed from library operations by the formula, without a look at anybody's code. Prints one line of JSON per
shape: medians of `rounds` calls in milliseconds. To time a peer in turns with another program, run with `--serve`: it
then reads shapes from the standard input, one `B,G,P,Q,D` per line, and answers each line with one call's milliseconds
per peer, so that both sides see the same load of the machine.

    field.py --shape 64,64,64,16,256 --rounds 9 --peers torch,jax
"""

import argparse
import functools
import json
import os
import statistics
import sys
import time

TEMPERATURES = (0.2, 0.05, 0.02)


def torch_loss(x, negatives, positives):
    """Loss per group [B]; its gradient flows to x only."""
    import torch

    groups, generated, features = x.shape
    with torch.no_grad():
        targets = torch.cat([x, negatives, positives], 1)
        repelling = generated + negatives.shape[1]
        squared = x.square().sum(2, keepdim=True) + targets.square().sum(2).unsqueeze(1)
        distances = torch.baddbmm(squared, x, targets.transpose(1, 2), alpha=-2).clamp_min_(1e-8).sqrt_()
        scale = distances.mean()
        unit = (scale / features**0.5).clamp_min(1e-3)
        distances = distances / scale.clamp_min(1e-3)
        distances.diagonal(dim1=1, dim2=2)[:, :generated].add_(100)
        drift = torch.zeros_like(x)
        for temperature in TEMPERATURES:
            logits = distances * (-1 / temperature)
            affinity = (logits.softmax(2) * logits.softmax(1)).clamp_min_(1e-6).sqrt_()
            repel, attract = affinity[:, :, :repelling], affinity[:, :, repelling:]
            coefficients = torch.cat(
                [-repel * attract.sum(2, keepdim=True), attract * repel.sum(2, keepdim=True)], 2)
            force = (coefficients @ targets - coefficients.sum(2, keepdim=True) * x) / unit
            drift += force / force.square().mean().clamp_min(1e-8).sqrt()
        goal = x / unit + drift
    return (x / unit - goal).square().mean((1, 2))


def jax_loss(x, negatives, positives):
    """The same for JAX."""
    import jax
    import jax.numpy as jnp

    groups, generated, features = x.shape
    fixed = jax.lax.stop_gradient(x)
    targets = jnp.concatenate([fixed, negatives, positives], 1)
    repelling = generated + negatives.shape[1]
    squared = jnp.square(fixed).sum(2, keepdims=True) + jnp.square(targets).sum(2)[:, None, :]
    distances = jnp.sqrt(jnp.maximum(squared - 2 * jnp.einsum("bid,bjd->bij", fixed, targets), 1e-8))
    scale = distances.mean()
    unit = jnp.maximum(scale / features**0.5, 1e-3)
    distances = distances / jnp.maximum(scale, 1e-3) + 100 * jnp.eye(generated, targets.shape[1])
    drift = jnp.zeros_like(x)
    for temperature in TEMPERATURES:
        logits = distances * (-1 / temperature)
        product = jax.nn.softmax(logits, 2) * jax.nn.softmax(logits, 1)
        affinity = jnp.sqrt(jnp.maximum(product, 1e-6))
        repel, attract = affinity[:, :, :repelling], affinity[:, :, repelling:]
        coefficients = jnp.concatenate(
            [-repel * attract.sum(2, keepdims=True), attract * repel.sum(2, keepdims=True)], 2)
        force = (jnp.einsum("bij,bjd->bid", coefficients, targets) - coefficients.sum(2, keepdims=True) * fixed) / unit
        drift += force / jnp.sqrt(jnp.maximum(jnp.square(force).mean(), 1e-8))
    goal = jax.lax.stop_gradient(fixed / unit + drift)
    return jnp.square(x / jax.lax.stop_gradient(unit) - goal).mean((1, 2))


class TorchPeer:
    def __init__(self, shape, device="cpu"):
        import torch

        groups, generated, positives, negatives, features = shape
        source = torch.Generator().manual_seed(0)
        draw = lambda count: torch.randn(groups, count, features, generator=source).to(device)
        self.inputs = draw(generated).requires_grad_(), draw(negatives), draw(positives)

    def __call__(self):
        import torch

        self.inputs[0].grad = None
        loss = torch_loss(*self.inputs)
        loss.sum().backward()
        if loss.is_cuda:
            # Nothing is copied to the host, but all of it is done.
            torch.cuda.synchronize()
            return loss.detach(), self.inputs[0].grad
        return loss.detach().numpy(), self.inputs[0].grad.numpy()


class JaxPeer:
    def __init__(self, shape):
        import jax

        groups, generated, positives, negatives, features = shape
        keys = jax.random.split(jax.random.key(0), 3)
        counts = generated, negatives, positives
        self.inputs = [jax.random.normal(key, (groups, count, features)) for key, count in zip(keys, counts)]
        self.step = compiled_jax_step()

    def __call__(self):
        import jax

        (_, loss), gradient = jax.block_until_ready(self.step(*self.inputs))
        return loss, gradient


@functools.cache
def compiled_jax_step():
    import jax

    def total(x, negatives, positives):
        loss = jax_loss(x, negatives, positives)
        return loss.sum(), loss

    return jax.jit(jax.value_and_grad(total, has_aux=True))


PEERS = {"torch": TorchPeer, "jax": JaxPeer}


def milliseconds(call):
    start = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - start)


def shape_of(text):
    shape = tuple(int(number) for number in text.split(","))
    if len(shape) != 5:
        raise SystemExit(f"a shape is B,G,P,Q,D, not {text}")
    return shape


def serve(names):
    prepared = {}
    for line in sys.stdin:
        shape = shape_of(line.strip())
        if shape not in prepared:
            prepared = {shape: {name: PEERS[name](shape) for name in names}}
            for peer in prepared[shape].values():
                peer()
        print(json.dumps({name: milliseconds(peer) for name, peer in prepared[shape].items()}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", action="append", type=shape_of, help="B,G,P,Q,D; may be given several times")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peers", default="torch", help="torch, jax, or both with a comma between")
    parser.add_argument("--serve", action="store_true")
    arguments = parser.parse_args()
    names = arguments.peers.split(",")
    if unknown := set(names) - PEERS.keys():
        parser.error(f"unknown peers {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if arguments.serve:
        return serve(names)
    for shape in arguments.shape or [(64, 64, 64, 16, 256)]:
        peers = {name: PEERS[name](shape) for name in names}
        for peer in peers.values():
            peer()
        times = {name: [] for name in names}
        for _ in range(arguments.rounds):
            for name, peer in peers.items():
                times[name].append(milliseconds(peer))
        medians = {name: round(statistics.median(list_), 3) for name, list_ in times.items()}
        print(json.dumps({"shape": shape, "rounds": arguments.rounds, "milliseconds": medians}), flush=True)


if __name__ == "__main__":
    main()
