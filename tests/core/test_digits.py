"""Positions that are moved, folded and read through windows, against every element followed."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from math import prod
from random import Random

import numpy as np
import numpy.typing as npt
import pytest

from convcalc.core.arrangement import Arrangement
from convcalc.core.digits import Placed, UnfollowedError, placed
from convcalc.core.links import MAX_PATTERN, POINTWISE, Link, window_link
from convcalc.core.reach import IDENTITY, AxisReach, PatternError, Sliding
from convcalc.core.reach_figures import interval
from convcalc.core.shapes import Shape, Window

# For each element of a layer the positions of the input that it is made of.
Elements = npt.NDArray[np.object_]
CHANNELS = 2


def map_of(shape: Shape) -> Elements:
    """Every element of a map sees the position that it stands at."""
    found = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        found[at] = frozenset([at[1:]])
    return found


def union(elements: Elements, axis: int) -> Elements:
    """What whoever reads all places of an axis sees."""
    rows = np.moveaxis(elements, axis, 0)
    found = np.empty(rows.shape[1:], dtype=object)
    for at in np.ndindex(found.shape):
        found[at] = frozenset().union(*(rows[(place, *at)] for place in range(len(rows))))
    return found


def split(size: int, draw: Random) -> list[int]:
    """Factors of a size, some of them 1."""
    factors = [f for f in (1, 2, 3, 4) if size % f == 0]
    fast = draw.choice(factors)
    return [size // fast, fast] if draw.random() < 0.7 else [size]


def moved(elements: Elements, draw: Random) -> tuple[Arrangement, Elements]:
    """The parts of all axes in another order and on other axes; one may be read whole."""
    sizes: list[int] = []
    before: list[tuple[int, ...]] = []
    for size in elements.shape:
        own = split(size, draw)
        before.append(tuple(range(len(sizes), len(sizes) + len(own))))
        sizes += own
    left = list(range(len(sizes)))
    if draw.random() < 0.6:
        draw.shuffle(left)
    found = elements.reshape(sizes)
    if len(left) > 2 and draw.random() < 0.3:
        summed = left.pop()
        found = np.expand_dims(union(found, summed), summed)
    cuts = sorted(draw.sample(range(1, len(left)), min(draw.randint(1, 2), len(left) - 1)))
    ends = [0, *cuts, len(left)]
    after = [tuple(left[a:b]) for a, b in pairwise(ends)]
    order = [*left, *(set(range(len(sizes))) - set(left))]
    shape = [prod(sizes[part] for part in own) for own in after]
    whole = found.transpose(order).reshape(shape)
    return Arrangement(tuple(sizes), tuple(before), tuple(after)), whole


def windowed(elements: Elements, draw: Random) -> tuple[list[Window], Elements] | None:
    """Windows without padding over the positions of all channels."""
    found = union(elements, 0)
    windows = []
    for axis, size in enumerate(elements.shape[1:]):
        kernel, stride, dilation = draw.randint(1, 3), draw.randint(1, 2), draw.randint(1, 2)
        window = Window(kernel, stride, dilation=dilation)
        if window.span > size:
            return None
        rows = [
            union(np.take(found, range(start, start + window.span, dilation), axis), axis)
            for start in range(0, size - window.span + 1, stride)
        ]
        stacked = np.empty((len(rows), *rows[0].shape), dtype=object)
        for number, *at in np.ndindex(stacked.shape):
            stacked[(number, *at)] = rows[number][tuple(at)]
        found = np.moveaxis(stacked, 0, axis)
        windows.append(window)
    made = np.empty((CHANNELS, *found.shape), dtype=object)
    made[:] = found
    return windows, made


def seen(axis: AxisReach, unit: int) -> tuple[int, int]:
    if isinstance(axis, Sliding):
        first = axis.start + unit * axis.stride
        return first, first + axis.size - 1
    ends = [end for track in axis for end in track.at(unit) if end is not None]
    return min(ends), max(ends)


def check(known: Placed, elements: Elements) -> None:
    """The first channel of each position sees from the first to the last pixel that is said."""
    assert known.channels == elements.shape[0]
    assert [prod(known.sizes[d] for d in own) for own in known.layout] == [*elements.shape]
    positions = [*product(*map(range, elements.shape[1:]))]
    own = known.counts == elements.shape[1:] and [*map(known.units_of, positions)] == positions
    assert known.is_straight == own
    for position in positions:
        units = known.units_of(position)
        assert all(0 <= unit < count for unit, count in zip(units, known.counts, strict=True))
        for n, (axis, unit) in enumerate(zip(known.axes, units, strict=True)):
            pixels = [pixel[n] for pixel in elements[(0, *position)]]
            assert seen(axis, unit) == (min(pixels), max(pixels)), (position, n)


def is_tidy(known: Placed) -> bool:
    """True where digits of two places or more stand in order, none always right behind another."""
    lines = [*known.layout, *known.coordinates]
    used = [*dict.fromkeys(digit for line in lines for digit in line)]

    def behind(digit: int, line: tuple[int, ...]) -> tuple[int, ...]:
        return line[line.index(digit) + 1 :][:1] if digit in line else ()

    joined = [
        pair
        for pair in permutations(used, 2)
        if all(
            pair[1] in line and behind(pair[0], line) == pair[1:]
            for line in lines
            if set(pair) & {*line}
        )
    ]
    return not joined and min(known.sizes, default=2) > 1 and used == [*range(len(known.sizes))]


def test_moved_positions_see_what_their_elements_see() -> None:
    draw = Random(29)
    steps = {"moved": 0, "read": 0, "mixed": 0}
    for _ in range(90):
        shape = CHANNELS, draw.choice([4, 6]), draw.choice([2, 3, 6])
        elements = map_of(shape)
        known = placed((IDENTITY, IDENTITY), shape)
        try:
            for _ in range(draw.randint(1, 4)):
                read = windowed(elements, draw) if draw.random() < 0.4 else None
                if read is not None:
                    windows, elements = read
                    known = known.linked([*map(window_link, windows)], elements.shape)
                    steps["read"] += 1
                elif draw.random() < 0.2:
                    whole = union(elements, 0)
                    elements = np.empty((3, *whole.shape), dtype=object)
                    elements[:] = whole
                    known = known.without_channels(3)
                    steps["mixed"] += 1
                else:
                    moves, elements = moved(elements, draw)
                    known = known.arranged(moves)
                    steps["moved"] += 1
                check(known, elements)
                assert is_tidy(known), known
        except (UnfollowedError, PatternError):
            continue
    assert min(steps.values()) >= 20, steps


def test_one_that_sees_all_of_an_axis_is_joined_with_one_that_sees_its_own_place() -> None:
    """Shares gathered over the keys, beside the query: by fewer places, and on other axes."""
    draw = Random(31)
    joined = 0
    for _ in range(60):
        shape = CHANNELS, draw.choice([4, 6]), draw.choice([2, 3, 6])
        elements, known = map_of(shape), placed((IDENTITY, IDENTITY), shape)
        try:
            for _ in range(draw.randint(0, 2)):
                moves, elements = moved(elements, draw)
                known = known.arranged(moves)
            axis = draw.randrange(1, elements.ndim)
            links = [POINTWISE] * (elements.ndim - 1)
            links[axis - 1] = Link(0, (range(elements.shape[axis]),))
            wide = np.broadcast_to(np.expand_dims(union(elements, axis), axis), elements.shape)
            less = known.linked(links, elements.shape, mixes=False)
            check(less, wide)
            check(less.by_units, wide)
            ways = [known, less] if draw.random() < 0.5 else [less, known]
            both = ways[0].hull_with(ways[1])
        except (UnfollowedError, PatternError):
            continue
        assert both is not None
        check(both, np.vectorize(frozenset.union, otypes=[object])(elements, wide))
        assert is_tidy(both)
        joined += 1
    assert joined >= 20


def test_places_are_read_whole_up_to_the_longest_pattern() -> None:
    for behind in (MAX_PATTERN, MAX_PATTERN + 1):
        axis = placed((IDENTITY,), (1, 3 * 2 * behind))
        moves = Arrangement((1, 3, 2, behind), ((0,), (1, 2, 3)), ((0,), (1, 3)))
        if behind > MAX_PATTERN:
            with pytest.raises(PatternError):
                axis.arranged(moves)
        else:
            # The pixels u and u + 4096.
            assert seen(axis.arranged(moves).axes[0], 7) == (7, 7 + behind)


def test_the_slowest_places_are_read_whole_however_many_are_behind() -> None:
    # Of 2 rows of 10,000 places, unit u has read u and u + 10,000: neighbours stand side by side.
    moves = Arrangement((1, 2, 10_000), ((0,), (1, 2)), ((0,), (2,)))
    (axis,) = placed((IDENTITY,), (1, 20_000)).arranged(moves).axes
    assert axis == Sliding(10_001, 1, 0)


def test_two_axes_on_one_are_followed_up_to_the_longest_pattern() -> None:
    pairs = window_link(Window(2, 2))
    for wide in (MAX_PATTERN // 4, MAX_PATTERN // 4 + 1):
        grid = placed((IDENTITY, IDENTITY), (1, 4, wide))
        line = grid.arranged(Arrangement((1, 4, wide), ((0,), (1,), (2,)), ((0,), (1, 2))))
        if 4 * wide > MAX_PATTERN:
            with pytest.raises(PatternError):
                line.linked([pairs], (1, 2 * wide))
        else:
            rows, columns = line.linked([pairs], (1, 2 * wide)).axes
            # Places 2046 and 2047: row 1, columns 1022 and 1023.
            assert (seen(rows, 1023), seen(columns, 1023)) == ((1, 1), (1022, 1023))


def test_a_coordinate_that_is_read_whole_has_one_unit() -> None:
    """4 rows and 6 columns: `c h w -> (c h) w`, and `c h w -> (c w) h`."""
    for before, counts, sizes in (((0, 1), (2,), (1, 6)), ((0, 2), (1,), (4, 1))):
        moves = Arrangement((1, 4, 6), ((0,), (1,), (2,)), (before, counts))
        found = placed((IDENTITY, IDENTITY), (1, 4, 6)).arranged(moves)
        assert found.counts == (4, 6)
        assert found.without_channels().counts == sizes


def test_units_that_read_the_middle_of_three_digits_see_two_rows_three_apart() -> None:
    """`c (a b d) -> (c b) (a d)` of 12 rows in 2, 2 and 3: unit a, d sees 6a + d and 3 further."""
    moves = Arrangement((1, 2, 2, 3), ((0,), (1, 2, 3)), ((0, 2), (1, 3)))
    found = placed((IDENTITY,), (1, 12)).arranged(moves).without_channels()
    assert found.counts == (6,)
    assert [interval(found.axes[0], unit) for unit in range(6)] == [
        (0, 3), (1, 4), (2, 5), (6, 9), (7, 10), (8, 11),
    ]  # fmt: skip
