"""PyTorch: programs that `torch.export` wrote to a `.pt2` file, and modules that are alive.

Neither needs PyTorch to be read; `live` asks it for the program of a module.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

from convcalc.core.errors import StackError
from convcalc.importers.input_axes import InputAxes
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.pytorch.mixed_samples import BatchElsewhereError
from convcalc.importers.pytorch.pieces import found_again
from convcalc.importers.pytorch.program import Program, read_program
from convcalc.importers.pytorch.spread_samples import SpreadSamplesError
from convcalc.importers.pytorch.walk import ProgramWalk
from convcalc.importers.pytorch.writing import parts_apart
from convcalc.kinds.opaque import Opaque
from convcalc.network import stem

# Operations that are gone through until it is known what is spread over samples.
_MOST = 1_000_000


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in a `.pt2` archive: the one at `path`, or else in `data`.

    Raises StackError with what is wrong with the archive.
    """
    name = stem(file).removesuffix(".pt2")
    with open(path, "rb") if path else io.BytesIO(data) as stream:
        return network_of(read_program(stream, file, name, path or data))


def network_of(program: Program) -> ForeignNetwork:
    """The network of a program; the first axis of each input is its batch.

    Where the program works along that axis, as on sequences `(L, N, C)`, it is the second one; and
    where neither is one, as of the nodes of a graph, all of an input is one sample. A tensor of one
    axis is one sample, or a number for each where there are as many samples and none of them meets
    another one.
    """
    program = found_again(parts_apart(program))
    walks = 0
    known: Program | None = replace(program, batch=1) if _is_second(program) else program
    while known is not None:
        network = _with_batch(known)
        try:
            # The walk over all of the program, which is kept.
            is_read = not _sums_over_samples(network)
        except BatchElsewhereError as elsewhere:
            known = _otherwise(known, elsewhere.inputs)
            continue
        except SpreadSamplesError as found:
            walks += 1
            known = (
                _spread(known, found.spread) if walks * len(program.operations) < _MOST else None
            )
            continue
        except StackError:
            is_read = False
        # Where the first axis was not the batch, nothing says that the second one is.
        if is_read or not (_is_small(program) or known.batch or known.spread):
            return network
        whole = _whole(program)
        return whole if whole.is_plannable() else network
    return _whole(program)


def _spread(known: Program, spread: Mapping[str, int]) -> Program | None:
    """The same, of which more is spread over the samples; None where it is all known."""
    return replace(known, spread={**known.spread, **spread}) if spread else None


def _sums_over_samples(network: ForeignNetwork) -> bool:
    """True where a product sums over samples, or pairs them: nobody knows what one of them takes.

    What else works along samples multiplies nothing. Raises StackError where it is no network.
    """
    network.graph()
    return any(isinstance(one, Opaque) and one.macs is None for one in network.mixing)


def _otherwise(known: Program, numbers: frozenset[str]) -> Program | None:
    """What the axes of the inputs may be else; None where no other reading is left.

    `numbers` are the inputs that hold no number of each sample, where they are known.
    """
    if known.of_numbers:
        wrong = numbers & known.of_numbers or known.of_numbers
        return replace(known, no_numbers=known.no_numbers | wrong)
    ranks = {len(known.example[name]) for name in known.inputs}
    # Of a matrix and a vector nobody knows which axis of the one the other has.
    if known.batch or (1 in ranks and max(ranks) < 3):
        return None
    return replace(known, batch=1, no_numbers=frozenset(), spread={})


def _is_small(program: Program) -> bool:
    """True where no input is a map with a batch: four axes and more begin with one."""
    return all(len(program.example[name]) < 4 for name in program.inputs)


def _whole(program: Program) -> ForeignNetwork:
    """The network of which all of an input is one sample.

    One that has too many axes for that keeps its batch, and what works along it is opaque.
    """
    axes = []
    for name in program.inputs:
        shape = program.example[name]
        axes.append(InputAxes(name, shape, None, tuple(range(len(shape)))))
    try:
        return ForeignNetwork(program.whole(), ProgramWalk, tuple(axes))
    except StackError:
        return _with_batch(replace(program, is_settled=True))


def _is_second(program: Program) -> bool:
    """True where inputs differ in their first axis, and agree in the second."""
    shapes = [program.example[name] for name in program.inputs]
    if any(len(shape) < 3 for shape in shapes):
        return False
    return len({shape[0] for shape in shapes}) > 1 == len({shape[1] for shape in shapes})


def _with_batch(program: Program) -> ForeignNetwork:
    axes = []
    for name in program.inputs:
        shape = (1,) if name in program.of_numbers else program.example[name]
        own = None if name in program.of_numbers else program.axis_of(name)
        order = tuple(axis for axis in range(len(shape)) if axis != own)
        axes.append(InputAxes(name, shape, own, order))
    return ForeignNetwork(program, ProgramWalk, tuple(axes))
