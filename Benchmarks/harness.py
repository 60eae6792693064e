"""Runs programs in turns: each waits for its turn, so that all see the same load of the machine."""

import datetime
import json
import multiprocessing
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = ROOT / ".build/release/pushforward"
PEERS = ROOT / "Benchmarks/peers"
TORCH, JAX = "2.13.0", "0.10.2"
#: Exit status when the peers cannot be had: nothing is wrong with us.
NO_PEERS = 75


class Side:
    """A program that does one round for each line it reads, and answers with its seconds."""

    def __init__(self, name, command):
        self.name, self.command = name, [str(word) for word in command]
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.seconds = []
        if self.process.stdout.readline().strip() != "ready":
            self.fail()

    def fail(self):
        self.process.kill()
        sys.exit(f"This failed: {' '.join(self.command)}")

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.fail()
        self.seconds.append(float(answer))

    def end(self):
        report, _ = self.process.communicate()
        self.gibibytes = json.loads(report)["peak_resident_bytes"] / 2**30
        self.median = statistics.median(self.seconds)


def measure(case, python, rounds, device="cpu"):
    """Our side and the peers of a case, taking turns."""
    where = [] if device == "cpu" else ["--device", device]
    sides = [Side("ours", [OURS, "bench", *case.command, "--json", "-", "--paced", *where])]
    for peer in case.peers:
        sides.append(Side(peer.name, [python, PEERS / peer.script, *peer.arguments, "--paced", *where]))
    for number in range(rounds):
        # Who goes first changes, so that nobody always finds the caches of the same other.
        shift = number % len(sides)
        for side in sides[shift:] + sides[:shift]:
            side.round()
    for side in sides:
        side.end()
    return sides[0], sides[1:]


def interpreter():
    """A Python with the peers' libraries: BENCH_PYTHON, or an environment in .deps that is made here once."""
    if chosen := os.environ.get("BENCH_PYTHON"):
        return chosen
    folder = ROOT / ".deps/bench-venv"
    python = folder / "bin/python"
    has_peers = [python, "-c", "import torch, numpy, scipy, sklearn, jax"]
    if not python.exists() or subprocess.run(has_peers, capture_output=True).returncode:
        print("Installing PyTorch and JAX for the peers into .deps/bench-venv ...", file=sys.stderr)
        install(folder, python)
    return python


def install(folder, python):
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # Not every index has the CPU build: then PyTorch's own, then the plain wheel.
    pytorch = ["--index-url", "https://download.pytorch.org/whl/cpu"]
    wheels = [f"torch=={TORCH}+cpu"], [f"torch=={TORCH}+cpu", *pytorch], [f"torch=={TORCH}"]
    others = "numpy", "scipy", "scikit-learn", f"jax=={JAX}"
    if works([sys.executable, "-m", "venv", "--clear", folder]) and works([*pip, *others]):
        if any(works([*pip, *wheel], stderr=subprocess.DEVNULL) for wheel in wheels):
            return
    print(f"pip could not install torch {TORCH} and {', '.join(others)}. Set BENCH_PYTHON to an interpreter that has "
          "them.", file=sys.stderr)
    sys.exit(NO_PEERS)


def works(command, **how):
    return subprocess.run(command, **how).returncode == 0


def spin(seconds):
    """Seconds of processor time that a busy loop gets in so many seconds."""
    end, start = time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < end:
        pass
    return time.process_time() - start


def free_share(seconds=0.5):
    """Which part of the cores' time is ours: 1 on an idle machine."""
    cores = core_count()
    with multiprocessing.Pool(cores) as pool:
        return sum(pool.map(spin, [seconds] * cores)) / (cores * seconds)


def core_count():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine():
    """The processor, what runs on it, and what else kept it busy."""
    name = platform.processor() or platform.machine()
    if (cpuinfo := pathlib.Path("/proc/cpuinfo")).exists():
        fields = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        name = f"{fields.get('model name', name)} (family {fields.get('cpu family')}, model {fields.get('model')})"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    threads = os.environ.get("OMP_NUM_THREADS", "as many as cores")
    return (f"{name}, {core_count()} cores, threads: {threads}; {platform.system()} {platform.release()}; torch {TORCH}, "
            f"jax {JAX}; load before the run {load}; {datetime.date.today()}")
