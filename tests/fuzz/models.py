"""Model files that nobody meant: operations of any kind with any attributes, and small files."""

from __future__ import annotations

import inspect
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import convcalc
from convcalc.core.errors import Problem
from convcalc.importers.keras.rules import RULES as KERAS
from convcalc.importers.keras.rules.operations import OPERATIONS
from convcalc.importers.onnx.rules import families
from convcalc.importers.pytorch.rules import RULES as PYTORCH
from tests.fuzz.mutations import STRANGE
from tests.importers import keras_json, onnx_bytes, pt2_bytes, tflite_bytes
from tests.importers.keras_json import DIGITS
from tests.importers.pt2_bytes import HEADS, NET
from tests.importers.test_keras import LAYERS
from tests.importers.test_keras_hdf5 import BIAS, DENSE, KERNEL, saved
from tests.importers.test_tflite import mobile_net
from tests.importers.tflite_bytes import Operator, Tensor

LENET = (Path(__file__).parents[2] / "examples" / "models" / "lenet5.onnx").read_bytes()
MAX_LAYERS = 2000
# What is run besides being planned: what is sought are crashes, not large networks.
MOST_MACS = 10**7
MOST_BYTES = 1 << 26

_ATTRIBUTES = (
    "allowzero", "alpha", "auto_pad", "axes", "axis", "beta", "blocksize", "ceil_mode",
    "count_include_pad", "dilations", "direction", "ends", "epsilon", "equation", "group",
    "hidden_size", "keepdims", "kernel_shape", "mode", "num_groups", "num_outputs",
    "output_padding", "output_shape", "p", "pads", "perm", "scales", "size", "split", "starts",
    "strides", "to", "transA", "transB", "value",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    0, 1, 2, 3, -1, 7, 2**31, -(2**63), 2**63 - 1, 0.5, -1.0, float("inf"), float("nan"), 1e30,
    "", "SAME_UPPER", "VALID", "linear", "bidirectional", "bij,bjk->bik", "DCR", "\x1b[31m",
    (1, 1), (3, 3), (2, 2), (0, 0), (1, 1, 1, 1), (0, 2, 3, 1), (-1, 0), (2**31, 1), (), (3,),
    (1, 2, 3, 4, 5, 6, 7, 8),
)  # fmt: skip
_SIZES = ((1, 4, 8, 8), (1, 4, 8), (1, 4), (8, 4, 3, 3), (4,), (4, 4), (1, 3, 9), (), (0, 4, 8, 8))
_NUMBERS = ((1, -1), (0, 2), (1, 4, 8, 8), (2,), (-9, 10**12), (0, 0, 1, 1))
_STORED: dict[str, bytes | tuple[int, ...]] = {
    "w": (8, 4, 3, 3), "v": (4,), "m": (4, 4), "l": (8, 8), "none": (0,),
    **{
        f"k{n}": onnx_bytes.tensor(f"k{n}", (len(numbers),), numbers)
        for n, numbers in enumerate(_NUMBERS)
    },
    "scalar": onnx_bytes.tensor("scalar", (), (2,)),
}  # fmt: skip


def onnx_file(rng: Random) -> bytes:
    """A few operations of any kind, reading anything, with any attributes."""
    known = ["x", "x", "", "unknown", *_STORED]
    nodes = []
    for number in range(rng.randint(1, 6)):
        read = [known[-1] if rng.random() < 0.5 and number else "x"]
        read += rng.choices(known, k=rng.randrange(4))
        names = rng.sample(_ATTRIBUTES, rng.randrange(5))
        given = {name: rng.choice(_VALUES) for name in names}
        made = [f"t{number}", f"u{number}"][: rng.choice((1, 1, 1, 2, 0))]
        nodes.append(
            onnx_bytes.node(rng.choice(list(families())), read, made, f"n{number}", **given)
        )
        known += made[::-1]
    inputs = {"x": rng.choice((*_SIZES, ("N", 4, "H", 8), (-1, 4, 8, 8)))}
    opset = rng.choice((7, 11, 13, 17, 21))
    return onnx_bytes.model(nodes, inputs, known[-1:], _STORED, opset=opset)


def exported_program(rng: Random) -> bytes:
    """A few operators of PyTorch with any arguments, under the names that they have there."""
    known = ["%x", "%w", "%v", "%m"]
    shapes: dict[str, Any] = {}
    nodes = []
    for number in range(rng.randint(1, 5)):
        op = rng.choice(list(PYTORCH))
        names = [name for name in inspect.signature(PYTORCH[op]).parameters if name != "call"]
        pool = (*_VALUES, True, None, *known * 4)
        given = {name: rng.choice(pool) for name in names if rng.random() < 0.7}
        first = given.pop("x", known[-1])
        given = {"self": known[-1] if rng.random() < 0.8 else first, **given}
        nodes.append(pt2_bytes.node(op, f"t{number}", **given))
        shapes[f"t{number}"] = rng.choice(_SIZES)
        known.append(f"%t{number}")
    weights = {name: (f"{name}.weight", _STORED[name]) for name in ("w", "v", "m")}
    inputs = {"x": rng.choice(_SIZES)}
    found = pt2_bytes.program(nodes, inputs, [known[-1][1:]], shapes, weights)
    return pt2_bytes.archive(found)


_MOBILE = mobile_net(True)
_WHOLES = (0, 1, 2, 3, -1, 7, 127, -128, 2**31 - 1, -(2**31))


def tflite_file(rng: Random) -> bytes:
    """A few operators of any kind, reading anything, with any options."""
    dims = rng.choice(_SIZES)
    tensors = {"x": Tensor(dims, signature=rng.choice(((), (-1, *dims[1:]), (-1,))))}
    for name, stored in _STORED.items():
        if isinstance(stored, tuple):
            scales = rng.choice(((), (0.5,), (0.5,) * stored[0]))
            element, width = ("int8", 1) if scales else ("float32", 4)
            tensors[name] = Tensor(stored, bytes(prod(stored) * width), element, scales)
    for number, values in enumerate(_NUMBERS):
        tensors[f"k{number}"] = tflite_bytes.numbers(*(max(min(v, 2**31 - 1), -9) for v in values))
    known, operators = ["x", "x", "", *tensors], []
    for number in range(rng.randint(1, 6)):
        read = [known[-1] if rng.random() < 0.5 and number else "x"]
        read += rng.choices(known, k=rng.choice((0, 1, 2, 3, 23)))
        made = [f"t{number}", f"u{number}"][: rng.choice((1, 1, 1, 2))]
        for name in made:
            dims = rng.choice((*_SIZES, *((),) * 30))
            tensors[name] = Tensor(dims, None, rng.choice(("float32", "int8")), has_rank=bool(dims))
        options = {
            slot: rng.choice((("i", rng.choice(_WHOLES)), ("f", 0.5), ("b", rng.randrange(4))))
            for slot in rng.sample(range(8), rng.randrange(8))
        }
        word = rng.choice(list(tflite_bytes.OPERATORS))
        operators.append(Operator(word, read, made, options))
        known += made[::-1]
    return tflite_bytes.model(operators, tensors, ["x"], known[-1:])


_LAYERS = [*KERAS, *(f"ops.{name}" for name in OPERATIONS)]
_WRITTEN = [DIGITS, *(net for net, *_ in LAYERS.values())]
# Every field of the layers that are written by hand, and what stands there.
_FIELDS = [
    (name, value)
    for net in _WRITTEN
    for layer in net["config"]["layers"][1:]
    for name, value in layer["config"].items()
    if name != "name"
]


def keras_model(rng: Random) -> bytes:
    """A few layers of Keras one behind the other, or side by side, with any fields."""
    sizes = rng.choice(((8, 8, 4), (6, 4), (5,), (3, 4, 4, 2), (None, 8, 3), ()))
    layers = [keras_json.source("x", *sizes)]
    for number in range(rng.randint(1, 5)):
        module, _, kind = rng.choice(_LAYERS).rpartition(".")
        config = dict(rng.sample(_FIELDS, rng.randint(0, 8)))
        for name in [one for one in config if rng.random() < 0.2]:
            config[name] = rng.choice((*_VALUES, *STRANGE, [3, 3], 2, 4, 1))
        made = keras_json.layer(
            kind, f"t{number}", "keras.src.ops.x" if module else "keras", **config
        )
        reads = rng.choice(([f"t{number - 1}" if number else "x"], ["x", "x"], ["x"]))
        layers.append(keras_json.called(made, reads))
        if rng.random() < 0.3:
            node = layers[-1]["inbound_nodes"][0]
            node["args"].append(rng.choice((*STRANGE, 2, 0.5)))
    return keras_json.written(keras_json.graph(layers, ["x"], [layers[-1]["name"]], "net"))


# Whole files by the reader that they are for, small enough to be read a thousand times.
FILES: dict[str, tuple[bytes, ...]] = {
    "onnx": (LENET,),
    "tflite": (_MOBILE, mobile_net(False)),
    "pytorch": (pt2_bytes.archive(NET), pt2_bytes.archive(HEADS)),
    "keras": (
        keras_json.archive(DIGITS),
        saved(DENSE, {"sum": {"sum": {"kernel:0": KERNEL, "bias:0": BIAS}}}),
        *(keras_json.written(net) for net in _WRITTEN),
    ),
}


def small_file(rng: Random) -> bytes:
    """One of the small files."""
    return rng.choice(FILES[rng.choice(list(FILES))])


def execute(file: Path) -> None:
    """Runs the file with its own weights, as far as it is small, or looks at what is said."""
    problems: tuple[Problem, ...] = ()
    try:
        network = convcalc.load(file)
        plan = convcalc.plan(network, max_layers=MAX_LAYERS)
        if (plan.totals.macs or 0) < MOST_MACS:
            convcalc.run(network, max_memory=MOST_BYTES, finite=False)
    except convcalc.StackError as error:
        problems = error.problems
        assert problems
    _printable(problems)


def look(data: bytes) -> None:
    """Plans the file, or sees to it that what is said of it can be printed."""
    problems: tuple[Problem, ...] = ()
    try:
        convcalc.plan(convcalc.loads(data, "fuzz.bin"), max_layers=MAX_LAYERS).to_dict()
    except convcalc.StackError as error:
        problems = error.problems
    _printable(problems)


def _printable(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        assert problem.code
        for said in (problem.message, problem.note, problem.help):
            assert said.isprintable(), problem


WAYS = (onnx_file, onnx_file, exported_program, tflite_file, keras_model)


def model_file(rng: Random) -> tuple[str, bytes]:
    """How it was drawn, and the file."""
    way = rng.choice(WAYS)
    return way.__name__, way(rng)
