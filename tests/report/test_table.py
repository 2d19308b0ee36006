"""The table for terminals: whole numbers at every width, a tree of names, nothing interpreted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import convcalc
from convcalc import Plan
from convcalc.kinds.base import WORK_CLASSES
from convcalc.report import written
from convcalc.report.style import Style
from convcalc.report.view import MOST_IN_TREE, PlanView
from tests.each import each

Example = Callable[[str], Plan]


def shown(plan: Plan, width: int, color: bool = False, **wishes: Any) -> str:
    page = PlanView(plan, **wishes).page("table")
    return written(page, "table", Style(width=width, color=color))


def numbers(lines: list[str], title: str) -> list[int]:
    """The numbers below a heading, read by eye as it were: right-aligned below its last cell."""
    at = next(place for place, line in enumerate(lines) if title in line.split())
    last = next(place for place in range(at + 2, len(lines)) if set(lines[place]) == {"─"})
    end = lines[at].index(title) + len(title)
    cells = (line.ljust(end)[:end] for line in [*lines[at + 2 : last], lines[last + 1]])
    found = [re.search(r"(?<= )[\d,]+$", cell) for cell in cells]
    return [int(match[0].replace(",", "")) for match in found if match]


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "inception_v3"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_numbers_are_whole_at_every_width(example: Example, name: str, width: int) -> None:
    plan = example(name)
    text = shown(plan, width, depth=0)
    assert "…" not in text
    lines = text.splitlines()
    for title, total in (("params", plan.totals.params), ("MACs", plan.totals.macs)):
        *parts, last = numbers(lines, title)
        assert last == total
        assert sum(parts) == total
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["deeplabv3_resnet50", "unet3d", "id_cnn", "textcnn"])
def test_the_shape_of_a_layer_never_yields(example: Example, name: str, width: int) -> None:
    text = shown(example(name), width)
    assert "output" in text
    assert not re.search(r"left out.*output", " ".join(text.split()))


def test_many_outputs_do_not_widen_their_column() -> None:
    heads = ", ".join(f"{{conv: {{out: 256, k: 1}}, name: p{at}, from: input}}" for at in range(5))
    text = f"convcalc: 1\ninput: [64, 100, 152]\nlayers: [{heads}]\noutputs: [p0, p1, p2, p3, p4]\n"
    lines = shown(convcalc.plan(convcalc.loads(text)), 80).splitlines()
    assert lines[2].split()[0] == "layer"
    assert "output" in lines[2]
    assert {len(line) for line in lines[4:9]} == {len(lines[4])}
    assert max(map(len, lines)) <= 80
    # All five shapes stand in the total, below each other.
    assert sum("256x100x152" in line for line in lines[9:]) == 5


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_all_classes_counted_fit(example: Example, width: int) -> None:
    plan = example("resnet18")
    text = shown(plan, width, counted=WORK_CLASSES)
    assert max(map(len, text.splitlines())) <= width
    assert "802,816" in text
    for name in ("bias", "norm", "activation", "pool", "merge"):
        assert name in text


def test_at_80_columns(example: Example) -> None:
    # 64 * 3 * 7 * 7 weights at 112 * 112 positions; 64 * 64 * 3 * 3 at 56 * 56. A block has the
    # sums of its layers: two convolutions, and twice 128 numbers of a norm.
    text = shown(example("resnet18"), 80)
    assert text.splitlines()[:15] == [
        "ResNet-18 · 68 layers · input 3x224x224 · batch 1 · float32",
        "",
        "layer                     output          params           MACs   RF  stride",
        "────────────────────────────────────────────────────────────────────────────",
        "stem: conv                64x112x112       9,408    118,013,952    7       2",
        "batch_norm_1              64x112x112         128              0    7       2",
        "relu_1                    64x112x112           0              0    7       2",
        "max_pool_1                64x56x56             0              0   11       4",
        "basic_1.0                                 73,984    231,211,008",
        "  conv_1                  64x56x56        36,864    115,605,504   19       4",
        "  batch_norm_1            64x56x56           128              0   19       4",
        "  relu_1                  64x56x56             0              0   19       4",
        "  conv_2                  64x56x56        36,864    115,605,504   27       4",
        "  main: batch_norm        64x56x56           128              0   27       4",
        "  add_1 ← main, in        64x56x56             0              0   27       4",
    ]


def test_long_names_fold_below_themselves(nested: Plan) -> None:
    lines = shown(nested, 52).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("  add_1"))
    assert [line.split("  ")[1] for line in lines[at : at + 2]] == [
        "add_1 ← first, pair_2.1,",
        "",
    ]
    assert lines[at + 1].strip() == "in"


def test_at_200_columns_there_is_room_for_all(nested: Plan) -> None:
    heading, *_ = shown(nested, 200).splitlines()[2:]
    assert heading.split() == [
        "layer", "kind", "fields", "from", "output", "params", "MACs", "FLOPs", "bytes", "RF",
        "stride",
    ]  # fmt: skip


def test_what_is_left_out_is_said(example: Example) -> None:
    words = " ".join(shown(example("resnet18"), 80).split())
    assert "left out bytes, fields, FLOPs: a wider terminal has room, or name them with" in words


def test_a_long_plan_is_written_plainly() -> None:
    text = f"convcalc: 1\ninput: [4, 8]\nlayers: [{{relu: {{}}, repeat: {MOST_IN_TREE + 1}}}]\n"
    plan = convcalc.plan(convcalc.loads(text))
    rows = shown(plan, 40).splitlines()[4 : 4 + MOST_IN_TREE + 1]
    # Complete at any width, and each under its full name.
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0].split()[:3] == ["relu_1.0", "relu", "4x8"]
    assert rows[-1].split()[0] == f"relu_1.{MOST_IN_TREE}"


@each("name", ["[bold]x[/]", "[/]", ":smile:", "[link=file:///etc/passwd]x[/link]", "\\[x]"])
def test_markup_in_a_name_is_text(name: str) -> None:
    text = f"convcalc: 1\nname: '{name}'\ninput: [3]\nlayers: [linear: 2]\n"
    plan = convcalc.plan(convcalc.loads(text))
    assert shown(plan, 80).startswith(f"{name} · 1 layer · ")


def test_colours_are_only_paint(nested: Plan) -> None:
    colored = shown(nested, 80, color=True)
    assert "\x1b[" in colored
    stripped = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert [line.rstrip() for line in stripped.splitlines()] == shown(nested, 80).splitlines()
