"""Today's figures as limits: how much room they leave, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.core.text import count, size
from convcalc.network.expectations import BYTE_UNITS, COUNT_UNITS
from convcalc.planning import Plan
from convcalc.planning.limited_figures import bound_of_position, figures_of_position
from convcalc.planning.plan_rows import Row
from convcalc.planning.untold import named, untold

FIGURES = ("params", "macs", "memory", "receptive_field", "stride", "output")
USUAL = ("params", "macs", "memory", "receptive_field")
# Layers have no memory of their own: the peak belongs to the whole network.
OF_LAYERS = ("params", "macs")
MAX_SLACK = 1000
_SLACK = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%?")
# With room to spare, limits are written with so many digits.
_DIGITS = 3
_MOST_DIGITS = 12


class Limit(NamedTuple):
    """A limit on a figure: `bound` is `max`, `min`, or "" for what it must be exactly.

    `text` is how the limit is written, `value` what that means (None for a shape); `got` is the
    figure itself, with its unit.
    """

    figure: str
    bound: str
    text: str
    value: Fraction | None
    got: int | Fraction | Shape
    unit: str = ""

    @property
    def today(self) -> str:
        """The figure itself, for reading."""
        if isinstance(self.got, tuple):
            return str(list(self.got))
        separator = " " if self.unit else ""
        return f"{self.got:,}{separator}{self.unit}" if isinstance(self.got, int) else self.text

    @property
    def exactly(self) -> str:
        """The figure itself, as an exact expectation."""
        return f"{self.got}{self.unit}" if isinstance(self.got, int) else self.text

    @property
    def entry(self) -> str:
        """The limit as the value of the figure."""
        return f"{{{self.bound}: {self.text}}}" if self.bound else self.text


class Unlimited(NamedTuple):
    """A figure that gets no limit, and why."""

    figure: str
    today: str
    reason: str


def read_slack(text: str) -> Fraction | None:
    """The part that `10%` writes; None if it writes none from 0 to 1000 %.

    >>> read_slack("10%"), read_slack("2.5"), read_slack("-1")
    (Fraction(1, 10), Fraction(1, 40), None)
    """
    match = _SLACK.fullmatch(text.strip())
    slack = Fraction(match[1]) if match else None
    return slack / 100 if slack is not None and slack <= MAX_SLACK else None


def network_limits(
    plan: Plan, figures: Sequence[str], slack: Fraction, *, asked: bool
) -> list[Limit | Unlimited]:
    """The limits of a whole network; `asked` where the figures were named one by one."""
    totals = plan.totals
    found: list[Limit | Unlimited] = []
    for figure in figures:
        lacking = untold(plan.graph.nodes, figure)
        if lacking:
            found.append(unlimited(figure, _today(plan, figure), lacking))
        elif figure == "memory":
            found.append(at_most(figure, totals.memory.inference, slack, in_bytes=True))
        elif figure == "output":
            found.append(_output(plan))
        elif figure in OF_LAYERS:
            found.append(at_most(figure, getattr(totals, figure), slack))
        else:
            found.append(_of_position(plan, figure, slack, asked))
    return found


def _today(plan: Plan, figure: str) -> str:
    if figure == "memory":
        return size(plan.totals.memory.inference)
    return count(getattr(plan.totals, figure))


def unlimited(figure: str, today: str, lacking: Sequence[str]) -> Unlimited:
    """A sum that is a lower bound: a limit on it could not be held.

    >>> unlimited("macs", "9", ["x"]).reason
    '`x` does not tell its part'
    """
    verb, part = ("do", "their part") if lacking[1:] else ("does", "its part")
    reason = f"{named(lacking)} {verb} not tell {part}"
    return Unlimited(figure, f"at least {today}", reason)


def _output(plan: Plan) -> Limit:
    graph = plan.graph
    shape: Shape = graph.shape_of(graph.outputs[0])
    return Limit("output", "", str(list(shape)), None, shape)


def _of_position(plan: Plan, figure: str, slack: Fraction, asked: bool) -> Limit | Unlimited:
    graph = plan.graph
    index = graph.outputs[0]
    figures = [one.figure for one in figures_of_position(graph, plan.rows, index, figure)]
    if not figures:
        return Unlimited(figure, "", "it is not known")
    least, greatest = figures[0], figures[-1]
    if bound_of_position(graph, plan.rows, index, figure):
        return Unlimited(figure, f"at most {greatest:,}", "it is an upper bound")
    if figure == "stride":
        if least != greatest:
            spread = f"{least} to {greatest}"
            return Unlimited(figure, spread, "it differs from axis to axis")
        return Limit(figure, "", f"{least}", Fraction(least), least)
    row = plan.row_at(index) if index >= graph.input_count else None
    if _sees_all(row) and not asked:
        reason = "it is the whole input; --only receptive_field writes it all the same"
        return Unlimited(figure, f"{least:,}", reason)
    return at_least(figure, int(least), slack)


def _sees_all(row: Row | None) -> bool:
    field = row.receptive_field if row is not None else None
    return field is not None and field.is_global


def at_most(figure: str, today: int, slack: Fraction, in_bytes: bool = False) -> Limit:
    """The figure as an upper limit with `slack` above it, rounded down to what it leaves.

    >>> at_most("macs", 1814073344, Fraction(1, 10)).text
    '1.99G'
    >>> at_most("params", 11689512, Fraction(0)).text
    '11689512'
    """
    units = BYTE_UNITS if in_bytes else COUNT_UNITS
    target = int(today * (1 + slack))
    # Never looser than was asked, and never tighter than today's figure.
    text, value = _written(target, today, units)
    return Limit(figure, "max", text, value, today, "B" if in_bytes else "")


def at_least(figure: str, today: int, slack: Fraction) -> Limit:
    """The figure as a lower limit with `slack` below it, rounded up to what it leaves.

    What has a lower limit is small and has no unit: all of its digits are written.

    >>> at_least("receptive_field", 437, Fraction(1, 10)).text
    '394'
    """
    target = max(0, ceil(today * (1 - slack)))
    return Limit(figure, "min", str(target), Fraction(target), today)


def _written(target: int, today: int, units: dict[str, int]) -> tuple[str, Fraction]:
    """`target` with few digits, rounded towards `today` and never beyond it; exact where equal."""
    bare = "B" if "B" in units else ""
    # Binary units only: nobody reads 1.1MB and 1.05MiB as the same.
    usable = [
        (name, size)
        for name, size in units.items()
        if size <= target and (not bare or name.endswith("iB"))
    ]
    if usable and target != today:
        name, size = usable[-1]
        for digits in range(_DIGITS, _MOST_DIGITS):
            places = max(0, digits - len(str(target // size)))
            rounded = target * 10**places // size
            value = Fraction(rounded * size, 10**places)
            if value >= today:
                return f"{_decimal(rounded, places)}{name}", value
    texts = [f"{target}{bare}"]
    for name, size in usable:
        thousandths = Fraction(target * 1000, size)
        if thousandths.denominator == 1:
            texts.append(f"{_decimal(int(thousandths), 3)}{name}")
    # Of equally short ones, the plain number.
    return min(texts, key=len), Fraction(target)


def _decimal(scaled: int, places: int) -> str:
    """scaled / 10**places without zeros at its end.

    >>> _decimal(1990, 3), _decimal(41000, 3), _decimal(128, 1)
    ('1.99', '41', '12.8')
    """
    if not places:
        return str(scaled)
    whole, rest = divmod(scaled, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
