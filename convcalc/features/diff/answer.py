"""What `convcalc diff` answers: networks on both sides, and what keeps others from comparing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Answer, Hidden, Key, Record
from convcalc.features.diff.change_limits import LimitError, Verdict, judge, parse_limit
from convcalc.features.diff.changes import compare
from convcalc.features.diff.values import (
    Amount,
    Change,
    Difference,
    ExpectationChange,
    Figure,
    MapsChange,
)
from convcalc.network import InputShapes, Network
from convcalc.network.arguments import refused
from convcalc.planning import plan
from convcalc.report.checked import Report
from convcalc.report.found import Finding, problems_of


@dataclass(frozen=True, slots=True)
class JudgedLimit(Record):
    """A limit on a change, with the figure that it is about."""

    verdict: Hidden[Verdict]

    @property
    @Key()
    def limit(self) -> str:
        """The limit as it was written."""
        return self.verdict.limit.text

    @property
    @Key()
    def metric(self) -> str:
        """The figure that it limits."""
        return self.verdict.limit.metric

    @property
    @Key()
    def tripped(self) -> bool:
        """True where the change is not allowed, or cannot be told."""
        return self.verdict.is_tripped

    @property
    @Key()
    def before(self) -> Amount | None:
        """The figure before; null where there is none."""
        return self.verdict.figure.before

    @property
    @Key()
    def after(self) -> Amount | None:
        """The figure after."""
        return self.verdict.figure.after

    @property
    @Key()
    def delta(self) -> Amount | None:
        """The difference; null where a side is missing."""
        return self.verdict.figure.delta

    @property
    @Key()
    def percent(self) -> float | None:
        """The same in percent of the figure before."""
        return self.verdict.figure.rounded_percent


@dataclass(frozen=True, slots=True)
class NetworkDifference(Record):
    """One network on both sides."""

    difference: Hidden[Difference]
    verdicts: Hidden[tuple[Verdict, ...]]
    every_layer: Hidden[bool] = False

    @property
    @Key()
    def before(self) -> str | None:
        """What the network before is called; null for a new one."""
        return self.difference.names[0] if self.difference.before is not None else None

    @property
    @Key()
    def after(self) -> str | None:
        """What the network after is called; null where it is gone."""
        return self.difference.names[1] if self.difference.after is not None else None

    @property
    @Key()
    def note(self) -> str:
        """A sentence on a file that is new, gone or renamed."""
        return self.difference.note

    @property
    @Key()
    def same(self) -> bool:
        """True where not even a figure differs, nor what is expected."""
        return self.difference.is_same

    @property
    @Key()
    def inputs(self) -> MapsChange | None:
        """The inputs, null where names, shapes and order agree or a side is missing."""
        return self.difference.inputs

    @property
    @Key()
    def outputs(self) -> MapsChange | None:
        """The outputs, null where they are the same layers or a side is missing."""
        return self.difference.outputs

    @property
    @Key()
    def totals(self) -> Mapping[str, Figure]:
        """The sums on both sides, by name."""
        return self.difference.totals

    @property
    @Key()
    def limits(self) -> tuple[JudgedLimit, ...]:
        """The limits asked for, each with what came of it."""
        return tuple(map(JudgedLimit, self.verdicts))

    @property
    @Key()
    def expectations(self) -> tuple[ExpectationChange, ...]:
        """What the files expect otherwise."""
        return self.difference.expectations

    @property
    @Key()
    def layers(self) -> tuple[Change, ...]:
        """The layers that differ, or all where that was asked, in the network's order."""
        changes = self.difference.changes
        return tuple(one for one in changes if self.every_layer or one.status != "same")


@dataclass(frozen=True, slots=True)
class Differences(Answer):
    """Networks on both sides, and what keeps others from being compared."""

    networks: Annotated[tuple[NetworkDifference, ...], Key("Those that could be compared.")]
    problems: Annotated[tuple[Finding, ...], Key("Findings of sides that cannot be planned.")]


ANSWER = Differences


def diff(
    before: Network,
    after: Network,
    *,
    fail_on: Sequence[str] = (),
    all_layers: bool = False,
    input: InputShapes | None = None,
    variables: Mapping[str, int] | None = None,
) -> NetworkDifference:
    """What differs between two networks, layer by layer, and what that does to the sums.

    `fail_on` has limits such as `params>+5%`, judged in `limits`; `all_layers` keeps those that
    are the same. Raises StackError where a side cannot be planned or a limit cannot be read.

    >>> from convcalc import loads
    >>> text = "convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [conv: {out: %d, k: 3}]"
    >>> found = diff(loads(text % 4), loads(text % 5), fail_on=["params>+5%"])
    >>> found.totals["params"].delta, found.limits[0].tripped
    (28, True)
    """
    try:
        limits = tuple(map(parse_limit, fail_on))
    except LimitError as error:
        raise refused(f"fail_on: {error}", error.help) from None
    was, now = (plan(one, input=input, variables=variables) for one in (before, after))
    names = before.document.file or before.name, after.document.file or after.name
    found = compare(was, now, names)
    return NetworkDifference(found, judge(found, limits), all_layers)


def answer_of(
    compared: Sequence[tuple[Difference, Sequence[Verdict]]], report: Report, every_layer: bool
) -> Differences:
    """All comparisons of a run, and the findings of the sides that cannot be planned."""
    networks = (NetworkDifference(one, tuple(said), every_layer) for one, said in compared)
    return Differences(tuple(networks), problems_of(report))
