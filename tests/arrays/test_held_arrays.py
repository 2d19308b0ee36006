"""Arrays of model files: what is made of stored ones, by hand."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.arrays.held_arrays import read
from convcalc.network.held import Held, InFile, Made, Written
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

TABLE = Held("t", (2, 3), "int64", Written((1, 2, 3, 4, 5, 6)))


@each(
    ("made", "expected"),
    [
        pytest.param(
            TABLE.made("arranged", (3, 2), sizes=(2, 3), axes=(1, 0)),
            [[1, 4], [2, 5], [3, 6]],
            id="turned",
        ),
        pytest.param(TABLE.made("reshaped", (6,)), [1, 2, 3, 4, 5, 6], id="reshaped"),
        pytest.param(
            TABLE.made("sliced", (2, 2), axis=1, start=0, step=2), [[1, 3], [4, 6]], id="sliced"
        ),
        pytest.param(TABLE.made("scaled", (2, 3), by=2), [[2, 4, 6], [8, 10, 12]], id="scaled"),
        pytest.param(
            Held("v", (2,), "int64", Written((7, 8))).made("repeated", (4,), times=2),
            [7, 7, 8, 8],
            id="repeated",
        ),
        pytest.param(
            TABLE.made("joined", (4, 3), TABLE, axis=0)
            .made("taken", (1, 3), Held("i", (1,), "int64", Written((3,))), axis=0),
            [[4, 5, 6]],
            id="joined and taken",
        ),
        pytest.param(
            Held("q", (2, 1), "int8", Written((10, 20))).made(
                "dequantised", (2, 1), Held("s", (2,), "float32", Written((0.5, 2.0))),
                Held("z", (2,), "int8", Written((0, 10))), axis=0,
            ),
            [[5.0], [20.0]],
            id="dequantised, a scale for each row",
        ),
        pytest.param(
            Held("q", (2, 2), "int8", Written((10, 20, 30, 41))).made(
                "dequantised", (2, 2), Held("s", (2,), "float32", Written((0.5, 2.0))), axis=1,
            ),
            [[5.0, 40.0], [15.0, 82.0]],
            id="dequantised, a scale for each column",
        ),
        pytest.param(
            Held("q", (2, 2), "int8", Written((10, 20, 30, 41))).made(
                "dequantised", (2, 2), Held("s", (), "float32", Written((0.5,))),
                Held("z", (), "int8", Written((1,))), axis=1,
            ),
            [[4.5, 9.5], [14.5, 20.0]],
            id="dequantised by one scale",
        ),
        pytest.param(
            TABLE.made("over", (2, 3), Held("s", (2,), "float32", Written((2.0, 4.0))),
                       shape=(2, 1)),
            [[0.5, 1.0, 1.5], [1.0, 1.25, 1.5]],
            id="over a scale for each row",
        ),
        pytest.param(
            TABLE.made("product", (2, 3), Held("f", (3,), "int64", Written((1, 0, -2)))),
            [[1, 0, -6], [4, 0, -12]],
            id="times a factor for each column",
        ),
        pytest.param(
            TABLE.made("put", (2, 3), Held("i", (2, 2), "int64", Written((0, 2, 1, 0))),
                       Held("v", (2,), "int64", Written((9, 8)))),
            [[1, 2, 9], [8, 5, 6]],
            id="two numbers put",
        ),
    ],
)  # fmt: skip
def test_made_arrays(made: Held, expected: object) -> None:
    assert read(made).tolist() == expected


@each(
    ("element", "data", "expected"),
    [
        pytest.param("float32", struct.pack("<2f", 0.5, -2), [0.5, -2.0], id="float32"),
        pytest.param("float16", struct.pack("<2e", 0.5, -2), [0.5, -2.0], id="float16"),
        # The upper halves of 0x3f000000 and 0xc0000000.
        pytest.param("bfloat16", b"\x00\x3f\x00\xc0", [0.5, -2.0], id="bfloat16"),
        pytest.param("int4", b"\xf1", [1, -1], id="int4, the low half first"),
        pytest.param("uint4", b"\xf1", [1, 15], id="uint4"),
    ],
)
def test_elements_of_a_file(element: str, data: bytes, expected: list[float]) -> None:
    held = Held("x", (2,), element, InFile(b"??" + data, 2, len(data)))  # type: ignore[arg-type]
    assert read(held).tolist() == expected


def test_packed_integers_of_small_types() -> None:
    # 300 and 2 as varints; 0x3c00 is 1.0 as the bits of a float16.
    parts = Held("x", (3,), "uint8", InFile(b"\xac\x02\x02", 0, 3))
    made = Held("x", (2,), "int32", Made("varints", (parts,), {"element": "int32"}))
    assert read(made).tolist() == [300, 2]
    bits = Held("x", (2,), "uint8", InFile(b"\x80\x78", 0, 2))
    half = Held("x", (1,), "float16", Made("varints", (bits,), {"element": "float16"}))
    assert read(half).tolist() == [1.0]
    # 0x3f80 is the upper half of 1.0; -1 has ten bytes.
    bits = Held("x", (3,), "uint8", InFile(b"\x80\x7f\x00", 0, 3))
    brief = Held("x", (2,), "bfloat16", Made("varints", (bits,), {"element": "bfloat16"}))
    assert read(brief).tolist() == [1.0, 0.0]
    whole = Held("x", (12,), "uint8", InFile(b"\x05" + b"\xff" * 9 + b"\x01\x7f", 0, 12))
    three = Held("x", (3,), "int32", Made("varints", (whole,), {"element": "int32"}))
    assert read(three).tolist() == [5, -1, 127]


@pytest.mark.parametrize("count", [2, 4])
def test_packed_integers_are_as_many_as_elements(count: int) -> None:
    parts = Held("x", (4,), "uint8", InFile(b"\xac\x02\x02\x00", 0, 4))
    made = Held("x", (count,), "int32", Made("varints", (parts,), {"element": "int32"}))
    with pytest.raises(ValueError, match=rf"^3 numbers for {count} elements$"):
        read(made)


NODES = [node("Conv", ["x", "w", "b"], ["a"]), node("Relu", ["a"], ["y"])]


def test_a_file_runs_with_its_own_weights(tmp_path: Path) -> None:
    """A kernel of ones over one to nine is 45, less 40."""
    weights = {"w": tensor("w", (1, 1, 3, 3), [1.0] * 9), "b": tensor("b", (1,), [-40.0])}
    path = tmp_path / "net.onnx"
    path.write_bytes(model(NODES, {"x": [1, 1, 3, 3]}, ["y"], weights))
    x = np.arange(1.0, 10.0).reshape(1, 3, 3)
    (y,) = convcalc.run(convcalc.load(path), x).values()
    assert y.tolist() == [[[[5.0]]]]


def test_given_weights_stand_before_those_of_the_file() -> None:
    data = model(NODES, {"x": [1, 1, 3, 3]}, ["y"], {"w": (1, 1, 3, 3), "b": (1,)})
    network = convcalc.loads(data, "net.onnx")
    weights = {"conv.weight": np.ones((1, 1, 3, 3)), "conv.bias": [1.0]}
    (y,) = convcalc.run(network, np.ones((1, 3, 3)), weights=weights).values()
    assert y.tolist() == [[[[10.0]]]]


def test_weights_beside_the_file_that_are_not_there() -> None:
    from tests.importers.onnx_bytes import part, whole

    outside = part(13, part(1, "location") + part(2, "net.onnx.data"))
    sizes = b"".join(whole(1, size) for size in (1, 1, 3, 3))
    stored = sizes + whole(2, 1) + part(8, "w") + outside + whole(14, 1)
    data = model(NODES[:1], {"x": [1, 1, 3, 3]}, ["a"], {"w": stored, "b": (1,)})
    network = convcalc.loads(data, "net.onnx")
    assert convcalc.plan(network).totals.params == 10
    with pytest.raises(convcalc.StackError, match="the weights of `conv` cannot be read"):
        convcalc.run(network)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links are followed here")
def test_weights_lie_behind_no_link(tmp_path: Path) -> None:
    """A file that a link leads to may be any; the same file itself is read."""
    from tests.importers.onnx_bytes import part, whole

    outside = part(13, part(1, "location") + part(2, "net.onnx.data"))
    sizes = b"".join(whole(1, size) for size in (1, 1, 3, 3))
    stored = sizes + whole(2, 1) + part(8, "w") + outside + whole(14, 1)
    path = tmp_path / "net.onnx"
    arrays = {"w": stored, "b": tensor("b", (1,), [1.0])}
    path.write_bytes(model(NODES[:1], {"x": [1, 1, 3, 3]}, ["a"], arrays))
    (tmp_path / "elsewhere").write_bytes(np.ones(9, "<f4").tobytes())
    beside = tmp_path / "net.onnx.data"
    beside.symlink_to("elsewhere")
    with pytest.raises(convcalc.StackError, match="the weights of `conv` cannot be read"):
        convcalc.run(convcalc.load(path))
    beside.unlink()
    (tmp_path / "elsewhere").rename(beside)
    (y,) = convcalc.run(convcalc.load(path), np.ones((1, 3, 3))).values()
    assert y.tolist() == [[[[10.0]]]]


@each("place", ["../x.data", "/etc/passwd", "a/b", "", ".hidden", "a\\b"])
def test_weights_lie_nowhere_but_beside_the_file(place: str) -> None:
    from tests.importers.onnx_bytes import part, whole

    outside = part(13, part(1, "location") + part(2, place))
    stored = whole(1, 1) + whole(2, 1) + part(8, "w") + outside
    data = model(NODES[:1], {"x": [1, 1, 3, 3]}, ["a"], {"w": stored, "b": (1,)})
    with pytest.raises(convcalc.StackError, match="no plain file name beside the model"):
        convcalc.loads(data, "net.onnx")


@each(
    ("element", "length", "said"),
    [
        ("float32", 12, "8 of 12 bytes are there"),
        ("other", 8, "elements of this type are not read"),
    ],
)
def test_bytes_that_are_no_array(element: Any, length: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\0" * 8)
    stored = InFile(str(path), 0, length)
    with pytest.raises(ValueError, match=said):
        read(Held("a", (length // 4,), element, stored))
