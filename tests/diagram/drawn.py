"""Small networks whose graphs are drawn shape by shape in `pictures.txt`.

Every drawing there was looked at, as a picture, before it was kept; `test_placing` works out by
hand where single things stand. After a change that is meant to move something:

    python -m tests.diagram.drawn FOLDER

writes the pictures into that folder, for a look at them, and `pictures.txt` anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path as File

import convcalc
from convcalc.report.diagram import fitting_outline, outline, sketch
from convcalc.report.drawing import render
from convcalc.report.drawing.canvas import Area, Box, Path, Picture, Rect, Shape, Spot, Text

KEPT = File(__file__).parent / "pictures.txt"
CONFIGS = File(__file__).parents[2] / "examples" / "configs"

# Blocks in blocks, one of them several times, beside a branch with a skip over three ranks.
NESTED = """
blocks:
  inner:
    layers:
      - {conv: {out: 8, k: 3, p: 1}, name: a}
      - relu
      - {conv: {out: 8, k: 1}, name: b}
      - {add: [in, b], name: c}
  outer:
    layers:
      - inner
      - {max_pool: {k: 3, s: 1, p: 1}, name: widest_of_three_by_three_places}
      - inner
layers:
  - {conv: {out: 8, k: 5, s: 2, p: half}, name: stem}
  - {outer: {}, name: left}
  - {conv: {out: 8, k: 1}, name: right, from: stem}
  - {inner: {}, name: deep, repeat: 3}
  - {concat: [left, deep, stem], name: both}
  - {avg_pool: 2, name: half}
outputs: [half, right]
"""

# Two inputs, four branches of unlike lengths, a chain of equal layers, a long name.
BRANCHES = """
layers:
  - {conv: {out: 16, k: 3, p: 1}, from: left, name: start}
  - {conv: {out: 16, k: 3, p: 1}, repeat: 4, name: chain}
  - {conv: {out: 24, k: 1}, from: start, name: b1}
  - {conv: {out: 16, k: 1}, from: start, name: b2}
  - {conv: {out: 32, k: 3, p: 1}, name: b2_with_a_name_that_is_longer_than_its_box_can_be}
  - {max_pool: {k: 3, s: 1, p: 1}, from: start, name: b3}
  - {conv: {out: 8, k: 1}, name: b4}
  - {conv: {out: 8, k: 5, p: 2}, name: b5}
  - {batch_norm: {}, name: n}
  - {sigmoid: {}, name: g}
  - {concat: [chain, b1, b2_with_a_name_that_is_longer_than_its_box_can_be, g], name: all}
  - {conv: {out: 4, k: 1}, from: right, name: other}
  - {concat: [all, other, right]}
  - flatten
  - linear: 10
"""

# Cost that is not told, shares of a total that is a lower bound, several outputs.
UNTOLD = """
layers:
  - {conv: {out: 8, k: 3, p: 1}, name: c}
  - {opaque: {output: [6, 4, 4], note: odd}, name: o}
  - {sigmoid: {}, name: s}
  - {add: [s, o], name: d}
outputs: [d, o]
"""

# Columns: blocks with shortcuts and one without, which a picture of one column would not show.
COLUMNS = """
blocks:
  two:
    args: {c: ~, s: 1}
    layers:
      - {conv: {out: =c, k: 3, s: =s, p: 1}, name: x}
      - {conv: {out: =c, k: 3, p: 1}, name: y}
      - {conv: {out: =c, k: 1, s: =s}, from: in, name: z}
      - {add: [y, z], name: sum}
  plain:
    layers: [{max_pool: {k: 3, s: 1, p: 1}, name: p}, {conv: {out: 4, k: 1}, name: q}, tanh]
layers:
""" + "".join(
    f"  - {{two: {{c: {4 * n}, s: {1 + n % 2}}}, name: t{n}}}\n  - {{plain: {{}}, name: p{n}}}\n"
    for n in range(1, 5)
)

NETWORKS = {
    "nested": ("[3, 32, 32]", NESTED),
    "branches": ("{left: [3, 16, 16], right: [2, 16, 16]}", BRANCHES),
    "untold": ("[3, 8, 8]", UNTOLD),
    "columns": ("[4, 64, 64]", COLUMNS),
}
# Of larger ones the boxes and the size.
EXAMPLES = ("googlenet", "resnet50", "unet", "yolo11n")


def drawings() -> Iterator[tuple[str, Picture, list[str]]]:
    """Of each network its name, its picture, and what `pictures.txt` has of it."""
    for name, (shape, layers) in NETWORKS.items():
        text = f"convcalc: 1\nname: {name}\ninput: {shape}\n{layers}"
        plan = convcalc.plan(convcalc.loads(text))
        picture = sketch(outline(plan)).picture
        yield name, picture, [_size(picture), picture.description, *map(shape_line, picture.shapes)]
    for name in EXAMPLES:
        plan = convcalc.plan(convcalc.load(str(CONFIGS / f"{name}.net.yaml")))
        drawn = sketch(fitting_outline(plan))
        yield name, drawn.picture, [_size(drawn.picture), *map(_box, drawn.boxes)]


def shape_line(shape: Shape) -> str:
    """A shape in one line, with all that is to be seen of it."""
    if isinstance(shape, Text):
        weight = " bold" if shape.bold else ""
        place = f"{_number(shape.x)},{_number(shape.y)} {shape.size:g} {shape.anchor}"
        return f"text {place} {shape.role}{weight}: {shape.text}"
    if isinstance(shape, Rect):
        line = f" line {shape.stroke} {shape.width:g}{' dashed' if shape.dash else ''}"
        opacity = f" {shape.opacity:g}" if shape.opacity != 1 else ""
        return f"rect {_box(shape.box)} {shape.fill}{opacity}{line if shape.stroke else ''}"
    spots = " ".join(map(_spot, shape.spots)) if isinstance(shape, Path | Area) else ""
    if isinstance(shape, Path):
        return f"path {shape.stroke} {shape.width:g}: {spots}"
    assert isinstance(shape, Area)
    return f"area {shape.fill}: {spots}"


def _size(picture: Picture) -> str:
    return f"{picture.width}x{picture.height}"


def _box(box: Box) -> str:
    return f"{_number(box.x)},{_number(box.y)} {_number(box.width)}x{_number(box.height)}"


def _spot(spot: Spot) -> str:
    return f"{_number(spot.x)},{_number(spot.y)}"


def _number(value: float) -> str:
    """Tenths of a pixel: more is not to be seen, and may differ from machine to machine."""
    return f"{round(value, 1) + 0.0:g}"


def kept() -> dict[str, list[str]]:
    """What `pictures.txt` has of each network."""
    parts = KEPT.read_text(encoding="utf-8").split("\n\n")
    return {name: lines for name, *lines in map(str.splitlines, parts)}


if __name__ == "__main__":
    parts = []
    for name, picture, lines in drawings():
        (File(sys.argv[1]) / f"{name}.png").write_bytes(render(picture, "png"))
        parts.append("\n".join([name, *lines]))
    KEPT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
