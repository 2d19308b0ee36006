"""How a chain in words is read: its size, its channels, the map that it is counted on."""

from __future__ import annotations

import pytest

from convcalc.core.errors import StackError
from convcalc.features.rf.chain_words import on_small_input, place_chain, read_chain
from tests.each import each
from tests.rf.reports import report_of


@each(
    ("chain", "sizes"),
    [
        pytest.param("224x192 k3", (1, 224, 192), id="two axes"),
        pytest.param("224x192 conv 64 k3", (1, 224, 192), id="two axes, filters or not"),
        pytest.param("3x224x192 k3", (3, 224, 192), id="three numbers begin with channels"),
        pytest.param("3@224x192 k3", (3, 224, 192), id="channels marked"),
        pytest.param("3@224 k3 d1,2", (3, 224), id="channels marked before one axis"),
        pytest.param("@9x8x7 k3", (1, 9, 8, 7), id="three axes, marked"),
        pytest.param("9x8x7 k3x3x1 , k1", (1, 9, 8, 7), id="three axes, listed"),
        pytest.param("9x8 k3 g4 , k1 g6 , k3 dw", (12, 9, 8), id="as many as the groups need"),
    ],
)
def test_a_chain_reads_its_size_as_shape_does(chain: str, sizes: tuple[int, ...]) -> None:
    network, is_placed = read_chain(chain.split())
    assert is_placed
    # Where no channels are named, one stands for any.
    assert network.graph().inputs == {"input": sizes}


@each(
    "chain",
    [
        pytest.param("3x9x9 k3 dw", id="depthwise, behind channels"),
        pytest.param("3x9x9 k3 , k3 g2", id="filters that nobody counts"),
        pytest.param("2d k3 dw , k3 g2", id="of any size"),
        pytest.param("2d k3 g4", id="groups of any size"),
    ],
)
def test_groups_fit_where_nobody_counts_filters(chain: str) -> None:
    graph, _ = place_chain(chain.split())
    assert len(graph.layers) == chain.count(",") + 1


def test_a_repair_of_a_chain_is_in_its_words() -> None:
    with pytest.raises(StackError) as caught:
        place_chain(["3x9x9", "k3", "g2"])
    (problem,) = caught.value.problems
    assert (problem.slug, problem.help) == ("groups-indivisible", "use `g1` or `g3`")


@each(
    ("chain", "sizes"),
    [
        # A field of 11 with stride 2: the second multiple of 4·2 from 2·11 on, or the third.
        pytest.param("2d k7 s2 , k3", (1, 32, 32), id="a stride of 2"),
        pytest.param("1d k3 s3", (1, 24), id="a stride of 3"),
        # Strides of 2, 6 and 6 and a field of 3 + 2·2 + 4·6 = 31 make steps of 24.
        pytest.param("2d k3 s2 , k3 s3 , k5", (1, 96, 96), id="strides of 2 and 6"),
        pytest.param("1d conv_transpose k4 s2", (1, 16), id="a stride of a half"),
        pytest.param("3d k1", (1, 8, 8, 8), id="a single voxel"),
        pytest.param("2d k3 g2", (2, 12, 12), id="groups"),
    ],
)
def test_a_chain_of_any_size_is_counted_on_a_small_one(chain: str, sizes: tuple[int, ...]) -> None:
    report = on_small_input(report_of(chain), chain.split())
    assert report.lens.graph.inputs == {"input": sizes}


@each("rank", [1, 2, 3])
def test_a_chain_of_any_size_has_the_axes_that_it_says(rank: int) -> None:
    report = report_of(f"{rank}d max_pool 2")
    assert [len(field.axes) for field in report.layers] == [rank]


@pytest.mark.thorough
@each("many", [100_000, 60_000])
def test_a_chain_of_more_layers_than_are_read_is_told_in_its_words(many: int) -> None:
    with pytest.raises(StackError) as caught:
        read_chain(["2d", "k3", f"x{many}"])
    (problem,) = caught.value.problems
    assert problem.slug == "too-many-layers"
    assert "file has" not in problem.message
    assert problem.help.startswith("repeat less")
