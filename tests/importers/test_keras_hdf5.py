"""HDF5 files of whole Keras models: small ones by hand, as Keras 2 and 3 write them."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import Problem, StackError
from convcalc.importers.keras import hdf5
from convcalc.importers.keras.hdf5 import BrokenError, Hdf5
from tests.each import each
from tests.importers import hdf5_bytes
from tests.importers.keras_json import graph, layer, sequence, source, two, written

DENSE = sequence([source("x", 2), layer("Dense", "sum", units=1)])
# 3 * 2 + 5 * 7 + 0.5
KERNEL, BIAS = ((3.0, 5.0), (2, 1)), ((0.5,), (1,))


def saved(
    net: Any, weights: dict[str, Any], version: str = "2.15.0", is_long: bool = True
) -> bytes:
    texts = {
        "keras_version": (version, False),
        "backend": ("tensorflow", False),
        "model_config": (json.dumps(net), is_long),
    }
    return hdf5_bytes.file({"model_weights": weights}, texts)


def run(data: bytes, inputs: Any) -> Any:
    (array,) = convcalc.run(convcalc.loads(data, "net.h5"), inputs).values()
    return array.tolist()


def refused(data: bytes, inputs: Any = None) -> Problem:
    with pytest.raises(StackError) as caught:
        run(data, inputs)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param({"sum": {"sum": {"kernel:0": KERNEL, "bias:0": BIAS}}}, id="Keras 2"),
        pytest.param({"sum": {"net": {"sum": {"kernel": KERNEL, "bias": BIAS}}}}, id="Keras 3"),
    ],
)
@pytest.mark.parametrize("is_long", [True, False], ids=["long", "short"])
def test_a_file_runs_with_its_own_weights(weights: Any, is_long: bool, tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    path.write_bytes(saved(DENSE, weights, is_long=is_long))
    network = convcalc.load(path)
    assert network.name == "net"
    assert convcalc.run(network, [[2, 7]])["sum"].tolist() == [[41.5]]
    assert run(path.read_bytes(), [[2, 7]]) == [[41.5]]


def test_a_configuration_of_more_than_an_attribute_holds_is_read() -> None:
    # 64 KiB is what stands in the header of an object.
    net = sequence([source("x", 2), *(layer("ReLU", f"{n:0300}") for n in range(300))])
    assert len(json.dumps(net)) > 1 << 16
    assert len(convcalc.plan(convcalc.loads(saved(net, {}))).rows) == 300


def test_an_array_is_found_by_the_names_of_its_layer_and_of_the_models_around_it() -> None:
    one: dict[str, Any] = {"use_bias": False, "units": 1}
    inner = sequence([source("y", 1), layer("Dense", "a", **one), layer("Dense", "b", **one)], "in")
    net = sequence([source("x", 1), inner, layer("Dense", "a", **one)])
    number = {name: {"kernel:0": ((value,), (1, 1))} for name, value in (("a", 2.0), ("b", 3.0))}
    weights = {"in": {"in": number}, "a": {"a_1": {"kernel:0": ((5.0,), (1, 1))}}}
    assert run(saved(net, weights), [[1]]) == [[30.0]]
    # As Keras 2 wrote a model that had been loaded and built once more.
    again = {"in": {f"{name}_1": held for name, held in number.items()}, "a": weights["a"]}
    assert run(saved(net, again), [[1]]) == [[30.0]]


def test_low_rank_arrays_are_added_to_their_kernel() -> None:
    # (3 + 1/2 * 2 * 4) * 2 + (5 + 1/2 * -6 * 4) * 7, as Keras adds alpha over rank times a @ b.
    fields: dict[str, Any] = {"units": 1, "use_bias": False, "lora_rank": 2, "lora_alpha": 1}
    net = sequence([source("x", 2), layer("Dense", "sum", **fields), layer("ReLU", "end")])
    thin = {
        "lora_kernel_a": ((2.0, 0.0, -6.0, 0.0), (2, 2)),
        "lora_kernel_b": ((4.0, 9.0), (2, 1)),
    }
    data = saved(net, {"sum": {"sum": {"kernel": KERNEL, **thin}}}, "3.15.1")
    assert run(data, [[2, 7]]) == [[0.0]]
    assert run(data, [[2, -7]]) == [[14.0 + 49.0]]
    assert convcalc.plan(convcalc.loads(data, "net.h5")).notes == (
        "the low-rank arrays beside 1 kernel are not counted; a run adds them to it: `sum`",
    )


def test_both_directions_have_their_own_arrays() -> None:
    fields: dict[str, Any] = {
        "units": 1,
        "use_bias": False,
        "activation": "relu",
        "return_sequences": True,
    }
    cell = layer("SimpleRNN", "rnn", **fields)
    net = sequence([source("x", 2, 1), layer("Bidirectional", "both", layer=cell)])

    def arrays(kernel: float) -> dict[str, Any]:
        names = {"kernel:0": ((kernel,), (1, 1)), "recurrent_kernel:0": ((0.0,), (1, 1))}
        return {"simple_rnn_cell": names}

    held = {"both": {"forward_rnn": arrays(2.0), "backward_rnn": arrays(3.0)}}
    # Steps 5 and 7, twice forwards and three times backwards; channels first.
    assert run(saved(net, {"both": held}), [[[5, 7]]]) == [[[10, 14], [15, 21]]]


def test_the_kernel_of_a_depthwise_layer_is_found_by_its_older_name() -> None:
    fields: dict[str, Any] = {"kernel_size": 1, "use_bias": False}
    net = sequence([source("x", 1, 1, 2), layer("DepthwiseConv2D", "dw", **fields)])
    held = {"dw": {"dw": {"depthwise_kernel:0": ((2.0, 3.0), (1, 1, 2, 1))}}}
    assert run(saved(net, held), [[[[5]], [[7]]]]) == [[[[10]], [[21]]]]


def test_what_is_called_as_a_function_is_no_layer_where_no_module_is_told() -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    calls = [{"args": [tensor, 3.0], "kwargs": {}}]
    times = {"class_name": "Multiply", "config": {"name": "m"}, "inbound_nodes": calls}
    net = graph([source("x", 2), times], ["x"], ["m"], "net")
    assert run(saved(net, {}, "3.15.1"), [[2, 7]]) == [[6, 21]]
    # Some functions have a type of their own, as layers have.
    fields = {"name": "m", "axis": -1, "dtype": None}
    calls = [{"args": [tensor], "kwargs": {}}]
    total = {"class_name": "Prod", "config": fields, "inbound_nodes": calls}
    net = graph([source("x", 2), total], ["x"], ["m"], "net")
    assert run(saved(net, {}, "3.15.1"), [[2, 7]]) == [[14]]
    # And some layers do not say whether they are trained.
    drop = {
        "class_name": "SpatialDropout1D",
        "config": {"name": "m", "rate": 0.5, "dtype": "float32"},
    }
    net = graph([source("x", 1, 2), {**drop, "inbound_nodes": calls}], ["x"], ["m"], "net")
    assert run(saved(net, {}, "3.15.1"), [[[2], [7]]]) == [[[2], [7]]]


def test_weights_that_are_missing_or_several_are_findings() -> None:
    problem = refused(saved(DENSE, {"sum": {"sum": {"kernel:0": KERNEL}}}), [[2, 7]])
    assert problem.slug == "unreadable-array"
    assert problem.message.endswith("the weights of `sum` have no array for `sum/bias`")
    several = {"sum": {"a": {"kernel:0": KERNEL, "bias:0": BIAS}, "b": {"bias:0": BIAS}}}
    problem = refused(saved(DENSE, several), [[2, 7]])
    assert problem.message.endswith("the weights of `sum` have 2 arrays for `sum/bias`")


def test_weights_alone_are_named_with_what_makes_a_model_of_them() -> None:
    problem = refused(hdf5_bytes.file({"sum": {}}, {"keras_version": ("2.15.0", False)}))
    assert problem.slug == "foreign-format"
    assert (
        problem.message == "this is an HDF5 file without a model of Keras: weights, or other data"
    )
    assert 'model.load_weights("model.h5"); model.save("model.keras")' in problem.help


@pytest.mark.parametrize(
    ("at", "byte", "why"),
    [
        pytest.param(
            8, 2, "it is no HDF5 file of superblock 0", id="a later version of the format"
        ),
        pytest.param(13, 4, "its addresses are not of 8 bytes", id="short addresses"),
        pytest.param(13, 16, "its addresses are not of 8 bytes", id="long addresses"),
        pytest.param(14, 4, "its addresses are not of 8 bytes", id="short lengths"),
        pytest.param(14, 16, "its addresses are not of 8 bytes", id="long lengths"),
        pytest.param(71, 1, "it ends within what it says it holds", id="no root"),
        pytest.param(71, 200, "it ends within what it says it holds", id="a root that cannot be"),
    ],
)
def test_a_file_of_another_layout_is_refused(at: int, byte: int, why: str, tmp_path: Path) -> None:
    data = bytearray(saved(DENSE, {}))
    data[at] = byte
    path = tmp_path / "net.h5"
    path.write_bytes(data)
    with pytest.raises(StackError) as caught:
        convcalc.load(path)
    (problem,) = caught.value.problems
    assert problem.slug == "broken-model"
    assert why in problem.message
    assert problem.help.startswith("in Python: keras.models.load_model")


@each(
    ("mark", "shift", "value", "why"),
    [
        pytest.param(b"GCOL", 0, b"GC", "a text of it is not where it says", id="no heap"),
        pytest.param(
            b"GCOL", 8, b"\x10", "a text of it is missing, or too long", id="an empty heap"
        ),
        pytest.param(b"GCOL", 24, b"\xff" * 7, "a text of it is missing", id="a text without end"),
    ],
)
def test_a_configuration_that_is_not_there_is_refused(
    mark: bytes, shift: int, value: bytes, why: str
) -> None:
    data = bytearray(saved(DENSE, {}))
    at = data.rindex(mark) + shift
    data[at : at + 8] = value.ljust(8, b"\0")
    assert why in refused(bytes(data)).message


def test_a_configuration_that_is_no_model_is_refused() -> None:
    data = hdf5_bytes.file({}, {"model_config": ("[1]", True)})
    assert refused(data).message == "this is no whole Keras model: `model_config` is no mapping"


def test_files_of_keras_2_have_its_defaults() -> None:
    net = {"class_name": "Sequential", "config": {"name": "n", "layers": [
        two("GRU", "g", units=2, batch_input_shape=[None, 3, 1], reset_after=True)]}}  # fmt: skip
    plan = convcalc.plan(convcalc.loads(saved(net, {}), "net.h5"))
    # Two biases for each of three gates of two units: 3 * 2 * (1 + 2 + 2).
    assert plan.totals.params == 30
    assert convcalc.loads(saved(net, {})).inputs == convcalc.loads(written(net)).inputs


def of_h5py() -> tuple[bytes, Hdf5]:
    """A file that h5py 3 wrote: arrays of all types, 60 groups in one, six in each other."""
    data = gzip.decompress((Path(__file__).parent / "of_h5py.h5.gz").read_bytes())
    return data, Hdf5(lambda start, length: data[start : start + length])


TYPES = [
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
]


def test_what_h5py_wrote_is_found_where_it_stands() -> None:
    data, file = of_h5py()
    assert sorted(file.names()) == ["empty", "in0", "many", "types"]
    counted = np.arange(6).reshape(2, 3)
    wanted: dict[str, np.ndarray[Any, Any]]
    wanted = {f"types/{one}": (counted * n).astype(one) for n, one in enumerate(TYPES, 1)}
    wanted["types/scalar"] = np.array(2.5, np.float32)
    wanted["types/deep"] = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    for number in range(60):
        wanted[f"many/layer_{number}/kernel:0"] = np.full(number + 1, number, np.float32)
    wanted["in0/in1/in2/in3/in4/in5/last"] = np.arange(3, dtype=np.int32)
    for path, array in wanted.items():
        found = file.dataset(path)
        assert (found.dims, found.element) == (array.shape, array.dtype.name), path
        assert data[found.start : found.start + found.length] == array.tobytes(), path
    groups = ("types", "many", "in0", "empty", "nothing", "types/nothing")
    paths = {f"{group}/{name}" for group in groups for name in file.arrays(group)}
    assert paths == wanted.keys()
    texts = file.texts()
    assert texts.pop("model_config") == '{"a": "é"}' + " " * 3000
    assert texts == {
        "backend": "tensorflow", "keras_version": "2.15.0",
        **{f"more_{number}": "x" * number for number in range(12)},
    }  # fmt: skip


@each(("path", "why"), [
    ("nothing", "the weights have no `nothing`"),
    ("types/int128", "the weights have no `types/int128`"),
    ("types", "`types` is no array"),
    ("types/int8/inner", "a group of it has no table of symbols"),
])  # fmt: skip
def test_what_h5py_did_not_write_is_not_there(path: str, why: str) -> None:
    _, file = of_h5py()
    with pytest.raises(BrokenError) as caught:
        file.dataset(path)
    assert str(caught.value) == why


@each(("word", "other", "why"), [
    *((b"TREE\0", other, "a group of it is no tree of symbols")
      for other in (b"TREF\0", b"TRED\0", b"TREE\1")),
    *((b"HEAP", other, "its names are not where it says") for other in (b"HEAQ", b"HEAO")),
])  # fmt: skip
def test_what_is_not_where_it_is_said_to_be(word: bytes, other: bytes, why: str) -> None:
    data = of_h5py()[0].replace(word, other)
    with pytest.raises(BrokenError, match=f"^{why}$"):
        Hdf5(lambda start, length: data[start : start + length]).dataset("types/int8")


def test_a_file_that_is_cut_ends_within_what_it_says() -> None:
    data, _ = of_h5py()
    for end in range(0, len(data), 997):
        part = data[:end]

        def read(start: int, length: int, part: bytes = part) -> bytes:
            return part[start : start + length]

        with pytest.raises(BrokenError, match="it ends within what it says it holds"):
            Hdf5(read).dataset("in0/in1/in2/in3/in4/in5/last")


def test_addresses_are_counted_from_the_base_that_the_file_states() -> None:
    data, more = hdf5_bytes.file({"g": {"a": ((1.0, 2.0), (2,))}}), 768
    based = data[:24] + struct.pack("<Q", more) + data[32:96] + bytes(more) + data[96:]
    found = Hdf5(lambda start, length: based[start : start + length]).dataset("g/a")
    assert struct.unpack_from("<2f", based, found.start) == (1.0, 2.0)


def test_a_byte_that_is_another_is_told_or_changes_one_thing_alone() -> None:
    """Each byte of a small file that is not 0, as 0, 1 and 255."""
    texts = {"short": ("s", False), "long": ("l", True)}
    data = hdf5_bytes.file({"g": {"a": ((1.0, 2.0), (2,))}}, texts)
    told: set[str] = set()
    for at, byte in enumerate(data):
        for other in {0, 1, 255} - {byte} if byte else ():
            changed = data[:at] + bytes([other]) + data[at + 1 :]
            try:
                file = Hdf5(lambda start, length, held=changed: held[start : start + length])  # type: ignore[misc]
                arrays, _, found = file.arrays("g"), file.texts(), file.dataset("g/a")
            except BrokenError as error:
                told.add(str(error))
            except struct.error:
                # Whoever reads a model says that it ends within what it says it holds.
                continue
            else:
                assert (arrays, found.dims, found.length) == (("a",), (2,), 8)
    assert {one for one in told if "of version" not in one} == {
        "`g/a` has elements of another type",
        "`g/a` is cut off",
        "`g/a` is no array",
        "`g/a` is not there, or not of its shape",
        "`g/a` is packed, or in pieces",
        "a group of it has no table of symbols",
        "a group of it is no tree of symbols",
        "a name of it is not where it says",
        "a text of it is missing, or too long",
        "a text of it is not where it says",
        "it ends within what it says it holds",
        "it is no HDF5 file of superblock 0",
        "its addresses are not of 8 bytes",
        "its names are not where it says",
        "the weights have no `g/a`",
    }
    assert {f"it has object headers of version {version}" for version in (0, 255)} <= told


def test_the_deepest_array_that_is_read_is_33_groups_down() -> None:
    tree: dict[str, Any] = {"last": ((1.0,), (1,))}
    for _ in range(32):
        tree = {"g": tree}
    for down, is_read in ((tree, True), ({"g": tree}, False)):
        data = hdf5_bytes.file({"top": down})
        file = Hdf5(lambda start, length, held=data: held[start : start + length])  # type: ignore[misc]
        if is_read:
            assert file.arrays("top") == ("g/" * 32 + "last",)
        else:
            with pytest.raises(BrokenError, match="its groups have no end"):
                file.arrays("top")


def test_a_name_ends_with_a_byte_of_zero() -> None:
    assert (hdf5._name(b"ab\0cd\0", 3), hdf5._name(b"ab\0", 2)) == ("cd", "")
    for place in (3, 4, 5, 6, 1 << 63):
        with pytest.raises(BrokenError, match="a name of it is not where it says"):
            hdf5._name(b"ab\0cd", place)


@each(("space", "of", "layout"), [(7, 8, 18), (8, 7, 18), (8, 8, 17), (0, 0, 0)])
def test_what_is_told_of_an_array_is_whole(space: int, of: int, layout: int) -> None:
    bodies = {
        hdf5._DATASPACE: bytes(space),
        hdf5._DATATYPE: bytes(of),
        hdf5._LAYOUT: bytes(layout),
    }
    file: Any = SimpleNamespace(_messages=lambda at: bodies.items(), _base=8)
    with pytest.raises(BrokenError, match="`w` is cut off"):
        Hdf5._array(file, 0, "w")


@each("space", [
    # Versions 1 and 2 of the format's dataspace: 4 bytes are reserved in the first one.
    struct.pack("<BBBBIQQ", 1, 2, 0, 0, 0, 2, 3), struct.pack("<BBBBQQ", 2, 2, 0, 1, 2, 3),
])  # fmt: skip
def test_both_versions_of_a_shape_are_read(space: bytes) -> None:
    """Six floats of 4 bytes, 100 bytes behind the base of the file."""
    of = struct.pack("<BBBBI", 0x11, 0x20, 0, 0, 4)
    layout = struct.pack("<BBQQ", 3, 1, 100, 24)
    bodies = {hdf5._DATASPACE: space, hdf5._DATATYPE: of, hdf5._LAYOUT: layout}
    file: Any = SimpleNamespace(_messages=lambda at: bodies.items(), _base=8)
    found = Hdf5._array(file, 0, "w")
    assert (found.dims, found.element, found.start, found.length) == ((2, 3), "float32", 108, 24)
