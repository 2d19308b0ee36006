"""The words of `convcalc check` as a value; what cannot be used is said with what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from convcalc.cli.streams import COLOR_CHOICES
from convcalc.features.check.selection import Selection, is_known, nearest_selector
from convcalc.features.check.settings import FAIL_ON, FailOn
from convcalc.report import findings_formats

MOST_JOBS = 256


class UsageError(Exception):
    """Words that cannot be used: what is wrong, what to write instead, and the option."""

    def __init__(self, message: str, help: str, option: str) -> None:
        self.message, self.help, self.option = message, help, option
        super().__init__(message)


@dataclass(slots=True)
class Request:
    """The command line as words; what is not given is empty."""

    paths: list[str] = field(default_factory=list)
    select: list[str] | None = None
    ignore: list[str] | None = None
    extend_select: list[str] | None = None
    fail_on: str | None = None
    exit_zero: bool = False
    format: str | None = None
    output_file: str | None = None
    config: str | None = None
    isolated: bool = False
    force_exclude: bool = False
    stdin_filename: str | None = None
    no_ignores: bool = False
    baseline: str | None = None
    update_baseline: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    statistics: bool = False
    verbose: bool = False
    jobs: str | None = None
    color: str = "auto"

    def check(self) -> None:
        """Raises UsageError for words that mean nothing, or nothing together."""
        _one_of(self.format, findings_formats(), "--format")
        _one_of(self.fail_on, FAIL_ON, "--fail-on")
        _one_of(self.color, COLOR_CHOICES, "--color")
        self._check_pairs()
        if "" in self.paths:
            raise UsageError("a path is empty", "write . for this folder", "PATHS")
        for value, option in ((self.config, "--config"), (self.baseline, "--baseline")):
            if value is not None and (not value or "\0" in value):
                raise UsageError("wants the name of a file", f"write {option} FILE", option)

    def _check_pairs(self) -> None:
        pairs = (
            ("--isolated", self.isolated, "--config", self.config is not None),
            ("--fix", self.fix, "--diff", self.diff),
            ("--diff", self.diff, "--statistics", self.statistics),
            ("--format", self.format not in (None, "full"), "--statistics", self.statistics),
            ("--output-file", self.output_file is not None, "--statistics", self.statistics),
            ("--output-file", self.output_file is not None, "--diff", self.diff),
        )
        for one, is_given, other, is_other_given in pairs:
            if is_given and is_other_given:
                raise UsageError(f"does not go with {one}", "give one of them", other)
        if self.unsafe_fixes and not (self.fix or self.diff):
            help = "write --fix --unsafe-fixes, or --diff --unsafe-fixes"
            raise UsageError("does nothing by itself", help, "--unsafe-fixes")

    @property
    def selection(self) -> Selection:
        """What the command line selects and ignores. Raises UsageError for unknown words."""
        return Selection(
            _selectors(self.select, "--select") if self.select is not None else None,
            _selectors(self.extend_select, "--extend-select"),
            _selectors(self.ignore, "--ignore"),
        )

    @property
    def processes(self) -> int | None:
        """How many processes are asked for; None where it is left open."""
        text = self.jobs
        if text is None:
            return None
        if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_JOBS:
            return int(text)
        raise UsageError(f"wants 1 to {MOST_JOBS}, got `{text}`", "write --jobs 4", "--jobs")

    @property
    def failing_level(self) -> FailOn | None:
        """The level that fails, where the command line says it."""
        return cast("FailOn", self.fail_on) if self.fail_on is not None else None


def _one_of(word: str | None, known: Iterable[str], option: str) -> None:
    names = tuple(known)
    if word is not None and word not in names:
        from convcalc.network.proposals import nearest

        raise UsageError(f"there is no `{word}`", nearest(word, names), option)


def _selectors(words: Sequence[str] | None, option: str) -> tuple[str, ...]:
    found = [word.strip() for value in words or () for word in value.split(",") if word.strip()]
    for word in found:
        if not is_known(word):
            raise UsageError(f"no finding is called `{word}`", nearest_selector(word), option)
    if words is not None and not found:
        raise UsageError("names nothing", f"write {option} CC3,CC405", option)
    return tuple(found)
