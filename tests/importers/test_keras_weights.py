"""The weights of Keras' archives: small models by hand, run with the numbers that are in them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import Problem, StackError
from convcalc.importers.keras.weights import Asked, Weights, _in_archive, by_names
from convcalc.network.held import InFile
from tests.each import each
from tests.importers import hdf5_bytes
from tests.importers.keras_json import archive, layer, sequence, source, written

DENSE = sequence([source("x", 2), layer("Dense", "sum", units=1)])
# 3 * 2 + 5 * 7 + 0.5
WEIGHTS: dict[str, Any] = {
    "layers": {"dense": {"vars": {"0": ((3.0, 5.0), (2, 1)), "1": ((0.5,), (1,))}}}
}


def run(data: bytes, inputs: Any) -> Any:
    found = convcalc.run(convcalc.loads(data, "net.keras"), inputs)
    (array,) = found.values()
    return array.tolist()


def refused(weights: bytes) -> Problem:
    with pytest.raises(StackError) as caught:
        run(archive(DENSE, weights), [[2, 7]])
    (problem,) = caught.value.problems
    return problem


def test_an_archive_runs_with_its_own_weights(tmp_path: Path) -> None:
    data = archive(DENSE, hdf5_bytes.file(WEIGHTS))
    assert run(data, [[2, 7]]) == [[41.5]]
    path = tmp_path / "net.keras"
    path.write_bytes(data)
    found = convcalc.run(convcalc.load(path), [[2, 7]])
    assert found["sum"].tolist() == [[41.5]]


_POLICY = {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}
IN_BYTES = sequence([source("x", 2), layer("Dense", "sum", units=1, dtype=_POLICY)])
# 3 * 2 + 5 * 7 + 0.5, of 6 / 2 and 10 / 2.
WHOLE: dict[str, Any] = {
    "layers": {
        "dense": {"vars": {"0": ((6, 10), (2, 1)), "1": ((0.5,), (1,)), "2": ((2.0,), (1,))}}
    }
}


def test_integers_over_their_scale_are_the_weights_that_they_stand_for() -> None:
    data = archive(IN_BYTES, hdf5_bytes.file(WHOLE))
    assert run(data, [[2, 7]]) == [[41.5]]
    network = convcalc.loads(data, "net.keras")
    assert convcalc.plan(network).totals.params == 3
    assert convcalc.plan(network).notes == (
        "the weights of 1 layer are stored as integers, here as the reals that they stand for: "
        "`sum`; Keras rounds what goes in as well",
    )


def test_rows_of_a_table_have_a_scale_each() -> None:
    fields: dict[str, Any] = {"input_dim": 3, "output_dim": 2, "dtype": _POLICY}
    net = sequence([source("x", 2), layer("Embedding", "rows", **fields)])
    held = {"0": ((1, 2, 6, 10, -4, 8), (3, 2)), "1": ((1.0, 2.0, 4.0), (3,))}
    data = archive(net, hdf5_bytes.file({"layers": {"embedding": {"vars": held}}}))
    # The third row and the second, channels first.
    assert run(data, [[2, 1]]) == [[[-1.0, 3.0], [2.0, 5.0]]]


def test_integers_of_which_nobody_tells_the_scale_are_findings() -> None:
    problem = refused(hdf5_bytes.file(WHOLE))
    assert problem.message.endswith("it is stored as int8, whose scale is not known here")


def test_a_flattened_map_meets_the_weights_of_its_pixels() -> None:
    net = sequence(
        [source("x", 2, 1, 2), layer("Flatten", "flat"), layer("Dense", units=1, use_bias=False)]
    )
    # Two pixels of two channels, channels last in Keras: 1 a0 + 10 b0 + 100 a1 + 1000 b1.
    held = {"layers": {"dense": {"vars": {"0": ((1.0, 10.0, 100.0, 1000.0), (4, 1))}}}}
    data = archive(net, hdf5_bytes.file(held))
    assert run(data, [[[[1], [2]], [[3], [4]]]]) == [[1 + 30 + 200 + 4000]]


def test_a_layer_is_called_after_its_class_and_its_place_in_its_model() -> None:
    inner = sequence([source("y", 1), layer("Dense", "a", units=1, use_bias=False)], "inner")
    net = sequence([source("x", 1), layer("Dense", "b", units=1, use_bias=False), inner,
                    layer("Dense", "c", units=1, use_bias=False)])  # fmt: skip
    one = {"vars": {"0": ((2.0,), (1, 1))}}
    held = {"layers": {
        "dense": one,
        "dense_1": {"vars": {"0": ((3.0,), (1, 1))}},
        "sequential": {"layers": {"dense": {"vars": {"0": ((5.0,), (1, 1))}}}},
    }}  # fmt: skip
    assert run(archive(net, hdf5_bytes.file(held)), [[1]]) == [[30.0]]


def test_weights_that_are_not_there_or_packed_are_drawn() -> None:
    for data in (archive(DENSE), archive(DENSE, hdf5_bytes.file(WEIGHTS), packed=True)):
        assert run(data, [[2, 7]]) != [[41.5]]


def test_an_array_that_is_not_what_the_layer_wants_is_a_finding() -> None:
    wide = {"layers": {"dense": {"vars": {"0": ((1.0,) * 3, (3, 1)), "1": ((0.5,), (1,))}}}}
    problem = refused(hdf5_bytes.file(wide))
    assert problem.slug == "unreadable-array"
    assert problem.message == (
        "array `sum/kernel` of `sum` is not what it says: it is [3, 1] in the file, and [2, 1] here"
    )
    problem = refused(hdf5_bytes.file({"layers": {}}))
    assert problem.message.endswith("the weights have no `layers/dense/vars/0`")


def test_a_list_of_entries_that_begin_before_the_file_is_a_finding(tmp_path: Path) -> None:
    data = bytearray(archive(DENSE, hdf5_bytes.file(WEIGHTS)))
    # The list is said to begin later than it does: all of its entries, earlier.
    place = data.rindex(b"PK\x05\x06") + 16
    (start,) = struct.unpack_from("<I", data, place)
    struct.pack_into("<I", data, place, start + 1000)
    path = tmp_path / "net.keras"
    path.write_bytes(data)
    with pytest.raises(StackError) as caught:
        convcalc.load(path)
    assert [one.slug for one in caught.value.problems] == ["broken-model"]


def test_a_group_without_an_end_is_a_finding() -> None:
    data = bytearray(hdf5_bytes.file(WEIGHTS))
    # The tree of a group leads to itself.
    tree = data.rindex(b"TREE")
    data[tree + 32 : tree + 40] = struct.pack("<Q", tree)
    assert refused(bytes(data)).message.endswith("its groups have no end")


def test_bytes_that_are_no_weights_are_findings() -> None:
    whole = hdf5_bytes.file(WEIGHTS)
    rng = Random(3)
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        cut = data[: rng.randrange(1, len(data))] if rng.random() < 0.3 else data
        found: tuple[Problem, ...] = ()
        try:
            run(archive(DENSE, bytes(cut)), [[2, 7]])
        except StackError as error:
            found = error.problems
        assert {one.slug for one in found} <= {"unreadable-array", "not-finite"}


def test_a_model_says_which_keras_wrote_it_where_the_file_does() -> None:
    told = convcalc.loads(archive(DENSE), "net.keras")
    untold = convcalc.loads(written(DENSE), "net.json")
    producers = [one.model.producer for one in (told, untold)]  # type: ignore[attr-defined]
    assert producers == ["Keras 3.15.1", "Keras"]


def test_weights_that_were_changed_are_told_by_the_checksum_of_their_entry(tmp_path: Path) -> None:
    """The HDF5 file is an entry, of which each array is a part; its bias is what is changed."""
    data = archive(DENSE, hdf5_bytes.file(WEIGHTS))
    place = data.index(struct.pack("<f", 0.5))
    broken = data[:place] + b"\1" + data[place + 1 :]
    path = tmp_path / "net.keras"
    path.write_bytes(broken)
    for network in (convcalc.loads(broken, "net.keras"), convcalc.load(path)):
        with pytest.raises(StackError) as caught:
            convcalc.run(network, [[2, 7]])
        (problem,) = caught.value.problems
        assert problem.slug == "unreadable-array"
        told = "the bytes of `model.weights.h5` are not those that were written: their CRC-32 is "
        assert told in problem.message
        # Of shapes nothing is wrong.
        assert convcalc.plan(network).totals.params == 3


def test_an_array_is_found_where_it_lies_in_a_part_of_a_file() -> None:
    held = bytearray(hdf5_bytes.file({"g": {"a": ((1.0, 2.0), (2,))}}))
    place = held.index(struct.pack("<2f", 1, 2))
    asked = Asked("g", "", 0, "a", ("g",), (2,))

    def found() -> InFile:
        data = b"12345" + bytes(held)
        return Weights("", data, 5, len(held), lambda opened, asked: "g/a").find(asked)[0]

    assert (found().start, found().length) == (5 + place, 8)
    # As the last eight bytes of the weights, and as one byte more than there are.
    address = held.index(struct.pack("<QQ", place, 8))
    struct.pack_into("<Q", held, address, len(held) - 8)
    assert found().start == 5 + len(held) - 8
    struct.pack_into("<Q", held, address, len(held) - 7)
    with pytest.raises(ValueError, match="it ends behind the weights"):
        found()


@each(("asked", "name"), [
    (Asked("layers/dense", "", 0, "kernel", ("a",), (1,)), "layers/dense/vars/0"),
    (Asked("layers/in/layers/dense", "/cell", 2, "bias", ("in", "a"), (1,)),
     "layers/in/layers/dense/cell/vars/2"),
])  # fmt: skip
def test_an_array_of_an_archive_is_named_by_its_place(asked: Asked, name: str) -> None:
    now: Any = SimpleNamespace(names=lambda: ("layers",))
    # As the first archives of Keras 2.12 had them.
    before: Any = SimpleNamespace(names=lambda: ("_layer_checkpoint_dependencies",))
    assert _in_archive(now, asked) == name
    assert _in_archive(before, asked) == name.replace("layers/", "_layer_checkpoint_dependencies/")


CELL = ("rnn/rnn/forward_lstm/cell/kernel:0", "rnn/rnn/backward_lstm/cell/kernel:0")


@each(("arrays", "inside", "layers", "name"), [
    (["d/d/kernel:0", "d/d/bias:0"], "", ("d",), "d/d/kernel:0"),
    (["d/d/depthwise_kernel:0", "d/d/bias"], "", ("d",), "d/d/depthwise_kernel:0"),
    # Of both directions, of several cells, and of models around a layer.
    (CELL, "/forward_layer/cell", ("rnn",), CELL[0]),
    (CELL, "/backward_layer/cell", ("rnn",), CELL[1]),
    (["m/a/kernel:0", "m/b/kernel:0"], "", ("m", "b"), "m/b/kernel:0"),
    (["m/a_1/kernel:0", "m/ab/kernel:0"], "", ("m", "a"), "m/a_1/kernel:0"),
    (["m/query/kernel:0", "m/key/kernel:0"], "/query_dense", ("m",), "m/query/kernel:0"),
    (["m/my_key/kernel", "m/query_2/kernel"], "/query_dense", ("m",), "m/query_2/kernel"),
    (["m/my_key/kernel", "m/query_2/kernel"], "/_key_dense", ("m",), "m/my_key/kernel"),
])  # fmt: skip
def test_an_array_of_a_whole_model_is_found_by_the_words_of_its_name(
    arrays: Sequence[str], inside: str, layers: tuple[str, ...], name: str
) -> None:
    opened: Any = SimpleNamespace(arrays=lambda group: arrays)
    asked = Asked("layers/any", inside, 0, "kernel", layers, (1,))
    assert by_names(opened, asked) == f"model_weights/{layers[0]}/{name}"
