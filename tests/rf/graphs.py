"""Random networks: each draw as a layer stack for `convcalc` and as operations for the oracle."""

from __future__ import annotations

import json
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from tests.rf.oracle import (
    Op,
    Reads,
    adaptive_reads,
    conv_reads,
    linear_reads,
    nearest_reads,
    shifted_reads,
    transposed_reads,
)

FAMILIES = (
    "chain", "dilated", "residual", "concat", "transposed", "upsampled", "pooled", "decoder",
    "unequal", "global", "two inputs", "mixed",
)  # fmt: skip
# What each family draws from beside plain windows.
_CHOICES: dict[str, tuple[str, ...]] = {
    "chain": ("conv", "conv", "border"),
    "dilated": ("dilated",),
    "residual": ("residual", "conv"),
    "concat": ("concat", "conv"),
    "transposed": ("transposed", "conv"),
    "upsampled": ("upsample", "conv", "linear"),
    "pooled": ("pool", "conv", "adaptive"),
    "decoder": ("conv", "strided", "transposed", "residual"),
    "unequal": ("conv", "unequal", "strided"),
    "global": ("conv", "norm", "gate", "residual"),
    "two inputs": ("conv", "strided", "residual"),
    "mixed": (
        "conv", "dilated", "residual", "concat", "transposed", "upsample", "pool", "unequal",
        "border", "linear", "adaptive",
    ),
}  # fmt: skip
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Drawing:
    """One random network while it grows. `text` is its file, `ops` are its operations."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.family = FAMILIES[seed % len(FAMILIES)]
        self.rank = self.random.choice((1, 1, 2, 2, 2, 3))
        most = {1: 48, 2: 20, 3: 8}[self.rank]
        size = tuple(self.random.randint(most // 2, most) for _ in range(self.rank))
        self.ops = [Op("input", [], size)]
        self.layers: list[dict[str, Any]] = []
        inputs: Any = [2, *size]
        if self.family == "two inputs":
            self.ops = [Op("left", [], size), Op("right", [], size)]
            inputs = {"left": [2, *size], "right": [2, *size]}
            self._join("right")
        for _ in range(self.random.randint(2, {1: 6, 2: 5, 3: 3}[self.rank])):
            getattr(self, f"_{self.random.choice(_CHOICES[self.family])}")()
        if not self.layers:
            self._project()
        self.text = json.dumps({"convcalc": 1, "input": inputs, "layers": self.layers})

    @property
    def size(self) -> tuple[int, ...]:
        return self.ops[-1].size

    def _add(
        self,
        layer: dict[str, Any],
        size: tuple[int, ...],
        reads: list[list[Reads] | None],
        inputs: list[int] | None = None,
        everything: bool = False,
    ) -> int:
        name = f"n{len(self.ops)}"
        sources = [len(self.ops) - 1] if inputs is None else inputs
        if inputs is not None and len(inputs) == 1:
            layer = {**layer, "from": self.ops[inputs[0]].name}
        self.layers.append({**layer, "name": name})
        self.ops.append(Op(name, sources, size, reads, everything))
        return len(self.ops) - 1

    def _window(self, kind: str, k: list[int], s: list[int], p: list[list[int]], d: list[int],
                inputs: list[int] | None = None, **more: Any) -> bool:  # fmt: skip
        source = self.ops[-1 if inputs is None else inputs[0]].size
        size = []
        for i, (n, (before, after)) in enumerate(zip(source, p, strict=True)):
            room = n + before + after - ((k[i] - 1) * d[i] + 1)
            if room < 0:
                return False
            count = room // s[i] + 1
            if more.get("ceil_mode") and room % s[i] and count * s[i] < n + before:
                count += 1
            size.append(count)
        fields = {"k": k, "s": s, "p": p, **more}
        fields |= {"d": d} if kind != "avg_pool" else {}
        reads: list[Reads] = [conv_reads(k[i], s[i], p[i][0], d[i]) for i in range(self.rank)]
        self._add({kind: fields}, tuple(size), [reads], inputs)
        return True

    def _each(self, low: int, high: int) -> list[int]:
        return [self.random.randint(low, high) for _ in range(self.rank)]

    def _pads(self, high: int) -> list[list[int]]:
        return [
            [self.random.randint(0, high), self.random.randint(0, high)] for _ in range(self.rank)
        ]

    def _conv(self) -> None:
        self._window(
            "conv", self._each(1, 4), self._each(1, 2), self._pads(2), self._each(1, 2), out=2
        )

    def _strided(self) -> None:
        self._window(
            "conv", self._each(1, 3), self._each(2, 3), self._pads(1), self._each(1, 1), out=2
        )

    def _dilated(self) -> None:
        pads = [[d, d] for d in self._each(0, 3)]
        self._window("conv", self._each(2, 3), self._each(1, 2), pads, self._each(1, 4), out=2)

    def _pool(self) -> None:
        k = self._each(2, 3)
        pads = [[self.random.randint(0, 1)] * 2 for _ in k]
        kind = self.random.choice(("max_pool", "avg_pool"))
        self._window(kind, k, self._each(1, 3), pads, [1] * self.rank,
                     ceil_mode=self.random.random() < 0.5)  # fmt: skip

    def _adaptive(self) -> None:
        bins = [
            self.random.randint(1 if i else 2, max(2, min(n, 5))) for i, n in enumerate(self.size)
        ]
        if all(b == 1 for b in bins):
            return
        reads: list[Reads] = [adaptive_reads(n, b) for n, b in zip(self.size, bins, strict=True)]
        self._add({"adaptive_avg_pool": {"output_size": bins}}, tuple(bins), [reads])

    def _transposed(self) -> None:
        k, s, d = self._each(1, 4), self._each(1, 3), self._each(1, 2)
        p = self._each(0, 1)
        a = [self.random.randint(0, max(si, di) - 1) for si, di in zip(s, d, strict=True)]
        size = tuple(
            (n - 1) * s[i] - 2 * p[i] + (k[i] - 1) * d[i] + 1 + a[i]
            for i, n in enumerate(self.size)
        )
        if min(size) < 1 or prod(size) > 4000:
            return
        reads: list[Reads] = [transposed_reads(k[i], s[i], p[i], d[i]) for i in range(self.rank)]
        fields = {"out": 2, "k": k, "s": s, "p": p, "a": a, "d": d}
        self._add({"conv_transpose": fields}, size, [reads])

    def _upsample(self) -> None:
        factor = self.random.choice((2, 3))
        size = tuple(n * factor for n in self.size)
        if prod(size) <= 4000:
            reads: list[Reads] = [nearest_reads(factor)] * self.rank
            self._add({"upsample": factor}, size, [reads])

    def _linear(self) -> None:
        size = tuple(n * 2 for n in self.size)
        if prod(size) <= 4000:
            reads: list[Reads] = [linear_reads(Fraction(2))] * self.rank
            self._add({"upsample": {"scale_factor": 2, "mode": _LINEAR[self.rank]}}, size, [reads])

    def _border(self) -> None:
        if self.random.random() < 0.5 or min(self.size) < 6:
            pads = self._pads(2)
            reads: list[Reads] = [shifted_reads(-before) for before, _ in pads]
            size = tuple(n + sum(pad) for n, pad in zip(self.size, pads, strict=True))
            self._add({"pad": {"p": pads}}, size, [reads])
            return
        crops = self._pads(2)
        size = tuple(n - sum(crop) for n, crop in zip(self.size, crops, strict=True))
        self._add({"crop": {"p": crops}}, size, [[shifted_reads(before) for before, _ in crops]])

    def _same(self, source: int, high: int = 3) -> int:
        """A window that keeps the size of the map `source`; its index."""
        k, d = self._each(1, 4), self._each(1, high)
        pads = [[(ki - 1) * di // 2, (ki - 1) * di - (ki - 1) * di // 2]
                for ki, di in zip(k, d, strict=True)]  # fmt: skip
        if not self._window("conv", k, [1] * self.rank, pads, d, [source], out=2):
            return source
        return len(self.ops) - 1

    def _identity(self) -> list[Reads]:
        return [shifted_reads(0)] * self.rank

    def _residual(self) -> None:
        source = len(self.ops) - 1
        main = self._same(self._same(source), 2)
        if main != source:
            names = [self.ops[main].name, self.ops[source].name]
            reads: list[list[Reads] | None] = [self._identity(), self._identity()]
            self._add(
                {self.random.choice(("add", "max")): names},
                self.ops[source].size,
                reads,
                [main, source],
            )

    def _concat(self) -> None:
        source = len(self.ops) - 1
        branches = sorted({self._same(source) for _ in range(self.random.randint(2, 3))})
        if len(branches) > 1:
            names = [self.ops[branch].name for branch in branches]
            self._add(
                {"concat": names},
                self.ops[source].size,
                [self._identity() for _ in names],
                branches,
            )
            self._project()

    def _project(self) -> None:
        """Back to two channels, so that the next layer can add."""
        ones = [1] * self.rank
        self._window("conv", ones, ones, [[0, 0]] * self.rank, ones, out=2)

    def _join(self, other: str) -> None:
        at = next(index for index, op in enumerate(self.ops) if op.name == other)
        size = self.ops[0].size
        self._window("conv", [3] * self.rank, [1] * self.rank, [[1, 1]] * self.rank,
                     [1] * self.rank, [0], out=2)  # fmt: skip
        self._add({"add": [self.ops[-1].name, other]}, size, [self._identity(), self._identity()],
                  [len(self.ops) - 1, at])  # fmt: skip

    def _unequal(self) -> None:
        """A strided branch beside one that is not, cropped to each other in the middle."""
        source = len(self.ops) - 1
        if not self._window("conv", self._each(1, 3), [2] * self.rank, self._pads(1),
                            [1] * self.rank, [source], out=2):  # fmt: skip
            return
        strided = len(self.ops) - 1
        other = self._same(source)
        sizes = [self.ops[strided].size, self.ops[other].size]
        least = tuple(map(min, *sizes))
        reads: list[list[Reads] | None] = [
            [shifted_reads((n - m) // 2) for n, m in zip(size, least, strict=True)]
            for size in sizes
        ]
        names = [self.ops[strided].name, self.ops[other].name]
        self._add({"concat": {"inputs": names, "align": "crop"}}, least, reads, [strided, other])
        self._project()

    def _norm(self) -> None:
        if prod(self.size) > 1 and not any(op.everything for op in self.ops):
            self._add({"instance_norm": {}}, self.size, [self._identity()], everything=True)

    def _gate(self) -> None:
        source = len(self.ops) - 1
        size = self.size
        if any(None in op.reads for op in self.ops):
            return
        self.layers.append({"global_avg_pool": {"keepdim": True}, "name": f"n{len(self.ops)}"})
        self.ops.append(Op(f"n{len(self.ops)}", [source], (1,) * self.rank, [None]))
        gate = len(self.ops) - 1
        names = [self.ops[source].name, self.ops[gate].name]
        self._add({"mul": names}, size, [self._identity(), None], [source, gate])


def units_of(drawing: Drawing, target: int, count: int) -> list[tuple[int, ...]]:
    """Corners, the centre with its neighbours (every phase of a short pattern), and random ones."""
    size = drawing.ops[target].size
    middle = [n // 2 for n in size]
    units = {tuple(0 for _ in size), tuple(n - 1 for n in size)}
    units |= {
        tuple(min(max(m + shift, 0), n - 1) for m, n in zip(middle, size, strict=True))
        for shift in range(-3, 4)
    }
    for _ in range(count):
        units.add(tuple(drawing.random.randrange(n) for n in size))
    return sorted(units)
