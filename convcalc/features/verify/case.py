"""One layer on one input: which checks are made of it, and on what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.features.verify import laws, laws_windows, real_size
from convcalc.features.verify.measure import draw, run
from convcalc.features.verify.report import CHECKS, Check
from convcalc.features.verify.small import Copy, steps
from convcalc.kinds.base import Facts, Kind

# Products of a small copy on which a law is shown.
MOST_STEPS = 20_000_000

# Checks for which the layer runs at its real size.
_ON_ITSELF = frozenset({"shape", "params", "macs", "finite"})
# Checks on small copies, which layers of different sizes often share.
Laws = dict[tuple[str, Copy], Check | None]
_Make = Callable[[], Check | None]


class Job(NamedTuple):
    """What is asked of a verification."""

    checks: Collection[str] = tuple(CHECKS)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A layer with the shapes of its inputs and what the plan says of it.

    `step` is its place in the network, from which its numbers are drawn.
    """

    layer: Kind
    inputs: tuple[Shape, ...]
    facts: Facts
    batch: int
    step: int
    job: Job

    def on_itself(self) -> tuple[Shape | None, list[Check | None]]:
        """The shape that comes out, and the checks of the layer at its real size."""
        layer, inputs, facts = self.layer, self.inputs, self.facts
        seed = (self.job.seed, self.step)
        if not _ON_ITSELF & set(self.job.checks):
            return None, []
        data = draw(layer, inputs, seed, batch=self.batch)
        done = run(layer, data)
        made: dict[str, _Make] = {
            "shape": lambda: real_size.shape(facts, done),
            "params": lambda: real_size.params(facts, data, done),
            "macs": lambda: real_size.macs(facts, done, self.batch),
            "finite": lambda: real_size.finite(layer, done),
        }
        return done.shape, [self._made(name, make) for name, make in made.items()]

    def on_a_copy(self, known: Laws) -> Iterator[Check | None]:
        """The checks on a small copy of the layer, remembered in `known`."""
        layer, inputs, seed = self.layer, self.inputs, self.job.seed
        copy = laws.copy_of(layer, inputs)
        made: dict[str, _Make] = {
            "adjoint": lambda: laws.adjoint(copy, (seed, 3)),
            "stretched": lambda: laws.stretched(copy, (seed, 4)),
            "restored": lambda: laws.restored(copy),
            "flip": lambda: laws_windows.flip(copy, (seed, 5)),
            "shift": lambda: laws_windows.shift(copy, (seed, 6)),
        }
        is_large = steps(copy) > MOST_STEPS
        for name, make in made.items():
            if (name, copy) not in known:
                if is_large and name in self.job.checks:
                    note = f"its smallest copy still takes {steps(copy):,} products"
                    known[name, copy] = Check(name, "", "", None, note)
                else:
                    known[name, copy] = self._made(name, make)
            yield known[name, copy]

    def dense(self, source: Shape) -> Check | None:
        """A dense layer as the convolution of the map `source` that was flattened before it."""
        seed = (self.job.seed, 7)
        return self._made("dense", lambda: laws_windows.dense(self.layer, source, seed))

    def _made(self, name: str, make: _Make) -> Check | None:
        """The check if it is asked for; one that fails where arrays do not fit each other."""
        if name not in self.job.checks:
            return None
        try:
            return make()
        except (LookupError, ValueError, LayerError) as error:
            note = f"{type(error).__name__}: {error}"
            return Check(name, "comparable", "not comparable", False, note)
