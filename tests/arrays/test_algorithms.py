"""Every algorithm for products and windows: exact, counted, local, and within its memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from convcalc.arrays import jobs, moves
from convcalc.arrays.choose import ALGORITHMS, FAST, choose, fitting
from convcalc.arrays.jobs import MOST_PREPARED, MOST_TILE, Finish, Job, Scratch
from convcalc.arrays.ops import Array, Ops
from convcalc.arrays.products import Products
from convcalc.arrays.slicing import kernel_of, tiles
from convcalc.arrays.transposed import TRANSPOSED
from convcalc.core.shapes import Window
from tests.crosscheck.draws import Case
from tests.each import each
from tests.reference.comparing import defined

RANKS = {1: (7,), 2: (7, 6), 3: (5, 4, 3)}
NAMES = tuple(ALGORITHMS)


def integers(seed: int, *shape: int) -> Array:
    """Small integers as float32: sums of them are exact in any order."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float32)


def windows_of(rank: int, *window: int) -> tuple[Window, ...]:
    """The same window on each axis, but for a longer kernel on the last."""
    kernel, *rest = window
    return (*(Window(kernel, *rest) for _ in range(rank - 1)), Window(max(1, kernel - 1), *rest))


def by_definition(
    kind: str, x: Array, windows: Sequence[Window], weight: Array | None = None, **more: object
) -> Array:
    """What a layer of these windows makes of `x` by its definition, without a bias."""
    fields: dict[str, object] = {
        "kernel_size": [w.kernel for w in windows],
        "stride": [w.stride for w in windows],
        "padding": [[w.before, w.after] for w in windows],
        "dilation": [w.dilation for w in windows],
    }
    weights = {}
    if weight is not None:
        weights["weight"], more = weight, {"bias": False} | more
    case = Case(kind, fields | more, ((x.shape[-1], *x.shape[1:-1]),))
    return defined(case, [x], weights)


# (cin, out, groups, (kernel, stride, before, after, dilation)).
GEOMETRIES = [
    pytest.param(4, 6, 1, (3, 1, 1, 1, 1), id="3x3"),
    pytest.param(4, 6, 1, (1, 1, 0, 0, 1), id="1x1"),
    pytest.param(4, 6, 1, (1, 2, 0, 0, 1), id="1x1 strided"),
    pytest.param(3, 5, 1, (3, 2, 0, 1, 1), id="strided, padded after"),
    pytest.param(3, 5, 1, (2, 1, 2, 0, 2), id="dilated, padded before"),
    pytest.param(4, 6, 2, (3, 1, 1, 1, 1), id="two groups"),
    pytest.param(4, 8, 4, (3, 2, 1, 1, 1), id="depthwise, two outputs a channel"),
    pytest.param(4, 4, 4, (3, 1, 1, 1, 1), id="depthwise"),
    pytest.param(4, 4, 4, (3, 2, 1, 0, 1), id="depthwise strided"),
    pytest.param(4, 4, 4, (2, 3, 1, 1, 2), id="depthwise strided and dilated"),
    pytest.param(4, 6, 1, (1, 1, -1, 0, 1), id="cropped"),
    pytest.param(1, 1, 1, (4, 4, 1, 1, 1), id="gaps between windows"),
]


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize(("cin", "out", "groups", "window"), GEOMETRIES)
def test_convolution_equals_plain_loops_and_counts_its_products(
    rank: int, cin: int, out: int, groups: int, window: tuple[int, ...]
) -> None:
    windows = windows_of(rank, *window)
    x = integers(1, 2, *RANKS[rank], cin)
    weight = integers(2, out, cin // groups, *(w.kernel for w in windows))
    bias = integers(3, out)
    expected = bias + by_definition("conv", x, windows, weight, out_channels=out, groups=groups)
    ran = set()
    for name in NAMES:
        ops = Ops(algorithm=name)
        y = ops.convolve(x, weight, windows, groups, bias)
        assert np.array_equal(y, expected), name
        assert ops.macs == y.size * weight[0].size, name
        ran.add(ops.used)
    assert "grouped" in ran


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize(
    ("groups", "window", "extra"),
    [
        pytest.param(1, (4, 2, 1, 1, 1), 0, id="doubling"),
        pytest.param(2, (3, 2, 1, 1, 1), 1, id="groups and a longer output"),
        pytest.param(1, (3, 1, 0, 0, 1), 0, id="stride 1"),
        pytest.param(4, (2, 3, 0, 0, 1), 0, id="depthwise, gaps between"),
        pytest.param(1, (3, 2, 2, 1, 2), 1, id="dilated by the stride, cut unevenly"),
        pytest.param(1, (3, 2, 0, 3, 3), 2, id="dilated by more than the stride"),
        pytest.param(1, (1, 1, 0, 1, 1), 0, id="nothing but a cut"),
    ],
)
def test_transposed_equals_plain_loops(
    rank: int, groups: int, window: tuple[int, ...], extra: int
) -> None:
    windows = windows_of(rank, *window)
    x = integers(1, 2, *RANKS[rank], 4)
    weight = integers(2, 4, 3, *(w.kernel for w in windows))
    bias = integers(3, 3 * groups)
    extras = (extra,) * rank
    expected = bias + by_definition(
        "conv_transpose",
        x,
        windows,
        weight,
        out_channels=3 * groups,
        groups=groups,
        output_padding=extra,
    )
    for name in TRANSPOSED:
        ops = Ops(algorithm=name)
        y = ops.convolve_transposed(x, weight, windows, extras, groups, bias)
        assert np.array_equal(y, expected), name
        assert ops.used == name
        if name == "scatter":
            assert ops.macs == x.size * weight[0].size


@pytest.mark.parametrize("rank", RANKS)
def test_transposed_by_small_tiles(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # One position a tile: each scatters to where its own windows begin.
    monkeypatch.setattr(jobs, "LEAST_TILE", 1)
    monkeypatch.setattr(jobs, "MOST_TILE", 1)
    windows = windows_of(rank, 4, 3, 1, 1, 1)
    x = integers(1, 2, *RANKS[rank], 4)
    weight = integers(2, 4, 3, *(w.kernel for w in windows))
    expected = by_definition("conv_transpose", x, windows, weight, out_channels=3)
    for name in TRANSPOSED:
        y = Ops(algorithm=name).convolve_transposed(x, weight, windows, (0,) * rank, 1, None)
        assert np.array_equal(y, expected), name


@each(("mode", "name"), [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")])
def test_padding_copies_what_numpy_does(mode: str, name: str) -> None:
    for size, before, after in product((4, 7), (0, 1, 3), (0, 2)):
        row = np.arange(size)
        padded = np.pad(row, (before, after), name)  # type: ignore[call-overload]
        found = np.full(size + before + after, -1)
        found[before : before + size] = row
        for place, source in moves._padding_sources(size, before, after, mode):
            found[place] = row[source]
        assert found.tolist() == padded.tolist()


def test_the_adjoint_of_a_padding_that_cuts() -> None:
    grad = np.array([[[5.0], [6.0], [7.0]]])
    # Of three numbers, a zero in front and the last cut, and the other way round.
    assert Ops().unpad(grad, [(1, -1)], "zeros").ravel().tolist() == [6, 7, 0]
    assert Ops().unpad(grad, [(-1, 1)], "zeros").ravel().tolist() == [0, 5, 6]
    assert Ops().unpad(grad, [(-1, 0)], "zeros").ravel().tolist() == [0, 5, 6, 7]


@pytest.mark.parametrize(
    ("name", "error"), [("winograd 2x2", 0.0), ("winograd 4x4", 1e-3)], ids=["2x2", "4x4"]
)
@pytest.mark.parametrize(
    ("size", "tile"),
    # Of tiles of 32 squares, 18 x 34 outputs are several below each other.
    [((8, 8), None), ((7, 9), None), ((70, 3), None), ((3, 70), None), ((18, 34), 1)],
    ids=str,
)
def test_winograd_rounds_to_the_sums_of_plain_loops(
    name: str,
    error: float,
    size: tuple[int, int],
    tile: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tile is not None:
        monkeypatch.setattr(jobs, "LEAST_TILE", tile)
        monkeypatch.setattr(jobs, "MOST_TILE", tile)
    windows = (Window(3, 1, 1, 0), Window(3, 1, 2, 1))
    x, weight = integers(1, 2, *size, 2), integers(2, 3, 2, 3, 3)
    expected = by_definition("conv", x, windows, weight, out_channels=3)
    x = np.pad(x, [(0, 0), (1, 0), (2, 1), (0, 0)])
    y = np.full(expected.shape, np.nan, np.float32)
    bias, residual = integers(3, 3), integers(4, *y.shape)
    products, scratch = Products(), Scratch()
    # What an earlier layer left must not be read, not even to be multiplied by zero.
    scratch("first", (2, 80, 80, 2), x.dtype)[:] = np.nan
    finish = Finish(y, bias, residual, 0.0, 30.0)
    job = Job(products, x, kernel_of(weight), windows, 1, finish, scratch)
    assert name not in fitting(job)
    FAST[name].prepare(job)()
    assert np.abs(y - np.clip(expected + bias + residual, 0, 30)).max() <= error
    assert products.macs > 0


@each(
    ("size", "cin", "name"),
    [
        pytest.param(56, 64, "winograd 4x4", id="large map"),
        pytest.param(14, 256, "winograd 2x2", id="middle map"),
        pytest.param(7, 512, "im2col", id="small map"),
        pytest.param(56, 3, "im2col", id="few channels"),
    ],
)
def test_the_fast_table_chooses(size: int, cin: int, name: str) -> None:
    x = np.empty((1, size + 2, size + 2, cin), np.float32)
    kernel, y = np.empty((3, 3, cin, 64), np.float32), np.empty((1, size, size, 64), np.float32)
    windows = (Window(3), Window(3))
    assert choose(Job(Products(), x, kernel, windows, 1, Finish(y)), table=FAST) == name
    strided = (Window(3, 2), Window(3, 2))
    half = y[:, ::2, ::2]
    assert choose(Job(Products(), x, kernel, strided, 1, Finish(half)), table=FAST) == "im2col"


def test_phases_count_the_padding_that_they_read() -> None:
    # 5 inputs, kernel 4, stride 2: two phases of two taps, 6 outputs each; scattered 5 * 4.
    counts = {}
    for name in TRANSPOSED:
        ops = Ops(algorithm=name)
        ops.convolve_transposed(integers(1, 1, 5, 1), integers(2, 1, 1, 4), [Window(4, 2)], [0])
        counts[name] = ops.macs
    assert counts == {"phases": 2 * 2 * 6, "scatter": 5 * 4}


@pytest.mark.parametrize("prepared", [MOST_PREPARED, 1], ids=["prepared", "one by one"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("name", NAMES)
def test_tiles_join_to_the_sum_of_shifted_integers(
    name: str, dtype: type, prepared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.arrays.jobs.MOST_PREPARED", prepared)
    # Large enough for several tiles; int64 sums of shifted products are exact whatever the size.
    groups = 1 if name in ("im2col", "rows") else 32
    cin = 32
    x = integers(1, 2, 41, 37, cin)
    weight = integers(2, cin, cin // groups, 3, 3)
    padded = np.pad(x.astype(np.int64), [(0, 0), (1, 1), (1, 1), (0, 0)])
    expected = np.zeros(x.shape, np.int64)
    split = weight.astype(np.int64).reshape(groups, -1, cin // groups, 3, 3)
    for i, j in product(range(3), range(3)):
        part = padded[:, i : i + 41, j : j + 37].reshape(2, 41, 37, groups, -1)
        expected += np.einsum("nhwgc,goc->nhwgo", part, split[..., i, j]).reshape(x.shape)
    ops = Ops(algorithm=name)
    y = ops.convolve(x.astype(dtype), weight.astype(dtype), [Window(3, 1, 1, 1)] * 2, groups)
    assert ops.used == name
    assert y.dtype == dtype
    assert np.array_equal(y, expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "windows",
    [
        pytest.param((Window(3, 1, 1, 1), Window(3, 1, 1, 1)), id="3x3"),
        pytest.param((Window(2, 1, 2, 1, 2), Window(2, 2, 2, 1, 2)), id="strided and dilated"),
    ],
)
def test_nan_reaches_the_outputs_whose_window_holds_it_and_no_other(
    name: str, windows: tuple[Window, Window]
) -> None:
    groups = 1 if name in ("im2col", "rows") else 4
    x = integers(1, 1, 9, 8, 4)
    x[0, 4, 4, 2] = np.nan
    weight = integers(2, 4, 4 // groups, *(w.kernel for w in windows))
    ops = Ops(algorithm=name)
    y = ops.convolve(x, weight, windows, groups)
    holding = by_definition("max_pool", np.isnan(x), windows) > 0
    if groups == 1:
        holding[:] = holding.any(-1, keepdims=True)
    assert holding.any()
    assert not holding.all()
    assert ops.used == name
    assert np.array_equal(np.isnan(y), holding)


@each(
    ("size", "cin", "out", "windows", "groups", "name"),
    [
        pytest.param((56, 56), 64, 64, [Window(3, 1, 1, 1)] * 2, 1, "rows", id="3x3"),
        pytest.param((7, 7), 512, 512, [Window(3, 1, 1, 1)] * 2, 1, "im2col", id="3x3, small map"),
        pytest.param((56, 56), 64, 64, [Window(3, 2, 1, 1)] * 2, 1, "im2col", id="3x3 strided"),
        pytest.param((32, 32), 3, 64, [Window(7, 2, 3, 3)] * 2, 1, "im2col", id="stem"),
        pytest.param((56, 56), 64, 256, [Window(1)] * 2, 1, "im2col", id="1x1"),
        pytest.param((56, 56), 64, 64, [Window(3, 1, 1, 1)] * 2, 64, "depthwise", id="depthwise"),
        pytest.param((56, 56), 64, 128, [Window(3)] * 2, 64, "grouped", id="two a channel"),
        pytest.param((56, 56), 64, 64, [Window(3)] * 2, 32, "grouped", id="groups"),
        pytest.param((500,), 64, 64, [Window(9)], 1, "im2col", id="sequence"),
        pytest.param((8, 8, 8), 64, 64, [Window(3)] * 3, 1, "im2col", id="volume"),
    ],
)
def test_the_table_chooses(
    size: tuple[int, ...], cin: int, out: int, windows: list[Window], groups: int, name: str
) -> None:
    sizes = [s + w.before + w.after for s, w in zip(size, windows, strict=True)]
    positions = [(s - w.span) // w.stride + 1 for s, w in zip(sizes, windows, strict=True)]
    job = Job(
        Products(),
        np.empty((1, *sizes, cin), np.float32),
        np.empty((*(w.kernel for w in windows), cin // groups, out), np.float32),
        tuple(windows),
        groups,
        Finish(np.empty((1, *positions, out), np.float32)),
    )
    assert choose(job) == fitting(job)[0] == name
    assert choose(job, "grouped") == "grouped"
    assert choose(job, "no such name") == name
    assert all(ALGORITHMS[name].reason for name in fitting(job))


@pytest.mark.parametrize(
    ("cin", "out", "kernel", "groups"),
    [
        pytest.param(16, 16, 7, 1, id="many taps"),
        pytest.param(64, 256, 1, 1, id="1x1"),
        pytest.param(64, 64, 3, 64, id="depthwise"),
        pytest.param(64, 64, 15, 64, id="depthwise, many taps"),
        pytest.param(64, 64, 3, 16, id="groups"),
    ],
)
def test_memory_beside_tensors_stays_within_a_tile(
    cin: int, out: int, kernel: int, groups: int
) -> None:
    x = integers(1, 1, 128, 128, cin)
    weight = integers(2, out, cin // groups, kernel, kernel)
    half = kernel // 2
    tracemalloc.start()
    y = Ops().convolve(x, weight, [Window(kernel, 1, half, half)] * 2, groups)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    padded = (128 + 2 * half) ** 2 * cin * 4 if half else 0
    # The whole matrix of columns would take kernel ** 2 times the input.
    # numpy before 2.3 holds up to 616 KiB in an einsum over thousands of taps, later ones less.
    assert peak - y.nbytes - padded - weight.nbytes < MOST_TILE + (5 << 17)


@pytest.mark.parametrize(
    ("cin", "out", "sizes", "kernel"),
    [
        # 3,844 products a position: thousands of tiles, whose views take more than the tiles.
        pytest.param(1, 4, (400, 400), 62, id="a kernel of many taps"),
        # 400 tiles: a bias repeated for each of them took twice the output.
        pytest.param(4, 8, (600_000,), 9, id="a long sequence"),
    ],
)
def test_many_tiles_take_no_more_memory_than_one(
    cin: int, out: int, sizes: tuple[int, ...], kernel: int
) -> None:
    x = integers(1, 1, *sizes, cin)
    weight = integers(2, out, cin, *(kernel for _ in sizes))
    tracemalloc.start()
    y = Ops().convolve(x, weight, [Window(kernel)] * len(sizes), bias=integers(3, out))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - y.nbytes < MOST_TILE + (1 << 19)


def test_rows_are_cut_where_repeated_weights_would_be_large() -> None:
    # 15 * 15 taps of 64 channels are 57,600 bytes a column: 72 columns at once.
    x, weight = integers(1, 1, 3, 100, 64), integers(2, 64, 1, 15, 15)
    found = {}
    for name in ("depthwise", "grouped"):
        ops = Ops(algorithm=name)
        found[name] = ops.convolve(x, weight, [Window(15, 1, 7, 7)] * 2, 64)
        assert ops.macs == x.size * 225
    assert np.array_equal(found["depthwise"], found["grouped"])


def test_scratch_is_one_array_a_name() -> None:
    scratch = Scratch()
    first = scratch("sums", (10, 3), np.dtype(np.float32))
    again = scratch("sums", (5,), np.dtype(np.float64))
    other = scratch("columns", (10, 3), np.dtype(np.float32))
    larger = scratch("sums", (2_000_000,), np.dtype(np.float32))
    assert np.shares_memory(first, again)
    assert not np.shares_memory(first, other)
    assert not np.shares_memory(first, larger)
    assert again.shape == (5,)
    assert again.dtype == np.float64


@each(
    ("shape", "most", "apart", "cut"),
    [
        pytest.param((2, 5, 4), 100, 0, [(2, 5, 4)], id="all at once"),
        pytest.param((2, 5, 4), 100, 1, [(1, 5, 4)] * 2, id="each image"),
        pytest.param((2, 5, 4), 12, 0, [(1, 3, 4), (1, 2, 4)] * 2, id="bands of rows"),
        pytest.param((1, 14, 4), 13 * 4, 0, [(1, 7, 4)] * 2, id="shared out evenly"),
        pytest.param((1, 2, 4), 3, 0, [(1, 1, 2)] * 4, id="parts of a row"),
        pytest.param((1, 1, 2), 0, 0, [(1, 1, 1)] * 2, id="at least one position"),
    ],
)
def test_tiles_cover_a_shape_once(
    shape: tuple[int, ...], most: int, apart: int, cut: list[tuple[int, ...]]
) -> None:
    counts = np.zeros(shape, int)
    boxes = tiles(shape, most, apart)
    for box in boxes:
        counts[box] += 1
    assert [tuple(s.stop - s.start for s in box) for box in boxes] == cut
    assert np.array_equal(counts, np.ones(shape))


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Window(2, 2), id="halves"),
        pytest.param(Window(3, 2, 1, 1), id="overlapping, padded"),
        pytest.param(Window(2, 3, 1, 0, 2), id="dilated"),
        pytest.param(Window(2, 3, 1, 1), id="a last window would begin behind the input"),
    ],
)
def test_pools_equal_plain_loops(window: Window, ceil_mode: bool) -> None:
    x = integers(1, 2, 8, 7, 3)
    windows = [window] * 2
    expected = by_definition("max_pool", x, windows, ceil_mode=ceil_mode)
    assert np.array_equal(Ops().max_pool(x, windows, ceil_mode), expected)
    expected = by_definition("avg_pool", x, windows, ceil_mode=ceil_mode, divisor_override=1)
    assert np.array_equal(Ops().sum_pool(x, windows, ceil_mode), expected)


def test_pooling_integers_pads_with_the_least() -> None:
    x = np.full((1, 2, 2, 1), -7)
    assert np.array_equal(Ops().max_pool(x, [Window(3, 2, 1, 1)] * 2), [[[[-7]]]])


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("window", [(3, 1, 1, 1, 1), (3, 2, 1, 0, 2)])
def test_gradients_are_adjoint(groups: int, window: tuple[int, ...]) -> None:
    # <C x, g> is linear in x and in the weight, so each gradient gives the same number back.
    windows = windows_of(2, *window)
    taps = [w.kernel for w in windows]
    ops = Ops()
    x = integers(1, 2, 7, 6, 4)
    weight = integers(2, 6, 4 // groups, *taps)
    y = ops.convolve(x, weight, windows, groups)
    grad = integers(3, *y.shape)
    to_x, to_weight = ops.convolve_gradients(grad, x, weight, windows, groups)
    assert (y * grad).sum() == (x * to_x).sum() == (weight * to_weight).sum() != 0

    weight = integers(2, 4, 6 // groups, *taps)
    y = ops.convolve_transposed(x, weight, windows, (0, 0), groups)
    grad = integers(3, *y.shape)
    to_x, to_weight = ops.convolve_transposed_gradients(grad, x, weight, windows, groups)
    assert (y * grad).sum() == (x * to_x).sum() == (weight * to_weight).sum() != 0


def test_scattering_is_adjoint_to_reading_windows() -> None:
    x = integers(1, 2, 7, 6, 3)
    windows = [Window(3, 2, 1, 1)] * 2
    reads = list(Ops().windows(x, windows, True, 0))
    parts = [integers(number, *read.shape) for number, read in enumerate(reads)]
    back = Ops().scatter(parts, x, windows, True)
    found = sum((read * part).sum() for read, part in zip(reads, parts, strict=True))
    assert back.shape == x.shape
    assert (x * back).sum() == found != 0
