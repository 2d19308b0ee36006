"""`convcalc budget`: today's figures into a file, as the limits that it has to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments, Option, Options, Switch
from convcalc.cli.usage import bad, one_of, separated, unfit

EXAMPLES = (
    "convcalc budget resnet18.net.yaml",
    "convcalc budget nets/ --slack 5% --only params,macs",
    "convcalc budget resnet18.net.yaml --diff",
    "convcalc budget nets/ --slack 0 --update --layers",
)


def _slack(word: str, option: str) -> Fraction:
    from convcalc.features.check.figure_limits import MAX_SLACK, read_slack

    room = read_slack(word)
    if room is None:
        message = f"wants a percentage from 0 to {MAX_SLACK}, got `{word}`"
        raise bad(message, f"write {option} 10%", option)
    return room


def _figures() -> Iterable[str]:
    from convcalc.features.check.figure_limits import FIGURES

    return FIGURES


def _chosen(words: Sequence[str], option: str) -> tuple[str, ...]:
    names = (word.replace("-", "_") for word in separated(words))
    return tuple(one_of(name, _figures(), option) for name in names)


@dataclass(frozen=True, kw_only=True)
class Request:
    """Limits as they are asked for."""

    paths: Annotated[
        tuple[str, ...],
        Arguments(
            "Files, folders, patterns such as nets/**/*.yaml, or - for standard input. "
            "Folders are searched for *.net.yaml, and YAML files that begin with `convcalc:`.",
            "FILES",
        ),
    ]
    slack: Annotated[
        Fraction,
        Option(
            "Room between a figure and its limit: --slack 5%. 0 writes the figures exactly.",
            "PERCENT",
            _slack,
            written="10%",
        ),
    ] = Fraction(1, 10)
    only: Annotated[
        tuple[str, ...],
        Options(
            "Figures to limit: {known}, as in --only params,macs. Default: the first four.",
            "FIGURES",
            _chosen,
            _figures,
        ),
    ] = ()
    update: Annotated[bool, Switch("Rewrite exact expectations too, which are kept otherwise.")] = (
        False
    )
    layers: Annotated[bool, Switch("Limit params and macs of each layer of `layers` too.")] = False
    check: Annotated[bool, Switch("Write nothing; exit with 1 where a file would change.")] = False
    diff: Annotated[bool, Switch("Show what would change, as a diff, and write nothing.")] = False
    stdin_filename: parameters.StdinFilename = None
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def budget(request: Request) -> int:
    """Write today's figures into a network's `expect`, as limits.

    Limits leave some room to spare, as --slack says. Comments and everything else in the file stay
    as they are. From then on `convcalc check` and `convcalc plan` fail where a figure passes its
    limit.
    """
    from convcalc.features.budget.answer import Terms
    from convcalc.features.budget.writing import Budgeting

    if request.check and request.diff:
        raise unfit("--diff does not go with --check", "--diff writes nothing either")
    terms = Terms(request.slack, request.only, update=request.update, layers=request.layers)
    budgeting = Budgeting(
        terms,
        writes=not (request.check or request.diff),
        shows_diff=request.diff,
        format=formats.table_format(request.format),
        color=request.color,
    )
    return budgeting.over(request.paths, request.stdin_filename)
