"""Which columns yield first on a narrow terminal, and that numbers never do."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from convcalc.report.columns import COLUMNS, WIDE, Column
from convcalc.report.layout import COMFORT, LEAST, Layout, lay_out

# Cells of the longest text of each column; titles are shorter or equal.
WIDTHS = {
    "name": 40,
    "kind": 10,
    "fields": 10,
    "inputs": 10,
    "output": 10,
    "params": 10,
    "macs": 13,
    "flops": 13,
    "activation_bytes": 9,
    "receptive_field": 6,
    "stride": 6,
}


def texts(column: Column, merged: frozenset[str]) -> Iterable[str]:
    return ["x" * (WIDTHS[column.key] + 10 * len(merged) * (column.key == "name"))]


def layout(width: int | None, keep: Iterable[str] = ()) -> Layout:
    return lay_out([COLUMNS[key] for key in WIDE], keep, width, texts)


def keys(columns: Iterable[Column]) -> list[str]:
    return [column.key for column in columns]


@pytest.mark.parametrize(
    ("width", "left_out", "merged"),
    [
        pytest.param(None, [], set(), id="no limit"),
        # 24 for the name, 97 for the others, 20 between them.
        pytest.param(141, [], set(), id="all with a folded name"),
        pytest.param(140, ["flops"], set(), id="FLOPs first"),
        pytest.param(125, ["flops", "activation_bytes"], set(), id="then bytes"),
        pytest.param(114, ["flops", "activation_bytes"], {"inputs"}, id="inputs move"),
        pytest.param(102, ["flops", "activation_bytes", "fields"], {"inputs"}, id="then fields"),
        pytest.param(
            90, ["flops", "activation_bytes", "fields"], {"inputs", "kind"}, id="kinds move"
        ),
        pytest.param(
            78, ["flops", "activation_bytes", "fields", "stride"], {"inputs", "kind"}, id="stride"
        ),
    ],
)
def test_columns_yield_in_their_order(
    width: int | None, left_out: list[str], merged: set[str]
) -> None:
    found = layout(width)
    assert (keys(found.left_out), set(found.merged)) == (left_out, merged)
    assert width is None or found.width <= width


@pytest.mark.parametrize("width", range(1, 200, 7))
def test_only_words_are_ever_narrower_than_their_text(width: int) -> None:
    found = layout(width)
    for column, cells in zip(found.columns, found.widths, strict=True):
        if column.key == "name":
            assert cells >= LEAST
        elif column.key not in ("inputs", "fields"):
            assert cells == WIDTHS[column.key]
    assert {"name", "params", "macs"} <= set(keys(found.columns))


def test_columns_asked_for_never_yield() -> None:
    found = layout(80, keep=WIDE)
    assert (keys(found.columns), found.left_out) == (list(WIDE), ())


def test_a_wide_terminal_is_used_for_names() -> None:
    name = keys(layout(141).columns).index("name")
    assert layout(141).widths[name] == COMFORT
    assert layout(150).widths[name] == COMFORT + 9
    assert layout(500).widths[name] == WIDTHS["name"]
