"""The weights of an archive: read where they lie, when a network runs with them.

    layers/conv2d/vars/0    layers/conv2d_1/vars/0    layers/functional/layers/dense/vars/0

A layer is called after its class there, with a number from its second on, and an array by its
place among those of the layer. Source: `keras.src.saving.saving_lib`, Keras 3.15.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.importers.archives import Archive
from convcalc.importers.keras.hdf5 import Hdf5
from convcalc.network.held import Absent, Element, InFile, Sought

ENTRY = "model.weights.h5"
# Where the layers were in the first archives, of Keras 2.12.
_EARLIER = "_layer_checkpoint_dependencies"


class Weights(NamedTuple):
    """Bytes [start, start + length) of the file at `path`, or of `data`."""

    path: str
    data: bytes
    start: int
    length: int

    def source(self, name: str, dims: Shape) -> Sought:
        """An array by its name there."""
        return Sought(partial(self.find, name, dims))

    def find(self, name: str, dims: Shape) -> tuple[InFile, Element]:
        """Where an array lies. Raises ValueError where it is not what it should be."""
        if not self.path:
            return self._found(lambda at, count: self.data[at : at + count], name, dims)
        with open(self.path, "rb") as stream:

            def read(at: int, count: int) -> bytes:
                stream.seek(at)
                return stream.read(count)

            return self._found(read, name, dims)

    def _found(
        self, read: Callable[[int, int], bytes], name: str, dims: Shape
    ) -> tuple[InFile, Element]:
        def within(at: int, count: int) -> bytes:
            return read(self.start + at, max(0, min(count, self.length - at)))

        try:
            opened = Hdf5(within)
            if _EARLIER in opened.names():
                name = re.sub(r"(^|/)layers/", rf"\1{_EARLIER}/", name)
            found = opened.dataset(name)
        except (struct.error, OverflowError) as error:
            raise ValueError(f"the weights are broken at `{name}`") from error
        if found.dims != dims:
            raise ValueError(f"it is {list(found.dims)} in the file, and {list(dims)} here")
        if found.start + found.length > self.length:
            raise ValueError("it ends behind the weights")
        place = InFile(self.path or self.data, self.start + found.start, found.length)
        return place, found.element


def weights_of(archive: Archive, data: bytes, path: str) -> Weights | Absent:
    """The weights in an archive, or why there are none."""
    found = archive.payload(ENTRY)
    if found is None:
        return Absent("the file was written without them", is_drawn=True)
    return Weights(path, b"" if path else data, found.start, found.length)


def called_after(kind: str) -> str:
    """A class as the names of the weights have it.

    >>> called_after("Conv2D"), called_after("BatchNormalization"), called_after("PReLU")
    ('conv2d', 'batch_normalization', 'p_re_lu')
    """
    word = re.sub(r"\W+", "", kind)
    word = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", word)
    return re.sub("([a-z])([A-Z])", r"\1_\2", word).lower()
