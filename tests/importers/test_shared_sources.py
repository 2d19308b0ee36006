"""What several modules read stands in front of them; what one reads stays where it is."""

from __future__ import annotations

import pytest

from convcalc.importers.model import Module, Operation
from convcalc.importers.placing import Placed
from convcalc.importers.shared_sources import in_front
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.base import Kind
from convcalc.kinds.identity_family import Identity
from convcalc.kinds.source_family import Constant
from tests.each import each

CONSTANT = Constant.model_validate({"shape": (4, 5)})


def placed(layer: Kind, path: str, *inputs: int) -> Placed:
    """A layer of the modules `a/b`, outermost first."""
    names = path.split("/") if path else []
    modules = tuple(Module("/".join(names[: n + 1])) for n in range(len(names)))
    facts = layer.facts(((4, 5),) * len(inputs))
    return Placed(layer, inputs, facts, Operation("op", "", (), (), path=modules), {})


def add(path: str, *inputs: int) -> Placed:
    return placed(Add.model_validate({"inputs": ("a", "b")}), path, *inputs)


@each(
    ("second", "order", "path"),
    [
        pytest.param("net/two", [0, 1, 3, 2, 4, 5], "net", id="of another module"),
        pytest.param("net/one", [0, 1, 2, 3, 4, 5], "net/one/self", id="of the same module"),
        pytest.param("other", [0, 3, 1, 2, 4, 5], "", id="of nothing in common"),
    ],
)
def test_an_array_stands_in_front_of_the_modules_that_read_it(
    second: str, order: list[int], path: str
) -> None:
    given = placed(CONSTANT, "")
    layers = [
        given,
        placed(Identity(), "net", 0),
        placed(Identity(), "net/one", 1),
        placed(CONSTANT, "net/one/self"),
        add("net/one/self", 2, 3),
        add(second, 4, 3),
    ]
    found = in_front(layers)
    assert [at for at, _ in found] == order
    (moved,) = (one for at, one in found if at == 3)
    names = [module.name for module in moved.operation.path]
    assert (names or [""])[-1] == path


def test_what_lays_a_mask_out_for_several_modules_goes_along() -> None:
    """Two layers that lead to the second one's readers alone, in the midst of a module."""
    layers = [
        placed(CONSTANT, ""),
        placed(Identity(), "net", 0),
        placed(Identity(), "net/one", 1),
        placed(Identity(), "net/one", 0),
        placed(Identity(), "net", 3),
        add("net/one", 2, 4),
        add("net/two", 5, 4),
    ]
    assert [at for at, _ in in_front(layers)] == [0, 1, 3, 4, 2, 5, 6]
    # One of them read by another layer as well, or a sum among them: then the first is the first.
    for at, other in ((6, add("net/two", 5, 3)), (3, add("net/one", 0, 1))):
        found = in_front([*layers[:at], other, *layers[at + 1 :], add("net/two", 6, 4)])
        assert [place for place, _ in found] == [*range(8)]


def test_the_module_that_reads_an_array_begins_behind_that_of_another_name() -> None:
    for other in ("net/a", "net/z"):
        layers = [
            placed(CONSTANT, ""),
            add(other, 0, 0),
            add("net/one", 1, 0),
            placed(CONSTANT, "net/one/self"),
            add("net/one", 2, 3),
            add("net/two", 4, 3),
        ]
        assert [at for at, _ in in_front(layers)] == [0, 1, 3, 2, 4, 5]
