"""The format of a file by its first bytes, by the names in it, and by its fields, on either side.

Source of the fields: the formats' `.proto` files; of messages: the wire format of protobuf.
"""

from __future__ import annotations

from convcalc.importers.recognise import (
    Format,
    _leading_fields,
    _of_archive,
    _of_fields,
    _varint,
    of_folder,
    recognised,
)
from tests.each import each

Fields = list[tuple[int, int]]


def name_of(found: Format | None) -> str:
    return found.name if found is not None else ""


@each(("data", "at", "found"), [
    (b"\x05", 0, (5, 1)), (b"\x7f\x01", 0, (127, 1)), (b"\x80\x01", 0, (128, 2)),
    (b"\xff\x7f", 0, (16383, 2)), (b"\0\x96\x01\x07", 1, (150, 3)),
    (b"\x81\x82\x03", 0, (49409, 3)),
    # Cut off, and longer than any number.
    (b"\x85", 0, (5, 1)), (b"", 0, (0, 0)), (b"\xff" * 12, 0, (2**70 - 1, 10)),
])  # fmt: skip
def test_a_number_of_seven_bits_a_byte(data: bytes, at: int, found: tuple[int, int]) -> None:
    assert _varint(data, at) == found


def number(value: int) -> bytes:
    """A whole number in bytes of seven bits, the lowest first."""
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + number(rest) if rest else bytes([low])


def message(fields: Fields, begin: bytes = b"\x0a\x01") -> bytes:
    """A message of fields (number, wire type); those of bytes begin so."""
    held = {0: b"\x96\x01", 1: bytes(8), 2: number(len(begin)) + begin, 5: bytes(4)}
    return b"".join(number(place << 3 | wire) + held.get(wire, b"\x01") for place, wire in fields)


@each("fields", [
    [(1, 0)], [(1, 0), (2, 2), (3, 1), (4, 5), (5, 0)], [(15, 2), (16, 0), (2047, 2), (65535, 5)],
    [(1, 1), (1, 5), (1, 2)],
])  # fmt: skip
def test_the_fields_that_begin_a_message(fields: Fields) -> None:
    assert _leading_fields(message(fields)) == fields
    assert _leading_fields(message(fields, b"\x0a" * 300)) == fields


def test_no_more_than_64_fields_are_looked_at() -> None:
    assert len(_leading_fields(message([(1, 0)] * 64))) == 64
    assert len(_leading_fields(message([(1, 0)] * 70))) == 64


@each("field", [(0, 0), (65536, 0), (1, 3), (1, 4), (1, 6), (1, 7), (0, 2)])
def test_what_no_field_is_makes_no_message(field: tuple[int, int]) -> None:
    assert _leading_fields(message([(2, 2), field])) == []


@each(("fields", "name"), [
    ([(8, 2)], "ONNX model"), ([(7, 2)], "ONNX model"), ([(1, 0), (7, 2)], "ONNX model"),
    ([(1, 0), *((n, 2) for n in range(2, 9))], "ONNX model"),
    *(([(1, 0), (8, 2), (n, 2)], "ONNX model") for n in (14, 20, 25, 26)),
    *(([(2, 0), (8, 2), (n, 2)], "") for n in (9, 13, 15, 19, 21, 24, 27)),
    # The first field of an ONNX file is a number, and it has a graph or what it is of.
    ([(1, 2), (8, 2)], ""), ([(1, 0), (6, 2)], ""),
    ([(1, 0), (2, 2)], "TensorFlow SavedModel"),
    ([(1, 0), (2, 2), (2, 2)], "TensorFlow SavedModel"),
    ([(1, 0)], ""), ([(1, 0), (3, 2)], ""), ([(2, 2), (1, 0)], ""), ([(1, 2), (200, 2)], ""),
    ([(1, 0), (200, 2)], "Core ML model"), ([(1, 0), (2, 2), (201, 2)], "Core ML model"),
    ([(1, 0), (199, 2)], ""),
    ([(100, 2)], "file of a Caffe network's weights"),
    ([(1, 2), (8, 2), (100, 2)], "file of a Caffe network's weights"),
    ([(100, 0)], ""), ([(9, 2), (100, 2)], ""), ([(1, 0), (100, 2)], ""),
    ([(1, 2), (1, 2)], "TensorFlow graph"), ([(1, 2), (5, 2)], "TensorFlow graph"),
    ([(1, 2)], ""), ([(1, 2), (6, 2)], ""), ([(1, 0), (4, 2)], ""), ([], ""),
])  # fmt: skip
def test_a_format_by_the_fields_of_its_messages(fields: Fields, name: str) -> None:
    assert name_of(_of_fields(message(fields))) == name


def test_a_block_of_paddle_begins_with_its_number_and_a_node_of_tensorflow_with_its_name() -> None:
    for more in (b"", b"x" * 300):
        for begin, name in ((b"\x0a", "TensorFlow graph"), (b"\x08", "Paddle model")):
            data = message([(1, 2), (4, 2)], begin + b"\x01" + more)
            assert name_of(_of_fields(data)) == name


def safetensors(length: int, mark: bytes = b"{") -> bytes:
    return length.to_bytes(8, "little") + mark + b"}  "


@each(("head", "name"), [
    *((bytes([128, version]) + b"c", "pickled PyTorch checkpoint") for version in (2, 3, 4, 5)),
    (b"\x80\x01ctorch", ""), (b"\x80\x06ctorch", ""),
    (safetensors(2), "safetensors file"), (safetensors((1 << 40) - 1), "safetensors file"),
    (safetensors(3), "safetensors file"), (safetensors(0x50, b"["), ""),
    (b"7767517\r\n", "model of ncnn"), (b"7767517 ", ""), (b"GGUF", "GGUF file"),
    (b"PK\5\6" + bytes(18), "zip archive that is cut off, or has no entries"),
    (b"\x1c\0\0\0TFL3", "TFLite model"), (b"\x1c\0\0\0\0TFL3", ""),
    (b"[net]\n", "Darknet configuration"), (b"# a\n\n [network]\n", "Darknet configuration"),
    (b"[nets]\n", ""), (b"a\n[net]\n", ""),
    (b"<?xml?><net/>", "OpenVINO model"), (b"<net name='a'>", "OpenVINO model"),
    (b"<?xml?><a/>", ""),
    *((word + b' {\n type: "Input"', "Caffe network")
      for word in (b"layer", b"layers", b"input_param")),
    (b"input_dim: 1\n type: Data", "Caffe network"), (b'laye {\n type: "Input"', ""),
    (b'layer {\n kind: "Input"', ""), (b"layers: [\n type: input", ""),
    (b'{"class_name": "Model", "config": {}}', "Keras model"), (b'{"class_name": "Model"}', ""),
    (b'{"config": {}}', ""), (b'- {"class_name": "Model", "config": {}}', ""),
    (b'{"convcalc": 1, "class_name": "Model", "config": {}}', ""),
    (b'{"format": "graph-model"}', "TensorFlow.js graph"), (b'{"format": "layers-model"}', ""),
    (b'{"model_type": "vit"}', "Hugging Face configuration"), (b'{"model": "vit"}', ""),
    (b'{"nodes": [{"op": "null"}]}', "symbol of MXNet"), (b'{"nodes": [{"name": "a"}]}', ""),
    (b"backbone: []\nhead: []\n", "Ultralytics YAML model"), (b"backbone: []\n", ""),
    (b"head: []\n", ""), (b"import torch\n", "Python source"),
    (b"from torch import nn\n", "Python source"), (b"convcalc: 1\nimport torch\n", ""),
    (b"imports torch\n", ""),
])  # fmt: skip
def test_a_file_by_its_first_bytes(head: bytes, name: str) -> None:
    assert name_of(recognised(head, tuple)) == name


@each("length", [0, 1, 1 << 40, 1 << 63])
def test_a_head_of_no_length_is_no_safetensors(length: int) -> None:
    assert name_of(recognised(safetensors(length), tuple)) != "safetensors file"


@each(("names", "name"), [
    ((), "zip archive that is cut off, or has no entries"),
    (("config.json", "metadata.json"), "Keras archive"), (("config.json",), "zip archive"),
    (("metadata.json", "a"), "zip archive"),
    (("m/models/model.json",), "torch.export archive"), (("m/models/model.txt",), "zip archive"),
    (("m/model/model.json",), "zip archive"),
    (("serialized_exported_program.json",), "torch.export archive"),
    (("m/data/aotinductor/a.so",), "compiled AOTInductor package"),
    (("m/data.pkl", "m/code/a.py"), "TorchScript archive"),
    (("m/data.pkl", "m/a"), "pickled PyTorch checkpoint"), (("data.pkl",), "zip archive"),
    (("m/code/a.py",), "zip archive"), (("a.mlmodel",), "Core ML model"),
])  # fmt: skip
def test_an_archive_by_the_names_in_it(names: tuple[str, ...], name: str) -> None:
    assert _of_archive(names).name == name


@each(("names", "name"), [
    (["saved_model.pb"], "TensorFlow SavedModel"), (["Manifest.json", "Data"], "Core ML model"),
    (["Manifest.json"], ""), (["Data"], ""),
    (["config.json", "a.bin"], "Hugging Face configuration"),
    (["config.json", "a.safetensors"], "Hugging Face configuration"), (["config.json"], ""),
    (["a.bin"], ""), ([], ""),
])  # fmt: skip
def test_a_folder_by_the_names_in_it(names: list[str], name: str) -> None:
    assert name_of(of_folder(frozenset(names))) == name
