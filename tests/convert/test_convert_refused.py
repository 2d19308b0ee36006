"""Networks whose dense layers cannot be convolutions: what stands in the way."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.features.convert.answer import convert
from tests.convert.converting import converted
from tests.each import each
from tests.importers.onnx_bytes import model, node


@each(
    ("layers", "why"),
    [
        pytest.param(
            "  - flatten\n  - batch_norm\n  - linear: 3\n",
            "`batch_norm` tells the map's positions apart while they are rolled up",
            id="norm of rolled up positions",
        ),
        pytest.param(
            "  - flatten\n  - linear: 8\n  - unflatten: [2, 2, 2]\n",
            "`unflatten` needs a vector",
            id="a vector is needed",
        ),
        pytest.param(
            "  - {flatten: {}, name: f}\n  - {relu: {}, from: input}\n"
            "  - {flatten: {}, name: g}\n  - add: [f, g]\n  - linear: 3\n",
            "`add` joins a map that no dense layer has read",
            id="maps that are joined while they are rolled up",
        ),
        pytest.param(
            "  - flatten\n  - {linear: 72, repeat: 2}\n",
            "it is written once, but its uses would need different kernels",
            id="a series over a map",
        ),
        pytest.param(
            "  - {flatten: , name: flat_1}\n  - {linear: 8, name: l}\noutputs: [flat_1, l]\n",
            "it is an output that no dense layer has read",
            id="an output that is rolled up",
        ),
    ],
)
def test_what_stands_in_the_way(layers: str, why: str) -> None:
    text = f"convcalc: 1\ninput: [2, 6, 6]\nlayers:\n{layers}"
    with pytest.raises(convcalc.StackError) as refused:
        convert(convcalc.loads(text))
    (problem,) = refused.value.problems
    assert problem.message == "no dense layer could become a convolution"
    assert problem.note == f"`{problem.layer}`: {why}"
    # The layer that is told is the one that is pointed at.
    assert problem.place
    assert problem.layer.rpartition("_")[0] in text.splitlines()[problem.place.line - 1]


def test_a_vector_of_no_map_is_joined_to_none() -> None:
    layers = "  - {flatten: {}, from: x}\n  - {linear: 4, name: f}\n"
    layers += "  - {linear: 4, from: v, name: g}\n  - add: [f, g]\n  - linear: 3\n"
    with pytest.raises(convcalc.StackError) as refused:
        converted(layers, "{x: [2, 6, 6], v: [4]}")
    (problem,) = refused.value.problems
    assert problem.note == "`add_1`: `add` joins a vector that comes from no map"


def test_a_model_file_is_not_rewritten() -> None:
    data = model([node("Relu", ["x"], ["y"])], {"x": [1, 3, 4, 4]}, ["y"], {})
    with pytest.raises(convcalc.StackError) as refused:
        convert(convcalc.loads(data, "net.onnx"))
    (problem,) = refused.value.problems
    assert (problem.slug, problem.file) == ("foreign-format", "net.onnx")
    assert problem.message.endswith("which is not rewritten")
    assert problem.help.endswith("convcalc import FILE -o net.net.yaml")


def test_a_network_whose_costs_would_differ_stays() -> None:
    """72·4 + 4 and 4·4 + 4 parameters; the second layer would have 6 channels, for an axis each."""
    with pytest.raises(convcalc.StackError) as refused:
        converted("  - flatten\n  - {linear: 4, name: a}\n  - linear: =4+rank\n")
    (problem,) = refused.value.problems
    assert problem.message == "the network of convolutions would not compute the same"
    assert problem.note == "312 params and 304 MACs before, 322 params and 312 MACs after"


def test_a_network_that_counts_the_axes_of_a_vector_stays() -> None:
    """A vector has none; a map has 2, by what is left of which both divide. The first is told."""
    layers = "  - flatten\n  - {linear: 4, name: a}\n" + "".join(
        f"  - {{linear: ={size}//(2-rank), from: a}}\n" for size in (8, 9)
    )
    with pytest.raises(convcalc.StackError) as refused:
        converted(layers)
    (problem,) = refused.value.problems
    assert problem.message == "the network of convolutions would not stand"
    assert problem.note == "`out` of layer `conv_2`; `8//(2-rank)` divides 8 by 0"
    assert problem.place == (1, 1, 1)


def test_vectors_that_come_from_no_map_stay() -> None:
    with pytest.raises(convcalc.StackError) as refused:
        convert(convcalc.loads("convcalc: 1\ninput: [8]\nlayers: [linear: 4]"))
    (problem,) = refused.value.problems
    assert (problem.layer, problem.place) == ("linear_1", (3, 10, 9))
    assert problem.note.endswith(
        "it reads no map that a `flatten` or a global pool has made a vector"
    )
