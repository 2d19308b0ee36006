"""Holding network files in your own tests: figures, expectations, and the rules of `check`.

    from convcalc.testing import assert_plan

    def test_the_model_stays_small():
        assert_plan("models/net.net.yaml", output=[1000], macs={"max": "2G"})

A failed assertion shows everything that is wrong at once: every figure with what was wanted, what
there is, the difference and the layers that make it, and every finding with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Literal, get_args

from convcalc.core.errors import Level, Problem, StackError

if TYPE_CHECKING:
    from convcalc.network import InputShapes, Network, VariableValues
    from convcalc.network.expectations import Expectation
    from convcalc.planning import Plan
    from convcalc.report.checked import FileFindings

Figure = int | float | str
# A figure, or its limits: 11_689_512, "1.9G", {"max": "2G"}, {"min": 200, "max": 300}.
Wanted = Figure | Mapping[Literal["min", "max"], Figure]
FailOn = Literal["error", "warning", "info", "never"]


def assert_plan(
    net: str | PathLike[str] | Network,
    *,
    output: Sequence[int | None] | None = None,
    params: Wanted | None = None,
    macs: Wanted | None = None,
    memory: str | Mapping[Literal["min", "max"], str] | None = None,
    receptive_field: Wanted | None = None,
    stride: Wanted | None = None,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
) -> Plan:
    """Assert that a network plans, holds its own expectations, and these; the plan is returned.

    Figures are written as in `expect:`: `macs={"max": "2G"}`, `memory={"max": "64MiB"}`,
    `output=[8, None, None]` (None: any size). With `input` or `variables`, which are overrides,
    the expectations of the file itself are not checked.

    Raises AssertionError with all differences and findings, ValueError for a figure that cannot
    be read.

    >>> import convcalc
    >>> text = "convcalc: 1\\ninput: [1, 32, 32]\\nlayers: [conv: {out: 6, k: 5}]"
    >>> lenet = convcalc.loads(text)
    >>> assert_plan(lenet, output=[6, 28, 28], params={"max": 200}).totals.macs
    117600
    >>> assert_plan(lenet, params=100)
    Traceback (most recent call last):
    AssertionError: network is not as expected:
      params of the network: expected 100, got 156 (+56.0 %)
        write `params: 156` if the change is meant
    """
    __tracebackhide__ = True
    from convcalc.importers import load
    from convcalc.network import Network
    from convcalc.planning import plan
    from convcalc.planning.expectations import unmet

    given = {
        "output": None if output is None else list(output),
        "params": params,
        "macs": macs,
        "memory": memory,
        "receptive_field": receptive_field,
        "stride": stride,
    }
    expected = _expectation({name: value for name, value in given.items() if value is not None})
    name = net.name if isinstance(net, Network) else fspath(net)
    try:
        network = net if isinstance(net, Network) else load(net)
        planned = plan(network, input=input, variables=variables)
    except StackError as error:
        said = _findings(error.problems, error.source)
        raise AssertionError(f"{name} cannot be planned:\n{said}") from None
    differences = unmet(planned.graph, planned.rows, expected)
    failures = planned.failures or ()
    parts = [_difference(problem) for problem in differences]
    if failures:
        parts.append(_findings(failures, network.document.text))
    if parts:
        raise AssertionError(f"{name} is not as expected:\n" + "\n".join(parts).rstrip())
    return planned


def assert_clean(path: str | PathLike[str], *, fail_on: FailOn | None = None) -> None:
    """Assert that `convcalc check` has nothing against a file, with the nearest configuration.

    `fail_on` is the level from which findings count; None leaves it to the configuration, whose
    default is `error`. Raises AssertionError with all findings of the file.
    """
    __tracebackhide__ = True
    known = (*get_args(Level), "never")
    if fail_on is not None and fail_on not in known:
        raise ValueError(f"fail_on wants one of {', '.join(known)}, got {fail_on!r}")
    findings, fails = _checked(fspath(path), fail_on)
    if fails:
        said = _findings(findings.problems, findings.source)
        raise AssertionError(f"{findings.file} has findings:\n{said}".rstrip())


def _checked(path: str, fail_on: FailOn | None) -> tuple[FileFindings, bool]:
    """The findings of a file, and whether any of them counts."""
    from convcalc.features.check.configuration import Configurations
    from convcalc.features.check.discovery import Discovery
    from convcalc.features.check.one_file import Options, check_one
    from convcalc.features.check.selection import Selection
    from convcalc.report.checked import FileFindings

    configurations = Configurations(Selection())
    found = next(Discovery(configurations).find([path]), None)
    for error in configurations.errors:
        file = error.problems[0].file
        return FileFindings(file, error.source, error.problems, is_usable=False), True
    if found is None:
        raise ValueError(f"{path} names no network file")
    findings = check_one(found, Options()).findings
    settings = found.settings
    if fail_on is not None:
        settings = replace(settings, fail_on=fail_on)
    fails = any(problem.level in settings.failing for problem in findings.problems)
    return findings, fails or not findings.is_usable


def _expectation(values: dict[str, object]) -> Expectation:
    from convcalc.network.expectations import FigureError, given_expectation

    plain = {key: dict(one) if isinstance(one, Mapping) else one for key, one in values.items()}
    try:
        return given_expectation(plain)
    except FigureError as error:
        raise ValueError(f"{error}; {error.help}" if error.help else str(error)) from None


def _difference(problem: Problem) -> str:
    lines = [f"  {problem.message}"]
    lines += [f"    {line}" for line in (problem.note, problem.help) if line]
    return "\n".join(lines)


def _findings(problems: Sequence[Problem], source: str) -> str:
    from convcalc.report import findings_renderer
    from convcalc.report.checked import FileFindings, Report
    from convcalc.report.style import PLAIN

    file = problems[0].file if problems else ""
    return findings_renderer("full")(Report((FileFindings(file, source, tuple(problems)),)), PLAIN)
