"""The calculus of receptive fields against sets of pixels.

The reference follows every tap of every layer, pixel by pixel, as the definitions say; nothing
of `reach` is in it. Chains and graphs are drawn with seeds that the test's name shows.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest

from convcalc.core.links import (
    MAX_PATTERN,
    TOO_LONG,
    Link,
    adaptive_link,
    nearest_link,
    resample_link,
    transposed_link,
    window_link,
)
from convcalc.core.reach import (
    IDENTITY,
    AxisReach,
    PatternError,
    Sliding,
    Track,
    check_looks,
    compose,
    hull,
    standing,
)
from convcalc.core.reach_figures import Field, interval, measure, steps_over
from convcalc.core.shapes import Window
from tests.each import each

Reads = Callable[[int], set[int]]


class Layer(NamedTuple):
    """A layer as a link, and as what each unit reads."""

    name: str
    link: Link
    reads: Reads


def window(k: int, s: int = 1, before: int = 0, d: int = 1) -> Layer:
    link = window_link(Window(k, s, before, 0, d))
    return Layer(
        f"window k{k} s{s} p{before} d{d}",
        link,
        lambda u: {u * s - before + j * d for j in range(k)},
    )


def transposed(k: int, s: int = 1, before: int = 0, d: int = 1) -> Layer:
    def reads(u: int) -> set[int]:
        return {(u + before - j * d) // s for j in range(k) if (u + before - j * d) % s == 0}

    link = transposed_link(Window(k, s, before, 0, d))
    return Layer(f"transposed k{k} s{s} p{before} d{d}", link, reads)


def nearest(size: int, count: int) -> Layer:
    link = nearest_link(Fraction(size, count))
    return Layer(f"nearest {size} -> {count}", link, lambda u: {u * size // count})


def resampled(size: int, count: int, neighbours: int, aligned: bool) -> Layer:
    step = Fraction(size - 1, count - 1) if aligned and count > 1 else Fraction(size, count)

    def reads(u: int) -> set[int]:
        at = u * step if aligned else (2 * u + 1) * step / 2 - Fraction(1, 2)
        low = at.numerator // at.denominator
        if at == low:
            return {low}
        reach = neighbours // 2
        return set(range(low - reach + 1, low + reach + 1))

    link = resample_link(step, neighbours, Fraction(0) if aligned else (step - 1) / 2)
    return Layer(f"resampled {size} -> {count}, {neighbours}, aligned {aligned}", link, reads)


def adaptive(size: int, bins: int) -> Layer:
    def reads(u: int) -> set[int]:
        near = u * size // bins
        return {i for i in range(near - 2, near + 2 * size + 2) if _overlaps(i, u, size, bins)}

    return Layer(f"adaptive {size} -> {bins}", adaptive_link(size, bins), reads)


def _overlaps(pixel: int, unit: int, size: int, bins: int) -> bool:
    """Whether [pixel, pixel + 1) and the bin [u i/n, (u + 1) i/n) have points in common."""
    return pixel * bins < (unit + 1) * size and (pixel + 1) * bins > unit * size


def any_layer(rng: Random) -> Layer:
    k, s, d, p = (
        rng.randint(1, 4),
        rng.choice((1, 1, 2, 3)),
        rng.choice((1, 1, 2, 3)),
        rng.randint(-1, 3),
    )
    sizes = rng.randint(2, 6), rng.randint(2, 6)
    return rng.choice(
        (
            lambda: window(k, s, p, d),
            lambda: window(k, s, p, d),
            lambda: transposed(k, s, abs(p), d),
            lambda: nearest(*sizes),
            lambda: nearest(1, s),
            lambda: resampled(*sizes, 2, False),
            lambda: resampled(*sizes, rng.choice((2, 4)), True),
            lambda: adaptive(*sizes),
        )
    )()


def seen(layers: list[Layer], unit: int) -> set[int]:
    """The pixels of the input that a unit of the last layer sees."""
    pixels = {unit}
    for layer in reversed(layers):
        pixels = set().union(*map(layer.reads, pixels)) if pixels else set()
    return pixels


def ends(pixels: set[int]) -> tuple[int, int] | None:
    return (min(pixels), max(pixels)) if pixels else None


def composed(layers: list[Layer]) -> AxisReach:
    own: AxisReach = IDENTITY
    for layer in layers:
        own = compose(own, layer.link)
    return own


LINKS = [
    *(window(k, s, p, d) for k in (1, 2, 3) for s in (1, 2) for p in (0, 1) for d in (1, 2)),
    *(
        transposed(k, s, p, d)
        for k in (1, 2, 3, 4)
        for s in (1, 2, 3, 4)
        for p in (0, 1)
        for d in (1, 2, 3, 4)
    ),
    *(nearest(i, o) for i in (1, 2, 3, 5) for o in (1, 2, 3, 7)),
    *(
        resampled(i, o, n, a)
        for i in (2, 3)
        for o in (2, 3, 5, 6)
        for n in (2, 4)
        for a in (False, True)
    ),
    *(adaptive(i, o) for i in (1, 2, 5, 6) for o in (1, 2, 3, 4, 7)),
]


@each("layer", LINKS, ids=lambda layer: layer.name)
def test_a_link_reads_what_the_layer_reads(layer: Layer) -> None:
    for unit in range(-7, 15):
        turns, phase = divmod(unit, len(layer.link.taps))
        taps = layer.link.taps[phase]
        assert {tap + turns * layer.link.rise for tap in taps} == layer.reads(unit)
        assert list(taps) == sorted(taps)


def check_chain(seed: int) -> None:
    rng = Random(seed)
    layers = [any_layer(rng) for _ in range(rng.randint(1, 4))]
    try:
        own = composed(layers)
    except PatternError:
        # Only where the pattern of 6 * 5 * 4 ... units outgrows the limit.
        assert len(layers) > 2
        return
    fields = [ends(seen(layers, unit)) for unit in range(-3, 14)]
    assert [interval(own, unit) for unit in range(-3, 14)] == fields, layers
    count = rng.randint(1, 11)
    sizes = [high - low + 1 if (found := fields[3 + u]) and (low := found[0]) is not None
             and (high := found[1]) is not None else 0 for u in range(count)]  # fmt: skip
    figures = measure(own, count)
    assert (figures.least, figures.most) == (min(sizes), max(sizes))
    assert figures.size == sizes[(count - 1) // 2]
    first = fields[3]
    assert figures.start == (first[0] if first else 0)


@each("first", range(0, 250, 50))
def test_chains(first: int) -> None:
    for seed in range(first, first + 50):
        check_chain(seed)


def check_graph(seed: int) -> None:
    """A stem, two or three branches that are merged, and more layers behind."""
    rng = Random(seed)
    stem = [any_layer(rng) for _ in range(rng.randint(0, 2))]
    branches = [
        [any_layer(rng) for _ in range(rng.randint(0, 2))] for _ in range(rng.randint(2, 3))
    ]
    behind = [any_layer(rng) for _ in range(rng.randint(0, 2))]

    def pixels(unit: int) -> set[int]:
        merged = {unit}
        for layer in reversed(behind):
            merged = set().union(*map(layer.reads, merged)) if merged else set()
        return set().union(*(seen([*stem, *branch], u) for branch in branches for u in merged))

    try:
        own = hull([composed([*stem, *branch]) for branch in branches])
        for layer in behind:
            own = compose(own, layer.link)
        figures = measure(own, 9)
    except PatternError:
        return
    fields = [ends(pixels(unit)) for unit in range(9)]
    assert [interval(own, unit) for unit in range(9)] == fields
    sizes = [found[1] - found[0] + 1 if found else 0 for found in fields]
    assert (figures.least, figures.most, figures.size) == (min(sizes), max(sizes), sizes[4])


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_graphs(first: int) -> None:
    for seed in range(first, first + 50):
        check_graph(seed)


@each("seed", range(40))
def test_long_maps_are_measured_without_looking_at_every_unit(seed: int) -> None:
    """Paths of unequal stride: the smallest field may lie anywhere; it is found by bisection."""
    rng = Random(seed)
    own = hull(
        [
            Sliding(rng.randint(1, 9), rng.randint(1, 4), rng.randint(-5, 900)),
            Sliding(rng.randint(1, 9), rng.randint(1, 4), rng.randint(-5, 900)),
            compose(
                Sliding(3, rng.randint(1, 5), -1), nearest_link(Fraction(rng.randint(1, 5), 3))
            ),
        ]
    )
    count = rng.randint(200, 700)
    sizes = [found[1] - found[0] + 1 for unit in range(count) if (found := interval(own, unit))]
    figures = measure(own, count)
    assert (figures.least, figures.most) == (min(sizes), max(sizes))


def test_windows_have_the_closed_form_of_the_papers() -> None:
    """r = 1 + sum (K_l - 1) prod s_i, stride prod s_i, start -sum p_l prod s_i (Araujo et al.)."""
    rng = Random(7)
    for _ in range(200):
        layers = [
            (rng.randint(1, 7), rng.randint(1, 4), rng.randint(0, 4), rng.randint(1, 4))
            for _ in range(rng.randint(1, 12))
        ]
        size, stride, start = 1, 1, 0
        for k, s, p, d in layers:
            size += d * (k - 1) * stride
            start -= p * stride
            stride *= s
        assert composed([window(*layer) for layer in layers]) == Sliding(size, stride, start)


def vgg16() -> list[Layer]:
    convs = (2, 2, 3, 3, 3)
    return [layer for count in convs for layer in [window(3, 1, 1)] * count + [window(2, 2)]]


def resnet50() -> list[Layer]:
    """The stride on the 3x3 of the first block of a stage (v1.5, as torchvision has it)."""
    layers = [window(7, 2, 3), window(3, 2, 1)]
    for blocks, stride in ((3, 1), (4, 2), (6, 2), (3, 2)):
        layers += [window(3, stride, 1)] + [window(3, 1, 1)] * (blocks - 1)
    return layers


PUBLISHED = [
    # Araujo, Norris & Sim 2019: size, stride, padding (start = -padding).
    pytest.param(vgg16(), Sliding(212, 32, -90), id="VGG-16, pool 5"),
    pytest.param(
        [
            window(11, 4, 2), window(3, 2), window(5, 1, 2), window(3, 2),
            *[window(3, 1, 1)] * 3, window(3, 2),
        ],
        # 11; 19 at 8; 51; 67 at 16; 99, 131, 163; 195 at 32. Padding 2 + 2*8 + 3*16 = 66.
        Sliding(195, 32, -66), id="AlexNet, pool 5",
    ),
    # The paper's table has 483, for strides on the 1x1; with strides on the 3x3 it is 427:
    # 11 at 4; 3 blocks: 35; 35 + 8, 3 more at 8: 91; 91 + 16, 5 more at 16: 267; 267 + 32, 2
    # more at 32... 299, 363, 427.
    pytest.param(resnet50(), Sliding(427, 32, -213), id="ResNet-50, strides on the 3x3"),
    # Isola et al. 2017: 4, 7, 16, 34, 70 back from one output.
    # Padding 1 + 2 + 4 + 8 + 8.
    pytest.param([window(4, 2, 1)] * 3 + [window(4, 1, 1)] * 2, Sliding(70, 8, -23), id="PatchGAN"),
    # van den Oord et al. 2016: 1 + (1 + 2 + ... + 512).
    pytest.param(
        [window(2, 1, 2**i, 2**i) for i in range(10)], Sliding(1024, 1, -1023), id="WaveNet"
    ),
    # Strubell et al. 2017, one block: 1 + 2(1 + 2 + 4).
    pytest.param([window(3, 1, d, d) for d in (1, 2, 4)], Sliding(15, 1, -7), id="ID-CNN block"),
    # Yu & Koltun 2016, the context module: 67 pixels.
    pytest.param(
        [window(3, 1, d, d) for d in (1, 1, 2, 4, 8, 16, 1)] + [window(1)], Sliding(67, 1, -33),
        id="context module",
    ),
]  # fmt: skip


@each(("layers", "field"), PUBLISHED)
def test_published_fields(layers: list[Layer], field: Sliding) -> None:
    assert composed(layers) == field


def test_behind_an_upsampling_the_field_depends_on_the_position() -> None:
    # A pool of 2, two times 2 by a transposed 2x2, then a 3: units see pixels of 2 or 3 cells...
    own = composed([window(2, 2), transposed(2, 2), window(3, 1, 1)])
    # Unit 0 reads cells of -1, 0, 1: cells -1 and 0; unit 1 reads 0, 1, 2: cells 0 and 1.
    assert [interval(own, unit) for unit in range(4)] == [(-2, 1), (0, 3), (0, 3), (2, 5)]
    assert own == (Track(2, (-2, 0), (1, 3)),)
    assert measure(own, 8) == Field(4, 4, 4, Fraction(1), -2, True, centre=2)


def test_a_unet_s_skip_and_its_deep_path_share_a_stride() -> None:
    # Deep: 3 (size 3), pool (4 at 2), 3 (8), up; hull with the skip of 3.
    skip = composed([window(3, 1, 1)])
    deep = composed([window(3, 1, 1), window(2, 2), window(3, 1, 1), transposed(2, 2)])
    own = hull([skip, deep])
    assert [interval(own, unit) for unit in range(4)] == [(-3, 4), (-3, 4), (-1, 6), (-1, 6)]
    figures = measure(own, 100)
    assert (figures.size, figures.least, figures.most, figures.aligned) == (8, 8, 8, True)


def test_paths_of_equal_stride_form_one_window_that_may_be_larger_than_each() -> None:
    assert hull([Sliding(3, 2, -3), Sliding(3, 2, 1)]) == Sliding(7, 2, -3)


def test_paths_of_unequal_stride_drift_apart() -> None:
    own = hull([Sliding(3, 1, -1), Sliding(3, 2, -1)])
    assert not isinstance(own, Sliding)
    # Unit u sees [u - 1, 2u + 1].
    assert [interval(own, unit) for unit in (0, 1, 10)] == [(-1, 1), (0, 3), (9, 21)]
    assert measure(own, 11) == Field(8, 3, 13, Fraction(2), -1, False, centre=4)


def test_equal_paths_are_one() -> None:
    assert hull([Sliding(3, 2, -1)] * 5) == Sliding(3, 2, -1)


def test_a_stride_undoes_an_upsampling() -> None:
    assert composed([nearest(1, 4), window(1, 4)]) == IDENTITY
    assert composed([nearest(1, 6), window(1, 3)]) == (Track(1, (0, 0), (0, 0)),)
    assert composed([nearest(2, 3), nearest(3, 2)]) == (Track(2, (0, 0), (0, 0)),)


def test_units_that_see_nothing() -> None:
    # A kernel of 1 with stride 3: of three units, one sees a pixel.
    own = composed([transposed(1, 3)])
    assert [interval(own, unit) for unit in range(4)] == [(0, 0), None, None, (1, 1)]
    assert measure(own, 3) == Field(0, 0, 1, Fraction(1, 3), 0, True, centre=0)
    # A window of 2 behind it sees none, one, or two of them.
    behind = compose(own, window(2).link)
    assert [interval(behind, unit) for unit in range(4)] == [(0, 0), None, (1, 1), (1, 1)]


@each(
    "link",
    [
        pytest.param(lambda: transposed_link(Window(3, MAX_PATTERN + 1)), id="transposed"),
        pytest.param(lambda: adaptive_link(5003, 5000), id="adaptive"),
        pytest.param(lambda: nearest_link(Fraction(5003, 5000)), id="nearest"),
        pytest.param(lambda: resample_link(Fraction(5003, 5000), 2, Fraction(0)), id="linear"),
    ],
)
def test_layers_with_a_long_pattern_of_their_own_are_not_followed(link: Callable[[], Link]) -> None:
    assert link() is TOO_LONG
    with pytest.raises(PatternError):
        compose(IDENTITY, TOO_LONG)


def test_patterns_that_multiply_are_given_up() -> None:
    own = composed([nearest(1, 61)])
    with pytest.raises(PatternError):
        compose(own, nearest_link(Fraction(1, 101)))
    tracks = [(Track(n, tuple(range(n)), tuple(range(n))),) for n in (64, 65)]
    with pytest.raises(PatternError):
        hull(tracks)


def test_patterns_of_paths_that_stay_apart_are_given_up_when_measured() -> None:
    tracks = tuple(Track(2 * n - 61, tuple(range(n)), tuple(range(n))) for n in (61, 63, 64))
    assert interval(tracks, 5) == (5, 5)
    with pytest.raises(PatternError):
        measure(tracks, 100)


def test_wide_windows_on_patterns_that_jump_back_are_given_up() -> None:
    back_and_forth = (Track(4000, tuple(range(4000, 0, -1)), tuple(range(4000, 0, -1))),)
    with pytest.raises(PatternError):
        compose(back_and_forth, window(1000).link)
    assert interval(compose(back_and_forth, window(3).link), 0) == (3998, 4000)


def test_units_of_a_map_that_ends() -> None:
    # Behind a track of so many units nothing stands beyond them, wherever a window reaches.
    for seed in range(300):
        random = Random(seed)
        count = random.randint(1, 6)
        ends = [None if random.random() < 0.1 else random.randint(-9, 9) for _ in range(count)]
        lasts = [None if low is None else low + random.randint(0, 5) for low in ends]
        track = Track(9, tuple(ends), tuple(lasts), count)
        taps = tuple(
            range(low, low + random.randint(1, 4) * step, step)
            for low in (random.randint(-4, 4) for _ in range(random.randint(1, 3)))
            for step in [random.randint(1, 3)]
        )
        link = Link(random.randint(1, 3), taps)
        units = random.randint(1, 8)
        composed_tracks = compose((track,), link, units)
        assert not isinstance(composed_tracks, Sliding)
        (found,) = composed_tracks
        for unit in range(units):
            turns, phase = divmod(unit, len(taps))
            read = [tap + turns * link.rise for tap in taps[phase]]
            standing = [tap for tap in read if 0 <= tap < count and ends[tap] is not None]
            low = min((one for tap in standing if (one := ends[tap]) is not None), default=None)
            high = max((one for tap in standing if (one := lasts[tap]) is not None), default=None)
            assert found.at(unit) == (low, high), (track, link, unit)


def test_what_stands_on_a_map_is_what_lies_on_it() -> None:
    for seed in range(300):
        random = Random(seed)
        step, low = random.randint(1, 3), random.randint(-6, 6)
        taps = range(low, low + random.randint(0, 4) * step, step)
        moved, count = random.randint(-4, 4), random.choice([None, *range(1, 7)])
        on_map = [tap + moved for tap in taps if count is None or 0 <= tap + moved < count]
        assert [*standing(taps, moved, count)] == on_map, (taps, moved, count)


@each(("field", "rise", "taps", "units", "misses"), [
    # From place 4 on all to the last, 11: of 9 pixels each, from 0 on.
    (Sliding(9, 1, -4), 1, range(4, 9, 2), 4, False),
    (Sliding(9, 1, -5), 1, range(4, 9, 2), 4, False),
    (Sliding(9, 1, -3), 1, range(4, 9, 2), 4, True),
    # Places 1, 3, ... 11, of two pixels each: never pixel 0, which one before the first would see.
    (Sliding(2, 1, 0), 2, range(-1, 4, 2), 5, True),
    (Sliding(2, 1, -1), 2, range(-1, 4, 2), 5, False),
    # Places 0, 3, 6 and 9 of 12, each with the one before it: the last pixel is not among them.
    (Sliding(2, 1, -1), 3, range(0, 1), 4, True),
    (Sliding(3, 1, 0), 3, range(0, 1), 4, False),
    # Windows of neighbours leave no holes.
    (Sliding(), 2, range(2, 4), 5, False),
])  # fmt: skip
def test_an_end_of_the_input_that_holes_step_over(
    field: Sliding, rise: int, taps: range, units: int, misses: bool
) -> None:
    assert steps_over(field, Link(rise, (taps,)), units, 12, 12) == misses


def test_of_drawn_windows_the_pixels_at_the_ends_are_read_or_stepped_over() -> None:
    met = set()
    for seed in range(1500):
        draw = Random(seed)
        count = draw.randint(3, 12)
        size = count + draw.randint(-2, 1)
        field = Sliding(draw.randint(1, 4), 1, draw.randint(-3, 1))
        step, rise = draw.randint(1, 4), draw.randint(1, 4)
        low, many = draw.randint(-4, 3), draw.randint(1, 3)
        taps, units = range(low, low + many * step, step), draw.randint(1, 5)
        if step == 1 and many >= rise:
            continue
        places = {tap + unit * rise for tap in taps for unit in range(units)} & {*range(count)}
        pixels = {field.start + place + at for place in places for at in range(field.size)}
        misses = not {0, size - 1} <= pixels
        told = steps_over(field, Link(rise, (taps,)), units, count, size)
        # Of more taps than the window moves by, only the first ones are looked at.
        assert told == misses if many <= rise else told >= misses, seed
        met.add((misses, many <= rise))
    assert len(met) == 4


def test_patterns_are_followed_for_a_while_only() -> None:
    """2**18 look-ups in all: two taps of each of 2**17 units, three are too many."""
    check_looks([range(2), range(2)], 2**17)
    with pytest.raises(PatternError):
        check_looks([range(3), range(3)], 2**17)


def test_units_that_read_the_same_are_told_by_one_however_many_they_are() -> None:
    """Three units that end with their map: 2, 1, 0."""
    turned = compose(IDENTITY, Link(3, tuple(range(at, at + 1) for at in (2, 1, 0)), 3))
    assert turned == (Track(3, (2, 1, 0), (2, 1, 0), 3),)
    assert compose(turned, Link(0, (range(3),)), 10**6) == Sliding(3, 0, 0)
    # Unit by unit only so many are followed.
    own = compose(turned, Link(1, (range(1),)), MAX_PATTERN)
    assert not isinstance(own, Sliding)
    assert own[0].units == MAX_PATTERN
    with pytest.raises(PatternError):
        compose(turned, Link(1, (range(1),)), MAX_PATTERN + 1)
    # Every other unit reads another one.
    by_turns = compose(turned, Link(0, (range(1), range(1, 2))), 4)
    assert by_turns == (Track(0, (2, 1, 2, 1), (2, 1, 2, 1), 4),)


def test_tokens_of_a_map_beside_the_map_are_as_many_as_it_has() -> None:
    """Units 0, 1, 2 that see 2, 1 and 0 beside each its own pixel and the next."""
    turned, plain = (Track(3, (2, 1, 0), (2, 1, 0), 3),), Sliding(2, 1, 0)
    wanted = (Track(3, (0, 1, 0), (2, 2, 3), 3),)
    assert hull([turned, plain]) == hull([plain, turned]) == wanted
    # As a pattern of units that all read the same.
    assert hull([turned, (Track(1, (0,), (1,)),)]) == wanted
