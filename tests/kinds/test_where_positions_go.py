"""Which positions a layer reads for each that it makes, and where they come from."""
# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import Any

import pytest

from convcalc.arrays.ops import Ops
from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_PATTERN, POINTWISE, TOO_LONG
from convcalc.core.shapes import elements
from convcalc.kinds.base.attending import grid_of, relative_index
from convcalc.kinds.base.moving import rolled_axis, turned_axis
from tests.each import each
from tests.kinds.making import made

Shape = tuple[int, ...]


def test_joined_maps_are_followed_in_tables_of_so_many_units_in_all() -> None:
    """2**18: 64 inputs may have tables of 4096 units, 65 may not."""
    for sizes, is_told in (([64] * 64, True), ([63] * 64 + [64], False)):
        names = tuple(f"x{at}" for at in range(len(sizes)))
        layer = made("concat", {"inputs": names, "axis": "width"})
        links = layer.facts(tuple((1, 2, size) for size in sizes)).links
        assert len(links) == len(sizes)
        assert [one is not None and one[1] != TOO_LONG for one in links] == [is_told] * len(sizes)


@each(
    ("kernel", "stride", "dilation", "padding", "height", "how"),
    [
        # The last window begins at 2 and reads rows 2, 3 and 4 of five; of six one is left over.
        (3, 1, 1, (0, 0), 5, "unfollowed"),
        (3, 2, 1, (0, 0), 5, "unfollowed"),
        (3, 2, 1, (0, 0), 6, "sampled"),
        (2, 3, 1, (0, 0), 5, "sampled"),
        (2, 1, 2, (0, 0), 5, "sampled"),
        (3, 1, 1, (1, 1), 5, "unfollowed"),
        # Windows in padding alone: before the map, behind it; then with one row each.
        (2, 1, 1, (2, 0), 5, "sampled"),
        (2, 1, 1, (0, 2), 5, "sampled"),
        (2, 1, 1, (1, 1), 5, "unfollowed"),
    ],
)
def test_what_columns_leave_out(
    kernel: int, stride: int, dilation: int, padding: tuple[int, int], height: int, how: str
) -> None:
    fields = {"kernel_size": (kernel, 1), "stride": (stride, 1), "dilation": (dilation, 1)}
    layer = made("unfold", {**fields, "padding": (padding, (0, 0))})
    assert layer.facts(((2, height, 3),)).flow.how == how


def test_a_sampled_map_reads_a_map_and_one_or_two_beside_it() -> None:
    fields = {"out_channels": 2, "kernel_size": 1}
    x, offsets, mask = (4, 5, 7), (2, 5, 7), (1, 5, 7)
    for inputs in ((x, offsets), (x, offsets, mask)):
        layer = made("deform_conv", fields | {"inputs": "abcd"[: len(inputs)]})
        assert layer.facts(inputs).output == (2, 5, 7)
    with pytest.raises(LayerError, match="a map, offsets and perhaps a mask, got 4 inputs"):
        made("deform_conv", fields | {"inputs": ("a", "b", "c", "d")}).facts((x, offsets, mask, x))


def test_matrices_for_each_of_the_others_index_or_for_all() -> None:
    layer = made("matmul", {"inputs": ("a", "b")})
    assert layer.facts(((1, 3, 5), (4, 5, 2))).output == (4, 3, 2)
    assert layer.facts(((4, 3, 5), (1, 5, 2))).output == (4, 3, 2)
    for left, right in ((2, 4), (4, 2), (2, 3)):
        with pytest.raises(LayerError, match=f"got {left} and {right} on axis 0"):
            layer.facts(((left, 3, 5), (right, 5, 2)))


@each(
    ("size", "shift", "sources"),
    [
        (5, 1, (4, 0, 1, 2, 3)), (5, -2, (2, 3, 4, 0, 1)), (5, 0, None), (5, 5, None),
        (5, -10, None),
    ],
)  # fmt: skip
def test_where_rolled_positions_come_from(
    size: int, shift: int, sources: tuple[int, ...] | None
) -> None:
    link = rolled_axis(size, shift)
    if sources is None:
        assert link is POINTWISE
    else:
        assert link == (size, tuple(range(at, at + 1) for at in sources), size, True)


def test_patterns_of_whole_axes_have_a_length() -> None:
    for made_of in (lambda size: rolled_axis(size, 1), turned_axis):
        assert made_of(MAX_PATTERN + 1) is TOO_LONG
        assert len(made_of(MAX_PATTERN).taps) == MAX_PATTERN
    windows = made("attention", {"heads": 1, "window": 2 * MAX_PATTERN})
    assert windows.facts(((2, 4 * MAX_PATTERN),)).links == ((TOO_LONG,),)


@each(
    ("count", "size", "link"),
    [
        # Windows of 2 hold all of 8 pixels; of 9 the last is none's.
        (4, 8, (2, (range(2), range(2)), None, True)),
        (4, 9, (9, tuple(range(u // 2 * 2, u // 2 * 2 + 2) if u < 8 else range(0) for u in range(9)), 9, True)),
    ],
)  # fmt: skip
def test_what_unpooling_reads_of_the_map_before(count: int, size: int, link: Any) -> None:
    layer = made("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2})
    assert layer.facts(((3, count), (3, size))).links[1] == (link,)


def test_a_past_along_the_last_of_three_axes() -> None:
    fields = {"inputs": ("q", "k", "v"), "batch_axes": 2, "causal": True}
    layer = made("scaled_dot_product_attention", fields)
    assert layer.facts(((4, 2, 3, 5),) * 3).output == (4, 2, 3, 5)
    said = "one axis of positions, but 4x3x5 has 2 spatial axes"
    with pytest.raises(LayerError, match=said) as caught:
        made("scaled_dot_product_attention", {**fields, "batch_axes": 1}).facts(((4, 2, 3, 5),) * 3)
    assert caught.value.help == "a `reshape: [4, 2, 15]` before it"


def test_positions_of_a_shifted_window_that_are_no_neighbours() -> None:
    """Of 4x6 in windows of 2x3, moved by 1 and 2: the last hold rows 3 and 0, columns 5, 0, 1."""
    rows, columns = (0, 0, 0, 1, 1, 1), (0, 1, 1, 0, 1, 1)
    hidden = grid_of((4, 6), (2, 3), (1, 2)).hidden(Ops())
    assert hidden.shape == (4, 1, 6, 6)
    for window, (by_row, by_column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        assert hidden[window, 0].tolist() == [
            [(by_row and rows[a] != rows[b]) or (by_column and columns[a] != columns[b])
             for b in range(6)]
            for a in range(6)
        ]  # fmt: skip


@each(
    ("sizes", "window", "shift"),
    [((6,), (3,), (2,)), ((4, 6), (2, 3), (1, 2)), ((2, 4, 6), (1, 2, 3), (0, 1, 2))],
)
def test_windows_are_put_together_as_they_were_split(
    sizes: Shape, window: Shape, shift: Shape
) -> None:
    ops, grid = Ops(), grid_of(sizes, window, shift)
    x = ops.np.arange(2 * elements(sizes) * 5).reshape(2, *sizes, 5)
    blocks = grid.split(ops, x)
    count = elements(window)
    assert blocks.shape == (2 * elements(sizes) // count, count, 5)
    assert (grid.joined(ops, blocks) == x).all()
    # The first block begins where the shift says.
    assert (blocks[0, 0] == x[(0, *shift)]).all()


def test_a_pair_of_positions_has_its_row_of_the_table() -> None:
    """Liu et al. 2021, as their code counts: (dh + h - 1) (2w - 1) + dw + w - 1."""
    places = [divmod(at, 3) for at in range(2 * 3)]
    assert relative_index(Ops(), (2, 3)).tolist() == [
        [(row - y + 1) * 5 + column - x + 2 for y, x in places] for row, column in places
    ]


def test_an_opaque_layer_keeps_axes_of_its_first_input() -> None:
    for inputs in ([(4, 8, 6), (2, 5, 7)], [(2, 5, 7), (4, 8, 6)]):
        layer = made("opaque", {"output": (None, 9, None), "inputs": ("a", "b")})
        assert layer.facts(tuple(inputs)).output == (inputs[0][0], 9, inputs[0][2])
