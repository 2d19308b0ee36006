"""Tensors as views of layers: moves of axes are sums of elementary axes, worked out by hand."""

from __future__ import annotations

from convcalc.importers.arranging import moving
from convcalc.importers.tensor_views import aligned, like, whole


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


def test_sizes_that_do_not_divide_are_no_view() -> None:
    assert whole(0, (4, 6), ((0,), (1,))).reshaped((3, 8)) is None
