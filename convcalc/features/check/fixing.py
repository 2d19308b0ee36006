"""Repairs of findings as edits of the text, applied only where they leave a file that is as good.

Edits never touch what they do not span: line endings, the byte order mark, comments and the last
line break stay. A fixed text is read and planned again before it counts:

- It must come as far as the old text did: to YAML, to a network, to a plan. Where the old text
  stopped with problems, the new one gets further or has no more of them.
- A *safe* fix leaves the shapes and the receptive field of the network's outputs as they are, its
  MACs too, and every expectation that held. Parameters without effect may go.
- An unsafe fix, applied only on request, may change all of that, but the network still plans.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from convcalc.core.errors import Edit, Problem, StackError
from convcalc.core.text import visible
from convcalc.document.reader import read_document
from convcalc.features.check.patching import applied_edits
from convcalc.network import MAX_LAYERS, Network, stem
from convcalc.network.reader import read_template
from convcalc.planning import Plan, plan

# A fix may make room for another; more rounds than this are fixes that undo each other.
MAX_ROUNDS = 10
# Plans of one file in a round, so that thousands of bad fixes take no hours.
MAX_TRIALS = 50


class Refusal(NamedTuple):
    """A finding whose fix is not applied, and why, as part of a sentence."""

    problem: Problem
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its fixes: what was applied, and which fixes were tried and refused.

    `waits`: fixes overlap those that were applied, and wait for the next round.
    """

    text: str
    applied: tuple[Problem, ...] = ()
    refused: tuple[Refusal, ...] = ()
    waits: bool = False


def fixed_text(
    text: str,
    problems: Iterable[Problem],
    *,
    unsafe: bool = False,
    file: str = "",
    max_layers: int = MAX_LAYERS,
) -> Fixed:
    """One round of fixes: of those that overlap the first wins, and the rest waits for the next.

    `text` is what the places point into. A fix that leaves a worse file is refused by itself, not
    the ones beside it.
    """
    refused: list[Refusal] = []
    chosen: dict[tuple[Edit, ...], _Candidate] = {}
    taken: list[Edit] = []
    waits = False
    for problem in problems:
        fix = problem.fix
        if fix is None or not (fix.safe or unsafe):
            continue
        edits = tuple(sorted(fix.edits))
        if edits in chosen:
            # One edit may answer several findings, as in a block that is used twice.
            chosen[edits].problems.append(problem)
        elif not _is_sound(edits, len(text)):
            refused.append(Refusal(problem, "its edits do not fit the text"))
        elif _is_free(edits, taken):
            chosen[edits] = _Candidate(edits, fix.safe, [problem])
            for edit in edits:
                insort(taken, edit)
        else:
            waits = True
    if not chosen:
        return Fixed(text, refused=tuple(refused))
    trial = _Trial(text, file, max_layers)
    kept = trial.accepted(list(chosen.values()))
    refused += [
        Refusal(problem, trial.reasons[id(one)])
        for one in chosen.values()
        if id(one) in trial.reasons
        for problem in one.problems
    ]
    applied = tuple(problem for one in kept for problem in one.problems)
    return Fixed(applied_edits(text, _edits(kept)), applied, tuple(refused), waits)


def fixed_in_rounds(
    text: str,
    find: Callable[[str], Sequence[Problem]],
    *,
    unsafe: bool = False,
    file: str = "",
    max_layers: int = MAX_LAYERS,
) -> Fixed:
    """Fixes until there are none left; `find` gives the findings of a text."""
    applied: list[Problem] = []
    refused: tuple[Refusal, ...] = ()
    seen = {text}
    for _ in range(MAX_ROUNDS):
        round = fixed_text(text, find(text), unsafe=unsafe, file=file, max_layers=max_layers)
        refused = round.refused
        # Two rules that undo each other would go round in circles.
        if not round.applied or round.text in seen:
            break
        seen.add(round.text)
        text = round.text
        applied += round.applied
    return Fixed(text, tuple(applied), refused)


@dataclass(slots=True, eq=False)
class _Candidate:
    """A fix with the findings that it answers; its edits in order."""

    edits: tuple[Edit, ...]
    safe: bool
    problems: list[Problem] = field(default_factory=list)


def _edits(candidates: Iterable[_Candidate]) -> list[Edit]:
    return [edit for one in candidates for edit in one.edits]


def _is_sound(edits: tuple[Edit, ...], length: int) -> bool:
    inside = all(0 <= edit.start <= edit.end <= length for edit in edits)
    return bool(edits) and inside and not any(_overlap(a, b) for a, b in pairwise(edits))


def _is_free(edits: tuple[Edit, ...], taken: Sequence[Edit]) -> bool:
    """Whether none of `edits` overlaps one of the `taken`, which are in order and apart."""
    for edit in edits:
        at = bisect_left(taken, edit)
        if any(_overlap(edit, other) for other in taken[max(0, at - 1) : at + 1]):
            return False
    return True


def _overlap(a: Edit, b: Edit) -> bool:
    """True where the edits share a character, or where their order would decide the result."""
    if a.start == a.end or b.start == b.end:
        return a.start <= b.end and b.start <= a.end
    return a.start < b.end and b.start < a.end


class _State(NamedTuple):
    """How far a text comes: `stage` 0 is no YAML, 1 YAML, 2 a network, 3 a plan."""

    stage: int
    problems: tuple[Problem, ...] = ()
    plan: Plan | None = None

    @property
    def reason(self) -> str:
        """The first problem; of a layer that does not fit, the message only names it."""
        first, *_ = self.problems
        return f"{first.message}: {first.note}" if self.stage == 2 and first.note else first.message


def _state(text: str, file: str, max_layers: int) -> _State:
    stage = 0
    try:
        document = read_document(text.encode("utf-8", "surrogatepass"), file)
        stage = 1
        network = Network(read_template(document, stem(file)), document)
        stage = 2
        return _State(3, plan=plan(network, max_layers=max_layers))
    except StackError as error:
        return _State(stage, error.problems)


class _Trial:
    """Tries candidates on a text; `reasons` has, by the candidate's id, why one was refused."""

    def __init__(self, text: str, file: str, max_layers: int) -> None:
        self.text, self.file, self.max_layers = text, file, max_layers
        self.before = self.now = _state(text, file, max_layers)
        self.reasons: dict[int, str] = {}

    def accepted(self, candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """The candidates that leave a file as good as before."""
        kept: list[_Candidate] = []
        # The safe ones come first: what an unsafe one changes is no fault of theirs.
        parts = [[one for one in candidates if one.safe is safe] for safe in (False, True)]
        pending = [part for part in parts if part]
        room = MAX_TRIALS
        # Halves of halves: a single bad fix among many is found in few plans.
        while pending:
            some = pending.pop()
            room -= 1
            after = self._after([*kept, *some]) if room >= 0 else self.now
            reason = self._objection(some, after) if room >= 0 else "too many others failed"
            if not reason:
                kept += some
                self.now = after
            elif len(some) == 1 or room < 0:
                self.reasons.update((id(one), reason) for one in some)
            else:
                middle = len(some) // 2
                pending += [some[middle:], some[:middle]]
        return kept

    def _after(self, candidates: Sequence[_Candidate]) -> _State:
        text = applied_edits(self.text, _edits(candidates))
        return _state(text, self.file, self.max_layers)

    def _objection(self, some: Sequence[_Candidate], after: _State) -> str:
        """What speaks against `some`, with which the text comes as far as `after`."""
        now = self.now
        if after.stage < now.stage:
            return f"the file would not hold any more: {after.reason}"
        if after.plan is None:
            repairs = sum(any(not found.rule for found in one.problems) for one in some)
            if after.stage == now.stage and len(after.problems) > len(now.problems) - repairs:
                return f"it would not help: {after.reason}"
        elif self.before.plan is not None and some[0].safe:
            return _difference(self._meaning, _meaning(after.plan))
        return ""

    @cached_property
    def _meaning(self) -> _Meaning:
        assert self.before.plan is not None
        return _meaning(self.before.plan)


class _Meaning(NamedTuple):
    """What a safe fix leaves as it is, by what it is called."""

    figures: dict[str, object]
    failures: Counter[tuple[str, str]]


def _meaning(planned: Plan) -> _Meaning:
    rows = [planned[name] for name in planned.outputs if name not in planned.inputs]
    figures: dict[str, object] = {
        "the output": [row.output for row in rows],
        "the receptive field": [row.receptive_fields for row in rows],
        "the MACs": planned.totals.macs,
    }
    failures = Counter((one.slug, one.layer) for one in planned.failures or ())
    return _Meaning(figures, failures)


def _difference(before: _Meaning, after: _Meaning) -> str:
    for what, figure in before.figures.items():
        if after.figures[what] != figure:
            return f"it would change {what} of the network"
    broken = sorted(after.failures - before.failures)
    if broken:
        (slug, layer), *_ = broken
        of = f"layer `{visible(layer)}`" if layer else "the network"
        return f"it would break the expectation {slug.removeprefix('expected-')} of {of}"
    return ""
