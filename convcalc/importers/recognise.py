"""What a file is, by its first bytes: one that is read here, or one of another program, by name."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import NamedTuple

# As much of a file as is looked at.
HEAD_BYTES = 1 << 16
_TORCH_EXPORT = (
    'in Python: torch.export.save(torch.export.export(model.eval(), (example,)), "model.pt2")'
)
_ONNX_OF_TORCH = 'or torch.onnx.export(model.eval(), (example,), "model.onnx")'

# A line of Python that no line of YAML is.
_IMPORTS = re.compile(r"(?m)^(?:import [\w.]+(?: as \w+)?|from [\w.]+ import [\w(*].*)[ \t\r]*$")


class Format(NamedTuple):
    """A format of model files.

    `reader` is the module of `convcalc.importers` that reads it, "" where none does; `repair`
    turns such a file into one that is read.
    """

    name: str
    reader: str = ""
    repair: str = ""


ONNX = Format("ONNX model", "onnx")
TORCHSCRIPT = Format("TorchScript archive", "", f"export the module, {_TORCH_EXPORT}")
PICKLED = Format(
    "pickled PyTorch checkpoint",
    "",
    f"it holds weights or code, and no graph: build the module, load it, and {_TORCH_EXPORT}, "
    f"{_ONNX_OF_TORCH}",
)
SAFETENSORS = Format(
    "safetensors file",
    "",
    f"it holds weights and no layers: build the module and {_TORCH_EXPORT}, {_ONNX_OF_TORCH}",
)
HDF5 = Format("HDF5 file", "keras")
SAVED_MODEL = Format(
    "TensorFlow SavedModel",
    "",
    "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
)
FROZEN_GRAPH = Format(
    "TensorFlow graph",
    "",
    "python -m tf2onnx.convert --graphdef model.pb --inputs IN:0 --outputs OUT:0 "
    "--output model.onnx",
)
KERAS = Format("Keras archive", "keras")
KERAS_JSON = Format("Keras model", "keras")
TFLITE = Format("TFLite model", "tflite")
CORE_ML = Format(
    "Core ML model", "", f"export the module that it was made of, {_TORCH_EXPORT}, {_ONNX_OF_TORCH}"
)
OPENVINO = Format(
    "OpenVINO model", "", "give the ONNX file that `ovc` (or `mo`) was given to make it"
)
PADDLE = Format(
    "Paddle model",
    "",
    "paddle2onnx --model_dir . --model_filename model.pdmodel --params_filename model.pdiparams "
    "--save_file model.onnx",
)
# Paddle 3 writes programs as JSON, and calls them so itself.
PADDLE_PROGRAM = PADDLE._replace(
    repair="paddle2onnx --model_dir . --model_filename inference.json "
    "--params_filename inference.pdiparams --save_file model.onnx"
)
DARKNET = Format(
    "Darknet configuration",
    "",
    "load it in PyTorch (for YOLOv3 and v4: pytorch-YOLOv4's demo_darknet2onnx.py CFG NAMES "
    "WEIGHTS IMAGE 1) and give the ONNX file",
)
CAFFE = Format(
    "Caffe network",
    "",
    "python -m caffe2onnx.convert --prototxt net.prototxt --caffemodel net.caffemodel "
    "--onnx model.onnx",
)
CAFFE_WEIGHTS = CAFFE._replace(name="file of a Caffe network's weights")
NCNN = Format("model of ncnn", "", "give the model that it was converted from, as an .onnx or .pt2")
MXNET = Format(
    "symbol of MXNet",
    "",
    'in Python: mxnet.onnx.export_model("net-symbol.json", "net-0000.params", '
    '[(1, 3, 224, 224)], ["float32"], "model.onnx")',
)
TENSORFLOW_JS = Format(
    "TensorFlow.js graph", "", "python -m tf2onnx.convert --tfjs model.json --output model.onnx"
)
GGUF = SAFETENSORS._replace(name="GGUF file")
ULTRALYTICS = Format(
    "Ultralytics YAML model", "", "yolo export model=model.yaml format=onnx, and give the .onnx"
)
HUGGING_FACE = Format(
    "Hugging Face configuration",
    "",
    "optimum-cli export onnx --model NAME FOLDER, and give the .onnx file in it",
)
PYTHON = Format("Python source", "", f"build the module and {_TORCH_EXPORT}, {_ONNX_OF_TORCH}")
TORCH_EXPORT = Format("torch.export archive", "pytorch")
COMPILED = Format(
    "compiled AOTInductor package", "", f"give the program that it was made of, {_TORCH_EXPORT}"
)
BROKEN_ARCHIVE = Format(
    "zip archive that is cut off, or has no entries", "", "copy the file, or download it, once more"
)
ARCHIVE = Format("zip archive", "", "give the model file that is in it")
GIT_LFS = Format(
    "pointer of Git LFS",
    "",
    "fetch the file that it stands for: git lfs pull; one of another revision comes by "
    "git show REVISION:FILE | git lfs smudge > earlier.onnx",
)
GZIP = Format("gzip archive", "", "unpack it first: gunzip FILE")
_NO_NETWORK = "give the file of a network, or a model file; convcalc init writes one to start from"
PNG = Format("PNG picture", "", _NO_NETWORK)
JPEG = Format("JPEG picture", "", _NO_NETWORK)
NUMPY = Format("NumPy array", "", _NO_NETWORK)
PDF = Format("PDF document", "", _NO_NETWORK)
ONNX_WEIGHTS = Format("file of an ONNX model's weights", "", "give the .onnx file beside it")


def recognised(head: bytes, entries: Callable[[], tuple[str, ...]]) -> Format | None:
    """The format of a file that begins with `head`; None for one that may be a network file.

    `entries` gives the names in a zip archive, and is asked for one alone.

    >>> recognised(b"convcalc: 1", tuple) is None, recognised(b"[net]\\nwidth=416", tuple).name
    (True, 'Darknet configuration')
    """
    for magic, found in (
        (b"\x89HDF\r\n\x1a\n", HDF5),
        (b"\x80\x02", PICKLED),
        (b"\x80\x03", PICKLED),
        (b"\x80\x04", PICKLED),
        (b"\x80\x05", PICKLED),
        (b"\x1f\x8b", GZIP),
        (b"\x89PNG\r\n", PNG),
        (b"\xff\xd8\xff", JPEG),
        (b"\x93NUMPY", NUMPY),
        (b"%PDF-", PDF),
        (b"GGUF", GGUF),
        (b"7767517\n", NCNN),
        (b"7767517\r", NCNN),
        (b"version https://git-lfs.github.com/spec/", GIT_LFS),
    ):
        if head.startswith(magic):
            return found
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(entries())
    if head[4:8] == b"TFL3":
        return TFLITE
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") < 1 << 40:
        return SAFETENSORS
    return _of_fields(head) or _of_text(head)


def of_folder(names: frozenset[str]) -> Format | None:
    """The format of a model that is a folder with files of these names; None for others.

    >>> of_folder(frozenset(["a.txt"])), of_folder(frozenset(["saved_model.pb"])).name
    (None, 'TensorFlow SavedModel')
    """
    if "saved_model.pb" in names:
        return SAVED_MODEL
    if {"Manifest.json", "Data"} <= names:
        return CORE_ML
    weights = any(name.endswith((".safetensors", ".bin")) for name in names)
    return HUGGING_FACE if weights and "config.json" in names else None


def _of_archive(names: tuple[str, ...]) -> Format:
    """The format of a zip archive with entries of these names."""
    if not names:
        return BROKEN_ARCHIVE
    inner = {name.partition("/")[2] for name in names}
    if {"config.json", "metadata.json"} <= set(names):
        return KERAS
    if any(name.startswith("models/") and name.endswith(".json") for name in inner):
        return TORCH_EXPORT
    if "serialized_exported_program.json" in names:
        return TORCH_EXPORT
    if any(name.startswith("data/aotinductor/") for name in inner):
        return COMPILED
    if "data.pkl" in inner:
        return TORCHSCRIPT if any(name.startswith("code/") for name in inner) else PICKLED
    if any(name.endswith(".mlmodel") for name in names):
        return CORE_ML
    return ARCHIVE


def _of_fields(head: bytes) -> Format | None:
    """The format of a protobuf message, by the numbers of its first fields."""
    fields = _leading_fields(head)
    if not fields:
        return None
    numbers = {number for number, _ in fields}
    kinds = dict(fields)
    if numbers & {7, 8} and kinds.get(1, 0) == 0 and numbers <= {*range(1, 9), 14, 20, 25, 26}:
        return ONNX
    if fields[0] == (1, 0) and numbers == {1, 2}:
        return SAVED_MODEL
    if fields[0] == (1, 0) and any(number >= 200 for number in numbers):
        return CORE_ML
    if kinds.get(1, 2) == 2 and kinds.get(100) == 2 and numbers <= {*range(1, 9), 100}:
        return CAFFE_WEIGHTS
    if fields[0] == (1, 2) and len(fields) > 1 and numbers <= {1, 2, 3, 4, 5}:
        # A node of TensorFlow begins with its name, a block of Paddle with its number.
        _, begin = _varint(head, 1)
        return FROZEN_GRAPH if head[begin:].startswith(b"\x0a") else PADDLE
    return None


def _leading_fields(head: bytes) -> list[tuple[int, int]]:
    """(number, wire type) of the fields that begin a message; none where it is no message."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(head) and len(found) < 64:
        tag, at = _varint(head, at)
        number, wire = tag >> 3, tag & 7
        if not 1 <= number < 1 << 16 or wire not in (0, 1, 2, 5):
            return []
        found.append((number, wire))
        if wire == 0:
            _, at = _varint(head, at)
        elif wire == 2:
            length, at = _varint(head, at)
            at += length
        else:
            at += 8 if wire == 1 else 4
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at


def _of_text(head: bytes) -> Format | None:
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    lines = (line.strip() for line in io.StringIO(text))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first in ("[net]", "[network]"):
        return DARKNET
    if text.startswith("<?xml") or text.startswith("<net"):
        return OPENVINO if "<net" in text else None
    if re.search(r"(?m)^[ \t]*(layer|layers|input_param|input_dim)[ \t]*[:{]", text) and re.search(
        r'(?m)^[ \t]*type[ \t]*:[ \t]*["A-Z]', text
    ):
        return CAFFE
    is_ours = '"convcalc"' in text
    if text.startswith("{") and not is_ours:
        found = _of_json(text)
        if found is not None:
            return found
    if re.search(r"(?m)^backbone[ \t]*:", text) and re.search(r"(?m)^head[ \t]*:", text):
        return ULTRALYTICS
    if _IMPORTS.search(text) and not re.search(r"(?m)^convcalc[ \t]*:", text):
        return PYTHON
    return None


def _of_json(text: str) -> Format | None:
    """The format of a mapping in JSON, by words that it has."""
    if re.search(r'"format"\s*:\s*"graph-model"', text):
        return TENSORFLOW_JS
    if '"class_name"' in text and '"config"' in text:
        return KERAS_JSON
    if re.search(r'^\{\s*"base_code"\s*:\s*\{[^{}]*"magic"\s*:\s*"pir"', text):
        return PADDLE_PROGRAM
    if re.search('"(architectures|model_type)"', text):
        return HUGGING_FACE
    return MXNET if re.search(r'^\{\s*"nodes"\s*:\s*\[\s*\{\s*"op"\s*:', text) else None
