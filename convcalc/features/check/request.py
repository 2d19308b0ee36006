"""The command line of `convcalc check`: the one list of its options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import parameters, values
from convcalc.cli.declared import Arguments, Option, Options, Switch
from convcalc.cli.usage import bad, unfit
from convcalc.features.check.selection import Selection
from convcalc.features.check.selectors import read_selectors, selector_words
from convcalc.features.check.settings import FAIL_ON, FailOn

MOST_JOBS = 256


def _formats() -> Iterable[str]:
    from convcalc.report import findings_formats

    return findings_formats()


def _file(word: str, option: str) -> str:
    if not word or "\0" in word:
        raise bad("wants the name of a file", f"write {option} FILE", option)
    return word


def _jobs(word: str, option: str) -> int:
    if word.isascii() and word.isdecimal() and len(word) < 6 and 1 <= int(word) <= MOST_JOBS:
        return int(word)
    raise bad(f"wants 1 to {MOST_JOBS}, got `{word}`", f"write {option} 4", option)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A check as it is asked for."""

    paths: Annotated[
        tuple[str, ...],
        Arguments(
            "Files, folders, patterns such as nets/**/*.yaml, or - for standard input. "
            "Folders are searched for *.net.yaml, and YAML files that begin with `convcalc:`; "
            "without a path, this one.",
            "PATHS",
        ),
    ] = ()
    select: Annotated[
        tuple[str, ...] | None,
        Options(
            "Look for these only, by code, its beginning, or name: --select CC3,CC405.",
            "CODES",
            read_selectors,
            selector_words,
        ),
    ] = None
    ignore: Annotated[
        tuple[str, ...],
        Options(
            "Leave these out: --ignore CC4,unused-layer. The longest code that fits wins.",
            "CODES",
            read_selectors,
            selector_words,
        ),
    ] = ()
    extend_select: Annotated[
        tuple[str, ...],
        Options(
            "Look for these too: --extend-select ALL.", "CODES", read_selectors, selector_words
        ),
    ] = ()
    fail_on: Annotated[
        FailOn | None,
        Option(
            "Findings from this level on make the exit code 1: {known}, as in "
            "--fail-on warning. Default: error.",
            "LEVEL",
            known=lambda: FAIL_ON,
        ),
    ] = None
    exit_zero: Annotated[bool, Switch("Exit with 0 even where there are findings.")] = False
    format: Annotated[
        str | None,
        Option("How to write findings: {known}, as in --format sarif.", "NAME", known=_formats),
    ] = None
    output_file: Annotated[
        str | None,
        Option("Write findings to a file: --output-file findings.sarif.", "FILE"),
    ] = None
    config: Annotated[
        str | None,
        Option(
            "The configuration for all files, in place of the nearest: --config ci/convcalc.toml.",
            "FILE",
            _file,
        ),
    ] = None
    isolated: Annotated[bool, Switch("Read no configuration at all.")] = False
    force_exclude: Annotated[
        bool,
        Switch("Let the configuration's `exclude` hold for files that are named here too."),
    ] = False
    stdin_filename: parameters.StdinFilename = None
    input: Annotated[
        values.Shapes | None,
        Options(
            "Input shape for the model files that leave sizes open, channels first and without "
            "the batch: --input 3x224x224. With several inputs, by name: --input left=3x64x64.",
            "SHAPE",
            values.input_shapes,
        ),
    ] = None
    no_ignores: Annotated[bool, Switch("Report what comments in the files ignore, too.")] = False
    baseline: Annotated[
        str | None,
        Option(
            "Report only what is not in this list of known findings: "
            "--baseline convcalc-baseline.json. Findings that are gone leave the list.",
            "FILE",
            _file,
        ),
    ] = None
    update_baseline: Annotated[bool, Switch("Write today's findings into the baseline.")] = False
    fix: Annotated[bool, Switch("Repair what has a single safe repair, in the files.")] = False
    unsafe_fixes: Annotated[
        bool, Switch("With --fix or --diff: repairs too that change the network.")
    ] = False
    diff: Annotated[bool, Switch("Show what --fix would change, and change nothing.")] = False
    statistics: Annotated[bool, Switch("Show how often each finding was made.")] = False
    verbose: Annotated[
        bool, Switch("Name every file that was checked.", spelled=("--verbose", "-v"))
    ] = False
    jobs: Annotated[
        int | None, Option("Processes to share the files among: --jobs 4.", "N", _jobs)
    ] = None
    color: parameters.Color = "auto"

    @property
    def selection(self) -> Selection:
        """What the command line selects and ignores."""
        return Selection(self.select, self.extend_select, self.ignore)

    def refuse_misfits(self) -> None:
        """Raises UsageError for options that mean nothing together, or nothing alone."""
        pairs = (
            ("--isolated", self.isolated, "--config", self.config is not None),
            ("--fix", self.fix, "--diff", self.diff),
            ("--diff", self.diff, "--statistics", self.statistics),
            ("--format", self.format not in (None, "full"), "--statistics", self.statistics),
            ("--output-file", self.output_file is not None, "--statistics", self.statistics),
            ("--output-file", self.output_file is not None, "--diff", self.diff),
            ("--format", self.format not in (None, "full"), "--diff", self.diff),
        )
        for one, is_given, other, is_other_given in pairs:
            if is_given and is_other_given:
                raise unfit(f"{other} does not go with {one}", "give one of them")
        if self.unsafe_fixes and not (self.fix or self.diff):
            help = "write --fix --unsafe-fixes, or --diff --unsafe-fixes"
            raise unfit("--unsafe-fixes does nothing by itself", help)
        if "" in self.paths:
            raise bad("a path is empty", "write . for this folder", "PATHS")
