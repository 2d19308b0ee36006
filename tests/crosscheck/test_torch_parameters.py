"""Parameters of small modules through every reader of PyTorch's, against what the modules have.

A figure is that of the module, or a note says why it is not. A `.pt2` and a live module know all of
its parameters: there the numbers that a note says are not read are what is missing.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

for needed in ("torch", "onnx", "onnxscript"):
    pytest.importorskip(needed, reason="cross-checks need the `crosscheck` extra")

import torch  # noqa: E402 - only where it is installed
from torch import Tensor, nn  # noqa: E402
from torch.onnx import OnnxExporterError  # noqa: E402

import convcalc  # noqa: E402
from convcalc.importers.network import ForeignNetwork  # noqa: E402
from tests.crosscheck.onnx_files import exported, loaded  # noqa: E402
from tests.crosscheck.torch_parameters import FAMILIES  # noqa: E402
from tests.crosscheck.torch_uses import Made  # noqa: E402
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
# What a note says of a file whose figure is not the module's, by a word for it.
SAID = {
    "worked out": r"([\d,]+) (?:is|are) in [\d,]+ arrays? worked out by the exporter",
    "again": r"is taken for `[^`]+`, which has its numbers, stored again",
    "either": r"does not say whether ([\d,]+) parameters? of .* learnt or in buffers",
    "constants": r"([\d,]+) stored single numbers? counts? as (?:a constant|constants)",
    "equal": r"([\d,]+) arrays? (?:has|have) the numbers of another",
    "norms": r"batch norms went into [\d,]+ of [\d,]+ convolution",
    "may be norms": r"exporters fold batch norms into convolutions",
    "too often": TOO_OFTEN.pattern,
    "derived": r"([\d,]+) parameters? of .* worked out of parameters that count besides",
    "not learnt": r"([\d,]+) parameters? of .* no parameter of the module",
    "gone": r"of the module went into others, or (?:is|are) not read",
    "elsewhere": r"of the module (?:is|are) read under the name of another",
    "apart": r"([\d,]+) arrays? (?:is|are) stored under the name of another of equal numbers",
    "not read": NOT_READ.pattern,
}


def by_module(said: Mapping[str, str]) -> dict[str, list[str]]:
    """For each module, on lines of their own, the words before it."""
    return {
        name.strip(): words.split(", ") if words else []
        for words, names in said.items()
        for name in names.strip().splitlines()
    }


# Modules whose figure in a file is not their own, and all that the notes say of it; nothing where
# the exporter leaves out, or works out, what the file then has no word for.
TORCHSCRIPT = by_module(
    {
        "worked out, either": """
        twice: a table, then its rows
        twice: a column scale, then a root
        twice: a matrix as a weight and added
        twice: a kernel and its channels turned
        twice: a kernel in part
        twice: rows read by one another
        twice: normalised
        in part: a rolled table
        """,
        "worked out": """
        twice: a scale, seen as channels
        twice: a scale of channels, in two ranks
        twice: a weight and its square
        twice: a weight that is its own bias
        twice: a weight of a layer, its norm
        twice: a sum of itself in two shapes
        twice: joined with itself
        twice: prototypes at a distance
        twice: positions cut to length
        twice: positions, two spans
        twice: stacked rows
        twice: joined weights, and one alone
        in part: half of a weight
        in part: half of the inputs
        in part: overlapping halves
        in part: the whole and a part
        in part: one row
        in part: rows of a table by numbers
        in part: rows of a table, and the whole
        in part: a row by a number
        in part: a triangle of weights
        in part: a slice along both axes
        in part: a part of a kernel
        shared: words and places
        shared: attention twice
        normalised: weight norm of a kernel
        normalised: weight norm of a transposed kernel
        beside: a part that reaches nothing
        """,
        "again, either": """
        twice: a weight and its exponential
        twice: a weight and its triangle
        """,
        "constants": """
        twice: a single number twice
        twice: a scalar twice
        twice: a scalar's exponential
        twice: a scalar clamped
        twice: a scalar divided by
        twice: two scalars
        twice: mixed layers
        held: a temperature
        held: a contrast
        """,
        "norms": """
        shared: a tower on two inputs
        """,
        "equal": """
        shared: tied weights, biases of their own
        shared: tied weights, one bias
        shared: tied weights, the second one's bias
        """,
        "again, worked out": """
        shared: words tied, and a row of them
        """,
        "": """
        normalised: weight norm
        normalised: weight norm, over all
        normalised: weight norm, called twice
        normalised: weight norm of old
        beside: a layer that is not called
        beside: a parameter that is not read
        beside: a branch that is not taken
        beside: an output that is thrown away
        """,
        "either, too often": """
        held: attention with relative places
        """,
        "either": """
        normalised: spectral norm of old
        beside: a buffer
        beside: a buffer beside a parameter
        beside: a buffer that is a matrix
        beside: a branch by an attribute
        held: a table from a buffer
        """,
    }
)
DYNAMO = by_module(
    {
        "worked out, derived": """
        twice: a weight and its exponential
        twice: a weight and its triangle
        twice: a weight and its square
        twice: a weight that is its own bias
        twice: a kernel mirrored
        twice: a kernel in part
        twice: a kernel of differences
        in part: the whole and a part
        """,
        "too often": """
        twice: a kernel and its channels turned
        """,
        "worked out": """
        twice: joined with itself
        twice: repeated
        twice: expanded
        twice: an outer product
        twice: low rank
        twice: low rank in the weight
        twice: positions cut to length
        twice: positions, two spans
        twice: positions resized
        twice: stacked
        twice: stacked rows
        twice: joined weights, and one alone
        in part: half of a weight
        in part: half of the inputs
        in part: overlapping halves
        in part: every second row
        in part: one row
        in part: rows of a table by numbers
        in part: a row by a number
        in part: a triangle of weights
        in part: a slice along both axes
        in part: a part of a kernel
        in part: a padded table
        shared: words and places
        normalised: weight norm
        normalised: weight norm, over all
        normalised: weight norm of a kernel
        normalised: weight norm, called twice
        normalised: weight norm of old
        normalised: weight norm of a transposed kernel
        normalised: low rank added
        normalised: doubled, then low rank
        beside: a part that reaches nothing
        held: attention with relative places
        held: a dynamic kernel
        held: a kernel out of a basis
        """,
        "gone": """
        shared: attention twice
        beside: a layer that is not called
        beside: a parameter that is not read
        beside: a branch that is not taken
        beside: a branch by an attribute
        beside: an output that is thrown away
        held: attention
        """,
        "apart, gone": """
        shared: an encoder layer twice
        held: an encoder
        """,
        "not learnt": """
        beside: a buffer that is a matrix
        held: a table from a buffer
        """,
        "gone, worked out": """
        held: attention with added keys
        """,
        "gone, not read": """
        held: attention of other widths
        """,
    }
)
# What the exporters do not write, and with which error.
NOT_EXPORTED = {
    ("torchscript", "normalised: spectral norm"): "aten::vdot",
    ("torchscript", "normalised: spectral norm of a kernel"): "aten::vdot",
    ("torchscript", "normalised: orthogonal by Cayley"): "aten::linalg_solve",
    ("torchscript", "beside: root mean square norm"): "aten::rms_norm",
    ("torchscript", "held: bilinear"): "aten::bilinear",
    ("torchscript", "held: a recurrence with projections"): "LSTMs with projections",
    ("dynamo", "normalised: orthogonal by Cayley"): "Failed to convert the exported program",
    ("dynamo", "held: attention to learnt keys"): "Failed to convert the exported program",
    ("dynamo", "held: learnt queries"): "Failed to convert the exported program",
}
# What no plan is made of: a loop over bags, and an LSTM whose projection the exporter leaves out,
# which ONNX Runtime does not begin: "Input initial_c must have shape {1,1,3}. Actual:{1,1,5}".
REFUSED = {
    "held: bags of words": "unknown-operation",
    "held: bags of words, summed": "unknown-operation",
    "held: a recurrence with projections": "array-mismatch",
}


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
    error = NOT_EXPORTED.get((exporter, name))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if error is not None:
            with pytest.raises(OnnxExporterError, match=error):
                exported(module, inputs, exporter, path)
            return
        exported(module, inputs, exporter, path)
    if name in REFUSED:
        with pytest.raises(convcalc.StackError, match=REFUSED[name]):
            convcalc.plan(loaded(path))
        return
    network = loaded(path)
    plan = convcalc.plan(network)
    known = {"torchscript": TORCHSCRIPT, "dynamo": DYNAMO}[exporter]
    assert (plan.totals.params != params) is (name in known), plan.totals.params
    said = [(word, found) for note in plan.notes for word, found in said_in(note)]
    assert len(said) == len(plan.notes), plan.notes
    if name in known:
        assert [word for word, _ in said] == known[name]
    if more := plan.totals.params - params:
        # What counts too much is among the numbers that the notes name, but for whole arrays.
        named = [number for word, number in said if word != "equal"]
        assert not named or more < 0 or max(named) >= more
    check_values(network, module, inputs)


def said_in(note: str) -> list[tuple[str, int]]:
    """The words for what a note says, with the first number in it: 0 for none."""
    found = [(word, re.search(pattern, note)) for word, pattern in SAID.items()]
    return [
        (word, int(one[1].replace(",", "")) if one.groups() else 0)
        for word, one in found
        if one is not None
    ]
