"""CC202 unused-layer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.text import in_words
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import by_name, live_layers, uses
from convcalc.kinds.base import MergeKind
from convcalc.network.graph import Scope
from convcalc.network.template import LayerTemplate
from convcalc.planning.plan_rows import Row


class UnusedLayer(Rule):
    """A layer, or a whole block, on which no output of the network depends.

    Why: it is planned, paid for and trained by nothing. Most often another layer was meant to
    read it, and the reference went missing.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, name: main}
      - {conv: {out: 16, k: 1}, from: input, name: shortcut}
      - {relu: {}, from: main}
    ```

    Read it, list it under `outputs`, or delete it:

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, name: main}
      - {conv: {out: 16, k: 1}, from: input, name: shortcut}
      - add: [main, shortcut]
      - relu
    ```

    Source: the format: the outputs are the last layer, or those that `outputs` lists.
    """

    code: ClassVar[str] = "CC202"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        live = live_layers(subject)
        if subject.plan is None or len(live) == len(subject.rows):
            return
        unused = _unused_scopes(subject)
        begins = [scope.first for scope in unused]
        counted: set[str] = set()
        reported: set[int] = set()
        for row in subject.rows:
            if row.name in live or row.name in subject.readers:
                continue
            # A block of which nothing is used is one finding, at its use.
            at = bisect_right(begins, row.node.at) - 1
            why = ""
            if at >= 0 and row.node.at < unused[at].end:
                name, template = unused[at].name, unused[at].template
                why = _left_out(subject, unused[at])
            else:
                name, template = row.name, row.node.template
                if id(template) in reported or any(r.name in live for r in uses(subject, row)):
                    reported.add(id(template))
                    continue
            if (key := id(template)) not in reported:
                reported.add(key)
                yield cls._problem(_before(subject, row, counted), name, template, why)

    @classmethod
    def _problem(
        cls, dead: list[Row], name: str, template: LayerTemplate, why: str = ""
    ) -> Problem:
        cost = [in_words(len(dead), "layer")]
        cost += [in_words(sum(r.params for r in dead), "parameter")]
        cost += [f"{sum(r.macs for r in dead):,} MACs"]
        found = cls.at(
            template,
            f"no output depends on `{name}`",
            note=f"for nothing: {', '.join(cost)}{'; ' if why else ''}{why}",
            help="name the layer that it should hand on first in the merge"
            if why
            else "let a layer read it, list it under `outputs`, or delete it",
        )
        return replace(found, layer=name)


def _unused_scopes(subject: Subject) -> list[Scope]:
    """The outermost uses of blocks of which no layer is used, in order."""
    assert subject.plan is not None
    live = live_layers(subject)
    graph = subject.plan.graph
    counts = [0, *accumulate(node.name in live for node in graph.nodes)]
    found: list[Scope] = []
    for scope in graph.scopes:
        is_inside = found and scope.first < found[-1].end
        if scope.first < scope.end and counts[scope.first] == counts[scope.end] and not is_inside:
            found.append(scope)
    return found


def _left_out(subject: Subject, scope: Scope) -> str:
    """The merge at the end of a block that is left out and hands on the block's own input."""
    # Modules of a model file are scopes, and no blocks of a text.
    block = subject.network.template.blocks.get(scope.block)
    last = block.layers[-1] if block and block.layers else None
    if last is None or last.kind is None or last.condition is None:
        return ""
    if scope.result != scope.source or not issubclass(last.kind, MergeKind):
        return ""
    return f"its last layer, `{last.label}`, is left out, and so hands on its first input, `in`"


def _before(subject: Subject, row: Row, counted: set[str]) -> list[Row]:
    """The row and every other unused one that leads to it, and was not counted before."""
    live, rows = live_layers(subject), by_name(subject)
    found: list[Row] = []
    waiting = [row]
    while waiting:
        one = waiting.pop()
        if one.name not in counted and one.name not in live:
            counted.add(one.name)
            found.append(one)
            waiting += [rows[name] for name in one.inputs if name in rows]
    return found


RULE = UnusedLayer
