"""Arrays that are given: every way to get them wrong, and files that mean harm."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc import StackError
from tests.each import each

TEXT = """\
convcalc: 1
input: [3, 5, 5]
layers:
  - {conv: {out: 4, k: 3}, name: stem}
  - flatten
  - {linear: 2, name: head}
"""
NETWORK = convcalc.loads(TEXT, "a.net.yaml")
TWO = convcalc.loads(
    "convcalc: 1\ninput: {left: [2, 4], right: [2, 4]}\nlayers:\n  - {add: [left, right]}\n",
    "b.net.yaml",
)


def weights(**changes: Any) -> dict[str, Any]:
    """All weights; `stem_weight=...` changes `stem.weight`, None leaves it out."""
    found: dict[str, Any] = {
        "stem.weight": np.ones((4, 3, 3, 3), np.float32),
        "stem.bias": np.ones(4),
        "head.weight": np.ones((2, 36)),
        "head.bias": np.ones(2, int),
    }
    found |= {name.replace("_", "."): value for name, value in changes.items()}
    return {name: value for name, value in found.items() if value is not None}


def refused(**options: Any) -> str:
    with pytest.raises(StackError) as caught:
        convcalc.run(NETWORK, **options)
    return str(caught.value)


def test_what_fits() -> None:
    # 27 products of ones and a bias; then 36 of those and a bias.
    found = convcalc.run(NETWORK, np.ones((3, 5, 5)), weights=weights())
    assert found["head"].tolist() == [[36 * 28 + 1] * 2]
    counted = weights() | {"norm.num_batches_tracked": np.array(9)}
    assert convcalc.run(NETWORK, np.ones((2, 3, 5, 5)), weights=counted)["head"].shape == (2, 2)


SPOILT = np.ones((4, 3, 3, 3))
SPOILT[1, 2, 0, 1] = np.nan
SPOILT[2] = np.inf


@each(
    ("changes", "text"),
    [
        pytest.param(
            {"stem_weight": None, "stem_wieght": np.ones((4, 3, 3, 3))},
            "a.net.yaml: error CC961 unknown-array: there is no array `stem.wieght` in the "
            "network\n  help: did you mean `stem.weight`?\n"
            "a.net.yaml:4:5: error CC962 missing-array: layer `stem` was given no `stem.weight` "
            "(4x3x3x3)\n  help: give all weights, or none",
            id="mistyped name",
        ),
        pytest.param(
            {"stem_weight": np.ones((3, 3, 3, 4)), "head_weight": np.ones((36, 2))},
            "a.net.yaml:4:5: error CC963 array-mismatch: array `stem.weight` wants 4x3x3x3, got "
            "3x3x3x4\n  weights have PyTorch's layout\n"
            "  help: turn its axes: numpy.transpose(array, (3, 2, 0, 1))\n"
            "a.net.yaml:6:5: error CC963 array-mismatch: array `head.weight` wants 2x36, got "
            "36x2\n  weights have PyTorch's layout\n"
            "  help: turn its axes: numpy.transpose(array, (1, 0))",
            id="Keras's layout",
        ),
        pytest.param(
            {"stem_weight": np.ones((3, 4, 3, 3))},
            "a.net.yaml:4:5: error CC963 array-mismatch: array `stem.weight` wants 4x3x3x3, got "
            "3x4x3x3\n  weights have PyTorch's layout\n"
            "  help: turn its axes: numpy.transpose(array, (1, 0, 2, 3))",
            id="the layout of a transposed layer",
        ),
        pytest.param(
            {"stem_weight": np.ones((4, 3, 5, 5)), "stem_bias": 3.0},
            "a.net.yaml:4:5: error CC963 array-mismatch: array `stem.weight` wants 4x3x3x3, got "
            "4x3x5x5\n"
            "a.net.yaml:4:5: error CC963 array-mismatch: array `stem.bias` wants 4, got a single "
            "number",
            id="shapes",
        ),
        pytest.param(
            {"stem_bias": np.ones(4, complex), "head_bias": np.array([None, 1], object)},
            "a.net.yaml:4:5: error CC963 array-mismatch: array `stem.bias` holds complex128, "
            "which are no real numbers\n  help: give float32, float64 or integers\n"
            "a.net.yaml:6:5: error CC963 array-mismatch: array `head.bias` holds object, "
            "which are no real numbers\n  help: give float32, float64 or integers",
            id="types",
        ),
        pytest.param(
            {"stem_weight": SPOILT, "stem_bias": [0, 0, -np.inf, 0]},
            "a.net.yaml:4:5: error CC964 not-finite: array `stem.weight` holds NaN at "
            "[1, 2, 0, 1]\n  28 of 108 numbers; places count from 0\n"
            "  help: if it is meant, run it with `finite=False`\n"
            "a.net.yaml:4:5: error CC964 not-finite: array `stem.bias` holds -infinity at [2]\n"
            "  1 of 4 numbers; places count from 0\n"
            "  help: if it is meant, run it with `finite=False`",
            id="not finite",
        ),
        pytest.param(
            {"head_bias": [0, 1e300]},
            "a.net.yaml:6:5: error CC964 not-finite: array `head.bias` holds 1e+300 at [1], too "
            "large for float32\n  1 of 2 numbers; places count from 0",
            id="too large for the type",
        ),
        pytest.param(
            {"head_bias": [[1], [1, 2]]},
            "error CC960 unreadable-array: `head.bias` is no array: setting an array element "
            "with a sequence. The requested array has an inhomogeneous shape after 1 dimensions. "
            "The detected shape was (2,) + inhomogeneous part.\n"
            "  help: give an array of numbers, or lists of equal length",
            id="ragged lists",
        ),
    ],
)
def test_weights_that_do_not_fit(changes: dict[str, Any], text: str) -> None:
    assert refused(weights=weights(**changes)) == text


def test_a_kernel_of_three_axes_in_the_order_of_keras() -> None:
    """3 x 3 x 3 pixels, 2 channels in and 4 out: out and in come first."""
    layer = "{conv: {out: 4, k: 3, bias: false}, name: c}"
    network = convcalc.loads(f"convcalc: 1\ninput: [2, 5, 5, 5]\nlayers: [{layer}]\n")
    with pytest.raises(StackError) as caught:
        convcalc.run(network, weights={"c.weight": np.ones((3, 3, 3, 2, 4))})
    (problem,) = caught.value.problems
    assert problem.message == "array `c.weight` wants 4x2x3x3x3, got 3x3x3x2x4"
    assert problem.help == "turn its axes: numpy.transpose(array, (4, 3, 0, 1, 2))"


def test_weights_want_names() -> None:
    assert refused(weights=[np.ones(3)]) == (
        "error CC926 wrong-type: weights want a mapping or the path of an .npz file, got list\n"
        "  help: write {'LAYER.ARRAY': array}"
    )


@each(
    ("shape", "got"),
    [
        pytest.param(
            (5, 5, 3),
            "5x5x3\n  help: arrays are channels first: numpy.moveaxis(array, -1, 0)",
            id="channels last",
        ),
        pytest.param(
            (2, 5, 5, 3),
            "2x5x5x3\n  help: arrays are channels first: numpy.moveaxis(array, -1, 1)",
            id="channels last, with samples",
        ),
        pytest.param(
            (1, 3, 9, 9),
            "1x3x9x9\n  help: to run it at this size, give the shape too: input=(3, 9, 9)",
            id="another size",
        ),
        pytest.param((0, 3, 5, 5), "0x3x5x5\n  help: give at least one sample", id="no samples"),
        pytest.param(
            (0, 3, 5, 4),
            "0x3x5x4\n  help: to run it at this size, give the shape too: input=(3, 5, 4)",
            id="no samples of another size",
        ),
        pytest.param((2, 2, 3, 5, 5), "2x2x3x5x5", id="an axis more"),
        pytest.param((5, 5), "5x5", id="an axis short"),
        pytest.param((), "a single number", id="a number"),
    ],
)
def test_inputs_that_do_not_fit(shape: tuple[int, ...], got: str) -> None:
    expected = "a.net.yaml: error CC963 array-mismatch: input `input` wants N x 3x5x5, got "
    assert refused(inputs=np.zeros(shape)) == expected + got


@each(
    ("inputs", "options", "text"),
    [
        pytest.param(
            np.zeros((2, 4)),
            {},
            "b.net.yaml: error CC962 missing-array: the network has 2 inputs, and one array was "
            "given\n  help: give arrays by name: `left`, `right`",
            id="one array for two",
        ),
        pytest.param(
            {"left": np.zeros((2, 4)), "rihgt": np.zeros((2, 4))},
            {},
            "b.net.yaml: error CC961 unknown-array: there is no array `rihgt` in the network\n"
            "  help: did you mean `right`?\n"
            "b.net.yaml: error CC962 missing-array: input `right` was not given\n"
            "  help: give an array of N x 2x4, or no inputs at all",
            id="mistyped name",
        ),
        pytest.param(
            {"left": np.zeros((3, 2, 4)), "right": np.zeros((2, 4))},
            {},
            "b.net.yaml: error CC963 array-mismatch: the inputs have different numbers of "
            "samples: 3 of `left` and 1 of `right`",
            id="different batches",
        ),
        pytest.param(
            {"left": np.zeros((3, 2, 4)), "right": np.zeros((3, 2, 4))},
            {"batch": 2},
            "b.net.yaml: error CC963 array-mismatch: the batch is 2, but the inputs hold 3 "
            "samples\n  help: give batch=3 to `run` or `prepare`",
            id="another batch",
        ),
    ],
)
def test_two_inputs(inputs: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.run(TWO, inputs, **options)
    assert str(caught.value) == text


def test_files_give_what_mappings_give(tmp_path: Path) -> None:
    image = np.arange(75.0).reshape(3, 5, 5)
    expected = convcalc.run(NETWORK, image, weights=weights())["head"].tolist()
    np.save(tmp_path / "image.npy", image)
    np.savez(tmp_path / "image.npz", input=image)
    np.savez(tmp_path / "stored.npz", **weights())
    np.savez_compressed(tmp_path / "packed.npz", **weights())
    for image_file in ("image.npy", "image.npz"):
        for weights_file in ("stored.npz", "packed.npz"):
            found = convcalc.run(
                NETWORK, tmp_path / image_file, weights=str(tmp_path / weights_file)
            )
            assert found["head"].tolist() == expected


def header(shape: tuple[int, ...], descr: str = "<f4") -> bytes:
    stream = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, fields)
    return stream.getvalue()


def pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([{}], object))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "`x.npy` is empty", id="empty"),
        pytest.param(
            b"\x80\x04K\x01.", "`x.npy` is neither an .npy nor an .npz file", id="a pickle"
        ),
        pytest.param(
            pickled(), "`x.npy`: it holds Python objects, which are never loaded", id="objects"
        ),
        pytest.param(
            header((10**6, 10**6)) + bytes(64),
            "`x.npy`: it is cut off: its header claims 4,000,000,000,000 bytes, 64 are there",
            id="a header that claims terabytes",
        ),
        pytest.param(
            header((2,)) + bytes(9),
            "`x.npy`: it has bytes to spare: its header claims 8 bytes, 9 are there",
            id="bytes to spare",
        ),
        pytest.param(
            header((-1, 4)), "`x.npy`: its shape (-1, 4) has a negative size", id="negative size"
        ),
        pytest.param(
            b"\x93NUMPY\x09\x00" + bytes(50),
            "`x.npy`: version 9.0 of the format is not for numbers",
            id="version",
        ),
        pytest.param(
            b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
            "`x.npy`: Header info length (65535) is large and may not be safe to load securely.",
            id="long header",
        ),
        pytest.param(
            b"\x93NUMPY\x01\x00\x76\x00" + b"__import__('os').abort()".ljust(0x76),
            "`x.npy`: malformed node or string on line 1: <ast.Call object>",
            id="code in the header",
        ),
        pytest.param(b"PK\x03\x04" + bytes(30), "`x.npy`: File is not a zip file", id="no zip"),
    ],
)
def test_files_that_mean_harm(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(data)
    assert refused(inputs=path) == (
        f"{path}: error CC960 unreadable-array: {text}\n"
        "  help: save numbers with numpy.save or numpy.savez"
    )


def archive(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name.replace("_", ".") + ".npy", data)


def damage(path: Path) -> None:
    """Changes a number of the first array, which is stored as it is."""
    np.savez(path, **weights())
    data = bytearray(path.read_bytes())
    at = data.index(b"\x93NUMPY") + 128 + 40
    data[at] ^= 0xFF
    path.write_bytes(data)


def encrypt(path: Path) -> None:
    np.savez(path, **weights())
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)


def repeat(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for name in ("stem.weight.npy", "stem.weight"):
            packed.writestr(name, header((1,)) + bytes(4))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        pytest.param(
            damage, ", array `stem.weight`: Bad CRC-32 for file 'stem.weight.npy'", id="damaged"
        ),
        pytest.param(encrypt, ", array `stem.weight`: it is encrypted", id="encrypted"),
        pytest.param(repeat, " holds `stem.weight` twice", id="a name twice"),
        pytest.param(
            lambda path: archive(path, **{"../\x1b[31mevil": b"?"}),
            ", array `../\\x1b[31mevil`: EOF: reading magic string, expected 8 bytes got 1",
            id="a hostile name",
        ),
    ],
)
def test_archives_that_mean_harm(tmp_path: Path, make: Callable[[Path], None], text: str) -> None:
    path = tmp_path / "w.npz"
    make(path)
    assert refused(weights=path) == (
        f"{path}: error CC960 unreadable-array: `w.npz`{text}\n"
        "  help: save numbers with numpy.save or numpy.savez"
    )


def test_an_array_that_unpacks_to_much_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    size = 4 * 27 * 10**4
    archive(path, stem_weight=header((4, 3, 3, 3, 10**4)) + bytes(4 * size))
    assert path.stat().st_size < size
    assert "`stem.weight` wants 4x3x3x3, got 4x3x3x3x10000" in refused(weights=path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "it is no regular file" in refused(inputs=pipe)


def test_names_of_files() -> None:
    assert refused(inputs="none.npz") == (
        "none.npz: error CC901 unreadable-file: no such file or directory"
    )
    assert "no file can have this name" in refused(weights="a\0b")


def test_an_array_without_a_name_is_no_weight(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.ones(3))
    assert refused(weights=tmp_path / "w.npy") == (
        "error CC927 wrong-value: weights have names, and an .npy file has none\n"
        "  help: write numpy.savez(file, **{'LAYER.ARRAY': array, ...})"
    )


def test_at_most_a_hundred_findings() -> None:
    unknown = {f"layer{index}.weight": np.ones(1) for index in range(300)}
    with pytest.raises(StackError) as caught:
        convcalc.run(NETWORK, weights=weights() | unknown)
    assert len(caught.value.problems) == 100
