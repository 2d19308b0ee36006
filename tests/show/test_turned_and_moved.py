"""`show --view flip` and `--view shift`: worked by hand, and from the definition."""

from __future__ import annotations

import math
from itertools import product
from random import Random

import pytest

from convcalc import cli, show
from convcalc.arrays.invariance import changed_share
from convcalc.features.show.chosen import Data, of_words
from convcalc.features.show.pictures import show_board
from convcalc.features.show.turned_and_moved import shift_of, turned, unpadded
from convcalc.features.show.values import Shown
from convcalc.kinds import find_kind
from convcalc.kinds.base import LayerKind
from tests.each import each


def _shown(words: str, data: Data | None = None) -> Shown:
    return of_words(words.split(), data or Data())[-1]


def test_a_convolution_turns_its_kernel() -> None:
    # The text's own example: 5 11 / 23 29 with the kernel 3 2 / 1 0 turned.
    data = Data("0 1 2; 3 4 5; 6 7 8", ("0 1; 2 3",))
    shown = _shown("3x3 k2", data)
    # 0*0 + 1*1 + 3*2 + 4*3, ...; turned 0*3 + 1*2 + 3*1 + 4*0, ...
    assert shown.output.values == (19, 25, 37, 43)
    assert turned(shown).output.values == (5, 11, 23, 29)


@each("words", ["5x4 k3x2", "7 k3 s2 p1", "2x4x4 conv 2 k2 g2 p1", "9 k3 d2"])
def test_the_definition_of_a_convolution(words: str) -> None:
    """y[n] = sum of x[n - m] w[m] over the whole line, where the layer's windows end."""
    shown = _shown(words)
    found = turned(shown)
    weight = shown.arrays["weight"]
    bias = shown.bias.values if shown.bias else None
    assert shown.subject is not None
    axes = shown.subject.axes
    each = shown.input.shape[0] // (shown.input.shape[0] // weight.shape[1])
    filters = shown.output.shape[0] * weight.shape[1] // shown.input.shape[0]
    for channel, *at in found.output.places:
        total = bias[channel] if bias else 0.0
        first = channel // filters * each
        for own, *m in product(range(each), *(range(axis.kernel) for axis in axes)):
            # The window that begins at o s - p ends at n = o s - p + d (k - 1).
            place = [
                o * axis.stride - axis.before + axis.dilation * (axis.kernel - 1 - tap)
                for o, tap, axis in zip(at, m, axes, strict=True)
            ]
            if all(0 <= n < size for n, size in zip(place, shown.input.shape[1:], strict=True)):
                total += shown.input[(first + own, *place)] * weight[(channel, own, *m)]
        assert found.output[(channel, *at)] == total, (channel, at)


@each(
    ("words", "by", "equal", "places", "inside"),
    [
        pytest.param("8 k3", 1, 5, 5, None, id="no padding: all of them"),
        # Of y[1] .. y[5] only the last one's window reaches the padding at the end.
        pytest.param("6 k3 p1", 1, 4, 5, (3, 3), id="padding"),
        pytest.param("8x8 max_pool 2", 2, 12, 12, None, id="a pool, by its stride"),
        pytest.param("3 k3", 1, 0, 0, None, id="one window has nowhere to go"),
    ],
)
def test_how_far_the_output_moves(
    words: str, by: int, equal: int, places: int, inside: tuple[int, int] | None
) -> None:
    kernel = ("1 2 3",) if "k3" in words else ()
    text = "9 1 8 2 7 3 5 5"
    data = Data(text if words.startswith("8 ") else None, kernel, seed=3)
    shown = _shown(words, data)
    found = shift_of(shown)
    assert (found.by, found.equal, len(found.places)) == (by, equal, places)
    bare = unpadded(shown)
    assert (bare is None) == (inside is None)
    if bare is not None:
        again = shift_of(bare)
        assert (again.equal, len(again.places)) == inside


def _pool(kind: str, kernel: int, **fields: int) -> LayerKind:
    found = find_kind(kind)
    assert found is not None
    layer = found.model_validate({"kernel_size": kernel, **fields})
    assert isinstance(layer, LayerKind)
    return layer


@pytest.mark.parametrize("kernel", [2, 3, 4])
@pytest.mark.parametrize("rank", [1, 2])
def test_a_mean_changes_by_one_over_the_root_of_its_kernel(kernel: int, rank: int) -> None:
    # k^(r-1) numbers leave and as many enter, of k^r: sqrt(2 k^(r-1)) to sqrt(2 k^r).
    share = changed_share(_pool("avg_pool", kernel), rank, (1,))
    assert share == pytest.approx(1 / math.sqrt(kernel), abs=0.02)


def test_the_largest_of_two_against_plain_sampling() -> None:
    random = Random(4)
    moved = apart = 0.0
    for _ in range(40_000):
        a, b, c, d, e = (random.gauss(0, 1) for _ in range(5))
        moved += abs(max(b, c) - max(a, b))
        apart += abs(max(d, e) - max(a, b))
    share = changed_share(_pool("max_pool", 2), 1, (0,))
    assert share == pytest.approx(moved / apart, abs=0.02)


def test_the_seed_does_not_decide_how_invariant_a_pool_is() -> None:
    largest = [changed_share(_pool("max_pool", 4), 2, (seed,)) for seed in range(5)]
    mean = [changed_share(_pool("avg_pool", 4), 2, (seed,)) for seed in range(5)]
    assert None not in largest
    assert max(map(float, filter(None, largest))) - min(map(float, filter(None, largest))) < 0.04
    # Of the two the largest notices less.
    assert max(map(float, filter(None, largest))) < min(map(float, filter(None, mean)))


def _out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run(("show", *words)) == 0
    return capsys.readouterr().out


def test_flip_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("3x3", "k2", "--input", "0 1 2; 3 4 5; 6 7 8", "--kernel-values", "0 1; 2 3")
    text = _out(capsys, *words, "--view", "flip")
    assert "  cross-correlation y[0,0] = 0*0 + 1*1 + 3*2 + 4*3 = 19\n" in text
    assert "  convolution       y[0,0] = 0*3 + 1*2 + 3*1 + 4*0 = 5\n" in text
    assert "  4 of 4 outputs differ; a layer that learns its kernel learns it turned" in text
    text = _out(capsys, "4", "k3", "--kernel-values", "1 2 1", "--view", "flip")
    assert "  the kernel turned is the kernel itself: both are the same\n" in text


def test_shift_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("6", "k3", "p1", "--input", "6 6 0 4 8 7", "--kernel-values", "1 0 1")
    text = _out(capsys, *words, "--view", "shift")
    assert (
        "  4 of 5 outputs are those of one place before; y[5] differs: there the padding took the "
        "place of other numbers\n"
        "  without the padding 3 of 3: away from the border the layer is equivariant\n"
    ) in text
    text = _out(capsys, "4", "max_pool", "2", "--input", "1 9 9 2", "--view", "shift")
    # 0 1 9 9: largest 1 and 9, of 9 and 9.
    assert "  moved by 1, 1 of 2 outputs stay as they are (invariance)\n" in text
    assert " % as much as another input does: approximately invariant, not more\n" in text


def test_json() -> None:
    (layer,) = show("4 k3", input="1 2 3 4", kernels=["1 0 -1"], views=["flip", "shift"]).layers
    assert layer.flip is not None
    assert layer.flip.output.values == (2, 2)
    assert layer.shift is not None
    assert (layer.shift.by, layer.shift.equal, layer.shift.compared) == (1, 1, 1)
    assert layer.shift.changed_by_one is None
    (pool,) = show("8 avg_pool 4", views=["shift"]).layers
    assert pool.shift is not None
    assert pool.shift.changed_by_one == pytest.approx(0.5, abs=0.02)
    assert pool.flip is None


@pytest.mark.parametrize(
    ("view", "titles"),
    [
        pytest.param(
            "flip",
            ["k3, cross-correlation, as layers compute it", "k3, convolution: the kernel turned"],
            id="flip",
        ),
        pytest.param(
            "shift", ["k3, on x", "k3, on x moved by 1: 2 of 2 outputs moved by 1"], id="shift"
        ),
    ],
)
def test_pictures(view: str, titles: list[str]) -> None:
    layers = of_words(["5", "k3"], Data("1 2 3 4 5", ("1 2 4",)))
    panels = show_board(layers, ("flip",) if view == "flip" else ("shift",), "5 k3").panels
    assert [panel.title for panel in panels] == titles
