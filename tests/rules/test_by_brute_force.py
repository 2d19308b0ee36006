"""Rules about windows against pixels that are marked one by one, on drawn geometries."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from random import Random
from typing import NamedTuple

from tests.rules.stacks import RULES, found

SEEDS = range(150)
ABOUT_WINDOWS = (
    *("taps-in-padding", "outputs-of-padding", "dropped-border", "stride-skips-pixels"),
    *("even-kernel-shift", "asymmetric-padding"),
)
# What a rule has to say: its message, note and help.
Said = tuple[str, str, str]


class Axis(NamedTuple):
    """A window on one axis; `extra` is the output padding of a transposed one."""

    size: int
    k: int
    s: int
    before: int
    after: int
    d: int = 1
    extra: int = 0

    @property
    def span(self) -> int:
        return self.d * (self.k - 1) + 1

    def windows(self) -> list[list[int]]:
        """The pixels of each window, those of the padding included (below 0, or from `size` on)."""
        found, start = [], -self.before
        while start + self.span <= self.size + self.after:
            found.append([start + tap * self.d for tap in range(self.k)])
            start += self.s
        return found

    def pixels(self, window: list[int]) -> list[int]:
        return [pixel for pixel in window if 0 <= pixel < self.size]


def drawn(seed: int, of_pool: bool) -> list[Axis]:
    """Windows that fit, on one axis or two."""
    random = Random(seed)
    found: list[Axis] = []
    while len(found) < 1 + seed % 2:
        k = random.randint(1, 5)
        most = k // 2 if of_pool else 4
        before, after = random.randint(0, most), random.randint(0, most)
        s, d = random.choice([1, 1, 2, 3, 4, 6]), random.choice([1, 1, 2, 3, 7])
        axis = Axis(random.randint(1, 14), k, s, before, after, d)
        if axis.windows():
            found.append(axis)
    return found


def written(kind: str, axes: list[Axis], **more: object) -> str:
    fields = {
        "k": [axis.k for axis in axes],
        "s": [axis.s for axis in axes],
        "d": [axis.d for axis in axes],
        "p": [[axis.before, axis.after] for axis in axes],
        **more,
    }
    sizes = [axis.size for axis in axes]
    return f"convcalc: 1\ninput: {[1, *sizes]}\nlayers: [{{{kind}: {fields}}}, relu]\n"


def said(slugs: Iterable[str], text: str) -> dict[str, Said]:
    slug_of = {RULES[slug].code: slug for slug in slugs}
    problems = found([RULES[slug] for slug in slug_of.values()], text)
    answer = {slug_of[one.rule]: (one.message, one.note, one.help) for one in problems}
    assert len(answer) == len(problems)
    return answer


def on(some: list[Axis], axes: list[Axis]) -> str:
    """The axes that are meant, where it is not all of them."""
    return "" if some == axes else f" on the {'height' if some[0] is axes[0] else 'width'}"


def of_axes(numbers: list[int]) -> str:
    """One number for all axes, or a list."""
    return f"{numbers if min(numbers) < max(numbers) else numbers[0]}"


def expected(kind: str, axes: list[Axis]) -> dict[str, Said]:
    name = f"`{kind}_1`"
    is_conv = kind == "conv"
    answer: dict[str, Said] = {}

    taps = [axis.k for axis in axes]
    met = [
        len({tap for w in a.windows() for tap, p in enumerate(w) if 0 <= p < a.size}) for a in axes
    ]
    if is_conv and met != taps:
        idle = prod(taps) - prod(met)
        answer["taps-in-padding"] = (
            f"{idle} of the {prod(taps)} taps of {name} meet{'s' * (idle == 1)} only padding",
            f"{by_x(met)} of the kernel of {by_x(taps)} meets pixels of "
            f"{by_x([axis.size for axis in axes])}",
            "use a smaller kernel or dilation, or a larger map",
        )

    # The pixels between a window's taps are within it too.
    alone = {
        a: sum(not any(w[0] <= p <= w[-1] for p in range(a.size)) for w in a.windows())
        for a in axes
    }
    some = [axis for axis in axes if alone[axis]]
    if is_conv and some:
        first = some[0]
        count = alone[first]
        most = [axis.span - 1 for axis in axes]
        answer["outputs-of-padding"] = (
            (
                f"1 row of outputs of {name} sees"
                if count == 1
                else f"{count} rows of outputs of {name} see"
            )
            + f" only padding{on(some, axes)}",
            f"padding {max(first.before, first.after)} for a span of {first.span}",
            f"use `padding: {of_axes(most)}`{' or less' if most != [0] * len(axes) else ''}",
        )

    # A stride beyond the kernel skips pixels everywhere: that is another rule.
    behind = {a: max(0, a.size - 1 - a.windows()[-1][-1]) if 1 < a.s <= a.span else 0 for a in axes}
    some = [axis for axis in axes if behind[axis]]
    if some:
        first = some[0]
        padded = first.before + first.size + first.after
        lost = "pixel" if behind[first] == 1 else f"{behind[first]} pixels"
        rest = padded - first.span - first.s * (len(first.windows()) - 1)
        answer["dropped-border"] = (
            f"{name} never reads the last {lost} of {first.size}{on(some, axes)}",
            f"({padded} - {first.span}) mod {first.s} = {rest}: the division leaves a rest",
            f"{'' if is_conv else 'write `ceil_mode: true`, '}pad more, or use another size "
            "(`convcalc sizes` lists those that fit)",
        )

    # The places of a stride that taps fall on.
    places = {axis: len({tap * axis.d % axis.s for tap in range(axis.k)}) for axis in axes}
    some = [axis for axis in axes if places[axis] < axis.s and len(axis.windows()) > 1]
    if some:
        first = some[0]
        several = [axis for axis in axes if len(axis.windows()) > 1]
        read, of = prod(places[axis] for axis in several), prod(axis.s for axis in several)
        least = [axis.s if axis in several else axis.k for axis in axes]
        # All the taps that a stride has room for still leave places out.
        apart = any(len({tap * a.d % a.s for tap in range(a.s)}) < a.s for a in some)
        parts = ["leave the dilation out"] if apart else []
        if any(axis.k < axis.s for axis in some):
            parts.append(f"use a kernel of at least {of_axes(least)}")
        answer["stride-skips-pixels"] = (
            f"the stride of {name} steps over pixels that nothing reads{on(some, axes)}",
            f"a kernel of {first.k} with stride {first.s}: at most {read} of {of} pixels are read",
            f"{' and '.join(parts)}, or pool before",
        )

    some = [a for a in axes if a.span % 2 == 0 and a.s == 1 and a.before and a.after]
    if is_conv and some:
        first = some[0]
        answer["even-kernel-shift"] = (
            f"the kernel of {name} spans {first.span} pixels and has no middle{on(some, axes)}",
            f"{first.before} pixel{'s' * (first.before > 1)} before and {first.after} after; "
            f"{first.size} give {len(first.windows())}",
            f"use `kernel_size: {first.k - 1}` or `{first.k + 1}`",
        )

    some = [axis for axis in axes if axis.before != axis.after]
    if some:
        answer["asymmetric-padding"] = (
            f"PyTorch's layers cannot pad {some[0].before} before and {some[0].after} after"
            f"{on(some, axes)}",
            "",
            "put a `pad` layer before it",
        )
    return answer


def by_x(numbers: list[int]) -> str:
    return "x".join(map(str, numbers))


def test_what_rules_say_of_windows() -> None:
    told: dict[str, int] = dict.fromkeys(ABOUT_WINDOWS, 0)
    for seed in SEEDS:
        for kind in ("conv", "max_pool"):
            axes = drawn(seed, kind == "max_pool")
            text = written(kind, axes, **({"out": 2} if kind == "conv" else {}))
            wanted = expected(kind, axes)
            assert said(ABOUT_WINDOWS, text) == wanted, text
            for slug in wanted:
                told[slug] += 1
    assert min(told.values()) >= 20, told


def transposed(seed: int) -> list[Axis]:
    """Windows of a transposed convolution that leave an output, alike on its axes or not."""
    random = Random(seed)
    found: list[Axis] = []
    while len(found) < 2:
        s, d = random.choice([1, 2, 2, 3, 4]), random.choice([1, 1, 1, 2, 3])
        k, before, after = random.randint(1, 6), random.randint(0, 2), random.randint(0, 2)
        axis = Axis(random.randint(1, 5), k, s, before, after, d, random.randrange(max(s, d)))
        if output(axis) > 0:
            found += [axis] * (1 + seed % 2)
    return found[:2]


def output(axis: Axis) -> int:
    return (axis.size - 1) * axis.s + axis.span - axis.before - axis.after + axis.extra


def nearest_multiple(axis: Axis) -> int:
    return min(range(axis.s, 20, axis.s), key=lambda k: (abs(k - axis.k), -k))


def expected_of_transposed(axes: list[Axis]) -> dict[str, Said]:
    name = "`conv_transpose_1`"
    answer: dict[str, Said] = {}

    # Which outputs of a stride each tap adds to, far from every border.
    counts = [
        [sum(tap * axis.d % axis.s == o for tap in range(axis.k)) for o in range(axis.s)]
        for axis in axes
    ]
    uneven = [axis for axis, own in zip(axes, counts, strict=True) if len(set(own)) > 1]
    if uneven:
        first = uneven[0]
        least, most = prod(map(min, counts)), prod(map(max, counts))
        nearest = [nearest_multiple(axis) for axis in axes]
        repair = f"`kernel_size: {of_axes(nearest)}`"
        extra = first.extra + first.d * (first.k - nearest[0])
        are_apart = any(
            len({tap * axis.d % axis.s for tap in range(axis.s)}) < axis.s for axis in uneven
        )
        if are_apart:
            wants_kernel = any(axis.k % axis.s for axis in uneven)
            repair = f"leave the dilation out{f' and use {repair}' if wants_kernel else ''}"
        elif axes[0]._replace(size=0) == axes[1]._replace(size=0) and 0 <= extra < first.s:
            assert output(first) == output(first._replace(k=nearest[0], extra=extra))
            repair += f" with `output_padding: {extra}`, which leaves the size"
        answer["checkerboard-risk"] = (
            f"{name} overlaps unevenly: outputs get {least} to {most} contributions",
            f"{first.k} mod {first.s} = {first.k % first.s}: the stride does not divide the kernel"
            if first.k % first.s
            else f"stride {first.s} and dilation {first.d} leave outputs apart",
            f"{'' if are_apart else 'use '}{repair}, or take `upsample` and a convolution",
        )

    # Keras transposes the convolution whose `same` pads `total` on a map of the output's size.
    total = {axis: max(0, axis.span - axis.s) for axis in axes}
    some = [
        axis
        for axis in axes
        if axis.s > 1 and output(axis) == axis.size * axis.s and axis.before != total[axis] // 2
    ]
    if some:
        first = some[0]
        before = total[first] // 2
        more = f" and adds {first.s - first.span}" if first.s > first.span else ""
        answer["transposed-same-differs"] = (
            f"{name} cuts {first.before} before, Keras's `same` {before}{on(some, axes)}",
            f"equal sizes; Keras cuts ({before}, {total[first] - before}){more}",
            f"a kernel of {first.k + 1} leaves no odd pixel"
            if first.d == 1
            else "use a kernel without dilation",
        )
    return answer


def test_what_rules_say_of_transposed_windows() -> None:
    told = {"checkerboard-risk": 0, "transposed-same-differs": 0}
    for seed in SEEDS:
        axes = transposed(seed)
        extras = [axis.extra for axis in axes]
        text = written("conv_transpose", axes, out=2, output_padding=extras)
        wanted = expected_of_transposed(axes)
        assert said(tuple(told), text) == wanted, text
        for slug in wanted:
            told[slug] += 1
    assert min(told.values()) >= 12, told
