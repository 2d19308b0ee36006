"""One measurement in one process: called by `run.py`, which reads the JSON that it prints.

python benchmarks/run_peers.py about
python benchmarks/run_peers.py network NAME ROUNDS
python benchmarks/run_peers.py memory PEER NAME ONNX_FILE
"""

from __future__ import annotations

import ctypes
import importlib.util
import io
import json
import os
import platform
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

Call = Callable[[], Any]


def about() -> list[str]:
    """What ran: processor, versions, the kernel of numpy's BLAS, threads."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    lines = [f"{processor()}, Python {platform.python_version()}, numpy {np.__version__}"]
    lines.append(f"BLAS of numpy: {blas['name']} {blas['version']}, kernel {blas_kernel()}")
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "not set")
    lines.append(f"threads: {threads} for BLAS, torch and onnxruntime; CPU time, medians")
    peers = [name for name in ("torch", "onnxruntime", "onnx", "scipy") if installed(name)]
    versions = (f"{name} {importlib.import_module(name).__version__}" for name in peers)
    return [*lines, f"peers: {', '.join(versions)}"]


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def system_file(path: str) -> list[str]:
    """Lines of a file that only Linux has."""
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def processor() -> str:
    """The processor's name, and whether it has the widest vectors."""
    lines = system_file("/proc/cpuinfo")
    wide = " with AVX-512" if any("avx512f" in line for line in lines) else ""
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor()])[0] + wide


def blas_kernel() -> str:
    """The kernel that the loaded OpenBLAS uses, as it says itself."""
    paths = {line.split()[-1] for line in system_file("/proc/self/maps")}
    for path in paths:
        if "openblas" in path and ".so" in path:
            library = ctypes.CDLL(path)
            for name in ("scipy_openblas_get_corename64_", "openblas_get_corename"):
                if hasattr(library, name):
                    function = getattr(library, name)
                    function.restype = ctypes.c_char_p
                    return str(function().decode())
    return "unknown"


def by_turns(calls: dict[str, Call], rounds: int) -> tuple[dict[str, float], float]:
    """(median CPU milliseconds of each call, wall over CPU time of all), each called in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    repeats = {}
    for name, call in calls.items():
        call()
        start = time.process_time()
        call()
        # Short calls are repeated, because the clock is coarse.
        repeats[name] = max(1, round(0.01 / max(time.process_time() - start, 1e-6)))
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(repeats[name]):
                call()
            times[name].append((time.process_time() - start) / repeats[name] * 1000)
    busy = (time.perf_counter() - wall) / (time.process_time() - cpu)
    return {name: statistics.median(values) for name, values in times.items()}, busy


def torch_peer(network: Any, *inputs: Any) -> Call:
    """Eager PyTorch on one thread."""
    import torch

    torch.set_num_threads(1)
    tensors = [torch.from_numpy(x) for x in inputs]

    def call() -> Any:
        with torch.inference_mode():
            return network(*tensors)

    return call


def onnxruntime_peer(model: bytes | str, feeds: dict[str, Any]) -> Call:
    """ONNX Runtime on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)


def network(name: str, rounds: int) -> dict[str, Any]:
    """Times of all peers on one network with the same weights, and how far outputs differ."""
    import numpy as np

    import convcalc
    from convcalc.arrays.ops import Ops, channels_last
    from convcalc.arrays.run import through
    from convcalc.arrays.session import Session
    from tests.crosscheck.reference_networks import REFERENCES
    from tests.crosscheck.torch_weights import outputs_and_weights, randomise

    graph = convcalc.load(ROOT / "examples" / "configs" / f"{name}.net.yaml").graph()
    rng = np.random.default_rng(0)
    inputs = {
        key: rng.standard_normal((1, *shape), np.float32) for key, shape in graph.inputs.items()
    }
    module = REFERENCES[name]().eval()
    randomise(module)
    calls = {"torch": torch_peer(module, *inputs.values())}
    (wanted, *_), weights = outputs_and_weights(module, inputs, graph)
    session = Session(graph, weights)
    fast = Session(graph, weights, fast=True)
    calls["prepared"] = lambda: session.run(inputs)
    calls["fast"] = lambda: fast.run(inputs)
    calls["by layer"] = lambda: through(
        graph, [channels_last(x) for x in inputs.values()], weights, Ops()
    )
    if installed("onnxruntime"):
        model, names = exported(module, inputs)
        feeds = dict(zip(names, inputs.values(), strict=True))
        calls["onnxruntime"] = onnxruntime_peer(model, feeds)
    differences = {}
    for peer, ours in (("prepared", session), ("fast", fast)):
        found = next(iter(ours.run(inputs).values()))
        differences[peer] = float(np.abs(found - wanted).max() / np.abs(wanted).max())
    ms, busy = by_turns(calls, rounds)
    return {"ms": ms, "differences": differences, "busy": busy}


def exported(module: Any, inputs: dict[str, Any]) -> tuple[bytes, list[str]]:
    """(ONNX file, names of its inputs) of a torch network."""
    import torch

    names = [f"x{number}" for number in range(len(inputs))]
    file = io.BytesIO()
    tensors = tuple(torch.from_numpy(x) for x in inputs.values())
    torch.onnx.export(module, tensors, file, dynamo=False, input_names=names)
    return file.getvalue(), names


def memory(peer: str, name: str, path: str) -> int:
    """Peak megabytes of a process that runs a network with random weights; `path` is its ONNX.

    The peer `export` writes that file, and stands apart so that its own memory does not count.
    """
    import numpy as np

    import convcalc
    from convcalc.arrays.session import prepare

    planned = convcalc.load(ROOT / "examples" / "configs" / f"{name}.net.yaml")
    graph = planned.graph()
    inputs = {key: np.ones((1, *shape), np.float32) for key, shape in graph.inputs.items()}
    call: Call
    if peer == "prepared":
        session = prepare(planned)
        call = lambda: session.run(inputs)  # noqa: E731 - one call a peer
    elif peer == "by layer":
        call = lambda: convcalc.run(planned, inputs)  # noqa: E731
    elif peer == "onnxruntime":
        feeds = {f"x{number}": x for number, x in enumerate(inputs.values())}
        call = onnxruntime_peer(path, feeds)
    else:
        from tests.crosscheck.reference_networks import REFERENCES

        module = REFERENCES[name]().eval()
        if peer == "export":
            Path(path).write_bytes(exported(module, inputs)[0])
        call = torch_peer(module, *inputs.values())
    for _ in range(3):
        call()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    warnings.simplefilter("ignore")
    command, *rest = sys.argv[1:]
    found: Any
    if command == "about":
        found = about()
    elif command == "network":
        found = network(rest[0], int(rest[1]))
    else:
        found = memory(*rest)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
