"""Parameters of small modules through every reader of PyTorch's, against what the modules have.

A figure is that of the module, or a note says why it is not. A `.pt2` and a live module know all of
its parameters: there the numbers that a note says are not read are what is missing.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

for needed in ("torch", "onnx", "onnxscript"):
    pytest.importorskip(needed, reason="cross-checks need the `crosscheck` extra")

import torch  # noqa: E402 - only where it is installed
from torch import Tensor, nn  # noqa: E402

import convcalc  # noqa: E402
from convcalc.importers.network import ForeignNetwork  # noqa: E402
from tests.crosscheck.onnx_files import exported, loaded  # noqa: E402
from tests.crosscheck.torch_parameters import FAMILIES, Made  # noqa: E402
from tests.importers.recorded import as_tensor, given  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore")]

MODULES = {
    f"{family}: {name}": make for family, one in FAMILIES.items() for name, make in one.items()
}
CLOSE = 1e-4
# What a note says is not read: "of 105 parameters 63 are not read: `b.bias` and 1 more".
NOT_READ = re.compile(r"of ([\d,]+) parameters? ([\d,]+) (?:is|are) not read")
# What several layers use that cannot share it: "`p` counts 162 parameters, and has 81: ...".
TOO_OFTEN = re.compile(r"counts? ([\d,]+) parameters, and ha(?:s|ve) ([\d,]+): layers use")
# The exporter works the weight out, and the file looks as if the module had it.
UNTOLD = (
    "normalised: weight norm",
    "normalised: weight norm, over all",
    "normalised: weight norm, called twice",
    "normalised: weight norm of old",
    "normalised: low rank added",
    "normalised: doubled, then low rank",
)
# What the exporters leave out of the file is nothing that the file can tell.
LEFT_OUT = "beside: "
# PyTorch's exporter leaves the projection out, and so ONNX Runtime gives other numbers.
OTHER_NUMBERS = "held: a recurrence with projections"


def made(make: Callable[[], Made]) -> tuple[nn.Module, tuple[Tensor, ...], int]:
    torch.manual_seed(0)
    module, inputs = make()
    module.eval()
    return module, inputs, sum(one.numel() for one in module.parameters())


def check_values(network: ForeignNetwork, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Holds a run against the module, where every layer can run."""
    if any(row.kind == "opaque" for row in convcalc.plan(network)):
        return
    with torch.no_grad():
        wanted = module(*inputs)
    got = convcalc.run(network, given(network, [one.numpy() for one in inputs]))
    wants = wanted if isinstance(wanted, tuple) else (wanted,)
    for name, want in zip(network.output_views, wants, strict=False):
        found = as_tensor(network, name, got)
        assert found.shape == want.shape
        assert np.abs(found - want.numpy()).max() <= CLOSE * np.abs(want.numpy()).max()


def numbers(pattern: re.Pattern[str], notes: tuple[str, ...]) -> tuple[int, int]:
    """The two numbers of the note that matches; zeros where none does."""
    found = [pattern.search(one) for one in notes]
    first, second = next((one.groups() for one in found if one), ("0", "0"))
    return int(first.replace(",", "")), int(second.replace(",", ""))


@pytest.mark.parametrize("name", MODULES)
def test_a_program_and_a_live_module_have_the_modules_parameters(name: str, tmp_path: Path) -> None:
    module, inputs, params = made(MODULES[name])
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(module, inputs), str(path))
    for network in (loaded(path), convcalc.from_torch(module, *inputs)):
        assert isinstance(network, ForeignNetwork)
        plan = convcalc.plan(network)
        total, unread = numbers(NOT_READ, plan.notes)
        counted, stored = numbers(TOO_OFTEN, plan.notes)
        others = sum(int(one.split()[0]) for one in plan.notes if "no parameter of the" in one)
        assert plan.totals.params == params - unread + counted - stored + others
        assert total in (0, params)
        assert convcalc.import_(network).after.totals.params == plan.totals.params
        check_values(network, module, inputs)


@pytest.mark.parametrize("name", MODULES)
def test_a_file_of_the_older_exporter_has_them_or_says_so(name: str, tmp_path: Path) -> None:
    check_file(name, "torchscript", tmp_path / "net.onnx")


@pytest.mark.parametrize("name", [*MODULES][::6])
def test_a_file_of_the_dynamo_exporter_has_them_or_says_so(name: str, tmp_path: Path) -> None:
    check_file(name, "dynamo", tmp_path / "net.onnx")


def check_file(name: str, exporter: str, path: Path) -> None:
    module, inputs, params = made(MODULES[name])
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exported(module, inputs, exporter, path)
    except Exception as error:
        pytest.skip(f"PyTorch does not export it: {type(error).__name__}")
    if "bags of words" in name:
        with pytest.raises(convcalc.StackError, match="unknown-operation"):
            convcalc.plan(loaded(path))
        return
    network = loaded(path)
    plan = convcalc.plan(network)
    if plan.totals.params != params and name not in UNTOLD:
        assert plan.notes or (name.startswith(LEFT_OUT) and plan.totals.params < params)
    if name != OTHER_NUMBERS:
        check_values(network, module, inputs)
