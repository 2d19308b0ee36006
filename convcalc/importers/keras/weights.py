"""The weights of a file: read where they lie, when a network runs with them.

    layers/conv2d/vars/0    layers/conv2d_1/vars/0    layers/functional/layers/dense/vars/0

In an archive a layer is called after its class, with a number from its second on, and an array by
its place among those of the layer. Source: `keras.src.saving.saving_lib`, Keras 3.15.

    model_weights/conv1/conv1/kernel:0    model_weights/both/net/both/forward_lstm/cell/kernel

In an HDF5 file of a whole model the outermost layer has its own name, and so has an array; what
stands between differs from version to version. Source: `keras.src.legacy.saving`, Keras 3.15, and
`keras.saving.legacy.hdf5_format`, Keras 2.15.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, NamedTuple

from convcalc.core.shapes import Shape
from convcalc.importers.archives import Archive
from convcalc.importers.keras.hdf5 import BrokenError, Hdf5, Read
from convcalc.network.held import Absent, Element, Entry, InFile, Sought

ENTRY = "model.weights.h5"
# The group of them in an HDF5 file of a whole model.
WHOLE = "model_weights"
# Where the layers were in the first archives, of Keras 2.12.
_EARLIER = "_layer_checkpoint_dependencies"


# How types of whole numbers begin: those of quantised layers stand for others.
_WHOLE = ("int", "uint")
# Classes that are called otherwise in `keras.layers`, and their own names.
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}


class Asked(NamedTuple):
    """An array as a layer asks for it.

    `group` is the layer's in an archive, `inside` the part of it that has the array, and `number`
    its place there; `layers` are the names of the layer and of the models that it is in, outermost
    first.
    """

    group: str
    inside: str
    number: int
    name: str
    layers: tuple[str, ...]
    dims: Shape
    element: Element = "float32"

    @property
    def label(self) -> str:
        """What findings call it."""
        return "/".join((".".join(self.layers) + self.inside, self.name))


class Weights(NamedTuple):
    """Bytes [start, start + length) of the file at `path`, or of `data`.

    `named` gives the name that an array has there, `within` is the entry of an archive that they
    are.
    """

    path: str
    data: bytes
    start: int
    length: int
    named: Callable[[Hdf5, Asked], str]
    within: Entry | None = None

    @property
    def has_low_rank(self) -> bool:
        """True where low-rank arrays stand beside their kernel; archives have them added to it."""
        return self.named is by_names

    def source(self, asked: Asked) -> Sought:
        """An array of a layer."""
        return Sought(partial(self.find, asked))

    def opened(self, read: Read) -> Hdf5:
        """The weights, of which `read` gives bytes of the whole file. Raises BrokenError."""

        def within(at: int, count: int) -> bytes:
            # An address that is not in the file is none that can be gone to.
            left = min(count, self.length - at)
            return read(self.start + at, left) if left > 0 else b""

        return Hdf5(within)

    def find(self, asked: Asked) -> tuple[InFile, Element]:
        """Where an array lies. Raises ValueError where it is not what it should be."""
        if not self.path:
            return self._found(lambda at, count: self.data[at : at + count], asked)
        with open(self.path, "rb") as stream:
            return self._found(reading(stream), asked)

    def _found(self, read: Read, asked: Asked) -> tuple[InFile, Element]:
        try:
            opened = self.opened(read)
            found = opened.dataset(self.named(opened, asked))
        except (struct.error, OverflowError) as error:
            raise ValueError(f"the weights are broken at `{asked.label}`") from error
        if found.dims != asked.dims:
            raise ValueError(f"it is {list(found.dims)} in the file, and {list(asked.dims)} here")
        if found.element.startswith(_WHOLE) and found.element != asked.element:
            raise ValueError(f"it is stored as {found.element}, whose scale is not known here")
        if found.start + found.length > self.length:
            raise ValueError("it ends behind the weights")
        start = self.start + found.start
        place = InFile(self.path or self.data, start, found.length, self.within)
        return place, found.element


def reading(stream: BinaryIO) -> Read:
    """Bytes of an open file, by where they begin and how many they are."""

    def read(at: int, count: int) -> bytes:
        stream.seek(at)
        return stream.read(count)

    return read


def weights_of(archive: Archive, data: bytes, path: str) -> Weights | Absent:
    """The weights in an archive, or why there are none."""
    found = archive.payload(ENTRY)
    if found is None:
        return Absent("the file was written without them", is_drawn=True)
    return Weights(path, b"" if path else data, found.start, found.length, _in_archive, found)


def _in_archive(opened: Hdf5, asked: Asked) -> str:
    name = f"{asked.group}{asked.inside}/vars/{asked.number}"
    if _EARLIER in opened.names():
        return re.sub(r"(^|/)layers/", rf"\1{_EARLIER}/", name)
    return name


def by_names(opened: Hdf5, asked: Asked) -> str:
    """The name of an array in an HDF5 file of a whole model. Raises BrokenError.

    A number behind a colon is that of the output in TensorFlow.
    """
    group = f"{WHOLE}/{asked.layers[0]}"
    words = {one: one.rpartition("/")[2].partition(":")[0] for one in opened.arrays(group)}
    found = [one for one, word in words.items() if word == asked.name]
    # The kernel of a depthwise layer had a name of its own before Keras 3.
    found = found or [one for one, word in words.items() if word.endswith(f"_{asked.name}")]
    for layer in asked.layers[1:]:
        # A model that was loaded once more has a number behind the names of its layers.
        numbered = re.compile(re.escape(layer) + r"_\d+")
        found = _narrowed(found, layer.__eq__) or _narrowed(found, numbered.fullmatch) or found
    if asked.inside:
        part = re.sub("_(layer|dense)$", "", asked.inside.split("/")[1].lstrip("_"))
        about = re.compile(rf"(.*_)?{re.escape(part)}|{re.escape(part)}_.*")
        found = _narrowed(found, part.__eq__) or _narrowed(found, about.fullmatch) or found
    if len(found) != 1:
        what = f"{len(found)} arrays" if found else "no array"
        raise BrokenError(f"the weights of `{asked.layers[0]}` have {what} for `{asked.label}`")
    return f"{group}/{found[0]}"


def _narrowed(names: list[str], is_wanted: Callable[[str], object]) -> list[str]:
    """The names with a part that is wanted."""
    return [one for one in names if any(map(is_wanted, one.split("/")[:-1]))]


def called_after(kind: str) -> str:
    """A class as the names of the weights have it.

    >>> called_after("Conv2D"), called_after("BatchNormalization"), called_after("PReLU")
    ('conv2d', 'batch_normalization', 'p_re_lu')
    """
    word = re.sub(r"\W+", "", _CLASSES.get(kind, kind))
    word = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", word)
    return re.sub("([a-z])([A-Z])", r"\1_\2", word).lower()
