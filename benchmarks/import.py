"""How fast and how small model files are planned, beside programs that read them, in one run.

    python benchmarks/import.py                what is listed at SUBJECTS, as far as it can be made
    python benchmarks/import.py FILE ...       these ONNX files

Each program is a process of its own, which reads the file and says a figure of it: user and system
time, the least of several turns, and its peak memory. Programs that are not installed are left out,
and said so. One thread for everybody.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.plan import child  # noqa: E402 - beside the package
from tests.importers.onnx_bytes import model, node  # noqa: E402

ROUNDS = 3
_MAKE = "--make"
_PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


class Program(NamedTuple):
    """What reads a file: the package that it needs, and the code that ends in a figure."""

    package: str
    code: str


PLAN = Program("convcalc", "import convcalc; print(convcalc.plan(convcalc.load({file!r})))")
COMMAND = Program(
    "convcalc",
    "import sys; from convcalc.__main__ import main; sys.argv = ['convcalc', 'plan', {file!r}]; "
    "main()",
)
ONNX = {
    "convcalc": PLAN,
    "convcalc plan (command)": COMMAND,
    "onnx.load + shape inference": Program(
        "onnx",
        "import onnx; m = onnx.load({file!r}); "
        "print(len(onnx.shape_inference.infer_shapes(m).graph.value_info))",
    ),
    "onnx-tool": Program(
        "onnx_tool",
        "import onnx_tool; m = onnx_tool.Model({file!r}); m.graph.shape_infer(); "
        "m.graph.profile(); print(m.graph.macs[0])",
    ),
}
MODULE = {
    "torchinfo on the module": Program(
        "torchinfo",
        "import torchinfo; from benchmarks.peers import INPUT, torch_resnet; "
        "print(torchinfo.summary(torch_resnet('resnet50'), INPUT, verbose=0).total_mult_adds)",
    )
}
TFLITE = {
    "convcalc": PLAN,
    "convcalc plan (command)": COMMAND,
    "LiteRT, tensors allocated": Program(
        "ai_edge_litert",
        "from ai_edge_litert.interpreter import Interpreter; m = Interpreter({file!r}); "
        "m.allocate_tensors(); print(len(m.get_tensor_details()))",
    ),
}
KERAS = {
    "convcalc": PLAN,
    "convcalc plan (command)": COMMAND,
    "keras.models.load_model": Program(
        "keras", "import keras; print(keras.models.load_model({file!r}).count_params())"
    ),
}


def light_resnet50(path: Path) -> None:
    """ResNet-50 without its weights, as the onnx package has it."""
    found = importlib.util.find_spec("onnx")
    if found is None or not found.origin:
        raise ImportError("onnx")
    data = Path(found.origin).parent / "backend" / "test" / "data" / "light"
    path.write_bytes((data / "light_resnet50.onnx").read_bytes())


def large(path: Path) -> None:
    """A file of 500 MB: 34 convolutions of 640 channels."""
    count, wide = 34, 640
    nodes = [node("Conv", [f"t{n}", f"w{n}"], [f"t{n + 1}"], pads=[1] * 4) for n in range(count)]
    weights = {f"w{n}": (wide, wide, 3, 3) for n in range(count)}
    path.write_bytes(model(nodes, {"t0": [1, wide, 28, 28]}, [f"t{count}"], weights))


def mobilenet_v2_tflite(path: Path) -> None:
    """MobileNetV2 at 224, float, as a converter writes it."""
    from tests.crosscheck.tflite_files import Net
    from tests.importers.tflite_bytes import RELU6

    net = Net(image=(1, 224, 224, 3))
    x, channels = net.conv("image", 3, 32, s=2, fused=RELU6), 32
    stages = (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)
    for times, out, count, first in (*stages, (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(count):
            stride, wide = first if not block else 1, channels * times
            inner = net.conv(x, channels, wide, k=1, fused=RELU6) if times > 1 else x
            inner = net.depthwise(inner, wide, s=stride, fused=RELU6)
            inner = net.conv(inner, wide, out, k=1)
            x = net.add("ADD", inner, x) if stride == 1 and out == channels else inner
            channels = out
    x = net.add("MEAN", net.conv(x, channels, 1280, k=1, fused=RELU6), net.sizes(1, 2))
    path.write_bytes(net.file(net.dense(x, 1280, 1000)))


def mobilenet_v2_keras(path: Path) -> None:
    """MobileNetV2 of Keras, with weights."""
    import keras

    keras.applications.MobileNetV2(weights=None).save(path)


# A file, who makes it, and who reads it.
SUBJECTS: dict[str, tuple[Callable[[Path], None], dict[str, Program]]] = {
    "light_resnet50.onnx": (light_resnet50, ONNX | MODULE),
    "large.onnx": (large, ONNX),
    "mobilenet_v2.tflite": (mobilenet_v2_tflite, TFLITE),
    "mobilenet_v2.keras": (mobilenet_v2_keras, KERAS),
}


def measured(code: str) -> tuple[float, float]:
    """CPU seconds and peak MiB of a process."""
    begun = f"import sys; sys.path.insert(0, {str(ROOT)!r})"
    cpu, printed = child([sys.executable, "-c", f"{begun}\n{code}\n{_PEAK}"])
    return cpu, float(printed.split()[-1])


def compare(path: Path, programs: dict[str, Program]) -> None:
    """Print a row for each program, in turn, so that a drifting clock hits all alike."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    failed = set()
    for _ in range(ROUNDS):
        for name, one in programs.items():
            if importlib.util.find_spec(one.package) is None or name in failed:
                continue
            try:
                found[name].append(measured(one.code.format(file=str(path))))
            except subprocess.CalledProcessError:
                failed.add(name)
    size = f"{os.path.getsize(path) / 2**20:.1f} MiB"
    for name, runs in found.items():
        told = f"{min(runs)[0]:>8.2f}{max(peak for _, peak in runs):>8.0f}" if runs else ""
        said = "fails" if name in failed else told or "not installed"
        print(f"{path.name:<22}{size:>10}  {name:<28}{said}", flush=True)


def main(files: Sequence[str]) -> None:
    """Print a table of the subjects, or of these files."""
    print(f"{'file':<22}{'size':>10}  {'program':<28}{'CPU s':>8}{'MiB':>8}")
    for file in files:
        compare(Path(file), ONNX)
    if files:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, programs) in SUBJECTS.items():
            path = Path(folder) / name
            # In a process of its own: those that it starts inherit its peak.
            made = subprocess.run(
                [sys.executable, __file__, _MAKE, name, str(path)], capture_output=True, check=False
            )
            if made.returncode:
                reason = made.stderr.decode(errors="replace").strip().rpartition("\n")[2]
                print(f"{name:<22}cannot be made here: {reason}")
                continue
            compare(path, programs)


if __name__ == "__main__":
    if sys.argv[1:2] == [_MAKE]:
        SUBJECTS[sys.argv[2]][0](Path(sys.argv[3]))
    else:
        main(sys.argv[1:])
