"""Parameters that PyTorch's dynamo exporter stores once more, with their axes in another order.

`F.linear(F.linear(x, w), w.t())` reads `w` turned, and turned twice: both are stored. The
file says that they were made of `w`; that they have its numbers is seen by these alone, for
`w.exp()` is made of it as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from convcalc.core.bounded_work import Budget
from convcalc.importers.mapped import own_bytes
from convcalc.importers.onnx.origins import Origins, is_real
from convcalc.network.held import ITEM_BYTES, Held, InFile, Written

# Arrays of more numbers are not compared.
_MOST = 2048 * 2048
# Nor more than so many in all: a file may name one place a thousand times.
_MOST_IN_ALL = 2**27
# Ones, and ones and zeros, are those of many arrays.
_TELLING = 3
_CODES: dict[int, Literal["H", "I", "Q"]] = {2: "H", 4: "I", 8: "Q"}


def stored_again(constants: Mapping[str, Held], known: Origins) -> tuple[dict[str, Held], Origins]:
    """The arrays, of which those that are others again are made of these; each with its name."""
    found = dict(constants)
    again: dict[str, str] = {}
    compared = Budget(_MOST_IN_ALL)
    for first, *others in _of_one_parameter(constants, known):
        numbers = _numbers(constants[first])
        for name in others:
            if not numbers or not compared.has(len(numbers)):
                continue
            compared.spend(len(numbers))
            made = _made_of(constants[first], constants[name], numbers)
            if made:
                found[name] = replace(made, origin=constants[first].origin)
                again[name] = first
    folded = known.folded | {name: known.folded.get(of, (of,)) for name, of in again.items()}
    return found, known._replace(folded=folded, again=again)


def _of_one_parameter(constants: Mapping[str, Held], known: Origins) -> Iterator[list[str]]:
    """Several arrays that one parameter alone went into; first what is that parameter."""
    groups: dict[str, list[str]] = {}
    for name, held in constants.items():
        made_of = known.parameters.intersection(known.folded.get(name, (name,)))
        if is_real(held) and held.name == name and len(made_of) == 1:
            groups.setdefault(next(iter(made_of)), []).append(name)
    for group in groups.values():
        if len(group) > 1:
            yield sorted(group, key=lambda name: len(known.folded.get(name, ())))


def _made_of(first: Held, other: Held, numbers: Sequence[object]) -> Held | None:
    """The other array as what it is of the first one, whose `numbers` these are; None if it is not.

    The same under another shape, or a matrix turned.
    """
    shape = [size for size in first.dims if size > 1]
    its = [size for size in other.dims if size > 1]
    if first.element != other.element or sorted(shape) != sorted(its):
        return None
    theirs = _numbers(other)
    if type(theirs) is not type(numbers):
        return None
    if shape == its and numbers == theirs:
        return first.made("reshaped", other.dims)
    if len(shape) != 2 or its != shape[::-1]:
        return None
    rows, columns = shape
    is_turned = all(
        list(numbers[column::columns]) == list(theirs[column * rows : (column + 1) * rows])
        for column in range(columns)
    )
    if not is_turned:
        return None
    turned = first.made("arranged", (columns, rows), sizes=(rows, columns), axes=(1, 0))
    return turned if turned.dims == other.dims else turned.made("reshaped", other.dims)


def _numbers(held: Held) -> Sequence[object]:
    """The elements as they are stored; none where they are not at hand, or tell nothing."""
    source = held.source
    found: Sequence[object] = ()
    if isinstance(source, Written):
        found = source.values
    elif isinstance(source, InFile) and held.count <= _MOST:
        bytes_ = own_bytes(source)
        if len(bytes_) == held.count * ITEM_BYTES[held.element]:
            found = memoryview(bytes_).cast(_CODES[ITEM_BYTES[held.element]])
    return found if len({*found[:4096]}) >= _TELLING else ()
