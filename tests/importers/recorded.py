"""Small model files, what goes into them, and what comes out of the program that runs them.

The arrays are those of ONNX Runtime, PyTorch, Keras and LiteRT. They stand in `recorded.zip`, which
`python -m tests.crosscheck.recording` writes anew. What single operations give stands in the tables
of `test_operations.py`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import numpy as np

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork

PATH = Path(__file__).with_name("recorded.zip")
# Bytes for a run, so that nobody asks before each how many are free.
ENOUGH = 1 << 30
ENDINGS = ("onnx", "pt2", "keras", "tflite")


class Record(NamedTuple):
    """A model file, what goes into it, and what comes out, each in the order of the file.

    `figures` are those that its program counts, as far as it does: `params` and `macs`.
    """

    path: Path
    inputs: Sequence[Array]
    outputs: Sequence[Array]
    figures: Mapping[str, int]

    def network(self) -> ForeignNetwork:
        network = convcalc.load(self.path)
        assert isinstance(network, ForeignNetwork)
        return network

    def apart(self, network: ForeignNetwork) -> float:
        """How far our outputs are from the recorded ones, by the largest number of each."""
        got = convcalc.run(network, given(network, self.inputs), max_memory=ENOUGH)
        worst = 0.0
        for name, wanted in zip(network.output_views, self.outputs, strict=True):
            found = as_tensor(network, name, got)
            assert found.shape == wanted.shape
            worst = max(worst, float(np.abs(found - wanted).max() / (np.abs(wanted).max() + 1e-30)))
        return worst


def records(ending: str, folder: Path) -> list[Record]:
    """The records of one of the sorts of files, unpacked in a folder."""
    with ZipFile(PATH) as archive:
        names = [name for name in archive.namelist() if name.endswith(f".{ending}")]
        return [_record(archive, name, folder) for name in names]


def _record(archive: ZipFile, name: str, folder: Path) -> Record:
    with np.load(io.BytesIO(archive.read(f"{name}.npz"))) as arrays:
        inputs, outputs = (
            [arrays[one] for one in arrays.files if one.startswith(way)] for way in ("in", "out")
        )
        figures = {one: int(arrays[one]) for one in ("params", "macs") if one in arrays.files}
    return Record(Path(archive.extract(name, folder)), inputs, outputs, figures)


def given(network: ForeignNetwork, arrays: Sequence[Array]) -> dict[str, Array]:
    """What a file takes of one sample as the arrays that we run: channels first."""
    found = {}
    for axes, array in zip(network.input_axes, arrays, strict=True):
        batch = [axis for axis in range(array.ndim) if axis not in axes.order]
        shape = network.inputs[axes.name]
        found[axes.name] = array.transpose(*batch, *axes.order).reshape(1, *shape)
    return found


def as_tensor(network: ForeignNetwork, name: str, got: Mapping[str, Array]) -> Array:
    """An output of ours with the axes that the file's has."""
    view = network.output_views[name]
    own = [part for axis in view.own for part in axis]
    asked = [part for axis in view.axes for part in axis]
    array = got[network.graph().name_of(view.at)][0]
    array = array.reshape([view.sizes[part] for part in own])
    found: Array = array.transpose([own.index(part) for part in asked]).reshape(view.dims)
    return found
