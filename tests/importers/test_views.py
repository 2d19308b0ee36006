"""Tensors as views of layers: moves of axes are sums of elementary axes, worked out by hand."""

from __future__ import annotations

import pytest

from convcalc.importers.arranging import moving
from convcalc.importers.cutting import cutting
from convcalc.importers.tensor_views import (
    View,
    aligned,
    expanded,
    grown,
    like,
    refined,
    uncut,
    whole,
)
from tests.each import each

Axes = tuple[tuple[int, ...], ...]


def test_tokens_of_a_map_are_its_positions() -> None:
    x = whole(0, (64, 7, 5), ((), (0,), (1,), (2,)))
    tokens = x.reshaped((1, 64, 35))
    assert tokens is not None
    turned = tokens.transposed((0, 2, 1))
    assert turned.dims == (1, 35, 64)
    assert turned.shape == (64, 7, 5)
    assert turned.has_channels(2)


def test_windows_of_a_channels_last_map() -> None:
    # Swin: (1, 56, 56, 96) as (64, 49, 96), 64 windows of 7 x 7.
    x = whole(0, (96, 56, 56), ((), (1,), (2,), (0,)))
    split = x.reshaped((1, 8, 7, 8, 7, 96))
    assert split is not None
    windows = split.transposed((0, 1, 3, 2, 4, 5)).reshaped((64, 49, 96))
    assert windows is not None
    assert windows.dims == (64, 49, 96)
    assert windows.shape == (96, 56, 56)
    kind, fields = moving(windows, (windows.axes[2], windows.axes[0], windows.axes[1]))
    assert kind.kind == "rearrange"
    assert fields == {
        "pattern": "c (h1 h2) (w1 w2) -> c (h1 w1) (h2 w2)",
        "sizes": {"h2": 7, "w2": 7},
    }


def test_a_shuffle_of_channels_is_known() -> None:
    x = whole(0, (6, 5, 5), ((), (0,), (1,), (2,)))
    split = x.reshaped((1, 2, 3, 5, 5))
    assert split is not None
    dealt = split.transposed((0, 2, 1, 3, 4)).reshaped((1, 6, 5, 5))
    assert dealt is not None
    kind, fields = moving(dealt, dealt.axes[1:])
    assert (kind.kind, fields) == ("channel_shuffle", {"groups": 2})


def test_blocks_of_pixels_are_known() -> None:
    x = whole(0, (12, 5, 4), ((), (0,), (1,), (2,)))
    split = x.reshaped((1, 3, 2, 2, 5, 4))
    assert split is not None
    dealt = split.transposed((0, 1, 4, 2, 5, 3)).reshaped((1, 3, 10, 8))
    assert dealt is not None
    kind, fields = moving(dealt, dealt.axes[1:])
    assert (kind.kind, fields) == ("pixel_shuffle", {"factor": 2})


def test_tensors_that_are_cut_elsewhere_are_cut_alike() -> None:
    left = whole(0, (4, 6), ((0, 1),))
    right = whole(1, (24,), ((0,),))
    pair = aligned(left, right)
    assert pair is not None
    assert pair[0].own == ((0,), (1,))
    assert pair[1].own == ((0, 1),)
    assert like(pair[1], pair[0]) == ((0,), (1,))


def test_cuts_that_do_not_divide_are_not_aligned() -> None:
    left = whole(0, (4, 6), ((0, 1),))
    right = whole(1, (6, 4), ((0, 1),))
    assert aligned(left, right) is None


@each("dims", [(3, 8), (4, 12), (4, 3), (4,), (24, 2), (4, 6, 2), ()])
def test_sizes_that_do_not_divide_or_are_of_other_elements_are_no_view(
    dims: tuple[int, ...],
) -> None:
    assert whole(0, (4, 6), ((0,), (1,))).reshaped(dims) is None


def plain(*dims: int) -> View:
    """A tensor whose axes are those of its layer."""
    return whole(0, dims, [(axis,) for axis in range(len(dims))])


def cut(view: View, *dims: int) -> View:
    found = view.reshaped(dims)
    assert found is not None
    return found


# The first axis of a layer cut in three, of which the last is turned to the front.
TURNED = cut(plain(24, 5), 2, 3, 4, 5).transposed((2, 0, 1, 3))


@each(("view", "sizes", "own", "axes"), [
    pytest.param(TURNED, (2, 3, 4, 5), ((0, 1, 2), (3,)), ((2,), (0,), (1,), (3,)), id="turned"),
    pytest.param(cut(plain(2, 12, 5), 2, 3, 4, 5).cut(7, 1, 2), (2, 2, 4, 5),
                 ((0,), (1, 2), (3,)), ((0,), (1,), (2,), (3,)), id="two of three"),
    # What is left of an axis of two parts lies along the first of them alone.
    pytest.param(whole(0, (4, 3, 5), ((0, 1), (2,))).cut(7, 0, 6), (6, 5),
                 ((0,), (), (1,)), ((0,), (1,)), id="six of four times three"),
    pytest.param(TURNED.cut(7, 1, 1), (3, 4, 5),
                 ((0, 1), (2,)), ((1,), (), (0,), (2,)), id="one of two"),
    pytest.param(plain(6, 4, 5).transposed((2, 0, 1)).resized(7, 1, 8, 2), (6, 5, 8),
                 ((0,), (2,), (1,)), ((1,), (0,), (2,)), id="four become eight"),
    pytest.param(plain(6, 4, 5).resized(7, 1, 1, 1), (6, 5),
                 ((0,), (), (1,)), ((0,), (), (1,)), id="four become one"),
    pytest.param(uncut(cut(plain(6, 4, 5), 2, 3, 4, 5)._replace(axes=((2,), (3,), (), (0, 1)))),
                 (6, 4, 5), ((0,), (1,), (2,)), ((1,), (2,), (), (0,)), id="no longer cut"),
    pytest.param(uncut(TURNED), (2, 3, 4, 5), ((0, 1, 2), (3,)), ((2,), (0,), (1,), (3,)),
                 id="cut as before"),
    pytest.param(refined(plain(5, 24, 7), 1, [1, 6, 24]), (5, 4, 6, 7),
                 ((0,), (1, 2), (3,)), ((0,), (1, 2), (3,)), id="cut at six"),
    pytest.param(expanded(plain(5, 7), 4), (5, 7), ((0,), (1,)), ((), (), (0,), (1,)),
                 id="of four axes"),
    pytest.param(grown(plain(6, 1, 4, 1), {1: (5,)}), (6, 4, 5),
                 ((0,), (), (1,), (2,)), ((0,), (2,), (1,), ()), id="grown at the last of size 1"),
    pytest.param(grown(expanded(plain(6, 4, 3), 4), {0: (2, 5)}), (6, 4, 3, 2, 5),
                 ((0,), (1,), (2,), (3, 4)), ((3, 4), (0,), (1,), (2,)), id="grown behind others"),
    pytest.param(grown(expanded(plain(6, 4, 3, 2), 5), {0: (5, 7)}), (6, 4, 3, 2, 5, 7),
                 ((0,), (1,), (2,), (3, 4, 5)), ((4, 5), (0,), (1,), (2,), (3,)),
                 id="grown with the last"),
])  # fmt: skip
def test_a_view_of_a_view_is_made_of_these_parts(
    view: View, sizes: tuple[int, ...], own: Axes, axes: Axes
) -> None:
    assert (view.sizes, view.own, view.axes) == (sizes, own, axes)


def test_an_axis_leads_where_others_of_its_own_lie_within() -> None:
    view = cut(plain(5, 24, 7), 5, 2, 12, 7)
    assert [view.leading(axis) for axis in range(4)] == [None, 1, None, None]
    assert expanded(view, 5).leading(0) is None
    assert [TURNED.leading(axis) for axis in range(4)] == [None, 0, None, None]


def test_cuts_that_an_axis_does_not_have_are_no_view() -> None:
    assert refined(plain(5, 24, 7), 1, [1, 5, 24]) is None


def test_tensors_are_cut_alike_on_all_axes_that_both_have() -> None:
    left = plain(6, 12, 5)
    right = cut(plain(6, 12, 5), 6, 3, 4, 5)._replace(at=1, axes=((0,), (1, 2), (3,)))
    pair = aligned(left, right)
    assert pair is not None
    assert (pair[0].own, pair[0].axes) == (((0,), (1, 2), (3,)), ((0,), (1, 2), (3,)))
    assert pair[1] == right
    assert aligned(left, right, 1) == (left, right)
    one = plain(6, 1, 5)
    assert aligned(one, right) == (one, right)


def test_an_axis_beside_the_others_is_laid_whatever_its_size() -> None:
    other = plain(3, 5, 7)._replace(at=1)
    assert like(plain(2, 5, 7), other, 0) == ((0,), (1,), (2,))
    assert like(plain(5, 1, 7), other.transposed((1, 0, 2)), 1) == ((), (0,), (1,))
    assert like(plain(1, 5, 7), other) == ((), (0,), (1,))


@each(("view", "wanted", "kind", "fields"), [
    (plain(6, 4, 5), ((0, 1, 2),), "flatten", {}),
    (plain(6, 4, 5), ((0,), (1, 2)), "flatten", {"axis": "positions"}),
    (plain(6, 4, 5), ((0, 1), (2,)), "reshape", {"shape": (24, 5)}),
    (plain(6, 4), ((0,), (), (1,)), "reshape", {"shape": (6, 1, 4)}),
    (plain(6, 4, 5), ((2,), (0,), (1,)), "permute", {"axes": (2, 0, 1)}),
    (plain(6, 1, 5), ((1,), (), (0,)), "permute", {"axes": (2, 1, 0)}),
    (plain(6, 1, 1, 5), ((), (1,), (), (0,)), "permute", {"axes": (1, 3, 2, 0)}),
    # Channels of 2 x 3, and blocks of 2 x 2 of 3 x 5 pixels.
    (cut(plain(6, 7), 2, 3, 7), ((1, 0), (2,)), "channel_shuffle", {"groups": 2}),
    (cut(plain(30, 7), 2, 3, 5, 7), ((2, 1, 0), (3,)), "rearrange",
     {"pattern": "(c1 c2 c3) l -> (c3 c2 c1) l", "sizes": {"c2": 3, "c3": 5}}),
    (cut(plain(7, 6, 10), 7, 3, 2, 5, 2), ((0, 2, 4), (1,), (3,)), "pixel_unshuffle",
     {"factor": 2}),
    (cut(plain(28, 3, 5), 7, 2, 2, 3, 5), ((0,), (3, 1), (4, 2)), "pixel_shuffle", {"factor": 2}),
    (cut(plain(42, 3, 5), 7, 2, 3, 3, 5), ((0,), (3, 1), (4, 2)), "rearrange",
     {"pattern": "(c1 c2 c3) h w -> c1 (h c2) (w c3)", "sizes": {"c2": 2, "c3": 3}}),
    (cut(plain(6, 10), 6, 5, 2), ((0, 2), (1,)), "pixel_unshuffle", {"factor": 2}),
    (cut(plain(6, 10), 6, 5, 2), ((2, 0), (1,)), "rearrange",
     {"pattern": "c (l1 l2) -> (l2 c) l1", "sizes": {"l2": 2}}),
    # What lies together stays together.
    (cut(plain(6, 12, 5), 6, 3, 2, 2, 5), ((0,), (4, 1), (2, 3)), "rearrange",
     {"pattern": "c (h1 h2) w -> c (w h1) h2", "sizes": {"h2": 4}}),
    (cut(plain(6, 12), 6, 3, 4), ((1,), (), (0, 2)), "rearrange",
     {"pattern": "c (l1 l2) -> l1 1 (c l2)", "sizes": {"l2": 4}}),
])  # fmt: skip
def test_the_plainest_layer_lays_axes_in_another_order(
    view: View, wanted: Axes, kind: str, fields: dict[str, object]
) -> None:
    found, said = moving(view, wanted)
    assert (found.kind, said) == (kind, fields)


@each(("size", "first", "last", "axis", "unit", "kind", "fields"), [
    (96, 0, 24, 0, 1, "split", {"parts": 4, "part": 0}),
    (96, 32, 64, 2, 7, "split", {"parts": 3, "part": 1, "axis": 2}),
    (100, 20, 40, 0, 1, "slice", {"channels": (20, 40)}),
    (10, 3, 6, 1, 5, "slice", {"channels": (15, 30), "axis": 1}),
    (12, 2, 6, 0, 1, "slice", {"channels": (2, 6)}),
])  # fmt: skip
def test_a_span_is_a_part_of_few_or_its_places(
    size: int, first: int, last: int, axis: int, unit: int, kind: str, fields: dict[str, object]
) -> None:
    found, said = cutting(size, first, last, axis, unit)
    assert (found.kind, said) == (kind, fields)
