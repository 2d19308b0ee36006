"""CC432 transpose-misses-size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Problem
from convcalc.core.shapes import format_axes
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import set_field
from convcalc.features.check.rules.places import once, own_field, sites, uses
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.planning.plan_rows import Row


class TransposeMissesSize(Rule):
    """A transposed convolution that lacks a few pixels of a size that an earlier map has.

    Why: a convolution with stride 2 maps 31 and 32 pixels to 16, and its transpose gives 31 back
    unless `output_padding` says otherwise. A later merge, or the comparison with the input, fails.
    Said only where the input times the stride is the size of an earlier map, and the size at hand
    is not.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, s: 2, p: 1}
      - relu
      - conv_transpose: {out: 3, k: 3, s: 2, p: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, s: 2, p: 1}
      - relu
      - conv_transpose: {out: 3, k: 4, s: 2, p: 1}
    ```

    Source: Dumoulin & Visin 2016, relationship 14; pytorch/pytorch#56328.
    """

    code: ClassVar[str] = "CC432"
    fix: ClassVar[FixKind] = "unsafe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, ConvTranspose):
            row, layer = site.row, site.layer
            if layer.output_size is not None:
                continue
            out = row.output[1:]
            wanted = tuple(
                size * w.stride for size, w in zip(site.x[1:], site.windows, strict=True)
            )
            missing = {want - got for want, got in zip(wanted, out, strict=True)}
            given = layer.output_paddings(site.x)
            if len(missing) != 1 or len(set(given)) != 1:
                continue
            (lack,), extra = missing, given[0]
            fits = all(lack + extra < max(w.stride, w.dilation) for w in site.windows)
            if not fits or lack <= 0 or not _is_known(subject, row, wanted, out):
                continue
            edit = None
            own = own_field(row.node.template, "output_padding")
            if (own is None or not own.dynamic) and len(uses(subject, row)) == 1:
                edit = set_field(
                    row.node.template, subject.text, "output_padding", str(lack + extra)
                )
            repair = f"`output_padding: {lack + extra}`"
            yield cls.at(
                row,
                f"`{row.name}` gives {format_axes(out)}, and an earlier map has "
                f"{format_axes(wanted)}",
                note=f"{format_axes(site.x[1:])} times the stride is {format_axes(wanted)}; "
                f"{lack} missing",
                help=f"write {repair}",
                fix=Fix(f"write {repair}", (edit,), safe=False) if edit else None,
            )


@once
def _first_of_size(subject: Subject) -> dict[tuple[int, ...], int]:
    """The step at which each spatial size is there first; inputs of the network at -1."""
    first = {shape[1:]: -1 for shape in subject.inputs.values()}
    for step, row in enumerate(subject.rows):
        first.setdefault(row.output[1:], step)
    return first


def _is_known(subject: Subject, row: Row, wanted: tuple[int, ...], out: tuple[int, ...]) -> bool:
    """True where an earlier map has the size that is wanted, and none has the one at hand."""
    first = _first_of_size(subject)
    return subject.rows[first[out]] is row and first.get(wanted, first[out]) < first[out]


RULE = TransposeMissesSize
