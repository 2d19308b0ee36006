"""What `convcalc verify` does with its words: run, show the way, report."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from convcalc.cli import streams
from convcalc.cli.options import bad, one_of
from convcalc.cli.progress import LayerProgress
from convcalc.cli.streams import answer, style_of
from convcalc.core.errors import ExitCode
from convcalc.core.shapes import Shape
from convcalc.network import Network

FORMATS = ("table", "plain", "json")
# So few layers are shown with every check on a line of its own.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options, as values."""

    checks: tuple[str, ...]
    layers: tuple[str, ...]
    input: Shape | dict[str, Shape] | None
    variables: dict[str, int]
    batch: int
    seed: int
    max_memory: int | None
    format: str
    max_layers: int
    color: str


def memory(value: str | None, option: str) -> int | None:
    """The bytes that `4GB` or `512MiB` writes. Raises BadParameter.

    >>> memory("1.5GB", "--max-memory"), memory(None, "--max-memory")
    (1500000000, None)
    """
    from convcalc.network.expectations import BYTE_UNITS, COUNT_UNITS, quantity

    if value is None:
        return None
    figure = quantity(value, {**COUNT_UNITS, **BYTE_UNITS}, bare=True)
    if figure is None or figure < 1:
        raise bad(f"wants bytes, got `{value}`", f"write {option} 4GB or {option} 512MiB", option)
    return int(figure)


def format_of(value: str | None, is_file: bool) -> str:
    """The format that is asked for; else a table on a terminal and for layers in shorthand."""
    if value is None:
        return "table" if streams.is_terminal(sys.stdout) or not is_file else "plain"
    return one_of(value, FORMATS, "--format")


def of_file(file: str, stdin_filename: str | None, wanted: Wanted) -> ExitCode:
    """Verify a network's file."""
    from convcalc.cli.reading import read_network

    return _verified(read_network(file, stdin_filename), wanted)


def of_words(words: list[str], wanted: Wanted) -> ExitCode:
    """Verify layers in shorthand."""
    from convcalc.features.verify.phrases import network_of

    for option, given in (("--layer", wanted.layers), ("--input", wanted.input)):
        if given:
            raise bad("is for a network's file", "leave it out", option)
    if wanted.variables:
        raise bad("is for a network's file", "leave it out", "--set")
    return _verified(network_of(words), wanted)


def _verified(network: Network, wanted: Wanted) -> ExitCode:
    from convcalc.features.verify import data as verify_json
    from convcalc.features.verify import verify
    from convcalc.features.verify import words as verify_text

    with LayerProgress() as progress:
        try:
            report = verify(
                network,
                input=wanted.input,
                variables=wanted.variables,
                batch=wanted.batch,
                checks=wanted.checks,
                layers=wanted.layers,
                seed=wanted.seed,
                max_memory=wanted.max_memory,
                max_layers=wanted.max_layers,
                progress=progress,
            )
        except KeyError as error:
            raise bad(str(error.args[0]), "", "--layer") from None
    style = style_of(sys.stdout, wanted.color)
    # In a pipe the same answer is the same text.
    timed = streams.is_terminal(sys.stdout)
    if wanted.format == "json":
        answer(verify_json.render(report))
    elif wanted.format == "plain":
        answer(verify_text.plain(report, style, timed))
    elif len(report.layers) <= _FEW:
        answer(verify_text.detail(report, style, timed))
    else:
        answer(verify_text.table(report, style, timed))
    return ExitCode.CLEAN if report.is_clean else ExitCode.FINDINGS
