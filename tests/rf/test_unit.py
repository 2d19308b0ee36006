"""Single units: borders, padding that repeats pixels, whole maps, and numbers of paths."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.rf import field_report, look, path_counts, unit_fields, used_pixels
from convcalc.features.rf.lens import find
from convcalc.features.rf.used_pixels import Canvas, TooLargeError
from tests.each import each


def graph_of(input: list[int], *layers: Any) -> Any:
    return convcalc.loads(
        json.dumps({"convcalc": 1, "input": input, "layers": list(layers)})
    ).graph()


BORDERS = [
    # Padding of 9 around a kernel of 3: unit 0 stands on -9 .. -7.
    pytest.param([{"conv": {"out": 1, "k": 3, "p": 9}}], (0,), ((-9, -7),), None, 0,
                 id="padding alone"),
    # The pad of the second layer is no pixel of the first: 3 is cropped, so it is never read.
    pytest.param([{"crop": [[4, 0]]}, {"conv": {"out": 1, "k": 3, "p": 1}}], (0,), ((3, 5),),
                 ((4, 5),), 2, id="a crop's edge is a border too"),
    # Even pixels only: the window begins at -1, the first real pixel used is 1.
    pytest.param([{"conv": {"out": 1, "k": 4, "d": 2, "p": 1}}], (0,), ((-1, 5),), ((1, 5),), 3,
                 id="the first real pixel is no padding's neighbour"),
    # ceil_mode's last window hangs over the end.
    pytest.param([{"max_pool": {"k": 3, "s": 2, "ceil_mode": True}}], (5,), ((10, 12),),
                 ((10, 11),), 2, id="a last window that is half empty"),
]  # fmt: skip


@each(("layers", "unit", "window", "real", "used"), BORDERS)
def test_borders(layers: list[Any], unit: Any, window: Any, real: Any, used: int) -> None:
    graph = graph_of([1, 12], *layers)
    (field,) = unit_fields(look(graph), len(layers), unit)
    assert (field.window, field.real, field.used) == (window, real, used)
    ends = field.real[0] if field.real else (1, 0)
    assert field.holes == ends[1] - ends[0] + 1 - used


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("as_layer", [False, True], ids=["in the conv", "as a layer"])
def test_padding_that_repeats_pixels_sees_them(mode: str, as_layer: bool) -> None:
    """Against numpy's own padding of the pixels' numbers; by rows and by columns."""
    pads = [[2, 3], [1, 2]]
    sizes = (7, 6)
    numbers = np.arange(42).reshape(sizes)
    words: Any = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    padded = np.pad(numbers, pads, mode=words[mode])
    conv: dict[str, Any] = {"out": 1, "k": 3}
    if as_layer:
        layers = [{"pad": {"p": pads, "mode": mode}}, {"conv": conv}]
    else:
        layers = [{"conv": conv | {"p": pads, "padding_mode": mode}}]
    graph = graph_of([1, *sizes], *layers)
    for unit in ((0, 0), (9, 6), (4, 6), (0, 3)):
        expected, counts = np.unique(
            padded[unit[0] : unit[0] + 3, unit[1] : unit[1] + 3], return_counts=True
        )
        (field,) = unit_fields(look(graph), len(layers), unit)
        assert field.used == len(expected), unit
        (paths,) = path_counts(look(graph), len(layers), unit)
        table = np.zeros(sizes, int)
        table[tuple(slice(f, f + n) for f, n in zip(paths.first, paths.sizes, strict=True))] = (
            paths.counts
        )
        assert {int(n): int(c) for n, c in zip(expected, counts, strict=True)} == {
            int(n): int(table.ravel()[n]) for n in np.flatnonzero(table)
        }, unit


def test_a_whole_map_is_what_its_layers_see_of_the_input() -> None:
    """A pool that drops the last pixel, then a dense layer: pixel 8 is never read."""
    graph = graph_of([1, 9, 9], {"max_pool": 2}, "flatten", {"linear": 3})
    (field,) = unit_fields(look(graph), 3, ())
    assert field.is_global
    assert (field.window, field.real, field.used) == (None, ((0, 7), (0, 7)), 64)
    # Of 8 it drops none, and all is read for certain.
    for size, is_bound in ((9, True), (8, False)):
        graph = graph_of([1, size, size], {"max_pool": 2}, "flatten", {"linear": 3})
        assert unit_fields(look(graph), 3, ())[0].at_most is is_bound


def test_of_a_vector_there_are_no_pixels() -> None:
    (field,) = unit_fields(look(graph_of([4], {"linear": 3})), 1, ())
    assert (field.window, field.real, field.holes, field.is_global) == (None, (), 0, True)


def test_of_joined_channels_all_are_used_behind_what_reads_each_by_itself() -> None:
    convs = [{"conv": {"out": 2, "k": k, "p": k // 2}, "from": "input"} for k in (3, 5)]
    named = [conv | {"name": name} for conv, name in zip(convs, "ab", strict=True)]
    graph = graph_of([1, 12], *named, {"concat": ["a", "b"]}, "relu")
    (field,) = unit_fields(look(graph), 4, (6,))
    assert (field.window, field.used, field.at_most) == (((4, 8),), 5, False)


def test_path_counts_of_a_norm_leave_it_out_and_say_so() -> None:
    graph = graph_of([2, 5], {"instance_norm": {}}, {"conv": {"out": 1, "k": 3, "p": 1}})
    (paths,) = path_counts(look(graph), 2, (2,))
    assert (paths.first, paths.counts, paths.is_global) == ((1,), (1, 1, 1), True)
    (clean,) = path_counts(look(graph, ignore=["norm"]), 2, (2,))
    assert not clean.is_global


def test_path_counts_beside_a_gate_leave_it_out_and_say_so() -> None:
    conv = {"conv": {"out": 1, "k": 3, "p": 1}, "name": "c"}
    gate = {"global_avg_pool": {"keepdim": True}, "name": "g"}
    graph = graph_of([1, 7], conv, gate, {"mul": ["c", "g"]})
    (paths,) = path_counts(look(graph), 3, (2,))
    assert (paths.first, paths.counts, paths.is_global) == ((1,), (1, 1, 1), True)
    (own,) = path_counts(look(graph), 1, (2,))
    assert not own.is_global


def test_path_counts_by_hand() -> None:
    """Two 3x3: 1 2 3 2 1 on each axis, so their product; a shortcut adds one in the middle."""
    conv = {"conv": {"out": 1, "k": 3, "p": 1}}
    graph = graph_of([1, 9, 9], conv, conv, {"add": ["prev", "input"]})
    (paths,) = path_counts(look(graph), 3, (4, 4))
    row = np.array([1, 2, 3, 2, 1])
    table = np.outer(row, row)
    table[2, 2] += 1
    assert paths.first == (2, 2)
    assert np.array_equal(np.array(paths.counts), table)


def test_path_counts_of_a_pixel_that_many_layers_read() -> None:
    """20 kernels of one tap read each pixel, so that it has 20 paths, where each layer has one."""
    convs = [{"conv": {"out": 1, "k": 1}, "from": "input", "name": f"c{at}"} for at in range(20)]
    graph = graph_of([1, 3], *convs, {"add": [conv["name"] for conv in convs]})
    (paths,) = path_counts(look(graph), 21, (1,))
    assert (paths.first, paths.counts) == ((1,), (20,))


def test_path_counts_larger_than_any_machine_word() -> None:
    """Forty 3-taps: all 3^40 paths arrive, the middle pixel has the central trinomial number."""
    graph = graph_of([1, 101], *[{"conv": {"out": 1, "k": 3, "p": 1}}] * 40)
    (paths,) = path_counts(look(graph), 40, (50,))
    assert sum(paths.counts) == 3**40
    trinomial = [1, 1]
    for n in range(2, 41):
        top = (2 * n - 1) * trinomial[-1] + 3 * (n - 1) * trinomial[-2]
        trinomial.append(top // n)
    assert paths.counts[40] == trinomial[40]


def test_maps_too_large_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(used_pixels, "MAX_BITS", 1000)
    graph = graph_of([1, 64, 64], {"conv": {"out": 1, "k": 21}})
    (field,) = unit_fields(look(graph), 1, (3, 3))
    assert (field.window, field.real, field.used) == (((3, 23), (3, 23)), None, None)
    assert not field.is_counted
    with pytest.raises(TooLargeError):
        path_counts(look(graph), 1, (3, 3))


CONV = {"conv": {"out": 1, "k": 3, "p": 1}}
# Bits of a row are read once a tap, with the bits that it is moved by; a pixel that is looked up
# by itself counts 4,096 beside its row.
WORK = [
    # Unit 4 is the lowest of 5 bits; taps -1, 1 and 3: 3 (5 + 4).
    pytest.param([1, 9], {"conv": {"out": 1, "k": 3, "p": 1, "d": 2}}, (4,), 1, 27, id="a row"),
    # 16 bits below it, taps 4 fields of 4 bits apart: 3 (17 + 16).
    pytest.param([1, 9], {"conv": {"out": 1, "k": 3, "p": 1, "d": 2}}, (4,), 4, 99, id="of paths"),
    # 3 rows of 5 bits looked up, and in each 3 (5 + 2).
    pytest.param([1, 9, 9], CONV, (4, 4), 1, 3 * (4096 + 5) + 3 * 21, id="rows of a map"),
    # 5 is the second of phase 1, whose units are 0, 1, 2: one tap for 3 bits.
    pytest.param([1, 4], {"conv_transpose": {"out": 1, "k": 2, "s": 2}}, (5,), 1, 3, id="phases"),
    # From one pixel: 3 bits, one by one, all on one place; and the place itself.
    pytest.param([1, 1], {"upsample": {"output_size": 4, "mode": "linear", "align_corners": True}},
                 (2,), 1, 3 * 3 + 1, id="one heap"),
    pytest.param([1, 1], {"upsample": {"output_size": 4, "mode": "linear", "align_corners": True}},
                 (2,), 4, 9 // 4 * 9 + 1, id="a heap of paths"),
    # 3 taps from -2 on of 1 bit; then 3 bits are folded one by one.
    pytest.param([1, 5], {"conv": {"out": 1, "k": 3, "p": 2, "padding_mode": "replicate"}}, (0,),
                 1, 3 * (1 + 2) + 3 * (4096 + 3), id="padding that repeats pixels"),
    # Fields of 4 bits: 9 bits of them, which make 2 whole ones.
    pytest.param([1, 5], {"conv": {"out": 1, "k": 3, "p": 2, "padding_mode": "replicate"}}, (0,),
                 4, 3 * (1 + 8) + 2 * (4096 + 9), id="padding that repeats pixels, of paths"),
    # 3 bits of the only row, and one place.
    pytest.param([1, 4, 3], {"permute": [0, 2, 1]}, (1, 2), 1, 4096 + 3 + 4096, id="axes moved"),
]  # fmt: skip


@each(("input", "layer", "unit", "width", "steps"), WORK)
def test_the_way_back_counts_its_work(
    input: list[int], layer: Any, unit: tuple[int, ...], width: int, steps: int
) -> None:
    canvas = Canvas(look(graph_of(input, layer)), width)
    canvas.back(1, unit)
    assert canvas.budget.spent == steps


@pytest.mark.parametrize(
    ("input", "layer", "unit", "bits"),
    [
        pytest.param([1, 20], CONV, (3,), 20, id="a row"),
        pytest.param([1, 9, 7], CONV, (3, 3), 3 * 7, id="three rows"),
        pytest.param([1, 5, 4], {"instance_norm": {}}, (3, 3), 5 * 4, id="a whole map"),
        pytest.param([1, 4, 3], {"permute": [0, 2, 1]}, (1, 2), 12, id="axes moved"),
    ],
)
def test_maps_of_so_many_bits_are_drawn_up(
    input: list[int], layer: Any, unit: Any, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens = look(graph_of(input, layer))
    monkeypatch.setattr(used_pixels, "MAX_BITS", bits)
    assert Canvas(lens).back(1, unit).rows
    monkeypatch.setattr(used_pixels, "MAX_BITS", bits - 1)
    with pytest.raises(TooLargeError):
        Canvas(lens).back(1, unit)


REFUSED = [
    pytest.param((9, 0), "`out` has no unit 9,0: its map is 9x8", "positions go from 0 to 8,7",
                 id="beyond the map"),
    pytest.param((3,), "`out` has the output 1x9x8: a unit has 2 positions, not 1",
                 "its centre is 4, 3", id="too few axes"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "message", "help"), REFUSED)
def test_units_that_do_not_exist(unit: tuple[int, ...], message: str, help: str) -> None:
    graph = graph_of([1, 9, 8], {"conv": {"out": 1, "k": 3, "p": 1}, "name": "out"})
    with pytest.raises(StackError) as caught:
        unit_fields(look(graph), find(graph, "out"), unit)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


@pytest.mark.parametrize(
    ("kernel", "unit", "real"),
    # Of 5 rows and 6 columns the columns become rows.
    [([3, 1], (2, 4), ((4, 4), (2, 4))), ([1, 3], (5, 1), ((1, 3), (5, 5)))],
)
def test_behind_turned_axes_windows_lie_across(
    kernel: list[int], unit: tuple[int, int], real: tuple[tuple[int, int], ...]
) -> None:
    graph = graph_of([1, 5, 6], {"permute": [0, 2, 1]}, {"conv": {"out": 1, "k": kernel}})
    (field,) = unit_fields(look(graph), 2, unit)
    assert (field.window, field.real, field.used) == (real, real, 3)


def test_behind_a_map_made_of_one_pixel_every_unit_sees_it() -> None:
    wide = {"upsample": {"output_size": 8, "mode": "linear", "align_corners": True}}
    graph = graph_of(
        [1, 1], wide, {"conv": {"out": 1, "k": 3, "d": 2}}, {"conv": {"out": 1, "k": 2}}
    )
    for unit in ((0,), (2,)):
        (field,) = unit_fields(look(graph), 3, unit)
        assert (field.window, field.real, field.used) == (((0, 0),), ((0, 0),), 1)
    last = field_report(graph).layers[-1]
    assert last.sizes == (1,)
    assert last.used == 1
    assert last.deviations == (0.0,)
