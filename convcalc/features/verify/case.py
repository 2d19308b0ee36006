"""One layer on one input: which checks are made of it, and on what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.features.verify import real_size, textbook
from convcalc.features.verify.cut_layers import small
from convcalc.features.verify.laws import LAWS
from convcalc.features.verify.measure import draw, run
from convcalc.features.verify.report import CHECKS, MOST_STEPS, NOT_TOLD, Check
from convcalc.features.verify.work import A_CHECK, Budget, steps_of, steps_of_law
from convcalc.kinds.base import Facts, Kind
from convcalc.kinds.base.copies import Copy

# Checks on small copies, which layers of different sizes often share.
Laws = dict[tuple[str, Copy], Check]
Made = TypeVar("Made", Check, Check | None)


class Job(NamedTuple):
    """What is asked of a verification."""

    checks: Collection[str] = tuple(CHECKS)
    seed: int = 0
    max_steps: int = MOST_STEPS


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
    budget: Budget

    def on_itself(self) -> tuple[Shape | None, list[Check | None]]:
        """The shape that comes out, and the checks of the layer at its real size."""
        asked = [name for name in ("shape", "params", "macs", "finite") if name in self.job.checks]
        if not asked:
            return None, []
        layer, facts = self.layer, self.facts
        if not layer.runs:
            return None, [Check(name, "", "not run", None, NOT_TOLD) for name in asked]
        steps = A_CHECK + steps_of(facts, Copy(layer, self.inputs), self.batch)
        if not self.budget.takes(steps):
            return None, [self.budget.left_out(name, steps) for name in asked]
        data = draw(layer, self.inputs, (self.job.seed, self.step), batch=self.batch)
        done = run(layer, data)
        made: dict[str, Callable[[], Check | None]] = {
            "shape": lambda: real_size.shape(facts, done),
            "params": lambda: real_size.params(facts, data, done),
            "macs": lambda: real_size.macs(facts, done, self.batch),
            "finite": lambda: real_size.finite(layer, self.inputs, done),
        }
        return done.shape, [_made(name, made[name]) for name in asked]

    def on_a_copy(self, known: Laws) -> Iterator[Check]:
        """The laws that the layer has to keep, shown on a small copy, remembered in `known`."""
        asked = [name for name in LAWS if name in self.job.checks and LAWS[name].holds(self.layer)]
        if not asked:
            return
        # A window has two strides to move.
        copy = small(self.layer, self.inputs, 2)
        for place, name in enumerate(LAWS):
            if name not in asked:
                continue
            if (name, copy) not in known:
                steps = steps_of_law(copy, LAWS[name].runs)
                found = self.budget.left_out(name, steps)
                if self.budget.takes(steps):
                    seed = (self.job.seed, place)
                    found = _made(name, partial(LAWS[name].shown, copy, seed))
                known[name, copy] = found
            yield known[name, copy]

    def dense(self, source: Shape) -> Check | None:
        """A dense layer as the convolution of the map `source` that was flattened before it."""
        if "dense" not in self.job.checks or not source:
            return None
        seed = (self.job.seed, len(LAWS))
        return _made("dense", lambda: textbook.dense(self.layer, source, seed))


def _made(name: str, make: Callable[[], Made]) -> Made | Check:
    """What is made; a check that fails where arrays do not fit each other."""
    try:
        return make()
    except (LookupError, ValueError, LayerError) as error:
        note = f"{type(error).__name__}: {error}"
        return Check(name, "comparable", "not comparable", False, note)
