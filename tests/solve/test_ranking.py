"""What ranks layers: what speaks against each, worked by hand, and counts of pixels one by one."""

from __future__ import annotations

from itertools import islice, pairwise, product

from convcalc.features.solve import search
from convcalc.features.solve.candidates import Bounds, Family, Found, Layers
from convcalc.features.solve.figures import layer_text
from convcalc.features.solve.search import Search, Solution
from tests.each import each
from tests.solve.test_solve import by_hand, every_layer


def layer(k: int, s: int, *pads: int, d: int = 1, a: tuple[int, ...] = ()) -> Found:
    pads = pads or (0,)
    return Found(k, s, d, pads, a or (0,) * len(pads))


# Pixels left out (or uneven overlap), sizes, an odd kernel, half padding, dilation, changes,
# unequal axes, dropped pixels, the sum of a, the kernel (tiles: two more), stride, padding.
@each(
    ("family", "one", "against"),
    [
        ("window", layer(3, 2, 1), (0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1)),
        ("window", layer(1, 1), (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0)),
        ("window", layer(1, 2), (2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0)),
        ("window", layer(2, 3), (1, 0, 1, 1, 0, 0, 0, 0, 0, 2, 3, 0)),
        ("window", layer(2, 1), (0, 0, 1, 1, 0, 0, 0, 0, 0, 2, 1, 0)),
        ("window", layer(4, 4), (0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 4, 0)),
        ("window", layer(4, 4, 0, 1), (0, 0, 1, 1, 0, 0, 1, 0, 0, 4, 4, 1)),
        ("window", layer(5, 1, 2, 1), (0, 0, 0, 1, 0, 0, 1, 0, 0, 5, 1, 3)),
        ("window", layer(3, 1, 2, d=2), (0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 1, 2)),
        ("window", layer(2, 2, 1, d=2), (0, 0, 1, 0, 1, 0, 0, 0, 0, 2, 2, 1)),
        ("pool", layer(2, 2), (0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0)),
        ("pool", layer(3, 2, 1, 0), (0, 0, 1, 1, 0, 0, 1, 0, 0, 3, 2, 1)),
        ("pool", layer(3, 2, 1, 1), (0, 0, 1, 2, 0, 0, 0, 0, 0, 3, 2, 2)),
        ("pool", layer(1, 3), (2, 0, 1, 0, 0, 0, 0, 0, 0, 1, 3, 0)),
        ("transposed", layer(4, 2, 1), (0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 2, 1)),
        ("transposed", layer(2, 2), (0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0)),
        ("transposed", layer(1, 1), (0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0)),
        ("transposed", layer(1, 2), (1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 2, 0)),
        ("transposed", layer(3, 2, 1, 0, a=(1, 0)), (1, 0, 0, 1, 0, 0, 2, 0, 1, 3, 2, 1)),
        # Taps at 0 and 2: no input meets in every second output, two in the others.
        ("transposed", layer(2, 2, 1, 1, d=2, a=(1, 1)), (1, 0, 0, 2, 1, 0, 0, 0, 2, 2, 2, 2)),
    ],
)  # fmt: skip
def test_what_speaks_against_a_layer(family: Family, one: Found, against: tuple[int, ...]) -> None:
    assert Layers(family, False, Bounds()).faults(one) == against


@each(
    ("start", "target", "count"),
    [((9,), (2,), 2), ((12,), (3,), 2), ((11,), (2,), 3)],
)
def test_chains_come_in_the_order_of_what_speaks_against_them(
    start: tuple[int, ...], target: tuple[int, ...], count: int
) -> None:
    """The sum of what speaks against each layer, and of changes from one to the next."""
    layers = Layers("window", False, Bounds(range(1, 5), range(1, 4), range(2)))
    found = Search(layers, start, target, count)
    prices = []
    for solution in islice(found.solutions(), 80):
        steps = zip(solution.layers, solution.sizes, solution.sizes[1:], strict=False)
        changes = sum(one != later for one, later in pairwise(solution.layers))
        prices.append(sum(found._price(*step) for step in steps) + changes * search._CHANGE)
    assert prices == sorted(prices)
    assert len(set(prices)) > 5


@each(
    ("start", "target", "count"),
    [((9,), (2,), 2), ((12,), (3,), 2), ((40,), (3,), 3), ((60,), (3,), 4), ((12, 9), (3, 2), 2)],
)
def test_nothing_is_looked_at_beside_the_way_to_the_first_chain(
    start: tuple[int, ...], target: tuple[int, ...], count: int
) -> None:
    """What the layers that are left cost at least is what they do cost."""
    looked: list[bool] = []

    def allows(_: Solution, is_whole: bool) -> bool:
        looked.append(is_whole)
        return True

    layers = Layers("window", False, Bounds(range(1, 5), range(1, 4), range(2)))
    next(Search(layers, start, target, count, allows).solutions())
    assert looked == [*[False] * (count - 1), True]


BOUNDS = Bounds(range(1, 5), range(1, 4), range(1, 3))


@each(
    ("family", "rounds_up"),
    [("window", False), ("pool", False), ("pool", True), ("transposed", False)],
)
def test_sizes_are_those_of_every_layer(family: Family, rounds_up: bool) -> None:
    layers = Layers(family, rounds_up, BOUNDS)
    for size in (1, 4, 7, 8):
        outputs = {}
        for one in every_layer(family, BOUNDS):
            output = by_hand(family, rounds_up, size, one)
            assert layers.output(one, (size,)) == (None if output is None else (output,))
            if output is None:
                continue
            outputs[one] = output
            more, less = (output, size) if family == "transposed" else (size, output)
            assert layers.unevenness(one, (size,), (output,)) == int(less * one.stride != more)
            # The last pixel that a window has, counted from the first one of the input.
            last = (output - 1) * one.stride + one.span - 1 - one.padding[0]
            behind = 0 if family == "transposed" else len(range(last + 1, size))
            square = one._replace(padding=one.padding * 2)
            assert layers.dropped(square, (size,) * 2, (output,) * 2) == 2 * behind, (size, one)
        low, high = layers.reachable(size)
        assert low <= min(outputs.values(), default=low)
        assert high >= max(outputs.values(), default=high)
        if size > 4:
            # All of the layers fit: the bounds are met.
            assert (low, high) == (min(outputs.values()), max(outputs.values()))


@each("family", ["window", "pool", "transposed"])
def test_two_axes_have_every_pair_of_paddings(family: Family) -> None:
    layers = Layers(family, False, BOUNDS)
    sizes = 5, 6
    found = {geometry: list(layers.onwards(sizes, geometry)) for geometry in layers.geometries()}
    expected: dict[tuple[int, ...], list[tuple[Found, tuple[int, ...]]]] = {}
    for one, other in product(every_layer(family, BOUNDS), repeat=2):
        if one[:3] == other[:3]:
            pair = Found(*one[:3], one.padding + other.padding, one.extra + other.extra)
            outputs = by_hand(family, False, 5, one), by_hand(family, False, 6, other)
            made = expected.setdefault(one[:3], [])
            if None not in outputs:
                made.append((pair, tuple(map(int, filter(None, outputs)))))
    assert found == expected
    for geometry, pairs in found.items():
        for wanted in {output for _, output in pairs}:
            between = list(layers.between(sizes, wanted, geometry))
            assert sorted(between) == sorted(one for one, output in pairs if output == wanted)


def test_a_pool_is_padded_by_half_of_its_kernel_at_most() -> None:
    layers = Layers("pool", False, Bounds())
    assert [layers.output(layer(3, 1, pad), (9,)) for pad in (0, 1, 2)] == [(7,), (9,), None]


@each(
    ("one", "text"),
    [
        (layer(3, 1, 1), "k3 s1 p1"),
        (layer(3, 1, 2, d=2), "k3 s1 p2 d2"),
        (layer(3, 2, 1, a=(1,)), "k3 s2 p1 a1"),
        (layer(3, 2, 1, 0, d=2, a=(0, 1)), "k3 s2 p1x0 d2 a0x1"),
    ],
)
def test_a_layer_in_shorthand(one: Found, text: str) -> None:
    assert layer_text(one) == text
