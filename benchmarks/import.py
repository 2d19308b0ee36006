"""Model files planned, against the packages that load them; whole processes, in one run.

    python benchmarks/import.py                ResNet-50's layers, and a file of 500 MiB
    python benchmarks/import.py FILE ...       these ONNX files

Peers are `onnx.load` with its shape inference, and onnx-tool where it is installed. Each is a
process of its own: CPU seconds and peak memory are those of the process.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.importers.onnx_bytes import model, node  # noqa: E402 - beside the package

ROUNDS = 3
_LARGE = "--write-large"
PEERS = {
    "convcalc": "import convcalc; print(convcalc.plan(convcalc.load({file!r})).totals.macs)",
    "onnx": (
        "import onnx; m = onnx.load({file!r}); "
        "print(len(onnx.shape_inference.infer_shapes(m).graph.value_info))"
    ),
    "onnx_tool": (
        "import onnx_tool; m = onnx_tool.Model({file!r}); m.graph.shape_infer(); "
        "m.graph.profile(); print(m.graph.macs)"
    ),
}


def measured(code: str) -> tuple[float, float] | None:
    """CPU seconds and peak MiB of a process; None where it fails."""
    best: tuple[float, float] | None = None
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        probe = (
            f"{code}\nimport resource\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
        )
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            return None
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        peak = float(done.stdout.split()[-1])
        best = min(best, (cpu, peak)) if best else (cpu, peak)
    return best


def large(path: Path) -> None:
    """A file of 500 MiB: 32 convolutions of 640 channels."""
    count, wide = 32, 640
    nodes = [node("Conv", [f"t{n}", f"w{n}"], [f"t{n + 1}"], pads=[1] * 4) for n in range(count)]
    weights = {f"w{n}": (wide, wide, 3, 3) for n in range(count)}
    path.write_bytes(model(nodes, {"t0": [1, wide, 28, 28]}, [f"t{count}"], weights))


def main(files: list[str]) -> None:
    """Print a row for each file and program."""
    with tempfile.TemporaryDirectory() as folder:
        if not files:
            light = importlib.util.find_spec("onnx")
            if light is not None and light.origin:
                data = Path(light.origin).parent / "backend" / "test" / "data" / "light"
                files.append(str(data / "light_resnet50.onnx"))
            made = Path(folder) / "large.onnx"
            # In a process of its own: those that it starts inherit its peak.
            subprocess.run([sys.executable, __file__, _LARGE, str(made)], check=True)
            files.append(str(made))
        print(f"{'file':<24}{'size':>10}  {'program':<10}{'CPU s':>8}{'MiB':>8}")
        for file in files:
            size = os.path.getsize(file) / 2**20
            for name, code in PEERS.items():
                if name != "convcalc" and importlib.util.find_spec(name) is None:
                    print(f"{Path(file).name:<24}{size:>6.1f} MiB  {name:<10} not installed")
                    continue
                found = measured(code.format(file=file))
                told = "fails" if found is None else f"{found[0]:>8.2f}{found[1]:>8.0f}"
                print(f"{Path(file).name:<24}{size:>6.1f} MiB  {name:<10}{told}")


if __name__ == "__main__":
    if sys.argv[1:2] == [_LARGE]:
        large(Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
