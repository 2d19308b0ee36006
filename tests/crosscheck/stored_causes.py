"""What PyTorch's exporters did to the parameters of a module, by the numbers in an ONNX file."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

Array = NDArray[Any]


Shapes = Counter[tuple[int, ...]]


_LENGTH, _DIRECTION = ".weight.original0", ".weight.original1"


class Stored(NamedTuple):
    """An array of a file, and the parameters that it was made of, where the exporter tells."""

    numbers: Array
    made_of: tuple[str, ...] = ()


class Causes(NamedTuple):
    """Why a file has other figures than the module: elements of parameters more than that.

    `norms` went into convolutions, of `tables` the rows were looked up, `twice` are stored again,
    `products` with constants were worked out, which leaves fewer `macs` to do, `lengths` of
    weight norm went into the weights, `joined` are zeros between parameters that were joined,
    `numbers` are single ones that may be constants, and `buffers` count as learnt, since the file
    does not tell them from parameters.
    """

    norms: int = 0
    tables: int = 0
    twice: int = 0
    products: int = 0
    lengths: int = 0
    joined: int = 0
    numbers: int = 0
    buffers: int = 0
    macs: int = 0

    @property
    def params(self) -> int:
        """Parameters more than the module's."""
        return sum(self) - self.macs

    def __str__(self) -> str:
        words = (f"{name} {count:+,}" for name, count in self._asdict().items() if count)
        return ", ".join(words)


def causes(stored: Iterable[Stored], read: Mapping[str, Array]) -> Causes:
    """What the exporter did, found by the numbers in the file.

    Raises AssertionError where a stored array is none of what is said above.
    """
    of_module = {_print(one): name for name, one in read.items()}
    left = dict(read)
    numbers = {name: np.unique(one) for name, one in read.items() if one.size > 1}
    others: list[Stored] = []
    twice = products = macs = 0
    for one in stored:
        name = of_module.get(_print(one.numbers), "")
        if not name:
            others.append(one)
        elif left.pop(name, None) is None and not one.made_of:
            # Where the exporter tells what it turned, it is known to be one.
            twice += one.numbers.size
    rest: list[Array] = []
    parts: Counter[str] = Counter()
    for one in others:
        tables = [name for name in numbers if _is_part(one.numbers, read[name], numbers[name])]
        of = next((name for name in tables if name in left), "")
        made_of = [name for name in one.made_of if name in left]
        if of:
            parts[of] += one.numbers.size
        elif tables:
            twice += one.numbers.size
        elif one.made_of and not made_of and {*one.made_of} <= read.keys():
            # Of what is stored already, in another form.
            twice += one.numbers.size
        elif len(one.made_of) == len(made_of) == 1:
            matrix = left.pop(made_of[0])
            if matrix.size != one.numbers.size:
                assert one.numbers.shape[-1:] == matrix.shape[:1]
                products += one.numbers.size - matrix.size
                macs -= one.numbers.size * matrix.shape[1]
        else:
            rest.append(one.numbers)
    lengths = 0
    for name in [one for one in left if one.endswith(_LENGTH)]:
        direction = left.pop(name.removesuffix(_LENGTH) + _DIRECTION)
        lengths -= left.pop(name).size
        made = next(one for one in rest if one.shape == direction.shape)
        rest = [one for one in rest if one is not made]
    for name in [one for one in left if left[one].size == 1]:
        del left[name]
    joined = _joined(rest, left)
    rest = [one for one in rest if not _is_multiple(one, left)]
    rows = parts.total() - sum(left.pop(name).size for name in parts)
    return Causes(_norms(rest, left.values()), rows, twice, products, lengths, joined, macs=macs)


def _joined(stored: list[Array], left: dict[str, Array]) -> int:
    """Zeros among parameters stored in a row; those arrays and parameters are gone then."""
    zeros = 0
    for one in [one for one in stored if one.ndim == 1]:
        names = [
            next((n for n, its in left.items() if np.array_equal(its.ravel(), part)), "")
            for size in {its.size for its in left.values() if 1 < its.size < one.size}
            if not one.size % size
            for part in one.reshape(-1, size)
            if part.any()
        ]
        if names and all(names):
            size = sum(left.pop(name).size for name in names)
            zeros += one.size - size
            stored[:] = [its for its in stored if its is not one]
    return zeros


def _is_multiple(array: Array, left: dict[str, Array]) -> bool:
    """True where it is a parameter times one number; the parameter is gone then."""
    for name, its in left.items():
        if its.size == array.size > 1:
            share = array.ravel() / its.ravel()
            if np.allclose(share, share[0], rtol=1e-4):
                del left[name]
                return True
    return False


def _norms(stored: Iterable[Array], read: Iterable[Array]) -> int:
    """Elements more by norms that went into convolutions: each leaves one bias of its channels.

    A convolution keeps its shape; its norm had two vectors, and it may have had a bias itself.
    """
    is_: Shapes = Counter(one.shape for one in stored)
    was: Shapes = Counter(one.shape for one in read)
    kernels: Shapes = Counter({shape: many for shape, many in is_.items() if len(shape) > 1})
    biases: Shapes = is_ - kernels
    vectors: Shapes = was - kernels
    channels: Shapes = Counter(shape[:1] for shape in kernels.elements())
    fits = all(2 * many <= vectors[shape] <= 3 * many for shape, many in biases.items())
    if was & kernels != kernels or biases != channels or not fits or vectors.keys() - biases:
        raise AssertionError(f"stored are {dict(is_ - was)}, and not {dict(was - is_)}")
    return _elements(biases) - _elements(vectors)


def _elements(shapes: Shapes) -> int:
    return sum(prod(shape) * count for shape, count in shapes.items())


def _print(array: Array) -> tuple[int, int, int]:
    """What the same numbers in another order have in common."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32).ravel()
    return array.size, int(bits.astype(np.uint64).sum()), int(np.bitwise_xor.reduce(bits))


def _is_part(array: Array, table: Array, in_order: Array) -> bool:
    """True where the numbers are the table's, or a quarter of them under a mask.

    A thousand of them tell, from all over the array; `in_order` are the table's.
    """
    if table.ndim < 2 <= array.ndim:
        return False
    some = array.ravel()[:: max(1, array.size // 1000 | 1)]
    places = np.searchsorted(in_order, some).clip(max=in_order.size - 1)
    share = float((in_order[places] == some).mean())
    return share > (0.25 if array.ndim > 1 else 0.99)


# What a note says of an array that stands in a file a second time, and is counted once.
_TAKEN = re.compile(r"`([^`]+)` is taken for `")


def stored_arrays(path: Path, module: nn.Module, notes: Iterable[str]) -> list[Stored]:
    """Arrays of real numbers in the file that stand for parameters of the module.

    Those of its buffers do not, nor those that the exporter says it made of no parameter, nor
    those that the reader takes for others, as its notes say.
    """
    taken = {name for note in notes for name in _TAKEN.findall(note)}
    graph = onnx.load(path).graph
    buffers = {_print(one.numpy()) for one in module.buffers() if one.is_floating_point()}
    scales = {one.input[2] for one in graph.node if one.op_type == "Resize" and len(one.input) > 2}
    names = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    made_of = {
        info.name: tuple(sorted(names.intersection(ast.literal_eval(said.value))))
        for info in graph.value_info
        for said in info.metadata_props
        if said.key == "pkg.onnxscript.optimizer.folded_from"
    }
    arrays = [
        Stored(numpy_helper.to_array(one), made_of.get(one.name, ()))
        for one in graph.initializer
        if one.data_type == onnx.TensorProto.FLOAT and prod(one.dims) > 1
        if one.name not in taken | scales
        if made_of.get(one.name, names)
    ]
    return [one for one in arrays if _print(one.numbers) not in buffers]
