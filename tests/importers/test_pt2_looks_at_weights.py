"""One stored array that operators read in several forms: what each reads, and learnt once."""

from __future__ import annotations

from typing import Any

import numpy as np

import convcalc
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program
from tests.importers.pt2_calls import weights

X = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
W = (np.arange(12, dtype=np.float32) ** 2 - 40).reshape(3, 4)
# Ways to look at the array: the operator and its arguments, and what numpy gives.
LOOKS: dict[str, tuple[list[tuple[str, dict[str, Any]]], Any]] = {
    "as it is": ([], W),
    "turned": ([("t", {})], W.T),
    "under another shape": ([("view", {"size": [4, 3]})], W.reshape(4, 3)),
    "with an axis more": ([("unsqueeze", {"dim": 0})], W[None]),
    "turned, under its own shape": (
        [("t", {}), ("reshape", {"shape": [3, 4]})], W.T.reshape(3, 4),
    ),
    "in part": ([("slice", {"dim": 0, "start": 1, "end": 2})], W[1:2]),
    "turned, in part": (
        [("t", {}), ("slice", {"dim": 0, "start": 1, "end": 4}), ("t", {})], W[:, 1:],
    ),
    "one row": ([("select", {"dim": 0, "index": -1})], W[-1]),
    "one column": ([("select", {"dim": 1, "index": 1}), ("unsqueeze", {"dim": 1})], W[:, 1:2]),
}  # fmt: skip


def looked(begin: str, name: str) -> tuple[list[Any], str]:
    """The operators of a look, and what the last one gives."""
    nodes, last = [], "w"
    for at, (word, given) in enumerate(LOOKS[name][0]):
        nodes.append(node(f"aten.{word}", f"{begin}{at}", self=f"%{last}", **given))
        last = f"{begin}{at}"
    return nodes, last


@each(("one", "other"), [
    ("as it is", "turned"), ("turned", "as it is"), ("as it is", "under another shape"),
    ("under another shape", "as it is"), ("as it is", "with an axis more"),
    ("as it is", "turned, under its own shape"), ("turned, under its own shape", "as it is"),
    ("as it is", "in part"), ("as it is", "turned, in part"), ("as it is", "one row"),
    ("turned", "one column"), ("turned", "turned"), ("under another shape", "turned"),
])  # fmt: skip
def test_an_array_that_is_read_in_two_forms(one: str, other: str) -> None:
    """Their absolute numbers, so that none is part of a layer; an output for each."""
    nodes: list[Any] = []
    wanted = []
    for at, name in enumerate((one, other)):
        made, last = looked("ab"[at], name)
        nodes += [*made, node("aten.abs", f"m{at}", self=f"%{last}")]
        nodes.append(node("aten.sum", f"s{at}", self="%x", dim=[1, 2], keepdim=True))
        nodes.append(node("aten.mul", f"y{at}", self=f"%m{at}", other=f"%s{at}"))
        wanted.append(abs(LOOKS[name][1]) * X.sum())
    names = [f"y{at}" for at in range(2)]
    shapes = {name: [1, *([1, 1, *y.shape][-2:])] for name, y in zip(names, wanted, strict=True)}
    found = program(nodes, {"x": [1, 3, 4]}, names, shapes, {"w": ("w", [3, 4])})
    network = convcalc.loads(archive(found, more=weights({"w": W})), "net.pt2")
    plan = convcalc.plan(network)
    assert plan.totals.params == 12
    assert "opaque" not in [row.kind for row in plan.rows]
    # Axes of an output lie as the network has them.
    for y, numbers in zip(convcalc.run(network, X).values(), wanted, strict=True):
        found_numbers = y.squeeze()
        assert numbers.squeeze().tolist() in (found_numbers.tolist(), found_numbers.T.tolist())
