"""Tables, vectors and texts of FlatBuffers byte by byte, and arrays of TFLite number by number."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convcalc.importers.model import LimitError
from convcalc.importers.tflite.flat import MOST_READ, Flat, FlatError, Span, Table
from convcalc.importers.tflite.reader import Reader, _labels, _samples
from convcalc.importers.tflite.values import Scales
from convcalc.kinds.base.field_values import MAX_COUNT
from convcalc.network.held import Element, Held, InFile, Made, Written
from tests.each import each
from tests.importers.tflite_bytes import Operator, Tensor, model

EIGHT = struct.pack("<II", 1, 2)


@each(("at", "code", "found"), [
    (0, "I", 1), (4, "I", 2), (7, "b", 0), (0, "q", 2 << 32 | 1), (6, "H", 0), (4, "b", 2),
])  # fmt: skip
def test_a_number_at_a_place(at: int, code: str, found: int) -> None:
    assert Flat(EIGHT).number(at, code) == found


@each(("at", "code"), [(-1, "b"), (8, "b"), (5, "I"), (7, "H"), (1, "q"), (1 << 40, "I")])
def test_a_number_outside(at: int, code: str) -> None:
    with pytest.raises(FlatError, match=f"^byte {at:,} lies outside of its 8 bytes$"):
        Flat(EIGHT).number(at, code)


def test_a_vector_ends_with_the_file_at_the_latest() -> None:
    data = b"ab" + struct.pack("<I", 3) + bytes(12)
    assert Flat(data).span(2, 4) == Flat(data).span(2, 1) == Span(6, 3)
    with pytest.raises(FlatError, match="3 elements, for which there are 12 bytes"):
        Flat(data).span(2, 5)
    assert Flat(EIGHT).span(0, 4) == Span(4, 1)


# The fields listed before the table, and behind it: slot 0 is 77, slot 1 is absent.
BEFORE = struct.pack("<HHHHiI", 8, 8, 4, 0, 8, 77)
BEHIND = struct.pack("<iIHHHH", -8, 77, 8, 8, 4, 0)


@each(("data", "at"), [(BEFORE, 8), (BEHIND, 0)])
def test_a_table_has_its_fields_where_they_are_listed(data: bytes, at: int) -> None:
    flat = Flat(data)
    found = flat.table(at)
    assert [found.whole(slot, default=5) for slot in range(4)] == [77, 5, 5, 5]
    assert (found.flag(0), found.flag(1)) == (True, False)
    assert (found.table(1), found.wholes(1), found.text(1)) == (None, (), "")
    assert (found.real(1, 0.5), found.span(2, 4)) == (0.5, None)
    # The table, and its two slots.
    assert flat._left == MOST_READ - 3


@each("length", [0, 2, 3, 10, 9])
def test_a_list_of_fields_is_four_bytes_long_at_least_and_within_the_file(length: int) -> None:
    data = struct.pack("<iIHHHH", -8, 77, length, 8, 4, 0)
    with pytest.raises(FlatError, match="the table at byte 0 has its fields listed at byte 8"):
        Flat(data).table(0)


def test_no_more_is_read_than_a_file_may_have() -> None:
    flat = Flat(EIGHT)
    flat.spend(MOST_READ)
    flat.spend(0)
    with pytest.raises(LimitError, match="has more than 20,000,000 numbers to read"):
        flat.spend(1)


def vector(count: int, held: bytes) -> tuple[Flat, Table]:
    """A table whose slot 0 is a vector of so many elements."""
    flat = Flat(struct.pack("<HHHxxiII", 6, 8, 4, 8, 4, count) + held)
    return flat, flat.table(8)


@each(("length", "read", "cost"), [
    (0, 0, 1), (15, 15, 1), (16, 16, 2), (47, 47, 3), (2000, 2000, 126), (2001, 2000, 126),
])  # fmt: skip
def test_a_text_is_read_up_to_so_many_bytes(length: int, read: int, cost: int) -> None:
    flat, table = vector(length, b"a" * length)
    left = flat._left
    assert table.text(0) == "a" * read
    assert left - flat._left == cost


def test_integers_of_a_vector_are_counted() -> None:
    flat, table = vector(3, struct.pack("<3i", 5, -1, 7))
    left = flat._left
    assert table.wholes(0) == (5, -1, 7)
    assert left - flat._left == 3


def test_tables_of_a_vector_are_as_many_as_it_says_and_no_more_than_may_be() -> None:
    offsets = struct.pack("<2I", 8, 4)
    _, table = vector(2, offsets + struct.pack("<iI", 28, 9))
    # Both lead to one table, whose list of fields is that of the first one.
    assert [one.whole(0) for one in table.tables(0, 2, "things")] == [9, 9]
    with pytest.raises(LimitError, match="has more than 1 things"):
        next(table.tables(0, 1, "things"))
    assert [*table.tables(3, 0, "things")] == []


READER = Reader(bytes(64), b"")


def test_tensors_are_named_by_their_numbers_and_minus_one_is_none() -> None:
    assert READER._indices([0, 4, -1], 5) == (0, 4, -1)
    for one in (5, -2):
        with pytest.raises(FlatError, match=f"^there is no tensor {one} among 5$"):
            READER._indices([0, one], 5)


@each(("inputs", "samples"), [
    ([(2, 5, 6, 3)], 2), ([(2, 5, 6, 3), (2, 7)], 2), ([(2, 7), (2, 5, 6, 3)], 2), ([(7, 3)], 1),
    ([(2, 6, 3)], 1), ([(2, 5, 6, 3), (1, 5, 6, 3)], 1), ([(3, 1, 1, 1, 1)], 3), ([], 1), ([()], 1),
])  # fmt: skip
def test_how_many_samples_go_in(inputs: list[tuple[int, ...]], samples: int) -> None:
    assert _samples(inputs) == samples
    names = [f"x{at}" for at, _ in enumerate(inputs)]
    tensors = {name: Tensor(dims) for name, dims in zip(names, inputs, strict=True)}
    operators = [Operator("RELU", [names[0]], ["y"])] if names else []
    data = model(operators, {**tensors, "y": Tensor([1])}, names, ["y"])
    assert Reader(data, b"").file().samples == samples


@each(("names", "labels"), [
    (["a", "b"], ["a", "b"]), (["a", "a"], ["a#0", "a#1"]), (["", "a"], ["tensor#0", "a"]),
    (["", ""], ["tensor#0", "tensor#1"]), (["a", "a", "a#0"], ["a#0#", "a#1", "a#0"]),
    (["a", "a", "a#0", "a#0#"], ["a#0##", "a#1", "a#0", "a#0#"]),
])  # fmt: skip
def test_a_name_that_several_have_gets_its_number(names: list[str], labels: list[str]) -> None:
    assert _labels(names) == labels


def in_file(element: Element, *values: float, scales: Scales | None = None) -> Held:
    """These numbers as a file has them, from its fifth byte on, as a row."""
    kind = {"bfloat16": "uint16"}.get(element, element)
    data = np.array(values).astype(kind).tobytes()
    held = Held("w", (len(values),), element, Written(()))
    return Reader(b"four" + data, b"")._held(held, scales, Span(4, len(data)))


FEW, MANY = [0.1] * 8, [0.1] * 9


@each(("element", "values", "found"), [
    # Few reals of 4 bytes are the decimals that somebody wrote.
    ("float32", FEW, FEW), ("float32", MANY, [float(np.float32(0.1))] * 9),
    ("float64", [0.123456789] * 2, [0.123456789] * 2), ("float16", [0.5] * 3, [0.5] * 3),
    ("int8", [-3, 7], [-3, 7]), ("int64", [1 << 40], [1 << 40]), ("bool", [1, 0], [True, False]),
    ("int16", [-300, 5], [-300, 5]), ("uint8", [255], [255]), ("int32", [-(1 << 30)], [-(1 << 30)]),
])  # fmt: skip
def test_stored_numbers_are_those_of_the_file(
    element: Element, values: list[float], found: list[float]
) -> None:
    source = in_file(element, *values).source
    assert isinstance(source, Written)
    assert source.values == tuple(found)


@each(("element", "count", "is_read"), [
    ("float32", 256, True), ("float32", 257, False), ("float16", 512, True),
    ("float16", 513, False), ("float64", 128, True), ("float64", 129, False),
    ("bfloat16", 1, False), ("int8", 65_536, True), ("int8", 65_537, False),
    ("int32", 16_384, True), ("int32", 16_385, False),
])  # fmt: skip
def test_arrays_of_so_many_bytes_are_read_at_once(
    element: Element, count: int, is_read: bool
) -> None:
    source = in_file(element, *[1] * count).source
    assert isinstance(source, Written) == is_read
    if not is_read:
        width = np.dtype({"bfloat16": "uint16"}.get(element, element)).itemsize
        assert isinstance(source, InFile)
        assert (source.file, source.start, source.length) == (b"", 4, count * width)


def numbers(element: Element, *values: float) -> Held:
    return Held("", (len(values),), element, Written(values))


def reals_of(held: Held) -> tuple[float, ...] | None:
    return held.source.values if isinstance(held.source, Written) else None


def test_few_integers_stand_for_reals_by_one_scale() -> None:
    """(q - zero) scale, of 8 at most; others are worked out where they are read."""
    one = Scales(numbers("float32", 0.25), numbers("int64", 3), 0)
    of_bytes: tuple[Element, ...] = ("int8", "uint8", "int32")
    for element in of_bytes:
        found = in_file(element, *range(8), scales=one)
        assert (found.element, found.dims) == ("float32", (8,))
        assert reals_of(found) == tuple((q - 3) * 0.25 for q in range(8))
    assert reals_of(in_file("int8", 2, -4, scales=one._replace(zero=None))) == (0.5, -1.0)
    many = in_file("int8", *range(9), scales=one)
    assert isinstance(many.source, Made)
    assert (many.source.how, len(many.source.of), many.source.fields) == (
        "dequantised", 3, {"axis": 0},
    )  # fmt: skip
    # Reals have no scales.
    assert reals_of(in_file("float32", 0.5, scales=one)) == (0.5,)


@each(("dims", "axis", "count", "fits"), [
    ((2, 3), 0, 2, True), ((2, 3), 1, 3, True), ((2, 3), 1, 2, False), ((2, 3), 0, 3, False),
    ((2, 3), 2, 2, False), ((2, 3), -1, 3, False), ((3,), 0, 3, True), ((3,), 2, 3, True),
    ((3,), 0, 2, False), ((2, 3), 5, 1, True),
])  # fmt: skip
def test_scales_stand_along_an_axis_that_is_there(
    dims: tuple[int, ...], axis: int, count: int, fits: bool
) -> None:
    scales = Scales(numbers("float32", *[0.5] * count), None, axis)
    held = Held("w", (*dims[:-1], dims[-1]), "int8", InFile(b"four" + bytes(9), 4, 6))
    if not fits:
        why = rf"^tensor 'w' of \[{', '.join(map(str, dims))}\] has {count} scales$"
        with pytest.raises(FlatError, match=why):
            READER._real(held, scales)
        return
    found = Reader(b"four" + bytes(9), b"")._real(held, scales)
    if count > 1:
        assert isinstance(found.source, Made)
        assert found.source.fields["axis"] == (axis if len(dims) > 1 else 0)


@each(("scale", "zero", "why"), [
    (2, 1, "there are 2 scales and 1 zero point"), (1, 2, "there are 1 scale and 2 zero points"),
])  # fmt: skip
def test_there_are_as_many_zero_points_as_scales(scale: int, zero: int, why: str) -> None:
    spans = {2: Span(8, scale), 3: Span(16, zero)}
    table: Any = SimpleNamespace(span=lambda slot, width: spans[slot], whole=lambda slot: 1)
    with pytest.raises(FlatError, match=f"^{why}$"):
        READER._scales(table)
    for absent in (None, Span(8, 0)):
        spans[2] = absent  # type: ignore[assignment]
        assert READER._scales(table) is None


@each(("code", "later", "word"), [
    # Numbers past 127 stand in the second field alone.
    (0, 0, "ADD"), (3, 0, "CONV_2D"), (127, 130, "BROADCAST_TO"), (0, 1000, "BUILTIN_1000"),
    (-1, -1, "BUILTIN_-1"),
])  # fmt: skip
def test_an_operator_by_its_number(code: int, later: int, word: str) -> None:
    table: Any = SimpleNamespace(whole=lambda slot, code_="i": {0: code, 3: later}[slot],
                                 text=lambda slot: "Mine")  # fmt: skip
    found = READER._code(table)
    assert (found.word, found.is_custom) == (word, False)


def named(inputs: dict[int, str], *signatures: tuple[int, dict[int, str]]) -> dict[str, int]:
    """The inputs by name: tensors by number, and signatures of graphs with names of tensors."""

    def signature(graph: int, names: dict[int, str]) -> Any:
        pairs = [
            SimpleNamespace(whole=lambda slot, code, at=at: at, text=lambda slot, name=name: name)
            for at, name in names.items()
        ]
        return SimpleNamespace(
            whole=lambda slot, code: graph, tables=lambda slot, most, what: pairs
        )

    found: Any = SimpleNamespace(
        tables=lambda slot, most, what: [signature(*one) for one in signatures]
    )
    tensors: Any = {at: SimpleNamespace(label=label) for at, label in inputs.items()}
    return READER._named(found, [*inputs], tensors)


def test_inputs_are_named_by_the_signature_of_the_first_graph() -> None:
    own = {3: "serving_default_a:0", 5: "serving_default_b:0"}
    wanted, without = {"image": 3, "mask": 5}, {"a": 3, "b": 5}
    assert named(own, (0, {3: "image", 5: "mask"})) == wanted
    assert named(own, (0, {5: "mask", 3: "image"})) == wanted
    # That of another graph says nothing.
    assert named(own, (1, {3: "x", 5: "y"}), (0, {3: "image", 5: "mask"})) == wanted
    assert named(own) == named(own, (1, {3: "x", 5: "y"})) == without
    # Nor one of other tensors, of one name for two, or of none.
    assert named(own, (0, {3: "x"})) == named(own, (0, {3: "x", 4: "y"})) == without
    assert named(own, (0, {3: "x", 5: "x"})) == named(own, (0, {3: "x", 5: ""})) == without
    assert named({3: "serving_default_a:0", 5: "a"}) == {"serving_default_a:0": 3, "a": 5}


@each(("given", "least"), [([0, MAX_COUNT], 0), ([-1, MAX_COUNT], -1), ([1] * 16, 0), ([], 0)])
def test_sizes_are_no_more_than_a_count(given: list[int], least: int) -> None:
    assert READER._dims(given, "w", least) == tuple(given)
    more = [[*given[1:], least - 1], [*given[1:], MAX_COUNT + 1]]
    for one in more:
        with pytest.raises(FlatError, match=f"^tensor 'w' has the size {one[-1]}$"):
            READER._dims(one, "w", least)


def test_elements_of_which_nobody_tells_the_bytes_stay_in_the_file() -> None:
    held = READER._held(Held("w", (3,), "other", Written(())), None, Span(8, 5))
    assert isinstance(held.source, InFile)
    assert (held.source.start, held.source.length) == (8, 5)
