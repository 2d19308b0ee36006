"""Recurrences of ONNX files: what they begin with, and slopes that have axes of 1 before them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx.rules import recurrent
from convcalc.network.held import Held, InFile
from tests.each import each
from tests.importers.onnx_bytes import FLOAT, model, node, part, tensor, whole, words
from tests.importers.onnx_cases import W, op
from tests.importers.recorded import ENOUGH, as_tensor, given

_OF_EXPORT = "pkg.torch.export"
LSTM = [node("LSTM", ["x", "w", "r", "", "", "h", "h"], ["y"], hidden_size=300)]
WEIGHTS = {"w": (1, 1200, 3), "r": (1, 1200, 300)}
SIZES = {"y": [7, 1, 1, 300]}
# 4 * 300 * (3 + 300) at each of 7 steps.
MACS = 1200 * 303 * 7


def beside(name: str, dims: tuple[int, ...], file: str) -> bytes:
    """A tensor of floats that lies in a file beside the model, as dynamo writes them."""
    sizes = b"".join(whole(1, size) for size in dims)
    return sizes + whole(2, FLOAT) + part(8, name) + words(13, {"location": file}) + whole(14, 1)


def planned(folder: Path, made_of: str = "zeros") -> convcalc.Plan:
    """The plan of a file in which `h` was made of a constant, or of a parameter."""
    state = beside("h", (1, 1, 300), "net.data")
    weights = {**WEIGHTS, "h": state}
    said = {f"{_OF_EXPORT}.ExportedProgram.graph_signature": "p_w: PARAMETER target='w'"}
    about = {"h": {"pkg.onnxscript.optimizer.folded_from": f"['{made_of}']"}}
    inputs = {"x": [7, 1, 3]}
    data = model(LSTM, inputs, ["y"], weights, sizes=SIZES, said=said, said_of=about)
    (folder / "net.onnx").write_bytes(data)
    return convcalc.plan(convcalc.load(folder / "net.onnx"))


@pytest.mark.parametrize("held", [bytes(1200), None], ids=["zeros", "not at hand"])
def test_an_lstm_that_begins_with_zeros_beside_the_model_is_one(
    held: bytes | None, tmp_path: Path
) -> None:
    if held is not None:
        (tmp_path / "net.data").write_bytes(held)
    plan = planned(tmp_path)
    assert [(row.kind, row.output, row.macs) for row in plan] == [("lstm", (300, 7), MACS)]


@pytest.mark.parametrize(("last", "made_of"), [(b"\1", "zeros"), (b"\0", "w")])
def test_another_state_is_a_layer_of_its_own(last: bytes, made_of: str, tmp_path: Path) -> None:
    """Numbers that are not 0, or that are learnt and 0 for now."""
    (tmp_path / "net.data").write_bytes(bytes(1199) + last)
    plan = planned(tmp_path, made_of=made_of)
    source, row = plan.rows[-2:]
    assert (source.kind, source.output) == (
        ("parameter", (300,)) if made_of == "w" else ("constant", (300,))
    )
    assert (row.kind, row.macs) == ("lstm_with_state", MACS)


def test_zeros_that_the_file_says_are_learnt_are_a_state() -> None:
    """`nn.Parameter(torch.zeros(1, 1, 300))` before training, stored within the model."""
    said = {f"{_OF_EXPORT}.ExportedProgram.graph_signature": "p_h: PARAMETER target='h'"}
    data = model(
        LSTM, {"x": [7, 1, 3]}, ["y"], {**WEIGHTS, "h": (1, 1, 300)}, sizes=SIZES, said=said
    )
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert [(row.kind, row.params) for row in plan][-2:] == [
        ("parameter", 300),
        ("lstm_with_state", 1200 * 303),
    ]
    assert plan.rows[-1].macs == MACS


def test_zeros_of_which_the_file_says_nothing_are_noted() -> None:
    """TorchScript's exporter names a parameter and a buffer alike."""
    held = {**WEIGHTS, "h": (1, 1, 300)}
    data = model(LSTM, {"x": [7, 1, 3]}, ["y"], held, sizes=SIZES, producer="pytorch")
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert [row.kind for row in plan] == ["lstm"]
    assert (
        "the file does not say whether 300 numbers of `h` are learnt: no layer has them, and they "
        "do not count"
    ) in plan.notes


def test_slopes_of_channels_may_have_axes_of_one_before_them() -> None:
    """As dynamo writes a PReLU over volumes: (1, C, 1, 1, 1)."""
    nodes = [node("PRelu", ["x", "s"], ["y"])]
    data = model(nodes, {"x": [1, 8, 2, 3, 4]}, ["y"], {"s": (1, 8, 1, 1, 1)})
    (row,) = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert (row.kind, row.params) == ("prelu", 8)


def test_a_state_of_other_units_is_no_state_of_the_layer() -> None:
    """PyTorch's dynamo exporter leaves the projection of `nn.LSTM(6, 5, proj_size=3)` out.

    ONNX Runtime: "Input initial_c must have shape {1,1,3}. Actual:{1,1,5}".
    """
    nodes = [node("LSTM", ["x", "w", "r", "", "", "h", "c"], ["y"], hidden_size=3)]
    weights = {"w": (1, 12, 6), "r": (1, 12, 3), "h": (1, 1, 3), "c": (1, 1, 5)}
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(model(nodes, {"x": [4, 1, 6]}, ["y"], weights), "net.onnx"))
    (problem,) = caught.value.problems
    assert (problem.slug, problem.note) == (
        "array-mismatch",
        "[1, 1, 5] in the file, [1, 1, 3] for the layer",
    )


def test_gates_of_biases_that_are_joined_count_once() -> None:
    """Silero VAD puts the gates of two biases in ONNX's order, and joins them, as it runs.

    A note said that the 16 numbers of both counted as 32.
    """
    ends = {f"e{end}": tensor(f"e{end}", (1,), [end], "int64") for end in (0, 2, 6, 8)}
    nodes = []
    for name in ("bi", "bh"):
        parts = [f"{name}_{first}" for first in (0, 6, 2)]
        for part_, first, last in zip(parts, (0, 6, 2), (2, 8, 6), strict=True):
            nodes.append(node("Slice", [name, f"e{first}", f"e{last}"], [part_]))
        nodes.append(node("Concat", parts, [f"{name}_turned"], axis=0))
    nodes += [
        node("Concat", ["bi_turned", "bh_turned"], ["both"], axis=0),
        node("Unsqueeze", ["both", "e0"], ["b"]),
        node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=2),
    ]
    weights = {"bi": (8,), "bh": (8,), "w": (1, 8, 2), "r": (1, 8, 2), **ends}
    data = model(nodes, {"x": [3, 1, 2]}, ["y"], weights)
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert (plan.totals.params, plan.notes) == (48, ())


@each(("numbers", "is_zero"), [
    (bytes(32), True), (bytes(16), True), (bytes(31) + b"\1", False),
    # More than that is not looked at.
    (bytes(33), False), (bytes(64), False),
])  # fmt: skip
def test_a_state_beside_the_model_is_looked_at_where_it_is_small(
    numbers: bytes, is_zero: bool, tmp_path: Path
) -> None:
    file = tmp_path / "net.data"
    file.write_bytes(numbers)
    state = Held("h", (len(numbers) // 4,), "float32", InFile(str(file), 0, len(numbers)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrent, "_MOST_BYTES", 32)
        assert recurrent._is_zero_beside(state) is is_zero


@each("sizes", [[2], [1, 2], [1, 1, 1, 2]])
def test_a_state_of_another_rank_is_told_of(sizes: list[int]) -> None:
    """One of rank 1 was an `IndexError` of the file, one of rank 2 had several sequences."""
    given = ["x", "w", "r", "", "", "h"]
    data = model(
        [node("LSTM", given, ["y"], "it", hidden_size=2)],
        {"x": [4, 1, 3], "h": sizes},
        ["y"],
        {"w": (1, 8, 3), "r": (1, 8, 2)},
    )
    row = convcalc.plan(convcalc.loads(data, "net.onnx")).rows[-1]
    assert (row.kind, row.notes) == (
        "opaque",
        (f"LSTM: it begins with a tensor of rank {len(sizes)}",),
    )


@each(("word", "gates", "begins"), [("LSTM", 4, 2), ("GRU", 3, 1), ("RNN", 1, 1)])
def test_samples_that_stand_first_change_the_order_of_axes_alone(
    word: str, gates: int, begins: int
) -> None:
    """Both ways, from states that go in: what ONNX Runtime has for steps first alone.

    With `layout` states are (samples, ways, units), and what comes out (samples, steps, ways,
    units).
    """
    stored = (W((2, gates * 3, 2)), W((2, gates * 3, 3)), W((2, gates * 6)), None)
    more: dict[str, Any] = {"hidden_size": 3, "direction": "bidirectional", "results": begins + 1}
    steps_first = op(word, (5, 1, 2), *stored, *[(2, 1, 3)] * begins, **more)
    samples_first = op(word, (1, 5, 2), *stored, *[(1, 2, 3)] * begins, layout=1, **more)
    network, turned = (
        convcalc.loads(case.data, "net.onnx") for case in (steps_first, samples_first)
    )
    assert isinstance(network, ForeignNetwork)
    assert isinstance(turned, ForeignNetwork)
    found = tensors(network, steps_first.feeds)
    made = tensors(turned, samples_first.feeds)
    orders = [(2, 0, 1, 3), *[(1, 0, 2)] * begins]
    for one, other, order in zip(found.values(), made.values(), orders, strict=True):
        wanted = one.transpose(order)
        assert other.shape == wanted.shape
        assert np.abs(other - wanted).max() < 1e-6


def tensors(network: ForeignNetwork, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """What comes out of a file, as its tensors."""
    inputs = [np.asarray(feeds[axes.name]) for axes in network.input_axes]
    got = convcalc.run(network, given(network, inputs), max_memory=ENOUGH)
    return {name: as_tensor(network, name, got) for name in network.output_views}
