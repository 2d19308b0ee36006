"""Patterns and fields that are drawn here, so that every unit's pixels are known as sets."""

from __future__ import annotations

import random
import re
from fractions import Fraction

import numpy as np

import convcalc
from convcalc.features.verify import verify
from convcalc.features.verify.reads import Pattern, Unknown, pattern_of
from tests.each import each


def matrix_of(pattern: Pattern, count: int, units: int) -> np.ndarray:
    """True at (p, u) where unit u reads position p; what lies beyond the map is cut off."""
    matrix = np.zeros((count, units), bool)
    for unit in range(units):
        turns, phase = divmod(unit, len(pattern.taps))
        for tap in pattern.taps[phase]:
            if 0 <= tap + turns * pattern.rise < count:
                matrix[tap + turns * pattern.rise, unit] = True
    return matrix


def test_a_pattern_is_found_again() -> None:
    draw = random.Random(3)
    for _ in range(120):
        period, rise = draw.randint(1, 3), draw.randint(1, 3)
        taps = tuple(
            tuple(sorted(draw.sample(range(-3, 5), draw.randint(0 if phase else 1, 3))))
            for phase in range(period)
        )
        units = 12 * period
        matrix = matrix_of(Pattern(rise, taps), 12 * rise, units)
        found = pattern_of(matrix)
        assert isinstance(found, Pattern), taps
        assert len(found.taps) <= period
        assert (matrix_of(found, 12 * rise, units) == matrix).all(), taps
        # Away from the border, where nothing is cut off, it is the very same.
        for unit in range(5 * period, 7 * period):
            assert found.of(unit) == Pattern(rise, taps).of(unit), taps


@each(("columns", "reason"), [
    ([{0}, {1}, {0}, {5}, {2}, {0, 1, 2}, {4}, {1}], "unit 4 reads 2"),
    ([{0}, {1}, {0}, {5}, set(), {0, 1, 2}, {4}, {1}], "unit 4 reads nothing"),
    ([{0}, {1}, {0}, {5}, {1, 2, 3}, {0}, {4}, {1}], "unit 4 reads 1 to 3"),
    ([{0}, {1}, {0}, {5}, {2, 3}, {0}, {4}, {1}], "unit 4 reads 2 to 3"),
    ([{0}, {1}, {0}, {5}, {1, 3}, {0}, {4}, {1}], "unit 4 reads 1, 3"),
    ([{0}, {1}, {0}, {5}, {0, 2, 4, 6, 8, 10, 12, 14}, {0}, {4}, {1}],
     "unit 4 reads 0, 2, 4, 6, 8, 10, 12, 14"),
    ([{0}, {1}, {0}, {5}, {0, 2, 4, 6, 8, 10, 12, 14, 16}, {0}, {4}, {1}],
     "unit 4 reads 0, 2, 4, 6, 8, 10, 12, 14, ..."),
])  # fmt: skip
def test_what_follows_no_pattern(columns: list[set[int]], reason: str) -> None:
    matrix = np.array([[p in column for column in columns] for p in range(18)])
    assert pattern_of(matrix) == Unknown(f"no pattern repeats; {reason}")


class Chain:
    """A drawn chain of one axis: its words, and the pixels that each unit of it sees."""

    def __init__(self, draw: random.Random) -> None:
        self.size = draw.randint(24, 40)
        self.stride = Fraction(1)
        self.words: list[str] = []
        self.sees: list[set[int]] = [{pixel} for pixel in range(self.size)]
        self.beyond = 0
        for _ in range(draw.randint(1, 4)):
            draw.choice([self.convolve, self.convolve, self.undo, self.repeat])(draw)

    def unit(self, number: int) -> set[int]:
        """What a unit sees, also one that is padding: the pattern goes on beyond the map."""
        if 0 <= number < len(self.sees):
            return self.sees[number]
        # All layers here repeat after at most 8 units, by whole pixels.
        turns = -number // 24 + 1 if number < 0 else -((number - len(self.sees)) // 24 + 1)
        near = number + 24 * turns
        assert 0 <= near < len(self.sees)
        rise = 24 * turns * self.stride
        assert rise == int(rise)
        return {pixel - int(rise) for pixel in self.sees[near]}

    def convolve(self, draw: random.Random) -> None:
        k, s, d = draw.randint(1, 4), draw.choice([1, 1, 2]), draw.randint(1, 2)
        before, after = draw.randint(0, 2), draw.randint(0, 2)
        span = d * (k - 1) + 1
        units = (len(self.sees) + before + after - span) // s + 1
        if units < 25:
            return
        self.words.append(f"conv: {{out: 1, k: {k}, s: {s}, d: {d}, p: [[{before}, {after}]]}}")
        self.sees = [
            set().union(*(self.unit(unit * s - before + d * tap) for tap in range(k)))
            for unit in range(units)
        ]
        self.stride *= s

    def undo(self, draw: random.Random) -> None:
        k, s = draw.randint(2, 4), draw.choice([1, 2])
        p = draw.randint(0, k // 2)
        units = (len(self.sees) - 1) * s + k - 2 * p
        if units > 80 or k < s:
            return
        self.words.append(f"conv_transpose: {{out: 1, k: {k}, s: {s}, p: {p}}}")
        self.sees = [
            set().union(*(
                self.unit((unit + p - tap) // s) for tap in range(k) if (unit + p - tap) % s == 0
            ))
            for unit in range(units)
        ]  # fmt: skip
        self.stride /= s

    def repeat(self, draw: random.Random) -> None:
        if len(self.sees) > 40:
            return
        self.words.append("upsample: 2")
        self.sees = [seen for seen in self.sees for _ in range(2)]
        self.stride /= 2


def test_fields_of_drawn_chains() -> None:
    draw, tried = random.Random(5), 0
    while tried < 40:
        chain = Chain(draw)
        if not chain.words:
            continue
        tried += 1
        text = f"convcalc: 1\ninput: [1, {chain.size}]\nlayers: [{', '.join(chain.words)}]\n"
        check = verify(convcalc.loads(text), checks=["field"]).layers[-1]["field"]
        assert check.ok, (text, check)
        found = re.fullmatch(r"(\d+)(?: \((\d+) to (\d+)\))? /([\d/]+) @(-?\d+)", check.measured)
        assert found is not None, check
        sizes = {max(seen) - min(seen) + 1 for seen in chain.sees}
        assert {int(found[2] or found[1]), int(found[3] or found[1])} == {min(sizes), max(sizes)}
        assert Fraction(found[4]) == chain.stride, text
        assert int(found[5]) == min(chain.sees[0]), text
