"""Networks in a few lines, their pictures, and a reader of PNG files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, TypeVar

import convcalc
from convcalc.features.rf import FieldReport, field_report
from convcalc.features.rf.drawing.scene import Scene, scene
from convcalc.planning import Plan
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Cells,
    Dot,
    Hatch,
    Picture,
    Rect,
    Shape,
    Spot,
    Text,
)
from convcalc.report.drawing.canvas import (
    Path as Line,
)

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# Markup, quotes, a control character, an override of the writing direction, and a long name.
HOSTILE = "<script>alert('1')</script> & \"q\" \x07 \u202e" + "x" * 400

# A field of 3, and the holes of one of 7 around it.
HOLES = "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {conv: {out: 1, k: 3, d: 2, p: 2}, name: b}"
# A key of all heat levels, as `placed` writes it.
LEVELS = " ".join(map(str, range(1, 25)))

S = TypeVar("S", bound=Shape)


def report_of(layers: str, shape: Sequence[int] = (1, 16, 16), name: str = "net") -> FieldReport:
    """The report of a network with these layers."""
    sizes = ", ".join(map(str, shape))
    text = f'convcalc: 1\nname: "{name}"\ninput: [{sizes}]\nlayers:\n{layers}'
    return field_report(convcalc.loads(text).graph())


def anywhere(layers: str, shape: Sequence[int]) -> Scene:
    """Of a network on an input of any size; the shape is one that fits."""
    graph = report_of(layers, shape).lens.graph
    return scene(field_report(graph, is_placed=False))


def hostile_report(layers: str, shape: Sequence[int] = (1, 16, 16)) -> FieldReport:
    """The report of a network whose names no file could have: its front door refuses them."""
    graph = report_of(layers, shape).lens.graph
    nodes = tuple(node._replace(name=f"{HOSTILE}{node.at}") for node in graph.nodes)
    return field_report(replace(graph, name=HOSTILE, nodes=nodes))


def hostile_plan() -> Plan:
    """The plan of a network with a block, of which every name is `HOSTILE` with a number."""
    text = (
        "convcalc: 1\nname: net\ninput: [4, 8, 8]\n"
        "blocks: {same: {layers: [conv: {out: 4, k: 3, p: 1}, add: [in, prev]]}}\n"
        "layers: [same, max_pool: 2]"
    )
    planned = convcalc.plan(convcalc.loads(text))
    graph = planned.graph
    called = {node.name: f"{HOSTILE}{node.at}" for node in graph.nodes}
    nodes = tuple(node._replace(name=called[node.name]) for node in graph.nodes)
    scopes = tuple(replace(scope, name=HOSTILE, block=HOSTILE) for scope in graph.scopes)
    hostile = replace(graph, name=HOSTILE, nodes=nodes, scopes=scopes)
    context = replace(planned.context, graph=hostile)
    rows = tuple(
        row._replace(
            name=called[row.name],
            inputs=tuple(map(called.__getitem__, row.inputs)),
            plan=context,
        )
        for row in planned.rows
    )
    return replace(planned, context=context, rows=rows)


def example(name: str) -> FieldReport:
    """The report of an example network."""
    return field_report(convcalc.load(str(CONFIGS / f"{name}.net.yaml")).graph())


def of_kind(picture: Picture, kind: type[S]) -> list[S]:
    """The shapes of one kind."""
    return [shape for shape in picture.shapes if isinstance(shape, kind)]


def placed(shape: Shape) -> str:
    """A shape in a line: where it is, from left to right and from top to bottom, and what."""
    match shape:
        case Text():
            return f"{shape.x:.5g} {shape.y:.5g} {shape.role}: {shape.text}"
        case Line():
            return f"{_spots(shape.spots)} line {shape.stroke} {shape.width:g}"
        case Area():
            return f"{_spots(shape.spots)} area {shape.fill} {shape.opacity:g}"
        case Dot():
            return f"{_spots([shape.spot])} dot {shape.fill} {shape.radius:g}"
        case Hatch():
            return f"{_ends(shape.box)} hatch"
        case Cells():
            rows = "/".join(" ".join(map(str, row)) for row in shape.rows)
            return f"{_ends(shape.box)} {rows} {shape.title}".strip()
        case Rect():
            stroke = f"{shape.stroke} {shape.width:g}" if shape.stroke else "-"
            filled = f"{shape.fill} {shape.opacity:g}" if shape.fill else "-"
            return f"{_ends(shape.box)} {filled} {stroke} {shape.title}".strip()
        case _:
            raise TypeError(f"{shape} is several shapes")


def _spots(spots: Iterable[Spot]) -> str:
    return " ".join(f"{spot.x:.5g},{spot.y:.5g}" for spot in spots)


def _ends(box: Box) -> str:
    return f"{box.x:.5g}..{box.right:.5g} {box.y:.5g}..{box.bottom:.5g}"


def collisions(picture: Picture) -> list[tuple[str, str]]:
    """Labels that run into each other, or out of the picture."""
    texts = of_kind(picture, Text)
    found = [(a.text, b.text) for a, b in combinations(texts, 2) if a.box.overlaps(b.box)]
    for text in texts:
        box = text.box
        if box.x < 0 or box.y < 0 or box.right > picture.width or box.bottom > picture.height:
            found.append((text.text, "the edge"))
    return found


class Image(NamedTuple):
    """A decoded PNG."""

    width: int
    height: int
    pixels: bytes

    def at(self, x: int, y: int) -> str:
        """The colour of a pixel as #rrggbb."""
        start = 3 * (y * self.width + x)
        return "#" + self.pixels[start : start + 3].hex()


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, their checksums tested."""
    assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(name + body)
        yield name, body
        at += 12 + length


def decoded(data: bytes) -> Image:
    """A PNG of 8-bit RGB without filters."""
    parts = list(chunks(data))
    assert [name for name, _ in parts] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, method, filtering, interlace = struct.unpack(
        ">IIBBBBB", parts[0][1]
    )
    assert (depth, colour, method, filtering, interlace) == (8, 2, 0, 0, 0)
    raw = zlib.decompress(parts[1][1])
    row = 1 + 3 * width
    assert len(raw) == row * height
    assert not any(raw[::row])
    return Image(width, height, b"".join(raw[y * row + 1 : (y + 1) * row] for y in range(height)))
