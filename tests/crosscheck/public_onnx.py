"""Public models as ONNX files of both of PyTorch's exporters, and the figures that those must have.

MACs are those of PyTorch's counter. Parameters are those of the module that its forward pass
reads, but for what the exporter did to them, which the numbers themselves tell: the weights are
drawn, so that each stored array is a parameter in some order, some of its numbers, or a
convolution that took a norm in. Prints a table of all models: `python -m
tests.crosscheck.public_onnx`, with words that the names have to contain for some of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import convcalc
from tests.crosscheck.counting import counted, parameters_read
from tests.crosscheck.onnx_files import EXPORTERS, exported, loaded
from tests.crosscheck.public_models import NAMES, Made, model
from tests.crosscheck.stored_causes import Array, Causes, causes, stored_arrays


class ByName(nn.Module):  # type: ignore[misc]
    """A module whose inputs have names, which TorchScript's exporter gives by place."""

    def __init__(self, module: nn.Module, names: Iterable[str]) -> None:
        super().__init__()
        self.module, self.names = module, tuple(names)

    def forward(self, *given: Tensor) -> Any:
        return self.module(**dict(zip(self.names, given, strict=True)))


class Exportable(NamedTuple):
    """A module with drawn weights, and what PyTorch says of it."""

    module: nn.Module
    inputs: tuple[Tensor, ...]
    named: Mapping[str, Tensor]
    program: Any
    read: Mapping[str, Array]
    macs: int

    @property
    def params(self) -> int:
        """Elements of the parameters that are read."""
        return sum(one.size for one in self.read.values())


def exportable(name: str) -> Exportable:
    """The model of this name. Raises ImportError where its package is not installed."""
    module, inputs, named = _drawn(model(name, device="cpu"))
    macs = counted(module, inputs, named)
    # Reshapes are recorded by the strides of the kernel: those of the one that is taken to pieces.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        program = torch.export.export(module, inputs, named or None)
    read = {name: one.detach().numpy() for name, one in parameters_read(program, module).items()}
    return Exportable(module, inputs, named, program, read, macs)


def _drawn(made: Made) -> Made:
    module, inputs, named = made
    torch.manual_seed(1)
    with torch.no_grad():
        for one in module.parameters():
            one.uniform_(-0.1, 0.1)
        for name, one in module.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                one.uniform_(0.5, 1.5)
    return module, tuple(map(torch.randn_like, inputs)), named


def written(given: Exportable, exporter: str, path: Path) -> None:
    """Writes the file. Raises whatever the exporter does."""
    if exporter == "dynamo":
        with sdpa_kernel(SDPBackend.MATH):
            exported(given.program, (), exporter, path)
        return
    module, inputs = given.module, given.inputs
    if given.named:
        module, inputs = ByName(module, given.named), tuple(given.named.values())
    exported(module, inputs, exporter, path)


class Measured(NamedTuple):
    """A file beside its module: `why` says what is not as it should be, or what the exporter did.

    `is_equal` is None where the exporter wrote no file.
    """

    name: str
    exporter: str
    is_equal: bool | None
    why: str
    nodes: int = 0
    params: int = 0
    macs: int = 0
    seconds: float = 0.0


# What was worked out of several parameters, by hand: small kernels of NF nets have gains in them;
# in DETR the first layer of the decoder knows its queries, so that 100 of 32 numbers have gone
# through three dense layers, and through the product of each with each in 8 heads; the frozen norms
# have buffers, and a scale and a bias of their channels remain, of which the older exporter does
# not tell that they were no parameters.
_STORED = 100 * 32 + 100 * 32 + 8 * 100 * 100 - 3 * (32 * 32 + 32)
WORKED_OUT = {
    ("timm nf_resnet50", "dynamo"): Causes(products=-64),
    ("timm dm_nfnet_f0", "dynamo"): Causes(products=-(16 + 32)),
    ("transformers detr", "dynamo"): Causes(
        products=_STORED, macs=-3 * 100 * 32 * 32 - 100 * 100 * 32
    ),
    ("transformers detr", "torchscript"): Causes(
        products=2 * (10 * 8 + 8 * 4 + 8 * 16 + 8 * 32) // 2
    ),
}


def _buffers(plan: convcalc.Plan, module: nn.Module) -> int:
    """Elements of buffers that stand in the plan as parameters, by the names of their layers.

    Those stand in the blocks in which they are read.
    """
    own = {(name.rpartition(".")[2], one.numel()) for name, one in module.named_buffers()}
    return sum(row.params for row in plan if (row.name.rpartition(".")[2], row.params) in own)


def measured(given: Exportable, name: str, exporter: str, folder: Path) -> Measured:
    """Writes the file, reads it, and compares."""
    path = folder / "model.onnx"
    start = time.process_time()
    try:
        # It prints the whole graph where it fails.
        with contextlib.redirect_stdout(io.StringIO()):
            written(given, exporter, path)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        return Measured(name, exporter, None, f"{type(error).__name__}: {first}")
    seconds = time.process_time() - start
    network = loaded(path)
    plan = convcalc.plan(network)
    found = WORKED_OUT.get((name, exporter))
    if found is None:
        found = causes(stored_arrays(path, given.module, network.notes), given.read)
        said = (re.match(r"(\d+) stored single number", note) for note in plan.notes)
        found = found._replace(numbers=-sum(int(one[1]) for one in said if one))
        if any("learnt or in buffers" in note for note in plan.notes):
            found = found._replace(buffers=_buffers(plan, given.module))
    wanted = given.params + found.params, given.macs + found.macs
    totals = plan.totals
    unknown = [row.name for row in plan if {"macs", "params"} & {*row.unknown}]
    wrong = [
        f"{word} {is_ - of:+,}"
        for word, is_, of in zip(
            ("params", "MACs"), (totals.params, totals.macs), wanted, strict=True
        )
        if is_ != of
    ]
    wrong += [f"not known: {one}" for one in unknown]
    if any(found) and not plan.notes:
        wrong.append("no note")
    nodes = len(network.model.operations)
    why = "; ".join([*wrong, *([str(found)] if any(found) else [])])
    return Measured(name, exporter, not wrong, why, nodes, totals.params, totals.macs, seconds)


def both(name: str, folder: Path) -> Iterator[Measured]:
    """The model of this name through both exporters."""
    given = exportable(name)
    for exporter in EXPORTERS:
        yield measured(given, name, exporter, folder)


def main(words: list[str]) -> None:
    """Prints a line for each model and exporter."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.simplefilter("ignore")
    chosen = [name for name in NAMES if not words or any(word in name for word in words)]
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            try:
                for one in both(name, Path(folder)):
                    verdict = {True: "equal", False: "UNEQUAL", None: "no file"}[one.is_equal]
                    print(
                        f"{one.name:45} {one.exporter:12} {one.nodes:6,} {one.params:12,} "
                        f"{one.macs:16,} {verdict:8} {one.seconds:5.1f} s {one.why}",
                        flush=True,
                    )
            except Exception as error:
                print(f"{name:45} {type(error).__name__}: {str(error)[:200]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
