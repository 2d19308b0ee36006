"""A picture as a list of marks, before it is SVG or PNG: the curves of `compare --plot`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from convcalc.calculators.compare import Comparison
from convcalc.calculators.compare_stacks import Stack
from convcalc.formats.text import visible

Role = Literal["paper", "ink", "muted", "grid", "a", "b", "c", "d"]
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, TOP, BOTTOM = 84, 190, 96, 72
CURVES: tuple[Role, ...] = ("a", "b", "c", "d")
_MOST_LABEL = 26


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline; `dash` is the length of its dashes, 0 where it is drawn through."""

    points: tuple[Point, ...]
    role: Role
    width: float
    dash: float = 0


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle with a rim of paper around it."""

    x: float
    y: float
    radius: float
    role: Role


@dataclass(frozen=True, slots=True)
class Label:
    """Text on its baseline; `size` is the height of its capitals."""

    text: str
    x: float
    y: float
    size: float
    role: Role
    anchor: Anchor = "start"
    bold: bool = False


Mark = Line | Dot | Label


class CannotDrawError(ValueError):
    """There is no curve to draw: files, or no second stack."""


def map_size_chart(found: Comparison) -> tuple[Mark, ...]:
    """MACs of the first stack divided by those of each other one, over the size of the map.

    Drawn without padding, where the size matters; the dashed line is the ratio that large maps,
    and maps padded to keep their size, have. Raises CannotDrawError where there is no curve.
    """
    return tuple(_Chart(found).marks())


class _Chart:
    def __init__(self, found: Comparison) -> None:
        self.found = found
        first, *others = found.stacks
        if first is None or None in others or found.padded or not found.map_turns:
            raise CannotDrawError
        self.first: Stack = first
        self.others = [stack for stack in others if stack is not None][: len(CURVES)]
        self.sizes = self._sizes()
        self.curves = [self._curve(other) for other in self.others]
        self.limits = [self._limit(other) for other in self.others]
        shown = [ratio for curve in self.curves for _, ratio in curve] + [*self.limits, 1.0]
        step = _step(min(max(shown), 2.5))
        self.step = step
        self.top = step * -(-min(max(shown), 2.5) // step)

    def _sizes(self) -> list[int]:
        least = self.found.least
        turns = [run.first for turn in self.found.map_turns for run in turn.runs]
        near = [turn for turn in turns if turn <= 20 * least + 1000]
        most = max(least + 8, 4 * max(near), min(max(self.found.size), 8 * max(near)))
        step = max(1, (most - least) // 400)
        return list(range(least, most + 1, step))

    def _macs(self, stack: Stack, size: int) -> int:
        return stack.macs(self.found.channels, (size,) * self.found.rank, padded=False)

    def _curve(self, other: Stack) -> list[tuple[int, float]]:
        return [
            (size, self._macs(self.first, size) / self._macs(other, size)) for size in self.sizes
        ]

    def _limit(self, other: Stack) -> float:
        """The ratio on maps so large that their borders do not count."""
        size = self.first.period * other.period * 10**9
        return self._macs(self.first, size) / self._macs(other, size)

    def x(self, size: float) -> float:
        low, high = self.sizes[0], self.sizes[-1]
        return LEFT + (size - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, ratio: float) -> float:
        return HEIGHT - BOTTOM - ratio / self.top * (HEIGHT - TOP - BOTTOM)

    def marks(self) -> Iterator[Mark]:
        yield from self._titles()
        yield from self._axes()
        yield Line(((LEFT, self.y(1)), (WIDTH - RIGHT, self.y(1))), "ink", 1.5)
        names = self._end_labels()
        for number, curve in enumerate(self.curves):
            role = CURVES[number]
            limit = self.y(self.limits[number])
            yield Line(((LEFT, limit), (WIDTH - RIGHT, limit)), role, 1.5, 6)
            yield Line(tuple(self._clipped(curve)), role, 3.5)
            yield names[number]
        yield from self._turn_marks()

    def _titles(self) -> Iterator[Mark]:
        channels = self.found.channels
        name = visible(self.first.text)[:_MOST_LABEL]
        others = "those of each other stack"
        if len(self.others) == 1:
            others = visible(self.others[0].text)[:_MOST_LABEL]
        yield Label(f"MACs of {name} divided by {others}", LEFT, 44, 16, "ink", bold=True)
        path = f"{channels.cin} to {channels.cout} channels"
        text = f"no padding, {path}; dashed: on very large maps"
        yield Label(text, LEFT, 72, 11, "muted")

    def _axes(self) -> Iterator[Mark]:
        count = round(self.top / self.step)
        for tick in range(count + 1):
            ratio = tick * self.step
            height = self.y(ratio)
            if tick:
                yield Line(((LEFT, height), (WIDTH - RIGHT, height)), "grid", 1)
            yield Label(f"{ratio:.4g}", LEFT - 10, height + 4.5, 10, "muted", "end")
        base = self.y(0)
        yield Line(((LEFT, base), (WIDTH - RIGHT, base)), "muted", 1)
        for size in _ticks(self.sizes[0], self.sizes[-1]):
            yield Line(((self.x(size), base), (self.x(size), base + 5)), "muted", 1)
            yield Label(str(size), self.x(size), base + 22, 10, "muted", "middle")
        middle = (LEFT + WIDTH - RIGHT) / 2
        text = "map size i" if self.found.rank == 1 else "map size i (every axis)"
        yield Label(text, middle, base + 46, 11, "muted", "middle")

    def _end_labels(self) -> list[Label]:
        """The curves' names behind their ends, moved apart where they would touch."""
        order = sorted(range(len(self.curves)), key=lambda at: self.curves[at][-1][1])
        heights: dict[int, float] = {}
        floor = HEIGHT - BOTTOM + 20.0
        for at in order:
            floor = min(self.y(min(self.curves[at][-1][1], self.top)) + 5, floor - 20)
            heights[at] = floor
        return [
            Label(
                visible(other.text)[:_MOST_LABEL], WIDTH - RIGHT + 10, heights[at], 12, CURVES[at],
                bold=True,
            )
            for at, other in enumerate(self.others)
        ]  # fmt: skip

    def _clipped(self, curve: Sequence[tuple[int, float]]) -> Iterator[Point]:
        """The curve from where it comes down into the picture."""
        for (size, ratio), (after, next_ratio) in zip(curve, curve[1:], strict=False):
            if ratio <= self.top:
                yield self.x(size), self.y(ratio)
            elif next_ratio < self.top:
                share = (ratio - self.top) / (ratio - next_ratio)
                yield self.x(size + share * (after - size)), self.y(self.top)
        size, ratio = curve[-1]
        yield self.x(size), self.y(min(ratio, self.top))

    def _turn_marks(self) -> Iterator[Mark]:
        """A dot at every tie, and at the first size of a gain or loss that no tie announces."""
        for rank, (size, number, words) in enumerate(sorted(self._turns())):
            role = CURVES[number]
            x, y = self.x(size), self.y(dict(self.curves[number])[size])
            # Curves fall from the left: high up and to the right of a turn there is room.
            height = TOP + 14 + 26 * rank
            yield Line(((x, y), (x, height)), role, 1)
            yield Dot(x, y, 6, role)
            yield Label(words, x + 7, height + 11, 11, role)

    def _turns(self) -> Iterator[tuple[int, int, str]]:
        for number, turn in enumerate(self.found.map_turns[: len(CURVES)]):
            ratios = dict(self.curves[number])
            for before, run in zip(turn.runs, turn.runs[1:], strict=False):
                seen = ratios.get(run.first)
                if seen is not None and seen <= self.top and before.sign:
                    words = {0: "tie at", -1: "gain from", 1: "loss from"}[run.sign]
                    yield run.first, number, f"{words} {run.first:,}"


def _step(top: float) -> float:
    return 0.25 if top <= 1.5 else 0.5


def _ticks(low: int, high: int) -> list[int]:
    """Round numbers in the range, and its first size."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**4, 10**5, 10**6):
        if (high - low) / step <= 10:
            break
    ticks = [size for size in range(-(-low // step) * step, high + 1, step)]
    return [low, *(size for size in ticks if size - low > step * 0.6)]
