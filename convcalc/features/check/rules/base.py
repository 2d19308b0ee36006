"""What a rule is, and what it is given: a network as written, and as planned.

A rule's class docstring is its manual page, in four parts that the tests hold: what it finds
(the first paragraph), `Why:`, a failing and a passing stack as fenced YAML blocks under `Bad:` and
`Good:` (with what to write instead between them where that is not plain), and `Source:`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from typing import ClassVar, Literal

from convcalc.core.errors import Fix, Level, Place, Problem
from convcalc.core.shapes import Shape
from convcalc.document import Node
from convcalc.network import Network
from convcalc.network.template import LayerTemplate
from convcalc.planning.plan_rows import Row
from convcalc.planning.result import Plan

# What `--fix` does about a rule's findings: nothing, or a safe or an unsafe repair of some.
FixKind = Literal["none", "safe", "unsafe"]


@dataclass(frozen=True)
class Subject:
    """One file under inspection; `plan` is None where a layer cannot stand in its place."""

    network: Network
    plan: Plan | None

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """The input shapes by name: those planned, as a model file may leave its own open."""
        return self.plan.graph.inputs if self.plan is not None else self.network.inputs

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The planned layers in order; none where there is no plan."""
        return tuple(self.plan) if self.plan is not None else ()

    @cached_property
    def readers(self) -> dict[str, tuple[Row, ...]]:
        """For each layer's name, the layers that read it; outputs of the network have no entry
        of their own, see `outputs`."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            for name in row.inputs:
                found.setdefault(name, []).append(row)
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def outputs(self) -> frozenset[str]:
        """Names of the network's output layers."""
        if self.plan is None:
            return frozenset()
        graph = self.plan.graph
        return frozenset(map(graph.name_of, graph.outputs))

    @cached_property
    def text(self) -> str:
        """The file."""
        return self.network.document.text


class Rule:
    """One check. `find` yields a Problem for each place; the runner adds the file.

    `is_default` is False for a rule that has to be selected. `fix` says which repairs it offers.
    """

    code: ClassVar[str]
    level: ClassVar[Level] = "warning"
    is_default: ClassVar[bool] = True
    fix: ClassVar[FixKind] = "none"
    # The name for users: that of the rule's file, with hyphens.
    slug: ClassVar[str] = ""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        cls.slug = cls.__module__.rpartition(".")[2].replace("_", "-")

    @classmethod
    def page(cls) -> str:
        """The manual page as Markdown, without its heading."""
        return cleandoc(cls.__doc__ or "")

    @classmethod
    def summary(cls) -> str:
        """What the rule finds, in a sentence: the first paragraph of its page."""
        return " ".join(cls.page().split("\n\n")[0].split())

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        """The findings of this rule in one file. A layer of a repeated block may be named once
        for each copy: the runner joins findings of one rule at one place."""
        raise LookupError(f"{cls.__name__} finds nothing")

    @classmethod
    def at(
        cls,
        where: Row | LayerTemplate | Node,
        message: str,
        *,
        note: str = "",
        help: str = "",
        field: str = "",
        fix: Fix | None = None,
    ) -> Problem:
        """The finding at a layer, or at one of its fields, or at any node of the file."""
        layer = where.name if isinstance(where, Row) else ""
        return Problem(
            cls.slug,
            message,
            _place(where, field),
            note,
            help,
            layer,
            level=cls.level,
            rule=cls.code,
            fix=fix,
        )


def _place(where: Row | LayerTemplate | Node, field: str) -> Place:
    template = where.node.template if isinstance(where, Row) else where
    if isinstance(template, LayerTemplate):
        return (template.fields[field].node if field in template.fields else template.node).place
    return template.place
