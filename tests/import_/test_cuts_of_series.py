"""Where a series of layers whose fields differ is cut into lines, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from convcalc.features.import_.layer_lists import Ref
from convcalc.features.import_.lines_of_parts import Lines
from tests.each import each

A, B, C = 64, 128, 256


def cuts(is_named: bool = False, **fields: list[int]) -> list[tuple[int, int]]:
    """The lines of a series whose parts have these fields, as (first, end)."""
    (length,) = {len(values) for values in fields.values()}
    series: Any = SimpleNamespace(is_named=is_named, parts=[*range(length)])
    lines: Any = SimpleNamespace(
        _columns=lambda column: [
            (name, [(value,)]) for name, values in fields.items() for value in [values[column[0]]]
        ]
    )
    return Lines._segments(lines, [series])


@each(("widths", "wanted"), [
    ([A, A, B, B], [(0, 2), (2, 4)]), ([A, A, A, B], [(0, 3), (3, 4)]),
    ([A, A, B], [(0, 2), (2, 3)]), ([A, A, B, B, C], [(0, 2), (2, 4), (4, 5)]),
    ([A, A, B, C, C, C], [(0, 2), (2, 3), (3, 6)]), ([A, B, B, A, A], [(0, 1), (1, 3), (3, 5)]),
    # Of one width, or of more lines than half of the parts.
    ([A, A, A], [(0, 3)]), ([A, B], [(0, 2)]), ([A, B, A], [(0, 3)]), ([A, A, B, C], [(0, 4)]),
    # A first one that differs begins a series of eight, and not a longer one.
    ([A, B, B, B], [(0, 4)]), ([A, *[B] * 7], [(0, 8)]), ([A, *[B] * 8], [(0, 1), (1, 9)]),
])  # fmt: skip
def test_a_series_is_cut_where_its_width_changes(
    widths: list[int], wanted: list[tuple[int, int]]
) -> None:
    assert cuts(out=widths) == wanted


def test_a_series_is_cut_by_its_widths_first_and_by_the_field_of_fewest_values() -> None:
    assert cuts(stride=[1, 1, 2, 2], out=[A, A, A, B]) == [(0, 3), (3, 4)]
    assert cuts(out=[A, A, B, B, C], groups=[A, A, A, A, B]) == [(0, 4), (4, 5)]
    assert cuts(out=[A, B, A, B], stride=[1, 1, 1, 2]) == [(0, 3), (3, 4)]


def test_a_series_of_eight_that_has_a_name_is_one() -> None:
    assert cuts(is_named=True, out=[A] * 4 + [B] * 4) == [(0, 8)]
    assert cuts(is_named=True, out=[A] * 4 + [B] * 5) == [(0, 4), (4, 9)]
    assert cuts(out=[A] * 4 + [B] * 4) == [(0, 4), (4, 8)]


# What a series of five parts reads: its input, and two more layers for each part.
READS = [Ref(0), *(Ref(10 * part + other) for part in range(1, 6) for other in (1, 2))]
PREVIOUS = Ref(word="prev")


def written(segments: list[tuple[int, int]], lists: int) -> tuple[list[Any], list[str]]:
    """What the lines of a series are made of that is cut so, with so many lists in each line."""
    body: Any = SimpleNamespace(arguments=SimpleNamespace(found=["before"]))

    def series(body: Any, cells: Any, own: list[list[Ref]]) -> Any:
        body.arguments.found.append("new")
        return SimpleNamespace(each=dict.fromkeys(range(lists)), made=(cells, own))

    lines: Any = SimpleNamespace(
        _segments=lambda column: segments,
        _series=series,
        _single=lambda body, members, own: SimpleNamespace(made=(members, own)),
    )
    part: Any = SimpleNamespace(parts=["a", "b", "c", "d", "e"])
    found: list[Any] = [*Lines._uneven(lines, body, [None, part], READS)]
    return [line.made for line in found], body.arguments.found


def test_each_part_of_a_series_reads_what_is_its_own() -> None:
    made, found = written([(0, 2), (2, 5)], 3)
    first = [[READS[0], Ref(11), Ref(12)], [PREVIOUS, Ref(21), Ref(22)]]
    second = [[PREVIOUS, Ref(10 * part + 1), Ref(10 * part + 2)] for part in (3, 4, 5)]
    assert made == [([None, ["a", "b"]], first), ([None, ["c", "d", "e"]], second)]
    assert found == ["before", "new", "new"]


def test_lines_with_more_than_three_lists_are_written_part_by_part() -> None:
    made, found = written([(0, 1), (1, 3), (3, 5)], 4)
    assert [members for members, _ in made] == [[None, name] for name in "abcde"]
    assert [own[1:] for _, own in made] == [
        [Ref(10 * part + 1), Ref(10 * part + 2)] for part in range(1, 6)
    ]
    assert [own[0] for _, own in made] == [READS[0], *[PREVIOUS] * 4]
    # What the lines would have been given is not needed.
    assert found == ["before"]
