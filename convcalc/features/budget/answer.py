"""`expect:` of a file filled with today's figures, by its spans; nothing else in it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple

from convcalc.core.errors import Edit, Problem, StackError
from convcalc.core.records import Answer, Hidden, Key, Record
from convcalc.core.shapes import Shape
from convcalc.core.text import count
from convcalc.document import Mapping, Node, to_plain
from convcalc.features.check.adding import add_entries
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
from convcalc.network.expectations import Expectation, Limits
from convcalc.network.template import LayerTemplate
from convcalc.planning import Plan, Row, plan
from convcalc.planning.untold import untold

Change = Literal["added", "changed", "same", "kept", "left out"]


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


class _Entry(NamedTuple):
    layer: Annotated[str, Key('The layer; "" for the network.')]
    figure: Annotated[str, Key("What is limited.")]
    today: Hidden[str]
    was: Annotated[str, Key("The expectation as it was written.", name="before", null=True)]
    now: Annotated[str, Key("The expectation as it is now.", null=True)]
    change: Annotated[Change, Key("What became of it.")]
    reason: Annotated[str, Key("Why it was kept or left out.", null=True)] = ""
    value: Hidden[int | Fraction | Shape | None] = None


class Entry(_Entry, Record):
    """What became of one figure: as it was written, as it is now, and today's figure.

    `today` is today's figure in words, `value` as such; None where it has none.
    """

    __slots__ = ()

    @property
    @Key(name="today")
    def figure_today(self) -> int | tuple[int, ...] | str | None:
        """Today's figure, in bytes for memory; in words where it is no whole number."""
        value = self.value
        if isinstance(value, tuple):
            return value
        if value is not None and value.denominator == 1:
            return int(value)
        return self.today or None


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
    editor = _Editor(text, terms.update)
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
        first = error.problems[0]
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


class _Editor:
    """Collects the edits of one file, and what becomes of each figure."""

    def __init__(self, text: str, update: bool) -> None:
        self.text, self.update = text, update
        self.edits: list[Edit] = []
        self.entries: list[Entry] = []

    def of_holder(
        self,
        layer: str,
        holder: Mapping,
        expected: Expectation | None,
        found: Sequence[Limit | Unlimited],
        is_root: bool = False,
    ) -> None:
        """Put limits into the `expect` of a layer or of the file, which may have none yet."""
        written = holder.entries.get("expect")
        added: list[str] = []
        for one in found:
            if isinstance(one, Unlimited):
                self._note(layer, one, "", "", "left out", one.reason)
                continue
            node = written.entries.get(one.figure) if isinstance(written, Mapping) else None
            if node is None:
                added.append(f"{one.figure}: {one.entry}")
                self._note(layer, one, "", one.entry, "added")
            else:
                assert expected is not None
                self._existing(layer, one, node, getattr(expected.model, one.figure))
        if not added:
            return
        if isinstance(written, Mapping):
            self.edits += add_entries(written, self.text, added)
        elif is_root and self.text[holder.start] != "{":
            block = "".join(f"\n  {entry}" for entry in added)
            self.edits += add_entries(holder, self.text, [f"expect:{block}"])
        else:
            self.edits += add_entries(holder, self.text, [f"expect: {{{', '.join(added)}}}"])

    def _existing(self, layer: str, limit: Limit, node: Node, known: object) -> None:
        """A figure that the file speaks of already."""
        was = " ".join(self.text[node.start : node.end].split())
        if isinstance(node, Mapping) and isinstance(known, Limits) and limit.bound:
            self._limits(layer, limit, node, known, was)
            return
        holds = _holds(known, limit)
        if holds or isinstance(node, Mapping) or not self.update:
            reason = "--update rewrites it" if not isinstance(node, Mapping) else "edit its limits"
            self._note(layer, limit, was, was, "same" if holds else "kept", "" if holds else reason)
            return
        now = limit.exactly
        self.edits.append(Edit(node.start, node.end, now))
        self._note(layer, limit, was, now, "changed")

    def _limits(self, layer: str, limit: Limit, node: Mapping, known: Limits, was: str) -> None:
        """A figure with limits: the one of `limit` is written anew, its opposite kept."""
        opposite = "min" if limit.bound == "max" else "max"
        bounds = {"min": known.least, "max": known.most}
        against = Limits(least=known.least) if opposite == "min" else Limits(most=known.most)
        if not _holds(against, limit) and not self.update:
            reason = f"today's figure passes its `{opposite}`; --update rewrites it"
            self._note(layer, limit, was, was, "kept", reason)
            return
        now = {bound: self.text[one.start : one.end] for bound, one in node.entries.items()}
        before = dict(now)
        if bounds[limit.bound] != limit.value:
            now[limit.bound] = limit.text
        if not _holds(against, limit):
            now[opposite] = limit.exactly
        for bound, text in now.items():
            if bound not in before:
                self.edits += add_entries(node, self.text, [f"{bound}: {text}"])
            elif text != before[bound]:
                self.edits.append(Edit(node.entries[bound].start, node.entries[bound].end, text))
        if now == before:
            self._note(layer, limit, was, was, "same")
        else:
            shown = "{" + ", ".join(f"{bound}: {text}" for bound, text in now.items()) + "}"
            self._note(layer, limit, was, shown, "changed")

    def _note(
        self,
        layer: str,
        one: Limit | Unlimited,
        was: str,
        now: str,
        change: Change,
        reason: str = "",
    ) -> None:
        value = one.got if isinstance(one, Limit) else None
        self.entries.append(Entry(layer, one.figure, one.today, was, now, change, reason, value))


def _holds(known: object, limit: Limit) -> bool:
    """Whether the expectation that the file has is met by today's figure."""
    if isinstance(limit.got, tuple):
        return (
            isinstance(known, tuple)
            and len(known) == len(limit.got)
            and all(want in (None, size) for want, size in zip(known, limit.got, strict=True))
        )
    return isinstance(known, Limits) and known.hold(limit.got)
