"""Reals that become integers of few bits: what comes of those beyond is not told."""

from __future__ import annotations

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import archive, program
from tests.importers.pt2_bytes import node as call

UINT8, INT8, INT16, INT32 = 2, 3, 5, 6


@each(
    ("least", "most", "to", "kinds"),
    [
        (-128.0, 127.0, INT8, "hardtanh trunc"),
        (0.0, 255.0, UINT8, "hardtanh trunc"),
        (-1.0, 255.0, UINT8, "hardtanh opaque"),
        (0.0, 128.0, INT8, "hardtanh opaque"),
        (-40000.0, 0.0, INT16, "hardtanh opaque"),
        (-40000.0, 0.0, INT32, "hardtanh trunc"),
    ],
)
def test_integers_hold_what_is_within_their_ends(
    least: float, most: float, to: int, kinds: str
) -> None:
    nodes = [node("Clip", ["x", "a", "b"], ["c"]), node("Cast", ["c"], ["y"], to=to)]
    stored = {"a": tensor("a", (), [least]), "b": tensor("b", (), [most])}
    plan = convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 4]}, ["y"], stored), "net.onnx"))
    assert " ".join(row.kind for row in plan) == kinds


@each(
    ("dtype", "kind", "why"),
    [
        (2, "opaque", ("aten.to: its numbers may be beyond int8: -128 to 127",)),
        (1, "opaque", ("aten.to: its numbers may be beyond uint8: 0 to 255",)),
        (5, "trunc", ()),
    ],
)
def test_a_program_says_why_they_may_not(dtype: int, kind: str, why: tuple[str, ...]) -> None:
    """`torch.int8`, `torch.uint8` and `torch.int64` by their numbers."""
    nodes = [call("aten.to", "y", self="%x", dtype=dtype)]
    found = program(nodes, {"x": [1, 4]}, ["y"], {"y": [1, 4]})
    found["graph_module"]["graph"]["tensor_values"]["y"]["dtype"] = dtype
    plan = plan_of(archive(found))
    assert [(row.kind, row.notes) for row in plan] == [(kind, why)]
