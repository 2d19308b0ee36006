"""Which unit a join belongs to that code writes at the beginning of the next one."""

from __future__ import annotations

import convcalc
from convcalc.features.import_.nested_parts import _join_units, layer_parts
from tests.each import each

# A stem, a unit of two layers that reads it, and a join of the stem and the unit; another layer.
LAYERS = "[{relu: {}, name: a}, {relu: {}, name: b}, {relu: {}, name: c}, JOIN, relu]"


@each(("join", "paths", "found"), [
    # The join is the next unit's, stands beside the unit, or deep in the next one.
    ("concat: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u1.cat"),
    ("concat: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.cat"), "n.u1.cat"),
    ("concat: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.norm.cat"), "n.u1.cat"),
    ("concat: [a, c]", ("stem", "u1.act", "u1.last", "u2.cat"), "u1.cat"),
    ("concat: [a, c]", ("n.stem", "n.u1.x.act", "n.u1.x.last", "n.u2.cat"), "n.u1.cat"),
    # It is in the unit already.
    ("concat: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u1.cat"), "n.u1.cat"),
    # What it joins the unit to is not what that reads, or comes from within, or behind.
    ("concat: [input, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u2.cat"),
    ("concat: [b, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u2.cat"),
    ("concat: [c, a]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u2.cat"),
    ("concat: [a, b, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u2.cat"),
    # Outside of all modules nobody tells which one is the unit.
    ("concat: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "cat"), "cat"),
    # A sum is none, and a layer without a unit has none.
    ("add: [a, c]", ("n.stem", "n.u1.act", "n.u1.last", "n.u2.cat"), "n.u2.cat"),
    ("concat: [b, c]", ("n.stem", "n.act", "n.last", "n.u2.cat"), "n.u2.cat"),
])  # fmt: skip
def test_the_unit_of_a_join(join: str, paths: tuple[str, ...], found: str) -> None:
    layers = LAYERS.replace("JOIN", f"{{{join}}}")
    graph = convcalc.loads(f"convcalc: 1\ninput: [3, 8]\nlayers: {layers}").graph()
    parts = layer_parts(graph)
    for part, path in zip(parts, (*paths, "n.u2.act"), strict=True):
        part.path = tuple(path.split("."))
    _join_units(parts, graph)
    assert [".".join(part.path) for part in parts] == [*paths[:3], found, "n.u2.act"]
