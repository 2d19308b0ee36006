"""PyTorch: programs that `torch.export` wrote to a `.pt2` file, and modules that are alive.

Neither needs PyTorch to be read; `live` asks it for the program of a module.
"""

from __future__ import annotations

import io

from convcalc.importers.network import ForeignNetwork, InputAxes
from convcalc.importers.pytorch.program import Program, read_program
from convcalc.importers.pytorch.walk import ProgramWalk
from convcalc.network import stem


def read(data: bytes, file: str, is_on_disk: bool) -> ForeignNetwork:
    """The network in a `.pt2` archive: in `data`, or at the path `file`.

    Raises StackError with what is wrong with the archive.
    """
    name = stem(file).removesuffix(".pt2")
    if not is_on_disk:
        return network_of(read_program(io.BytesIO(data), file, name))
    with open(file, "rb") as stream:
        return network_of(read_program(stream, file, name))


def network_of(program: Program) -> ForeignNetwork:
    """The network of a program; the first axis of each input is its batch.

    A tensor of one axis is one sample.
    """
    axes = []
    for name in program.inputs:
        shape = program.example[name]
        first = int(len(shape) > 1)
        batch = 0 if first else None
        axes.append(InputAxes(name, shape, batch, tuple(range(first, len(shape)))))
    return ForeignNetwork(program, ProgramWalk, tuple(axes))
