"""`expect:` of a file filled with today's figures, by its spans; nothing else in it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Answer, Hidden, Key, Record
from convcalc.core.text import count
from convcalc.document import Mapping, to_plain
from convcalc.features.budget.limiting import Editor, Entry
from convcalc.features.check.figure_limits import (
    FIGURES,
    MAX_SLACK,
    OF_LAYERS,
    USUAL,
    Limit,
    Unlimited,
    at_most,
    network_limits,
    read_slack,
    unlimited,
)
from convcalc.features.check.patching import applied_edits
from convcalc.network import MAX_LAYERS, Network, loads
from convcalc.network.arguments import one_of, refused
from convcalc.network.template import LayerTemplate
from convcalc.planning import Plan, Row, plan
from convcalc.planning.untold import untold


@dataclass(frozen=True, slots=True)
class Terms:
    """What to write: which figures (none: the usual ones), and how much room to leave.

    `update` rewrites exact expectations and opposite limits too, `layers` adds those of layers.
    """

    slack: Fraction = Fraction(1, 10)
    only: tuple[str, ...] = ()
    update: bool = False
    layers: bool = False
    max_layers: int = MAX_LAYERS


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A file with today's limits. Where `failures` is not empty, `text` may not be written:
    these expectations would not hold."""

    text: str
    entries: tuple[Entry, ...]
    failures: tuple[Problem, ...] = ()

    @property
    def is_changed(self) -> bool:
        """True where anything was added or changed."""
        return any(entry.change in ("added", "changed") for entry in self.entries)


@dataclass(frozen=True, slots=True)
class FileBudget(Record):
    """One file of a run: what became of it, or the `problems` that kept it from being read."""

    file: Annotated[str, Key("The file as it was named.")]
    done: Hidden[Budgeted | None] = None
    written: Annotated[bool, Key("Whether it was written.")] = False
    problems: Hidden[tuple[Problem, ...]] = ()
    error: Annotated[str, Key("Why it could not be written.", null=True)] = ""
    diff: Annotated[str, Key("What would change, where that was asked for.", null=True)] = ""

    @property
    @Key()
    def changed(self) -> bool:
        """Whether any limit was added or changed."""
        return self.done is not None and self.done.is_changed

    @property
    @Key()
    def figures(self) -> tuple[Entry, ...]:
        """The figures in order, with what became of each."""
        return self.done.entries if self.done is not None else ()

    @property
    @Key(name="problems")
    def told(self) -> tuple[str, ...]:
        """Findings in words that keep it from being read or written."""
        return tuple(map(str, self.problems))

    @property
    def text(self) -> str:
        """The file with its limits; "" where it could not be read."""
        return self.done.text if self.done is not None else ""


@dataclass(frozen=True, slots=True)
class Budgets(Answer):
    """What became of every file."""

    files: Annotated[tuple[FileBudget, ...], Key("The files in order.")]


ANSWER = Budgets


class BudgetError(ValueError):
    """A file that no limits can be written into; `help` says what to do."""

    def __init__(self, message: str, help: str) -> None:
        self.help = help
        super().__init__(message)


def budget(
    network: Network,
    *,
    slack: str = "10%",
    only: Sequence[str] = (),
    update: bool = False,
    layers: bool = False,
) -> FileBudget:
    """The network's file with today's figures as limits, as `convcalc budget` writes them.

    Nothing is written: `text` is the new file. `slack` is the room between a figure and its limit,
    `only` names figures, `update` rewrites exact expectations too, `layers` limits each layer.
    Raises StackError where the network does not plan or an argument means nothing, ValueError
    where its text cannot be edited.

    >>> net = loads("convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [conv: {out: 4, k: 3}]\\n")
    >>> print(budget(net, only=["params"]).text.splitlines()[-1])
      params: {max: 123}
    """
    room = read_slack(slack)
    if room is None:
        message = f"slack wants a percentage from 0 to {MAX_SLACK}, got `{slack!s:.40}`"
        raise refused(message, 'slack="10%"')
    chosen = tuple(one_of(name, FIGURES, "only") for name in only)
    done = budgeted(network, Terms(room, chosen, update=update, layers=layers))
    return FileBudget(network.document.file, done, problems=done.failures)


def budgeted(network: Network, terms: Terms) -> Budgeted:
    """The network's file with today's figures as limits.

    Raises StackError where the network does not plan, BudgetError where its text cannot be
    edited so that it means the same beside its expectations.
    """
    if not network.is_text:
        message = "it is a model file of another program, into which no limits can be written"
        raise BudgetError(message, "put them into convcalc.toml, in a `[[budget]]` for its path")
    planned = plan(network, max_layers=terms.max_layers)
    text = network.document.text
    root = network.document.root
    assert isinstance(root, Mapping)
    figures = tuple(name for name in FIGURES if name in (terms.only or USUAL))
    found = network_limits(planned, figures, terms.slack, asked=bool(terms.only))
    editor = Editor(text, terms.update)
    editor.of_holder("", root, network.template.expect, found, is_root=True)
    if terms.layers:
        for template, limits in _of_layers(network, planned, figures, terms.slack):
            assert isinstance(template.node, Mapping)
            editor.of_holder(template.label, template.node, template.expect, limits)
    done = Budgeted(applied_edits(text, editor.edits), tuple(editor.entries))
    return replace(done, failures=_failures(network, done.text, terms.max_layers))


def _of_layers(
    network: Network, planned: Plan, figures: Sequence[str], slack: Fraction
) -> Iterator[tuple[LayerTemplate, list[Limit | Unlimited]]]:
    """The layers and blocks of `layers` that cost anything, with their limits.

    Of a series, the largest repetition counts, since an expectation holds for each of them.
    """
    costs: dict[int, dict[str, int]] = {}
    open_sums: dict[int, dict[str, list[str]]] = {}

    def note(template: LayerTemplate, rows: Sequence[Row]) -> None:
        nodes = [row.node for row in rows]
        known = costs.setdefault(id(template), dict.fromkeys(OF_LAYERS, 0))
        known["params"] = max(known["params"], sum(node.facts.params for node in nodes))
        known["macs"] = max(known["macs"], sum(node.facts.macs for node in nodes))
        lacks = open_sums.setdefault(id(template), {})
        lacks |= {name: lacking for name in OF_LAYERS if (lacking := untold(nodes, name))}

    def limit(template: LayerTemplate, name: str) -> Limit | Unlimited:
        today = costs[id(template)][name]
        lacking = open_sums[id(template)].get(name)
        return unlimited(name, count(today), lacking) if lacking else at_most(name, today, slack)

    for row in planned.rows:
        note(row.node.template, [row])
    for scope in planned.graph.scopes:
        note(scope.template, planned.rows_of(scope))
    for template in network.template.layers:
        cost = costs.get(id(template), {})
        # A bare word has nothing to write in, and costs nothing that words could limit.
        if any(cost.values()) and isinstance(template.node, Mapping):
            costly = (name for name in figures if name in OF_LAYERS and cost[name])
            yield template, [limit(template, name) for name in costly]


def _failures(network: Network, text: str, max_layers: int) -> tuple[Problem, ...]:
    """The expectations of the new text that do not hold.

    Raises BudgetError where the text is not the same network with other expectations.
    """
    file = network.document.file
    try:
        after = loads(text, file)
        failures = plan(after, max_layers=max_layers).failures or ()
    except StackError as error:
        first, *_ = error.problems
        raise BudgetError(f"the limits would break the file: {first.message}", _BY_HAND) from error
    if _without_expectations(network) != _without_expectations(after):
        raise BudgetError("the limits would change more than `expect`", _BY_HAND)
    return failures


_BY_HAND = "write `expect: {params: {max: 12M}}` by hand, then run the command again"


def _without_expectations(network: Network) -> object:
    plain = to_plain(network.document.root)
    assert isinstance(plain, dict)
    plain.pop("expect", None)
    for layer in plain["layers"]:
        if isinstance(layer, dict):
            layer.pop("expect", None)
    return plain
