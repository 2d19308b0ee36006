"""Solving for layers: complete within its bounds, in the order of its rule, and true when planned.

Completeness is shown by trying every layer, with sizes written out by hand and not by the program.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice, pairwise, product
from math import ceil, floor
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.compare.stacks import Channels
from convcalc.features.solve.candidates import Bounds, Family, Found, Layers
from convcalc.features.solve.constraints import KINDS, Costs, Limits, chain_costs
from convcalc.features.solve.search import Search, Solution
from tests.each import each

Run = Callable[..., Any]
Axes = tuple[int, ...]


def by_hand(family: Family, rounds_up: bool, i: int, layer: Found) -> int | None:
    """The output on the first axis, from the formulas of the guide and of PyTorch."""
    k, s, d, (p, *_), (a, *_) = layer
    span = d * (k - 1) + 1
    if family == "transposed":
        o = (i - 1) * s - 2 * p + span + a
        return o if o > 0 and a < max(s, d) else None
    if family == "pool" and p > k // 2:
        return None
    if not rounds_up:
        return None if i + 2 * p < span else floor((i + 2 * p - span) / s) + 1
    o = ceil((i + 2 * p - span) / s) + 1
    if (o - 1) * s >= i + p:
        o -= 1
    return o if o > 0 else None


def every_layer(family: Family, bounds: Bounds) -> Iterator[Found]:
    for k, s, d in product(bounds.kernel, bounds.stride, bounds.dilation):
        if k == 1 and d > bounds.dilation[0]:
            continue
        span = d * (k - 1) + 1
        most = k // 2 if family == "pool" else span // 2
        pads = range(most + 1) if bounds.padding is None else bounds.padding
        for p in pads:
            for a in range(max(s, d) if family == "transposed" else 1):
                yield Found(k, s, d, (p,), (a,))


BOUNDS = Bounds(range(1, 8), range(1, 5), range(1, 4))
WIDE = Bounds(range(1, 6), range(1, 4), range(1, 3), padding=range(7))


@pytest.mark.parametrize("bounds", [BOUNDS, WIDE], ids=["usual padding", "wide padding"])
@pytest.mark.parametrize(
    ("family", "rounds_up"),
    [("window", False), ("pool", False), ("pool", True), ("transposed", False)],
)
def test_one_layer_is_complete(family: Family, rounds_up: bool, bounds: Bounds) -> None:
    expected: dict[tuple[int, int], set[Found]] = {}
    for i in range(1, 12):
        for layer in every_layer(family, bounds):
            if family == "pool" and layer.padding[0] > layer.kernel // 2:
                continue
            o = by_hand(family, rounds_up, i, layer)
            if o is not None and o <= 40:
                expected.setdefault((i, o), set()).add(layer)
    for (i, o), wanted in expected.items():
        search = Search(Layers(family, rounds_up, bounds), (i,), (o,))
        found = [one.layers[0] for one in search.solutions()]
        assert len(found) == len(set(found))
        assert set(found) == wanted, (i, o)
        assert not search.is_stopped


@pytest.mark.parametrize("family", ["window", "pool", "transposed"])
def test_a_chain_is_complete_and_in_order(family: Family) -> None:
    bounds = Bounds(range(1, 4), range(1, 3))
    layers = Layers(family, False, bounds)
    start, target, count = (5, 2, 3) if family != "transposed" else (2, 6, 3)
    expected = set()
    for chain in product(list(every_layer(family, bounds)), repeat=count):
        size: int | None = start
        for layer in chain:
            size = by_hand(family, False, size, layer) if size is not None else None
        if size == target:
            expected.add(chain)
    search = Search(layers, (start,), (target,), count)
    found = list(search.solutions())
    assert {one.layers for one in found} == expected
    assert len(found) == len(expected) > 50
    ranks = [rank(layers, one) for one in found]
    assert all(before <= after for before, after in pairwise(ranks))


def rank(layers: Layers, chain: Solution) -> list[int]:
    """What speaks against a chain, summed over its layers."""
    total = [0] * 12
    for number, layer in enumerate(chain.layers):
        faults = list(layers.faults(layer))
        before, after = chain.sizes[number], chain.sizes[number + 1]
        faults[1] += layers.unevenness(layer, before, after)
        faults[5] += int(number > 0 and chain.layers[number - 1] != layer)
        faults[7] += layers.dropped(layer, before, after)
        total = [one + other for one, other in zip(total, faults, strict=True)]
    return total


@pytest.mark.parametrize(
    ("family", "start", "target", "count", "first"),
    [
        pytest.param("window", 224, 112, 1, "k3 s2 p1", id="halve"),
        pytest.param("window", 224, 14, 1, "k16 s16 p0", id="patches of ViT"),
        pytest.param("window", 224, 224, 1, "k3 s1 p1", id="keep"),
        pytest.param("pool", 112, 56, 1, "k2 s2 p0", id="pool"),
        pytest.param("transposed", 16, 32, 1, "k4 s2 p1", id="double"),
        pytest.param("window", 224, 7, 5, ", ".join(["k3 s2 p1"] * 5), id="five strides"),
        pytest.param(
            "transposed",
            1,
            64,
            5,
            ", ".join(["k4 s1 p0", *["k4 s2 p1"] * 4]),
            id="DCGAN",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_the_usual_layer_comes_first(
    family: Family, start: int, target: int, count: int, first: str
) -> None:
    bounds = Bounds() if count == 1 else Bounds.for_chain()
    search = Search(Layers(family, False, bounds), (start,), (target,), count)
    found = next(search.solutions())
    words = [f"k{one.kernel} s{one.stride} p{one.padding[0]}" for one in found.layers]
    assert ", ".join(words) == first


def test_two_axes_share_kernel_and_stride() -> None:
    """46x62 to 368x489 with kernel 16 and stride 8 (keras#13231): p = 4x8, a = 0x1."""
    bounds = Bounds(range(16, 17), range(8, 9))
    search = Search(Layers("transposed", False, bounds), (46, 62), (368, 489))
    found = [one.layers[0] for one in search.solutions()]
    assert found[0] == Found(16, 8, 1, (4, 8), (0, 1))
    # By hand: 45*8 - 2p + 16 + a = 368 wants a = 2p - 8; 61*8 - 2p + 16 + a = 489, a = 2p - 15.
    assert {one.padding for one in found} == {(p, 8) for p in (4, 5, 6, 7)}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("family", "start", "target", "count"),
    [
        ("window", (64, 64), (1, 1), 3),
        ("window", (30, 17), (7, 4), 2),
        ("pool", (56,), (7,), 3),
        ("transposed", (1,), (64,), 5),
        ("transposed", (4, 5), (13, 17), 2),
    ],
)
def test_planned_anew_a_chain_gives_the_size(
    family: Family, start: Axes, target: Axes, count: int
) -> None:
    search = Search(Layers(family, False, Bounds.for_chain()), start, target, count)
    chains = list(islice(search.solutions(), 15))
    assert len(chains) == 15
    for chain in chains:
        lines = ["convcalc: 1", f"input: {[4, *start]}", "layers:"]
        for layer in chain.layers:
            fields = f"k: {layer.kernel}, s: {layer.stride}, p: {list(layer.padding)}"
            extra = f", a: {list(layer.extra)}" if family == "transposed" else ""
            out = "" if family == "pool" else "out: 4, "
            lines.append(f"  - {KINDS[family].kind}: {{{out}{fields}{extra}}}")
        plan = convcalc.plan(convcalc.loads("\n".join(lines)))
        assert plan.rows[-1].output[1:] == target
        field = plan.rows[-1].receptive_field
        costs = chain_costs(family, chain, Channels(4, 4, 4))
        assert field is not None
        assert (costs.field, costs.params, costs.macs) == (
            field.most,
            plan.totals.params,
            plan.totals.macs,
        )


def test_constraints_keep_exactly_what_holds() -> None:
    bounds = Bounds(range(1, 4), range(1, 3))
    layers = Layers("window", False, bounds)
    channels = Channels(3, 8, 2)
    everything = list(Search(layers, (9,), (3,), 3).solutions())
    limits = Limits("window", channels, field=range(5, 8), max_params=300, max_macs=900)
    kept = list(Search(layers, (9,), (3,), 3, limits.allow).solutions())
    expected = []
    for chain in everything:
        costs = chain_costs("window", chain, channels)
        assert costs.field is not None
        if 5 <= costs.field[0] <= 7 and costs.params <= 300 and costs.macs <= 900:
            expected.append(chain)
    assert 0 < len(expected) < len(everything)
    assert kept == expected


def test_the_field_of_a_transposed_layer_is_that_of_all_its_units() -> None:
    """From 1 to 2: units of k2 s2 read one pixel; of k3 s2 p1 the second reads two, as for torch's
    shapes (1 - 1) 2 - 2 + 3 + 1 = 2. Among as many units as the input has none does."""
    bounds = Bounds(range(2, 4), range(2, 3))
    layers = Layers("transposed", False, bounds)
    limits = Limits("transposed", Channels(3, 8, 2), field=range(2, 3))
    found = Search(layers, (1,), (2,), 1, limits.allow).solutions()
    # k2 reads one pixel everywhere.
    assert [chain.layers[0].kernel for chain in found] == [3]


def test_the_figures_of_a_transposed_layer_are_those_of_its_output() -> None:
    """Of 5 units, k3 s2 on 2 pixels, the third reads both; 2·3·(3·8) products, as in torch."""
    chain = Solution((Found(3, 2, 1, (0,), (0,)),), ((2,), (5,)))
    assert chain_costs("transposed", chain, Channels(3, 8, 8)) == Costs((2,), 3 * 8 * 3 + 8, 144)


def test_kernels_that_take_no_such_padding_hide_no_others() -> None:
    """A pool of 3 takes no padding of 2: 5 makes 20 of 40, (40 + 4 - 5) // 2 + 1, and 10 of 20."""
    found = convcalc.solve(40, 10, pool=True, layers=2, kernel=(3, 5), stride=2, padding=2)
    (axis,) = found.answers
    assert axis.figures[0].shorthand.count("k5 s2 p2") == 2


def test_patchgan_is_found_by_its_field(ask: Run) -> None:
    """Isola et al. 2017: 70 pixels, three strides of 2, kernel 4; 30x30 patches of 256x256."""
    line = "solve 256 30 --layers 5 --kernel 4 --stride 1:2 --padding 1 --receptive-field 70 -q"
    result = ask(line)
    assert result.code == 0
    assert "k4 s2 p1 , k4 s2 p1 , k4 s2 p1 , k4 s1 p1 , k4 s1 p1" in result.out.splitlines()


def test_the_bound_on_work_is_honest(ask: Run) -> None:
    search = Search(Layers("window", False, Bounds.for_chain()), (512,), (1,), 9, max_work=500)
    assert list(search.solutions()) == []
    assert search.is_stopped
    result = ask("solve 512 1 --layers 9 --max-work 500")
    assert result.code == 1
    assert result.out.startswith("no answer so far\n")
    assert "after 500 looks: there may be more" in " ".join(result.out.split())


@pytest.mark.thorough
def test_a_single_layer_with_wide_bounds_stops_too() -> None:
    bounds = Bounds(range(1, 10**6), range(1, 10**6))
    search = Search(Layers("window", False, bounds), (224,), (112,), max_work=5000)
    found = list(search.solutions())
    assert search.is_stopped
    assert found


def test_huge_sizes_stay_exact() -> None:
    size = 10**17
    search = Search(Layers("window", False, Bounds()), (2 * size,), (size,))
    assert next(search.solutions()).layers[0] == Found(3, 2, 1, (1,), (0,))


def test_the_answer(ask: Run) -> None:
    result = ask("solve 46x62 368x489 --transposed --k 16 --s 8")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "k16 s8 p4x8 a0x1"
    assert lines[2] == "46x62 to 368x489: transposed convolutions, 4 in all"
    assert lines[4:10] == [
        "  layer             padding  overlap",
        "  ──────────────────────────────────",
        "  k16 s8 p4x8 a0x1           even",
        "  k16 s8 p5x8 a2x1           even",
        "  k16 s8 p6x8 a4x1           even",
        "  k16 s8 p7x8 a6x1           even",
    ]
    assert "complete  5 looks, nothing within the bounds is left out" in lines


def test_nothing_found_says_what_would_do(ask: Run) -> None:
    result = ask("solve 64 1")
    assert result.code == 1
    assert result.out.startswith("no answer within the bounds\n")
    assert "\nwider     k64 s64 p0 would do: --kernel 64 --stride 64\n" in result.out


def test_what_is_quiet_can_be_asked_of_shape(ask: Run) -> None:
    for line in ("1 64 --transposed --layers 5", "75 38 --pool --ceil", "64 1 --layers 4"):
        start, target = line.split()[:2]
        for words in ask(f"solve {line} --limit 4 -q").out.splitlines():
            assert ask(f"shape {start} {words} -q").out == f"{target}\n", words


def test_json(ask: Run) -> None:
    data = json.loads(ask("solve 224 112 --limit 1 --format json").out)
    (answer,) = data["answers"]
    assert (data["version"], answer["total"], answer["stopped"]) == (1, 32, False)
    assert answer["solutions"][0]["layers"] == [
        {"kernel_size": 3, "stride": 2, "padding": [1], "dilation": 1, "output_padding": [0]}
    ]


@each(
    ("line", "message"),
    [
        ("solve 0 5", "wants a size, 1 or more on each axis, got `0`"),
        ("solve -- 5 -5", "wants a size, 1 or more on each axis, got `-5`"),
        ("solve 3x4 @5x6x7", "3x4 has 2 axes, 5x6x7 has 3"),
        ("solve 5 3 --kernel 0", "wants a number, 1 or more, or a range of them, got `0`"),
        ("solve 5 3 --kernel 5:3", "wants a number, 1 or more, or a range of them, got `5:3`"),
        ("solve 5 3 --stride two", "wants a number, 1 or more, or a range of them, got `two`"),
        ("solve 5 3 --pool --transposed", "give one of --conv, --pool and --transposed"),
        ("solve 5 3 --ceil", "--ceil is for pools alone; give --pool too"),
        ("solve 5 3 --max-params 5K", "costs depend on the channels"),
        ("solve 5 3 -c 4 --max-params few", "wants a count, got `few`"),
        ("solve 5 3 --layers 65", "65 layers are too many"),
    ],
)
def test_bad_usage(ask: Run, line: str, message: str) -> None:
    result = ask(line)
    assert result.code == 2
    assert message in result.err


def test_costs_of_one_axis_say_so(ask: Run) -> None:
    """7 * 64 * 64 + 64 on an axis, 49 * 64 * 64 + 64 on a map, as `compare` counts."""
    words = "--receptive-field 7 --stride 1 --channels 64"
    out = ask(f"solve 32 32 {words}").out
    assert "28,736" in out
    assert "read as one axis (a map: 32x32 32x32)" in out
    out = ask(f"solve 32x32 32x32 {words}").out
    assert "200,768" in out
    assert "read as" not in out


@pytest.mark.parametrize(
    ("sizes", "says"), [(["112", "224"], True), (["224", "3"], False), (["2", "4", "-t"], False)]
)
def test_without_an_answer_larger_sizes_are_told_of_transposed_layers(
    run: Run, sizes: list[str], says: bool
) -> None:
    out = run("solve", *[one.replace("-t", "--transposed") for one in sizes]).out
    assert ("--transposed asks for layers that enlarge" in out) == says


def test_costs_are_told_where_channels_are() -> None:
    """3 channels of 4 positions become 5: 2*3*5 weights and 5 biases, at 2 positions."""
    asked: dict[str, Any] = {"kernel": 2, "stride": 2, "padding": 0, "limit": 1}
    cases: tuple[tuple[dict[str, Any], object], ...] = (
        ({"cin": 3, "channels": 5}, (35, 60)),
        ({}, (None, None)),
        ({"cin": 3, "channels": 3, "pool": True}, (None, None)),
    )
    for more, costs in cases:
        (one,) = convcalc.solve(4, 2, **asked, **more).answers[0].figures
        assert (one.params, one.macs) == costs


@each(("asked", "name"), [
    ({"channels": 0}, "channels"),
    ({"channels": 4, "cin": 0}, "cin"),
    ({"channels": 4, "cout": 0}, "cout"),
])  # fmt: skip
def test_a_layer_has_a_channel_at_least(asked: dict[str, Any], name: str) -> None:
    with pytest.raises(StackError, match=f"{name} wants an integer, 1 or more, got `0`"):
        convcalc.solve(9, 4, **asked)
    ones: dict[str, Any] = dict.fromkeys(asked, 1)
    assert convcalc.solve(9, 4, limit=1, **ones).answers


@each(("limit", "least"), [
    # 2 channels to 2, a kernel of 2 in steps of 2 over 8 pixels: 4 positions.
    ("max_macs", 2 * 2 * 2 * 4),
    ("max_params", 2 * 2 * 2 + 2),
])  # fmt: skip
def test_a_limit_on_costs_includes_itself(limit: str, least: int) -> None:
    kernel: dict[str, Any] = {"kernel": 2, "stride": 2, "padding": 0, "channels": 2}
    assert convcalc.solve(8, 4, **(kernel | {limit: least})).answers[0].solutions
    assert not convcalc.solve(8, 4, **(kernel | {limit: least - 1})).answers[0].solutions
