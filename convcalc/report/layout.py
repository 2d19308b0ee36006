"""Which columns a terminal has room for, and how wide each is: numbers are never cut.

Columns yield in the order of YIELDS until the rest fits, the layer's name being folded to no
less than COMFORT cells. `kind` and `inputs` do not vanish: they move into the layer's cell. When
all have yielded, names fold to LEAST cells; a terminal narrower still gets lines that it wraps
itself. Columns asked for by name never yield.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from convcalc.core.text import cells
from convcalc.report.columns import Column

GAP = 2
COMFORT = 24
LEAST = 12
YIELDS = (
    "flops", "activation_bytes", "inputs", "fields", "kind", "stride", "receptive_field", "output",
)  # fmt: skip
# Text that may fold, and the cells that it is content with.
_FOLDING = {"name": COMFORT, "inputs": 20, "fields": 16}
_MERGED = ("kind", "inputs")


@dataclass(frozen=True)
class Layout:
    """The columns to show with their widths, those left out, those in the layer's cell."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    left_out: tuple[Column, ...]
    merged: frozenset[str]

    @property
    def width(self) -> int:
        """Cells of a whole line."""
        return sum(self.widths) + GAP * (len(self.widths) - 1)


def lay_out(
    columns: Sequence[Column],
    keep: Iterable[str],
    width: int | None,
    texts: Callable[[Column, frozenset[str]], Iterable[str]],
) -> Layout:
    """The layout for a terminal of `width` cells (None: no limit).

    `texts(column, merged)` gives all texts of a column when the columns `merged` stand in the
    layer's cell; `keep` are the keys that may not yield.
    """
    kept = frozenset(keep)
    shown = list(columns)
    left_out: list[Column] = []
    merged: frozenset[str] = frozenset()
    natural = {column.key: _widest(column, texts(column, merged)) for column in shown}
    for key in (*YIELDS, ""):
        if width is None or _least(shown, natural, COMFORT) <= width or not key:
            break
        if key in kept or key not in natural:
            continue
        column = next(column for column in shown if column.key == key)
        shown.remove(column)
        if key in _MERGED and "name" in natural:
            merged |= {key}
            name = next(column for column in shown if column.key == "name")
            natural["name"] = _widest(name, texts(name, merged))
        else:
            left_out.append(column)
    return Layout(tuple(shown), _widths(shown, natural, width), tuple(left_out), merged)


def _widest(column: Column, texts: Iterable[str]) -> int:
    return max([cells(column.title), *map(cells, texts)])


def _least(shown: Sequence[Column], natural: dict[str, int], comfort: int) -> int:
    """Cells of a line whose foldable columns are as narrow as they may be."""
    content = _FOLDING | {"name": comfort}
    return sum(
        min(natural[column.key], content.get(column.key, natural[column.key])) for column in shown
    ) + GAP * (len(shown) - 1)


def _widths(shown: Sequence[Column], natural: dict[str, int], width: int | None) -> tuple[int, ...]:
    if width is None:
        return tuple(natural[column.key] for column in shown)
    comfort = COMFORT if _least(shown, natural, COMFORT) <= width else LEAST
    spare = max(0, width - _least(shown, natural, comfort))
    content = _FOLDING | {"name": comfort}
    widths = []
    for column in shown:
        full = natural[column.key]
        narrow = min(full, content.get(column.key, full))
        given = min(full - narrow, spare)
        spare -= given
        widths.append(narrow + given)
    return tuple(widths)
