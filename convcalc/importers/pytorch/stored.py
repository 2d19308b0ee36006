"""Where the numbers of an array lie in an archive of `torch.export`.

The archive has whole storages, one an entry; an array says how it lies in its own, as PyTorch's
`as_strided` does: where it begins, and how many elements from one place of an axis to its next.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.core.shapes import Shape
from convcalc.network.held import ITEM_BYTES, Absent, Element, Entry, InFile

LEFT_OUT = Absent("the file was written without them", is_drawn=True)
PICKLED = Absent("they are pickled, which is not read: PyTorch 2.13 saves them raw", is_drawn=False)
_TYPE = Absent("numbers of this type are not read", is_drawn=False)
_BEYOND = Absent("they would lie outside of what the file has", is_drawn=False)


def lying(
    held_in: str | bytes,
    storage: Entry,
    dims: Shape,
    element: Element,
    strides: Sequence[int],
    offset: int,
) -> InFile | Absent:
    """Where an array of shape `dims` lies in its storage; `strides` and `offset` in elements."""
    if not storage.length and all(dims):
        # So are parameters on PyTorch's `meta` device.
        return LEFT_OUT
    if element not in ITEM_BYTES:
        return _TYPE
    if len(strides) != len(dims):
        return _BEYOND
    in_row = (prod(dims[axis + 1 :]) for axis in range(len(dims)))
    # An axis of one place may state any stride.
    steps = [one for one in zip(dims, strides, in_row, strict=True) if one[0] > 1]
    count = 1 + sum((size - 1) * stride for size, stride, _ in steps) if all(dims) else 0
    width = ITEM_BYTES[element]
    if (offset + count) * width > storage.length:
        return _BEYOND
    is_in_row = not count or all(stride == own for _, stride, own in steps)
    start = storage.start + offset * width
    return InFile(held_in, start, count * width, storage, () if is_in_row else tuple(strides))
