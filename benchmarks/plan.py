"""How fast planning is, beside tools that answer the same question, measured in one run.

    python benchmarks/plan.py                  # whole processes and warm calls, with peers
    python benchmarks/plan.py --scale          # a generated file of 1,000 to 100,000 layers
    python benchmarks/plan.py --networks resnet50 --rounds 3
    python benchmarks/plan.py --examples       # every example network beside ResNet-152

Whole processes are measured by the operating system (user + system time of the child), peers in
turn so that a drifting clock hits all alike; the median is printed with its ratio to convcalc.
Warm is the CPU time of a second call inside the process: for convcalc from the text again.
Peers that are not installed are left out, and said so. One thread for everybody.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEERS = Path(__file__).with_name("peers.py")
CONFIGS = PEERS.parents[1] / "examples" / "configs"
NEEDS = {
    "bare python": [],
    "convcalc": ["convcalc"],
    "convcalc plan (command)": ["convcalc"],
    "onnx-tool, ready file": ["onnx_tool", "torch"],
    "torchinfo": ["torchinfo", "torch"],
    "fvcore": ["fvcore", "torch"],
    "FlopCounterMode, meta": ["torch"],
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def environment() -> dict[str, str]:
    """One thread for everybody, and compiled modules kept, as an installed package has them."""
    inherited = {key: value for key, value in os.environ.items() if "BYTECODE" not in key}
    return inherited | ONE_THREAD


def child(command: list[str]) -> tuple[float, str]:
    """(CPU seconds, printed text) of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, done.stdout


def compare(networks: list[str], rounds: int) -> None:
    """Print the table of all peers on each network."""
    installed = {
        peer
        for peer, modules in NEEDS.items()
        if all(importlib.util.find_spec(module) for module in modules)
    }
    for peer in NEEDS.keys() - installed:
        print(f"left out, not installed: {peer}")
    for network in networks:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / f"{network}.onnx")
            if "onnx-tool, ready file" in installed:
                child([sys.executable, str(PEERS), "export", network, path])
            rows = measure(network, path, [peer for peer in NEEDS if peer in installed], rounds)
        show(network, rows, rounds)


def measure(
    network: str, path: str, peers: list[str], rounds: int
) -> dict[str, tuple[list[float], list[float], str]]:
    """CPU seconds of whole processes and milliseconds of warm calls, peers in turn."""
    config = CONFIGS / f"{network}.net.yaml"
    rows: dict[str, tuple[list[float], list[float], str]] = {p: ([], [], "") for p in peers}
    for _ in range(rounds):
        for peer in peers:
            cold, warm, _found = rows[peer]
            if peer == "convcalc plan (command)":
                cpu, _out = child([sys.executable, "-m", "convcalc", "plan", str(config)])
                cold.append(cpu)
                continue
            cpu, out = child([sys.executable, str(PEERS), peer, network, path])
            found, milliseconds = out.split()
            cold.append(cpu)
            warm.append(float(milliseconds))
            rows[peer] = (cold, warm, found)
    return rows


def show(network: str, rows: dict[str, tuple[list[float], list[float], str]], rounds: int) -> None:
    """Print one network's table."""
    print(f"\n{network}, median of {rounds} rounds")
    print(f"{'':26}{'process CPU s':>14}{'ratio':>8}{'warm CPU ms':>13}{'ratio':>8}  params")
    ours_cold = statistics.median(rows["convcalc plan (command)"][0])
    ours_warm = statistics.median(rows["convcalc"][1])
    for peer, (cold, warm, found) in rows.items():
        process = statistics.median(cold)
        line = f"{peer:26}{process:14.3f}{process / ours_cold:8.1f}"
        if warm and found != "-":
            line += f"{statistics.median(warm):13.2f}{statistics.median(warm) / ours_warm:8.1f}"
            line += f"  {found}"
        print(line)


def examples(rounds: int) -> None:
    """Print the CPU time of a plan of each example, from a network that is loaded."""
    import convcalc

    networks = {path.name.split(".")[0]: convcalc.load(path) for path in CONFIGS.iterdir()}
    taken: dict[str, list[float]] = {name: [] for name in networks}
    # The first round loads what the others find.
    for _ in range(rounds + 1):
        for name, network in networks.items():
            start = time.process_time()
            convcalc.plan(network)
            taken[name].append(time.process_time() - start)
    medians = {name: statistics.median(own[1:]) * 1000 for name, own in taken.items()}
    print(f"{'plan':26}{'CPU ms':>9}{'ratio':>8}")
    for name in sorted(medians, key=medians.__getitem__, reverse=True):
        print(f"{name:26}{medians[name]:9.2f}{medians[name] / medians['resnet152']:8.2f}")


def generated(layers: int) -> str:
    """A network of that many layers, written within the format's limit of nodes."""
    lines = ["convcalc: 1", "input: [16, 256, 256]", "layers:"]
    for _ in range(layers // 20):
        lines += [
            "  - {conv: {out: 16, k: 3, p: 1, bias: false}, repeat: 8}",
            "  - batch_norm",
            "  - {relu: {}, repeat: 10}",
            "  - conv: {out: 16, k: 1}",
        ]
    return "\n".join(lines) + "\n"


SCALE = """
import resource, sys, time
import convcalc
text = sys.stdin.read()
start = time.process_time()
plan = convcalc.plan(convcalc.loads(text))
plan.totals
cpu = time.process_time() - start
print(len(plan), cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def scale() -> None:
    """Print CPU time and peak memory against the number of layers."""
    print(f"{'layers':>8}{'CPU s':>8}{'us/layer':>10}{'peak MB':>9}")
    for layers in (1000, 3000, 10_000, 30_000, 100_000):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", SCALE],
            input=generated(layers),
            capture_output=True,
            text=True,
            check=True,
        )
        count, cpu, megabytes = done.stdout.split()
        each = float(cpu) / int(count) * 1e6
        wall = time.perf_counter() - start
        print(f"{count:>8}{float(cpu):8.2f}{each:10.1f}{megabytes:>9}   (wall {wall:.2f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", nargs="+", default=["resnet50", "resnet152"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--examples", action="store_true")
    options = parser.parse_args()
    if options.scale:
        scale()
    elif options.examples:
        examples(options.rounds)
    else:
        compare(options.networks, options.rounds)


if __name__ == "__main__":
    main()
