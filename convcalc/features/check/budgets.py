"""Budgets of the configuration: limits for every network whose file a pattern names.

    [[tool.convcalc.budget]]
    files = ["models/**/*.net.yaml"]
    max-params = "12M"
    max-memory = "64MiB"
    min-receptive-field = 224

Figures are written as in `expect:`, and are those of one sample in float32. All budgets that name
a file hold for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from convcalc.core.errors import Place, Problem
from convcalc.core.text import closest, nearest
from convcalc.document import Mapping as MappingNode
from convcalc.features.check.gitignore import GlobPattern, matches, path_key, patterns_of
from convcalc.network import Network
from convcalc.network.expectations import Bound, FigureError, Limits, parse_figure
from convcalc.planning import Plan
from convcalc.planning.contributors import BYTES, contributors, shares, whole
from convcalc.planning.limited_figures import (
    activations_note,
    bound_of_position,
    figures_of_position,
    lower_bound,
    macs_note,
    memory_note,
    params_note,
    position_note,
    shortfall,
)
from convcalc.planning.untold import untold

# Says what is wrong at a key of the configuration: path, message, help.
Complain = Callable[[tuple[str | int, ...], str, str], None]


class Figure(NamedTuple):
    """A figure that can be limited: which it is in words, its unit, and an example."""

    unit: str
    in_bytes: bool
    example: str


FIGURES: dict[str, Figure] = {
    "params": Figure("", False, 'max-params = "12M"'),
    "macs": Figure("", False, 'max-macs = "2G"'),
    "memory": Figure(BYTES, True, 'max-memory = "64MiB"'),
    "activations": Figure(BYTES, True, 'max-activations = "16MiB"'),
    "layers": Figure("", False, "max-layers = 200"),
    "receptive-field": Figure(" pixels", False, "min-receptive-field = 224"),
    "stride": Figure("", False, "max-stride = 32"),
}
_BOUNDS = ("max", "min")
KEYS = tuple(f"{bound}-{figure}" for figure in FIGURES for bound in _BOUNDS)


@dataclass(frozen=True)
class Budget:
    """Limits by figure, for the files that one of the patterns names; no pattern means all."""

    files: tuple[str, ...]
    limits: Mapping[str, Limits]

    def speaks_of(self, path: str) -> bool:
        """True for a file that the budget holds for; `path` is below the configuration's folder."""
        key = path_key(path)
        wanted, unwanted = self._patterns
        return (not wanted or matches(wanted, key)) and not matches(unwanted, key)

    @cached_property
    def _patterns(self) -> tuple[tuple[GlobPattern, ...], tuple[GlobPattern, ...]]:
        """What is meant, and (by a `!` before it) what is not."""
        # `models/**.net.yaml` can only mean files at any depth; in a `.gitignore`, `**` is that
        # only between slashes.
        globs = [re.sub(r"\*\*(?=[^/*])", "**/*", glob) for glob in self.files]
        wanted = [glob for glob in globs if not glob.startswith("!")]
        return patterns_of(wanted), patterns_of(
            [glob[1:] for glob in globs if glob.startswith("!")]
        )


def read_budgets(tables: Sequence[Mapping[str, object]], complain: Complain) -> tuple[Budget, ...]:
    """The budgets of a configuration; what makes no sense is complained of and left out."""
    return tuple(_read_budget(number, table, complain) for number, table in enumerate(tables))


def _read_budget(number: int, table: Mapping[str, object], complain: Complain) -> Budget:
    bounds: dict[str, dict[str, Fraction]] = {}
    for key, value in table.items():
        path = ("budget", number, key)
        bound, _, figure = key.partition("-")
        if key == "files":
            continue
        if bound not in _BOUNDS or figure not in FIGURES:
            complain(path, f"a budget has no `{key}`", _meant_key(key, value))
            continue
        try:
            bounds.setdefault(figure, {})[bound] = _bound(value, FIGURES[figure])
        except FigureError as error:
            complain(path, f"`{key}` {error}", error.help or f"write `{FIGURES[figure].example}`")
    limits = {}
    for figure, found in bounds.items():
        least, most = found.get("min"), found.get("max")
        if least is not None and most is not None and least > most:
            path = ("budget", number, f"min-{figure}")
            complain(path, f"`min-{figure}` is above `max-{figure}`", "swap them")
        else:
            limits[figure] = Limits(least=least, most=most)
    if set(table) <= {"files"}:
        complain(("budget", number), "a budget limits nothing", 'write `max-params = "12M"`')
    return Budget(_files(number, table.get("files"), complain), limits)


def _meant_key(key: str, value: object) -> str:
    """A repair for a key that there is not: a figure has its usual bound, if none is told.

    >>> _meant_key("params", 9), _meant_key("macs", {"min": 9}), _meant_key("fils", ["*"])
    ('did you mean `max-params`?', 'write `min-macs = 9`', 'did you mean `files`?')
    >>> _meant_key("colour", 9)[:17]
    'known here: files'
    """
    words = key.lower().replace("_", "-").split("-")
    figure = closest("-".join(word for word in words if word not in _BOUNDS), FIGURES)
    if closest(key, ("files",)) or not figure:
        return nearest(key, ("files", *KEYS))
    if isinstance(value, dict) and value and set(value) <= set(_BOUNDS):
        told = value.items()
        # Numbers and quoted figures are written alike in JSON and TOML.
        entries = [f"`{bound}-{figure} = {json.dumps(one, default=str)}`" for bound, one in told]
        return f"write {' and '.join(entries)}"
    bound = next((word for word in words if word in _BOUNDS), FIGURES[figure].example[:3])
    return f"did you mean `{bound}-{figure}`?"


def _bound(value: object, figure: Figure) -> Fraction:
    if isinstance(value, (int, float, str)):
        return parse_figure(value, figure.in_bytes)
    got = (
        "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a date"
    )
    raise FigureError(f"wants a figure, got {got}", "")


def _files(number: int, value: object, complain: Complain) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    complain(
        ("budget", number, "files"),
        "`files` of a budget wants a list of patterns",
        'write `files = ["models/**/*.net.yaml"]`, or leave it out for all files',
    )
    # A budget for everything would report what nobody asked for.
    return ("/",)


def exceeded(
    network: Network, plan: Plan, budgets: Sequence[Budget], path: str
) -> Iterator[Problem]:
    """A finding for each limit that the network does not keep to, in the order of the budgets."""
    for budget in budgets:
        if budget.speaks_of(path):
            yield from _Account(network, plan, budget).findings()


class _Account:
    """One network against one budget."""

    def __init__(self, network: Network, plan: Plan, budget: Budget) -> None:
        self.network, self.plan, self.budget = network, plan, budget
        self.graph = plan.graph
        self.span = whole(plan.graph)

    def findings(self) -> Iterator[Problem]:
        """What is beyond the budget."""
        for figure, limits in self.budget.limits.items():
            if figure in ("receptive-field", "stride"):
                yield from self._of_position(figure, limits)
                continue
            got, note = self._total(figure)
            lacking = untold(self.graph.nodes, figure)
            bound: Bound = "at least" if lacking else ""
            wrong = shortfall(limits, got, FIGURES[figure].unit, bound)
            if wrong:
                told, help = lower_bound(self.graph.nodes, figure, note())
                yield self._finding(figure, wrong, told, help or _meant(figure, limits, [got]))

    def _total(self, figure: str) -> tuple[int, Callable[[], str]]:
        """A figure of the whole network, and what makes its note."""
        graph, span, memory = self.graph, self.span, self.plan.totals.memory
        layers = [1] * len(graph.nodes)
        totals: dict[str, tuple[int, Callable[[], str]]] = {
            "params": (self.plan.totals.params, lambda: params_note(graph, span)),
            "macs": (self.plan.totals.macs, lambda: macs_note(graph, span)),
            "memory": (memory.inference, lambda: memory_note(graph, memory)),
            "activations": (
                memory.peak_activations,
                lambda: activations_note(graph, memory.peak_activations),
            ),
            "layers": (
                len(graph.layers),
                lambda: shares(contributors(graph, layers, span), len(graph.layers)),
            ),
        }
        return totals[figure]

    def _of_position(self, figure: str, limits: Limits) -> Iterator[Problem]:
        """A finding for the first size or stride of the first output that is wrong."""
        key = figure.replace("-", "_")
        rows, index = self.plan.rows, self.graph.outputs[0]
        figures = figures_of_position(self.graph, rows, index, key)
        if not figures:
            yield self._finding(figure, "is unknown", "its pattern is too long to follow")
        bound = bound_of_position(self.graph, rows, index, key)
        wrong = next((one for one in figures if not limits.settled(one.figure, bound)), None)
        if wrong is not None:
            note = position_note(self.graph, rows, index, key, limits, figures, bound)
            text = shortfall(limits, wrong.figure, FIGURES[figure].unit, bound)
            found = [one.figure for one in figures]
            fits = limits.widened(min(found), max(found)).settled(max(found), bound)
            help = _meant(figure, limits, found) if fits else ""
            yield self._finding(figure, text, note, help)

    def _finding(self, figure: str, wrong: str, note: str, help: str = "") -> Problem:
        files = self.budget.files
        which = f"the budget of `{files[0]}`" if files else "the budget"
        if len(files) > 1:
            which += f" and {len(files) - 1} more"
        return Problem(
            f"budget-{figure}",
            f"{which}: {figure.replace('-', ' ')} {wrong}",
            self._place(),
            note,
            help,
            "",
            self.graph.file,
        )

    def _place(self) -> Place:
        root = self.network.document.root
        keys = root.keys if isinstance(root, MappingNode) else {}
        node = keys.get("name") or keys.get("layers")
        return node.place if node is not None else Place(1, 1)


def _meant(figure: str, limits: Limits, found: Sequence[int | Fraction]) -> str:
    """What to write in the budget where the change is meant; "" where TOML cannot say it."""
    wider = limits.widened(min(found), max(found))
    entries = [
        f"`{bound}-{figure} = {_entry(now, FIGURES[figure])}`"
        for bound, was, now in (
            ("min", limits.least, wider.least),
            ("max", limits.most, wider.most),
        )
        if now is not None and now != was and now.denominator == 1
    ]
    return f"write {' and '.join(entries)} if the change is meant" if entries else ""


def _entry(value: Fraction, figure: Figure) -> str:
    return f'"{value}B"' if figure.in_bytes else str(value)
