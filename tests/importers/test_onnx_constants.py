"""What an ONNX file calculates of constants: worked out while it is read, or when it runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

SIZE = 300
# More numbers than are worked out while a file is read.
LARGE = SIZE * SIZE
NUMBERS = {
    "zero": tensor("zero", [], [0]),
    "one": tensor("one", [], [1]),
    "seven": tensor("seven", [], [7]),
    "minus": tensor("minus", [], [-100]),
    "two": tensor("two", [], [2]),
    "places": tensor("places", [1, 1], [7]),
    "row": tensor("row", [1, SIZE], [5] * SIZE),
    "many": tensor("many", [], [LARGE]),
    "square": tensor("square", [2], [SIZE, SIZE]),
}


def ran(nodes: list[bytes]) -> np.ndarray:
    """What comes out where the constant `c` is added to an image of zeros."""
    nodes = [*nodes, node("Add", ["x", "c"], ["y"])]
    data = model(nodes, {"x": [1, SIZE, SIZE]}, ["y"], NUMBERS)
    network = convcalc.loads(data, "net.onnx")
    plan = convcalc.plan(network)
    assert [row.kind for row in plan] == ["constant", "add"]
    (found,) = convcalc.run(network, np.zeros((SIZE, SIZE), np.float32)).values()
    made: np.ndarray = np.asarray(found)[0]
    return made


@pytest.mark.parametrize(
    ("op", "inputs", "wanted"),
    [
        ("Add", ["grid", "seven"], lambda x: x + 7),
        ("Sub", ["seven", "grid"], lambda x: 7 - x),
        ("Max", ["grid", "seven"], lambda x: np.maximum(x, 7)),
        ("Mod", ["grid", "seven"], lambda x: x % 7),
        # Of whole numbers a quotient is cut towards 0.
        ("Div", ["grid", "minus"], lambda x: -(x // 100)),
        ("Trilu", ["grid", "seven"], lambda x: np.triu(x, 7)),
        ("Where", ["odd", "grid", "minus"], lambda x: np.where(x % 2 == 1, x, -100)),
        ("ScatterND", ["grid", "places", "row"], lambda x: np.where(x // SIZE == 7, 5, x)),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_large_constants_are_worked_out_when_the_network_runs(
    op: str, inputs: list[str], wanted: Callable[[np.ndarray], np.ndarray]
) -> None:
    nodes = [
        node("Range", ["zero", "many", "one"], ["flat"]),
        node("Reshape", ["flat", "square"], ["grid"]),
        node("Mod", ["grid", "two"], ["rest"]),
        node("Equal", ["rest", "one"], ["odd"]),
        node(op, inputs, ["c"]),
    ]
    assert (ran(nodes) == wanted(np.arange(LARGE).reshape(SIZE, SIZE))).all()


def test_small_constants_are_worked_out_while_the_file_is_read() -> None:
    """`zeros[1] = 5` of five numbers, as torch exports it, is the shape of a Reshape."""
    nodes = [
        node("ScatterND", ["start", "second", "five"], ["shape"]),
        node("Reshape", ["x", "shape"], ["y"]),
        node("Softmax", ["y"], ["shares"]),
    ]
    weights = {
        "start": tensor("start", [2], [1, 1]),
        "second": tensor("second", [1, 1], [1]),
        "five": tensor("five", [1], [40]),
    }
    plan = convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 5, 8]}, ["shares"], weights)))
    assert plan[-1].output == (40,)


def test_whole_numbers_become_reals_like_what_is_calculated() -> None:
    """7 / 4 is 1.75 where both are cast like an activation; of whole numbers it is 1."""
    nodes = [
        node("CastLike", ["four", "x"], ["real"]),
        node("CastLike", ["seven", "x"], ["real_seven"]),
        node("Div", ["real_seven", "real"], ["some"]),
        node("Mul", ["x", "some"], ["y"]),
    ]
    weights = {"four": tensor("four", [], [4]), "seven": tensor("seven", [], [7])}
    network = convcalc.loads(model(nodes, {"x": [1, 3, 2]}, ["y"], weights), "net.onnx")
    (found,) = convcalc.run(network, np.ones((3, 2), np.float32)).values()
    assert np.unique(found).tolist() == [1.75]


@pytest.mark.parametrize("second", ["last", "start"], ids=["doubled", "in a chain"])
def test_what_is_made_of_what_is_made_is_gone_through_once(second: str) -> None:
    """60 doublings have 2^60 parts, and a chain of 3,000 is deeper than functions may call."""
    nodes = [
        node("Range", ["zero", "many", "one"], ["flat"]),
        node("Reshape", ["flat", "square"], ["t0"]),
    ]
    count = 60 if second == "last" else 3000
    for at in range(count):
        last = f"t{at}"
        nodes.append(node("Add", [last, last if second == "last" else "zero"], [f"t{at + 1}"]))
    nodes.append(node("Cast", [f"t{count}"], ["c"], to=1))
    found = ran(nodes)
    assert found[0, 1] == (2.0**60 if second == "last" else 1)


@each(
    ("op", "number", "kind", "wanted"),
    [
        ("Equal", -np.inf, "equal", [0, 0, 1]),
        ("Greater", -np.inf, "greater", [1, 1, 0]),
        ("Less", np.inf, "less", [1, 0, 1]),
        ("Equal", np.nan, "opaque", None),
        ("Add", np.inf, "add", None),
    ],
)
def test_a_number_may_be_infinite_where_a_field_takes_it(
    op: str, number: float, kind: str, wanted: list[float] | None
) -> None:
    """ONNX's own attention asks which scores are -inf: its files were refused."""
    held = {"c": tensor("c", (), [number], "float32")}
    network = convcalc.loads(
        model([node(op, ["x", "c"], ["y"])], {"x": [1, 3]}, ["y"], held), "n.onnx"
    )
    assert convcalc.plan(network)[-1].kind == kind
    if wanted is not None:
        given = np.array([[1.0, np.inf, -np.inf]])
        (y,) = convcalc.run(network, given, finite=False).values()
        assert y.tolist() == [wanted]
