"""What a file is, by its first bytes: foreign formats are named, and never called broken YAML."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

import convcalc
from convcalc import importers
from convcalc.core.errors import StackError
from tests.each import each
from tests.ending import ending
from tests.importers.onnx_bytes import part, whole
from tests.importers.planning import refused


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name in names:
            opened.writestr(name, "{}")
    return stream.getvalue()


FOREIGN = {
    "TorchScript archive": archive("m/data.pkl", "m/code/__torch__.py", "m/version"),
    "pickled PyTorch checkpoint": archive("m/data.pkl", "m/data/0", "m/version"),
    "safetensors file": (0x50).to_bytes(8, "little") + b'{"weight":{"dtype":"F32"}}',
    "Darknet configuration": b"# YOLO\n\n[net]\nbatch=64\nwidth=416\n[convolutional]\n",
    "Caffe network": b'name: "LeNet"\nlayer {\n  name: "data"\n  type: "Input"\n}\n',
    "Python source": b'"""A model."""\n\nimport torch.nn as nn\n\nclass Net(nn.Module): ...\n',
    "Ultralytics YAML model": b"nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - []\n",
    "Hugging Face configuration": b'{\n "architectures": ["ViTModel"],\n "model_type": "vit"\n}',
    "OpenVINO model": b'<?xml version="1.0"?>\n<net name="m" version="11">\n</net>',
    "zip archive": archive("notes.txt"),
    "pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n",
    "gzip archive": b"\x1f\x8b\x08\0\0\0\0\0",
    "PNG picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "JPEG picture": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "NumPy array": b"\x93NUMPY\x01\0v\0{'descr': '<f4'",
    "PDF document": b"%PDF-1.7\n",
    "GGUF file": b"GGUF\3\0\0\0\x23\1\0\0",
    "model of ncnn": b"7767517\n116 126\nInput            input 0 1 input\n",
    "symbol of MXNet": b'{\n  "nodes": [\n    {\n      "op": "null", \n      "name": "data"',
    # As `paddle.jit.save` of Paddle 3 begins its `inference.json`.
    "Paddle model": b'{"base_code":{"magic":"pir","trainable":true,"version":1},"program":{}}',
    "TensorFlow.js graph": b'{"format": "graph-model", "modelTopology": {"node": []}}',
}


@each("name", FOREIGN)
def test_foreign_formats_are_named_with_what_makes_them_readable(name: str) -> None:
    problem = refused(FOREIGN[name])
    article = "an" if name[0] in "AEIOU" else "a"
    assert problem.message == f"this is {article} {name}, which is not read here"
    assert problem.slug == "foreign-format"
    assert problem.help


# A node of a graph of TensorFlow, which begins with its name, and a block of Paddle's.
NODE, BLOCK = part(1, part(1, "conv")), part(1, whole(1, 0) + whole(2, 0))


@each(
    ("data", "name"),
    [
        (NODE + NODE, "TensorFlow graph"),
        # Functions, the version as it was written first, versions, and what the file was made of.
        (
            NODE + part(2, b"") + whole(3, 0) + part(4, b"") + part(5, b""),
            "TensorFlow graph",
        ),
        (BLOCK + part(4, whole(1, 0)), "Paddle model"),
        (whole(1, 1) + part(2, b"\x0a\0"), "TensorFlow SavedModel"),
        (whole(1, 4) + part(2, b"") + part(500, b""), "Core ML model"),
        # Eight and four bytes of one number, which are no fields of their own.
        (
            whole(1, 2) + b"\x11" + b"\x08" * 8 + b"\x1d" + b"\x12" * 4 + part(200, b""),
            "Core ML model",
        ),
        (BLOCK + b"\x25" + b"\x09" * 4 + b"\x29" + b"\x1d" * 8, "Paddle model"),
        (
            b"".join(part(number, b"") for number in (*range(1, 9), 100)),
            "file of a Caffe network's weights",
        ),
        (part(1, "slim") + part(100, part(1, "data")), "file of a Caffe network's weights"),
        (part(100, part(1, "data")) + part(100, part(1, "x")), "file of a Caffe network's weights"),
    ],
)
def test_messages_are_told_by_the_numbers_of_their_fields(data: bytes, name: str) -> None:
    assert refused(data).message == f"this is a {name}, which is not read here"


@pytest.mark.parametrize("name", ["model.onnx.data", "model.onnx_data"])
def test_weights_beside_an_onnx_file_are_known_by_their_name(name: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.loads(b"\0\x11\xff\x3f" * 9, name)
    (problem,) = caught.value.problems
    assert problem.help == "give the .onnx file beside it"


def test_old_pickles_are_checkpoints() -> None:
    assert "pickled PyTorch checkpoint" in refused(b"\x80\x02\x8a\nl\xfc\x9cF").message


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["saved_model.pb", "variables/x"], "this is a TensorFlow SavedModel, which"),
        (["Manifest.json", "Data/x"], "this is a Core ML model, which"),
        (["config.json", "model.safetensors"], "this is a Hugging Face configuration, which"),
        (["config.json", "notes.txt"], "it is a directory"),
    ],
)
def test_models_that_are_folders_are_named(tmp_path: Path, files: list[str], message: str) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"{}")
    with pytest.raises(StackError) as caught:
        convcalc.load(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)


def test_a_model_from_a_pipe_is_not_as_long_as_what_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is read ends with the byte that shows that there are more."""
    monkeypatch.setattr(importers, "MOST_READ", 2001)
    data = b"\x1c\0\0\0TFL3".ljust(2001, b"\0")
    problem = refused(data)
    assert (problem.slug, problem.message, problem.help) == (
        "file-too-large", "the TFLite model is longer than 2,000 bytes",
        "give the path of the file, in place of a pipe",
    )  # fmt: skip
    for other in (data[:-1], data + b"\0"):
        assert refused(other).slug == "broken-model"
    with pytest.raises(StackError) as caught:
        importers.loads(data, "net.tflite", "net.tflite")
    # There is no such file.
    assert [one.slug for one in caught.value.problems] == ["unreadable-file"]


def test_what_says_that_it_is_a_network_file_is_one() -> None:
    text = b"convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\n# backbone:\nhead: 1\n"
    assert refused(text).slug == "unknown-key"


@each(
    "text",
    [
        pytest.param(b"input: [3, 8, 8]\nlayers: [relu]\n", id="without its version"),
        pytest.param(b"layers: [\n", id="an open bracket"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe\0", id="no text"),
        pytest.param(b"\x08\x01", id="two bytes"),
    ],
)
def test_what_is_of_no_foreign_format_is_read_as_a_network_file(text: bytes) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.loads(text, "model")
    slugs = {problem.slug for problem in caught.value.problems}
    assert slugs.isdisjoint({"foreign-format", "broken-model"})


@pytest.mark.thorough
@pytest.mark.parametrize("line", [b"#", b"\n", b"# a\n", b" ", b"a:\n"])
def test_a_long_text_is_looked_at_once(line: bytes) -> None:
    text = line * (4_000_000 // len(line))
    # A pattern that goes back over megabytes takes minutes.
    with ending(), pytest.raises(StackError):
        convcalc.loads(text)
