"""CC401 dropped-border."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.arithmetic import tail_pixels
from convcalc.core.errors import Problem
from convcalc.core.shapes import Window
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import Pool


class DroppedBorder(Rule):
    """A strided layer whose last window ends before the map does: real pixels are never read.

    Why: the division rounds down and throws the right and the lower border away. Padding that is
    left over is not counted; a stride beyond the kernel skips pixels everywhere, which is
    another rule (stride-skips-pixels).

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 75, 75]
    layers:
      - max_pool: 2
    ```

    Pad, round up, or take an input whose size comes out even (`convcalc sizes` lists them):

    Good:

    ```yaml
    convcalc: 1
    input: [16, 75, 75]
    layers:
      - max_pool: {k: 2, ceil_mode: true}
    ```

    Source: Dumoulin & Visin 2016, relationship 6 and figure 2.7.
    """

    code: ClassVar[str] = "CC401"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv, Pool):
            axes, lost = [], 0
            for axis, window in enumerate(site.windows):
                pixels = dropped(site.x[1 + axis], site.row.output[1 + axis], window)
                if pixels:
                    axes.append(axis)
                    lost = lost or pixels
            if not axes:
                continue
            window, size = site.windows[axes[0]], site.x[1 + axes[0]]
            padded = size + window.before + window.after
            how = "write `ceil_mode: true`, " if isinstance(site.layer, Pool) else ""
            yield cls.at(
                site.row,
                f"`{site.row.name}` never reads the last "
                f"{'pixel' if lost == 1 else f'{lost} pixels'} of {size}"
                f"{along(axes, len(site.windows))}",
                note=f"({padded} - {window.span}) mod {window.stride} = "
                f"{(padded - window.span) % window.stride}: the division leaves a rest",
                help=f"{how}pad more, or use another size (`convcalc sizes` lists those that fit)",
            )


def dropped(size: int, count: int, window: Window) -> int:
    """Real pixels behind the last of `count` windows; none where the stride skips pixels anyway.

    >>> dropped(75, 37, Window(2, 2)), dropped(224, 112, Window(7, 2, 3, 3))
    (1, 0)
    >>> dropped(56, 28, Window(1, 2)), dropped(14, 4, Window(3, 3))
    (0, 2)
    """
    if window.stride == 1 or window.stride > window.span:
        return 0
    tail = tail_pixels(size, count, window.span, window.stride, window.before, window.after)
    return max(0, tail - window.after)


RULE = DroppedBorder
