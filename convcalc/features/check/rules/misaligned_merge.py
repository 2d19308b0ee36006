"""CC404 misaligned-merge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.links import Link
from convcalc.core.reach import Sliding
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, by_name, everywhere, once
from convcalc.kinds.arithmetic_family import Elementwise
from convcalc.kinds.concat import Concat
from convcalc.planning.plan_rows import Row


class MisalignedMerge(Rule):
    """A merge whose inputs stand aside: equal units of them look at different places.

    Why: the sum of an edge and of the same edge a pixel further on is a blur. Uneven paddings
    (`same_upper` with a stride beside a 1x1 shortcut), even kernels and crops on one side do it.
    Sequences are let be: there, causal layers look back on purpose. So are maps that meet at the
    same place by one path at least, as those of a pyramid with upsampled maps on the others.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, s: 2, p: same_upper}, name: main}
      - {conv: {out: 16, k: 1, s: 2}, from: input, name: shortcut}
      - add: [main, shortcut]
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, s: 2, p: 1}, name: main}
      - {conv: {out: 16, k: 1, s: 2}, from: input, name: shortcut}
      - add: [main, shortcut]
    ```

    Source: Araujo, Norris & Sim, "Computing Receptive Fields" (Distill 2019), on alignment of
    paths; `fixed_padding` in TensorFlow's ResNet.
    """

    code: ClassVar[str] = "CC404"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        rows = by_name(subject)

        def is_aside(row: Row) -> bool:
            apart = _apart(row, rows)
            return apart is not None and not _share_a_path(subject, *apart[2:])

        for row in everywhere(subject, is_aside, Elementwise, Concat):
            apart = _apart(row, rows)
            assert apart is not None
            axes, distance, first, second = apart
            pixels = "pixel" if distance <= 1 else "pixels"
            yield cls.at(
                row,
                f"`{first}` and `{second}` stand {_shown(distance)} {pixels} apart"
                f"{along(axes, len(row.output) - 1)}",
                note="distance between the centres of their fields, in pixels of the input",
                help="pad the paths so that their windows have the same middle",
            )


def _apart(row: Row, rows: dict[str, Row]) -> tuple[list[int], Fraction, str, str] | None:
    """The axes on which two inputs stand aside, how far on the first of them, and the two."""
    known: tuple[str, tuple[Sliding, ...]] | None = None
    for name in row.inputs:
        own = _slides(rows.get(name), len(row.output) - 1)
        if own is None:
            continue
        if known is None:
            known = name, own
            continue
        pairs = list(zip(known[1], own, strict=True))
        axes = [
            axis
            for axis, (a, b) in enumerate(pairs)
            if a.stride == b.stride and 2 * a.start + a.size != 2 * b.start + b.size
        ]
        if axes:
            a, b = pairs[axes[0]]
            distance = abs(Fraction(2 * a.start + a.size - 2 * b.start - b.size, 2))
            return axes, distance, known[0], name
    return None


# A path's centre on each axis: twice how far unit 0 stands from pixel 0, and the step to the next.
Path = tuple[tuple[int, int], ...]
# Past so many different paths nothing is said.
_MOST_PATHS = 32


def _share_a_path(subject: Subject, first: str, second: str) -> bool:
    """True where both stand at the same place by some path that only slides.

    What is copied by an upsampling stands half a step aside of itself: a field through it says
    less of where a unit stands than one that comes by windows alone.
    """
    paths = _paths(subject)
    ours, theirs = paths[first], paths[second]
    return max(len(ours), len(theirs)) > _MOST_PATHS or bool(ours & theirs)


@once
def _paths(subject: Subject) -> dict[str, frozenset[Path]]:
    """The centres of every layer, by each path of windows from the input; some of too many."""
    found: dict[str, frozenset[Path]] = {
        name: frozenset({((0, 1),) * (len(shape) - 1)}) for name, shape in subject.inputs.items()
    }
    for row in subject.rows:
        own: set[Path] = set()
        for name, links in zip(row.inputs, row.node.facts.links, strict=True):
            steps = [_step(link) for link in links or ()]
            if None not in steps and len(own) <= _MOST_PATHS:
                own |= {_onward(path, steps) for path in found[name] if len(path) == len(steps)}
        found[row.name] = frozenset(own)
    return found


def _step(link: Link) -> tuple[int, int] | None:
    """(twice the centre of unit 0, step to the next) of a window; None for what repeats else."""
    if len(link.taps) != 1 or not link.taps[0] or link.units is not None:
        return None
    taps = link.taps[0]
    return taps[0] + taps[-1], link.rise


def _onward(path: Path, steps: Sequence[tuple[int, int] | None]) -> Path:
    ends = zip(path, steps, strict=True)
    return tuple((start + step * own[0], step * own[1]) for (start, step), own in ends if own)


def _slides(row: Row | None, rank: int) -> tuple[Sliding, ...] | None:
    """The fields of a map of two or three axes on a single input, where they slide evenly."""
    if row is None or rank < 2 or len(row.output) != rank + 1 or len(row.seen) != 1:
        return None
    axes = row.seen[0].axes
    if axes is None or row.seen[0].whole or len(axes) != rank:
        return None
    slides = tuple(axis for axis in axes if isinstance(axis, Sliding))
    return slides if len(slides) == rank else None


def _shown(distance: Fraction) -> str:
    return str(distance) if distance.denominator == 1 else str(float(distance))


RULE = MisalignedMerge
