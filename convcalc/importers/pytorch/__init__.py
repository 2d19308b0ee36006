"""PyTorch: programs that `torch.export` wrote to a `.pt2` file, and modules that are alive.

Neither needs PyTorch to be read; `live` asks it for the program of a module.
"""

from __future__ import annotations

import io
from dataclasses import replace

from convcalc.importers.network import ForeignNetwork, InputAxes
from convcalc.importers.pytorch.pieces import found_again
from convcalc.importers.pytorch.program import Program, read_program
from convcalc.importers.pytorch.walk import BatchElsewhereError, ProgramWalk
from convcalc.network import stem


def read(data: bytes, file: str, path: str) -> ForeignNetwork:
    """The network in a `.pt2` archive: the one at `path`, or else in `data`.

    Raises StackError with what is wrong with the archive.
    """
    name = stem(file).removesuffix(".pt2")
    with open(path, "rb") if path else io.BytesIO(data) as stream:
        return network_of(read_program(stream, file, name, path or data))


def network_of(program: Program) -> ForeignNetwork:
    """The network of a program; the first axis of each input is its batch.

    Where the program works along that axis, as on sequences `(L, N, C)`, it is the second one. A
    tensor of one axis is one sample, or a number for each where there are as many samples.
    """
    program = found_again(program)
    network = _with_batch(program, 1 if _is_second(program) else 0)
    try:
        # The first look at them is a walk over all of the program.
        network.inputs  # noqa: B018
    except BatchElsewhereError:
        return _with_batch(program, 1)
    return network


def _is_second(program: Program) -> bool:
    """True where inputs differ in their first axis, and agree in the second."""
    shapes = [program.example[name] for name in program.inputs]
    if any(len(shape) < 3 for shape in shapes):
        return False
    return len({shape[0] for shape in shapes}) > 1 == len({shape[1] for shape in shapes})


def _with_batch(program: Program, batch: int) -> ForeignNetwork:
    axes = []
    for name in program.inputs:
        shape = program.example[name]
        if not batch and shape == (program.samples,):
            # A number for each sample, as time steps and classes are.
            shape = (1,)
        own = batch if len(shape) > max(1, batch) else None
        order = tuple(axis for axis in range(len(shape)) if axis != own)
        axes.append(InputAxes(name, shape, own, order))
    return ForeignNetwork(replace(program, batch=batch), ProgramWalk, tuple(axes))
