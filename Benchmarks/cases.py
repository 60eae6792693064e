"""What is compared: our command beside scripts that do the same work."""

import dataclasses


#: Stands for a folder that is made before the case is timed.
IMAGES = "IMAGES"


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program beside ours."""

    name: str
    script: str
    arguments: tuple = ()
    #: What the project promises: their time by ours.
    expected: float | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of work. With --quick only the cases marked so are timed, beside their first peer only."""

    name: str
    command: tuple
    peers: tuple
    quick: bool = False
    #: True if the work can be done on a GPU, by us and by the peers that use PyTorch.
    accelerated: bool = True
    #: True if it reads the folder of images, for which IMAGES stands in command and arguments.
    reads_images: bool = False

    def reading(self, folder):
        """The same with the folder of images in its place."""
        def placed(words):
            return tuple(str(folder) if word is IMAGES else word for word in words)
        peers = tuple(dataclasses.replace(peer, arguments=placed(peer.arguments)) for peer in self.peers)
        return dataclasses.replace(self, command=placed(self.command), peers=peers)

    def on_accelerator(self):
        """The same without promises, which are about the CPU, and without peers that are installed for it only."""
        peers = tuple(dataclasses.replace(peer, expected=None) for peer in self.peers if "jax" not in peer.arguments)
        return dataclasses.replace(self, peers=peers)


def step():
    script = "demo_step.py"
    return Case("step of the demo's generator", ("step",), (
        Peer("PyTorch eager, bfloat16", script, (), 1.6),
        Peer("PyTorch compiled, bfloat16", script, ("--compile",), 1.6),
        Peer("PyTorch eager, float32", script, ("--precision", "float32")),
    ), quick=True)


def field(shape, torch, xla, quick=False):
    arguments = ("--shape", shape, "--peer")
    return Case(f"field B,G,P,Q,D = {shape}", ("field", "--shape", shape), (
        Peer("PyTorch eager", "paced_field.py", (*arguments, "torch"), torch),
        Peer("JAX, jit", "paced_field.py", (*arguments, "jax"), xla),
    ), quick)


def sample(network, batch, expected, quick=False):
    arguments = ("--network", network, "--batch", str(batch))
    return Case(f"sample, {network}, batch {batch}", ("sample", *arguments), (
        Peer("PyTorch eager, bfloat16", "sample.py", arguments, expected),
    ), quick)


def data():
    arguments = ("--path", IMAGES, "--batch", "128", "--workers", "2")
    return Case("epoch of 32 x 32 JPEGs in a folder", ("data", *arguments), (
        Peer("torchvision ImageFolder, DataLoader", "data.py", arguments, 2),
    ), accelerated=False, reads_images=True)


def frechet():
    return Case("frechet, 2048 features", ("frechet",), (
        Peer("scipy.linalg.sqrtm", "frechet.py", (), 3),
    ), accelerated=False)


def neighbours(count):
    arguments = ("--count", str(count))
    return Case(f"neighbours, {count} x 2048", ("neighbours", *arguments), (
        Peer("scikit-learn and NumPy", "neighbours.py", arguments),
    ), accelerated=False)


CASES = [
    step(),
    field("64,64,64,16,256", 2, None, quick=True),
    field("512,64,64,16,256", 4, 2.5),
    field("64,64,64,32,2560", 4, 2.5),
    field("1,512,512,0,3072", 2, None),
    field("1,2048,2048,0,512", 2, None),
    sample("conv", 64, 1.5, quick=True),
    sample("conv", 1, None),
    sample("dit-b2", 4, None),
    data(),
    frechet(),
    neighbours(10_000),
]
