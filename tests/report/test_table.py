"""The table for terminals: whole numbers at every width, a tree of names, nothing interpreted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import convcalc
from convcalc import Plan
from convcalc.report.plans import plain, table
from convcalc.report.style import Style
from convcalc.report.view import PlanView

Example = Callable[[str], Plan]


def numbers(lines: list[str], title: str) -> list[int]:
    """The numbers below a heading, read by eye as it were: right-aligned below its last cell."""
    first, last = (index for index, line in enumerate(lines) if set(line) == {"─"})
    end = lines[first - 1].index(title) + len(title)
    cells = (line.ljust(end)[:end] for line in [*lines[first + 1 : last], lines[last + 1]])
    found = [re.search(r"[\d,]+$", cell) for cell in cells]
    return [int(match[0].replace(",", "")) for match in found if match]


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "inception_v3"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_numbers_are_whole_at_every_width(example: Example, name: str, width: int) -> None:
    plan = example(name)
    text = table.render(PlanView(plan, depth=1), Style(width=width))
    assert "…" not in text
    lines = text.splitlines()
    for title, total in (("params", plan.totals.params), ("MACs", plan.totals.macs)):
        *parts, last = numbers(lines, title)
        assert last == total
        assert sum(parts) == total
    if width >= 80:
        assert max(map(len, lines)) <= width


def test_at_80_columns(example: Example) -> None:
    # 64 * 3 * 7 * 7 weights at 112 * 112 positions; 64 * 64 * 3 * 3 at 56 * 56.
    text = table.render(PlanView(example("resnet18")), Style(width=80))
    assert text.splitlines()[:15] == [
        "ResNet-18 · 68 layers · input 3x224x224 · batch 1 · float32",
        "",
        "layer                     output          params           MACs   RF  stride",
        "────────────────────────────────────────────────────────────────────────────",
        "stem: conv                64x112x112       9,408    118,013,952    7       2",
        "batch_norm_1              64x112x112         128              0    7       2",
        "relu_1                    64x112x112           0              0    7       2",
        "max_pool_1                64x56x56             0              0   11       4",
        "basic_1.0",
        "  conv_1                  64x56x56        36,864    115,605,504   19       4",
        "  batch_norm_1            64x56x56           128              0   19       4",
        "  relu_1                  64x56x56             0              0   19       4",
        "  conv_2                  64x56x56        36,864    115,605,504   27       4",
        "  main: batch_norm        64x56x56           128              0   27       4",
        "  add_1 ← main, in        64x56x56             0              0   27       4",
    ]


def test_long_names_fold_below_themselves(nested: Plan) -> None:
    text = table.render(PlanView(nested), Style(width=52))
    folded = [line for line in text.splitlines() if line.startswith(("  add_1", "    in"))]
    assert folded[:2] == [
        "  add_1 ← first, pair_2.1,   8x8x8        0        0",
        "    in",
    ]


def test_at_200_columns_there_is_room_for_all(nested: Plan) -> None:
    heading, *_ = table.render(PlanView(nested), Style(width=200)).splitlines()[2:]
    assert heading.split() == [
        "layer", "kind", "fields", "from", "output", "params", "MACs", "FLOPs", "bytes", "RF",
        "stride",
    ]  # fmt: skip


def test_what_is_left_out_is_said(example: Example) -> None:
    text = table.render(PlanView(example("resnet18")), Style(width=80))
    words = " ".join(text.split())
    assert "left out FLOPs, bytes, fields: a wider terminal has room, or name them with" in words


def test_a_long_plan_is_written_plainly() -> None:
    text = "convcalc: 1\ninput: [4, 8]\nlayers: [{relu: {}, repeat: 501}]\n"
    view = PlanView(convcalc.plan(convcalc.loads(text)))
    assert table.MOST_LINES == 500
    assert table.render(view, Style(width=80)) == plain.render(view, Style(width=80))


@pytest.mark.parametrize(
    "name", ["[bold]x[/]", "[/]", ":smile:", "[link=file:///etc/passwd]x[/link]", "\\[x]"]
)
def test_markup_in_a_name_is_text(name: str) -> None:
    text = f"convcalc: 1\nname: '{name}'\ninput: [3]\nlayers: [linear: 2]\n"
    view = PlanView(convcalc.plan(convcalc.loads(text)))
    assert table.render(view, Style(width=80)).startswith(f"{name} · 1 layer · ")


def test_colours_are_only_paint(nested: Plan) -> None:
    colored = table.render(PlanView(nested), Style(width=80, color=True))
    assert "\x1b[" in colored
    stripped = re.sub(r"\x1b\[[\d;]*m", "", colored)
    shown = [line.rstrip() for line in stripped.splitlines()]
    assert shown == table.render(PlanView(nested), Style(width=80)).splitlines()
