"""How fast networks run with numpy, beside PyTorch and ONNX Runtime, measured in one run.

    python benchmarks/run.py                        # four networks at 224x224, batch 1
    python benchmarks/run.py --networks resnet50 --rounds 5
    python benchmarks/run.py --layers               # single layers, every algorithm and every peer
    python benchmarks/run.py --memory               # peak memory of whole processes
    python benchmarks/run.py --blas-kernel Haswell  # OpenBLAS with a kernel that it did not choose

One thread for everybody, the same weights, and in one process by turns, so that a drifting clock
and a busy neighbour hit all alike; CPU time, medians. The kernel of numpy's BLAS is the one that
it finds for the processor by itself, unless another is named: a kernel that the shell forces is
dropped, because PyTorch and ONNX Runtime do not obey it. `prepared` is a session as used for many
runs, `fast` one that may use Winograd's algorithm; `by layer` is `convcalc.run` with these weights,
which lays them out anew for each run. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from math import prod
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS, LAYERS = HERE / "run_peers.py", HERE / "run_layers.py"
NETWORKS = ["vgg16", "resnet18", "resnet50", "mobilenet_v2"]
LIMITS = {"prepared": 0.95, "fast": 0.76}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def environment(kernel: str) -> dict[str, str]:
    """One thread for everybody, and OpenBLAS's own choice of its kernel unless one is named."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    forced = {"OPENBLAS_CORETYPE": kernel} if kernel else {}
    # The reference networks stand with the tests.
    return kept | dict.fromkeys(THREADS, "1") | forced | {"PYTHONPATH": str(HERE.parent)}


def child(kernel: str, script: Path, *arguments: str) -> Any:
    """What one process found."""
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment(kernel))
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return json.loads(done.stdout.splitlines()[-1])


def networks(names: list[str], rounds: int, kernel: str) -> bool:
    """Print every network's row; False where a geometric mean is above its limit."""
    peers = ["prepared", "fast", "by layer", "onnxruntime"]
    print(f"{'':14}{'torch':>11}  " + "".join(f"{peer:>12}" for peer in peers), end="")
    print(f"{'differences':>18}{'wall/CPU':>10}")
    ratios: dict[str, list[float]] = {peer: [] for peer in LIMITS}
    for name in names:
        found = child(kernel, PEERS, "network", name, str(rounds))
        ms = found["ms"]
        cells = [f"{ms[peer] / ms['torch']:.3f}" if peer in ms else "-" for peer in peers]
        differences = " ".join(f"{found['differences'][peer]:8.1e}" for peer in LIMITS)
        print(f"{name:14}{ms['torch']:8.1f} ms  " + "".join(f"{c:>12}" for c in cells), end="")
        print(f" {differences}{found['busy']:10.2f}")
        for peer, values in ratios.items():
            values.append(ms[peer] / ms["torch"])
    means = {peer: prod(values) ** (1 / len(values)) for peer, values in ratios.items()}
    print("\nTimes are over torch's. Differences are the largest of `prepared` and of `fast` from")
    print("torch's outputs, over the largest output.")
    for peer, mean in means.items():
        print(f"geometric mean, {peer} / torch eager: {mean:.3f} (at most {LIMITS[peer]})")
    return all(means[peer] <= LIMITS[peer] for peer in LIMITS)


def layers(rounds: int, kernel: str) -> None:
    """Print every layer's row: the time of each algorithm, and of each peer, over torch's."""
    for row in child(kernel, LAYERS, str(rounds)):
        torch = row["ms"].pop("torch")
        best = min(row["algorithms"], key=row["ms"].__getitem__)
        print(f"{row['layer']:30}torch {torch:8.3f} ms", end="  ")
        for name, ms in row["ms"].items():
            mark = "*" if name == row["chosen"] else "!" if name == best else ""
            print(f"{name}{mark} {ms / torch:.2f}", end="  ")
        print()
    print("\n* chosen by the table; ! faster here than the chosen one")


def memory(names: list[str], kernel: str) -> None:
    """Print the peak memory of a process that runs each network three times, in MB."""
    peers = ["prepared", "by layer", "torch"]
    if importlib.util.find_spec("onnxruntime"):
        peers.append("onnxruntime")
    print(f"{'MB':16}" + "".join(f"{peer:>13}" for peer in peers))
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / f"{name}.onnx")
            if "onnxruntime" in peers:
                child(kernel, PEERS, "memory", "export", name, path)
            peaks = [child(kernel, PEERS, "memory", peer, name, path) for peer in peers]
        print(f"{name:16}" + "".join(f"{peak:13}" for peak in peaks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--blas-kernel", default="", help="a name that OpenBLAS knows")
    options = parser.parse_args()
    for line in child(options.blas_kernel, PEERS, "about"):
        print(line)
    print()
    if options.layers:
        layers(options.rounds, options.blas_kernel)
    elif options.memory:
        memory(options.networks, options.blas_kernel)
    elif not networks(options.networks, options.rounds, options.blas_kernel):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
