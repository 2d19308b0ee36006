"""`convcalc verify`: what happened when the network ran, against what was planned.

Every layer is run on whole numbers of its input's shape, and watched: what came out, what was
multiplied and read, which pixels were reached. Then it is held to the laws of the texts that
planners stand on: a convolution and its transpose, its flip, its shift, its dense form.
"""

from __future__ import annotations

from collections.abc import Collection

from convcalc.core.errors import Problem, StackError
from convcalc.core.text import nearest
from convcalc.features.verify.case import Job
from convcalc.features.verify.memory import check_memory
from convcalc.features.verify.report import CHECKS, MOST_STEPS, Check, LayerReport, Report
from convcalc.features.verify.walk import Progress, Walk, chosen_rows, silent
from convcalc.kinds.base.field_values import is_integer
from convcalc.network import MAX_LAYERS, InputShapes, Network, VariableValues
from convcalc.planning import plan

__all__ = ["CHECKS", "Check", "LayerReport", "Report", "verify"]


def verify(
    network: Network,
    *,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
    batch: int = 1,
    checks: Collection[str] = tuple(CHECKS),
    layers: Collection[str] = (),
    seed: int = 0,
    max_memory: int | None = None,
    max_layers: int = MAX_LAYERS,
    max_steps: int = MOST_STEPS,
    progress: Progress = silent,
) -> Report:
    """Run every layer and compare what happened with the plan.

    `checks` and `layers` are names, all of them unless given; a block's name stands for the
    layers inside. The same `seed` draws the same
    numbers. `max_memory` is in bytes, by default half of what is free.
    Raises StackError for a network that does not stand, for arguments that mean nothing, and
    before anything is allocated for a network that needs more memory; KeyError for a name that
    no layer has.

    >>> from convcalc import loads
    >>> network = loads('''
    ... convcalc: 1
    ... input: [3, 8, 8]
    ... layers: [conv: {out: 4, k: 3, s: 2, p: 1}, relu]
    ... ''')
    >>> report = verify(network)
    >>> report.is_clean, report["conv_1"]["macs"].measured
    (True, '1,728')
    """
    _check(checks, layers, seed, max_steps)
    planned = plan(network, input=input, variables=variables, batch=batch, max_layers=max_layers)
    job = Job(tuple(checks), seed, max_steps)
    rows = chosen_rows(planned, layers)
    check_memory(planned, rows, max_memory)
    return Walk(planned, job).run(rows, progress)


def _check(checks: Collection[str], layers: Collection[str], seed: int, max_steps: int) -> None:
    problems = []
    for name, value in (("checks", checks), ("layers", layers)):
        if isinstance(value, str):
            message = f"{name} wants a list of names, got {value!r:.40}"
            problems.append(Problem("wrong-type", message, help=f"write {name}=[{value!r:.40}]"))
    # A check that does not exist would fail nowhere.
    if not isinstance(checks, str):
        problems += [
            Problem("wrong-value", f"there is no check `{name}`", help=nearest(name, CHECKS))
            for name in map(str, checks)
            if name not in CHECKS
        ]
    if not is_integer(seed) or seed < 0:
        message = f"seed wants an integer from 0 on, got {seed!r:.40}"
        problems.append(Problem("wrong-value", message))
    if not is_integer(max_steps) or max_steps < 1:
        message = f"max_steps wants an integer from 1 on, got {max_steps!r:.40}"
        problems.append(Problem("wrong-value", message))
    if problems:
        raise StackError(problems)
