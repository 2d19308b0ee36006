"""Files of every reader give the numbers that their own programs gave, by `recorded.zip`."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.importers.network import ForeignNetwork
from convcalc.network.graph import Graph
from tests.importers.keras_json import of_one, written
from tests.importers.recorded import ENDINGS, records

# Sums in another order, of numbers near 1.
NEAR = 1e-4


def assert_blocks(graph: Graph) -> None:
    """What a block gives is read behind it, and what it reads stands before it."""
    for one in graph.scopes:
        inside = range(one.first, one.end)
        read = {at for node in graph.nodes if node.at not in inside for at in node.inputs}
        handed = sorted((read | {*graph.outputs}).intersection(inside))
        assert one.result == (handed or inside)[-1], one.name
        before = [at for node in graph.nodes[one.first : one.end] for at in node.inputs]
        assert one.source == next((at for at in before if at not in inside), 0), one.name


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_gives_what_its_own_program_gave(ending: str, tmp_path: Path) -> None:
    found = records(ending, tmp_path)
    assert len(found) > 5
    wrong: dict[str, object] = {}
    for record in found:
        network = record.network()
        totals = convcalc.plan(network).totals
        assert_blocks(network.graph())
        if not (apart := record.apart(network)) < NEAR:
            wrong[record.path.name] = apart
        figures = {name: getattr(totals, name) for name in record.figures}
        if figures != record.figures:
            wrong[record.path.name] = figures, record.figures
    assert wrong == {}


def test_input_axes_are_those_that_are_run_before_anything_else_is_asked(tmp_path: Path) -> None:
    """A dense layer reads `(N, L, C)` with channels last, and turns the input."""
    for record in records("onnx", tmp_path):
        if record.path.stem == "module_attention_dynamo":
            (axes,) = record.network().input_axes
            assert (axes.sizes, axes.order, axes.shape) == ((1, 10, 32), (2, 1), (32, 10))
            return
    raise AssertionError("the file of a dense layer is gone")


def test_a_file_says_who_wrote_it(tmp_path: Path) -> None:
    for ending, producer in (("keras", "Keras 3."), ("pt2", "PyTorch 2."), ("onnx", "pytorch 2.")):
        names = {one.path.stem: one for one in records(ending, tmp_path)}
        one = names.get("unet") or names.get("lstm") or names["module_attention_dynamo"]
        assert one.network().model.producer.startswith(producer)
    bare = convcalc.loads(written(of_one((4, 4, 1), "ReLU")), "net.json")
    assert isinstance(bare, ForeignNetwork)
    assert bare.model.producer == "Keras"
