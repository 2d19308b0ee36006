"""One peer, one network, one process: called by `plan.py`, which reads what it prints.

    python benchmarks/peers.py PEER NETWORK [ONNX_FILE]

Prints the parameters that the peer found, or `-`, and the CPU milliseconds of a second, warm
call in the same process.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).resolve().parents[1] / "examples" / "configs"
DEPTHS = {"resnet18": (2, 2, 2, 2), "resnet50": (3, 4, 6, 3), "resnet152": (3, 8, 36, 3)}
INPUT = (1, 3, 224, 224)


def torch_resnet(name: str) -> Any:
    """The network in plain PyTorch, in torchvision's layout (stride on the 3x3)."""
    from torch import nn

    def conv_bn(cin: int, out: int, k: int, s: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(cin, out, k, s, k // 2, bias=False), nn.BatchNorm2d(out)]

    class Residual(nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self, cin: int, width: int, stride: int) -> None:
            super().__init__()
            out = width * (1 if name == "resnet18" else 4)
            if name == "resnet18":
                layers = [*conv_bn(cin, width, 3, stride), nn.ReLU(), *conv_bn(width, width, 3)]
            else:
                layers = [*conv_bn(cin, width, 1), nn.ReLU(), *conv_bn(width, width, 3, stride)]
                layers += [nn.ReLU(), *conv_bn(width, out, 1)]
            self.main = nn.Sequential(*layers)
            keeps = stride == 1 and cin == out
            self.shortcut = nn.Sequential(*([] if keeps else conv_bn(cin, out, 1, stride)))
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu(self.main(x) + self.shortcut(x))

    layers: list[nn.Module] = [*conv_bn(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for stage, depth in enumerate(DEPTHS[name]):
        width = 64 * 2**stage
        for block in range(depth):
            layers.append(Residual(channels, width, 2 if stage and not block else 1))
            channels = width * (1 if name == "resnet18" else 4)
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000)]
    return nn.Sequential(*layers).eval()


def run_convcalc(name: str, _: str) -> Callable[[], object]:
    import convcalc

    text = (CONFIGS / f"{name}.net.yaml").read_bytes()
    return lambda: convcalc.plan(convcalc.loads(text)).totals.params


def run_torchinfo(name: str, _: str) -> Callable[[], object]:
    import torchinfo

    model = torch_resnet(name)
    return lambda: torchinfo.summary(model, INPUT, verbose=0).total_params


def run_fvcore(name: str, _: str) -> Callable[[], object]:
    import torch
    from fvcore.nn import FlopCountAnalysis, parameter_count

    model = torch_resnet(name)

    def call() -> object:
        analysis = FlopCountAnalysis(model, torch.zeros(INPUT)).unsupported_ops_warnings(False)
        analysis.total()
        return parameter_count(model)[""]

    return call


def run_flop_counter(name: str, _: str) -> Callable[[], object]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        model, x = torch_resnet(name), torch.zeros(INPUT)

    def call() -> object:
        with torch.no_grad(), FlopCounterMode(display=False):
            model(x)
        return sum(parameter.numel() for parameter in model.parameters())

    return call


def run_onnx_tool(_: str, path: str) -> Callable[[], object]:
    import onnx_tool

    def call() -> object:
        model = onnx_tool.Model(path)
        model.graph.shape_infer()
        model.graph.profile()
        return model.graph.params

    return call


def run_bare(_: str, __: str) -> Callable[[], object]:
    return lambda: "-"


PEERS: dict[str, Callable[[str, str], Callable[[], object]]] = {
    "bare python": run_bare,
    "convcalc": run_convcalc,
    "onnx-tool, ready file": run_onnx_tool,
    "torchinfo": run_torchinfo,
    "fvcore": run_fvcore,
    "FlopCounterMode, meta": run_flop_counter,
}


def export(name: str, path: str) -> None:
    """Write the network as an ONNX file, for the peer that reads one."""
    import torch

    model = torch_resnet(name)
    torch.onnx.export(model, (torch.zeros(INPUT),), path, dynamo=False)


def main() -> None:
    warnings.simplefilter("ignore")
    peer, name, path = [*sys.argv[1:], ""][:3]
    if peer == "export":
        export(name, path)
        return
    with contextlib.redirect_stdout(io.StringIO()):
        call = PEERS[peer](name, path)
        found = call()
        start = time.process_time()
        call()
        warm = time.process_time() - start
    print(found, warm * 1000)


if __name__ == "__main__":
    main()
