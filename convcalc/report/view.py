"""A plan as it is to be shown: which lines, which columns, and what is said below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count, in_words, size, visible
from convcalc.report.columns import COLUMNS, Cell, Column
from convcalc.report.lines import Line, plan_lines

if TYPE_CHECKING:
    from convcalc.planning import Plan


def inputs_in_words(inputs: Mapping[str, Shape]) -> str:
    """The inputs of a network as titles have them; a single one goes without its name.

    >>> inputs_in_words({"x": (3, 8, 8)}), inputs_in_words({"left": (1, 8), "right": (1, 9)})
    ('input 3x8x8', 'inputs left 1x8, right 1x9')
    """
    if len(inputs) == 1:
        return f"input {format_shape(*inputs.values())}"
    named = (f"{visible(name)} {format_shape(shape)}" for name, shape in inputs.items())
    return f"inputs {', '.join(named)}"


@dataclass(frozen=True)
class PlanView:
    """A plan with the wishes of its reader.

    `asked` are the columns asked for by name (empty: the format decides), `counted` the
    elementwise classes shown beside the others, `depth` folds the blocks nested deeper.
    """

    plan: Plan
    asked: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    depth: int | None = None

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines, folded."""
        return plan_lines(self.plan, self.depth)

    def columns(self, usual: Sequence[str]) -> tuple[Column, ...]:
        """The columns asked for, or the usual ones with the elementwise classes after the MACs."""
        keys = list(self.asked or usual)
        wanted = [name for name in self.counted if name not in keys]
        after = max((keys.index(key) for key in ("macs", "flops") if key in keys), default=-1) + 1
        keys[after:after] = wanted
        return tuple(COLUMNS[key] for key in keys)

    def total(self, column: Column) -> Cell:
        """What the last line says in `column`."""
        if column.key == "name":
            return "total"
        if column.key == "output":
            return " ".join(format_shape(shape) for shape in self._outputs())
        return column.total(self.plan) if column.total else ""

    def _outputs(self) -> list[tuple[int, ...]]:
        graph = self.plan.context.graph
        return [graph.shape_of(index) for index in graph.outputs]

    @property
    def title(self) -> tuple[str, ...]:
        """The parts of the title: the network's name and size, its inputs, batch and dtype."""
        plan = self.plan
        layers, inputs = in_words(len(plan.rows), "layer"), inputs_in_words(plan.inputs)
        return visible(plan.name), layers, inputs, f"batch {plan.batch}", plan.dtype

    @cached_property
    def footer(self) -> tuple[tuple[str, str], ...]:
        """What stands below the lines: (heading, text)."""
        return tuple(_footer(self))


def _footer(view: PlanView) -> list[tuple[str, str]]:
    from convcalc.planning import convention

    plan, totals = view.plan, view.plan.totals
    memory = totals.memory
    found = [
        ("params", f"{count(totals.params)} learnt, {count(totals.buffers)} in buffers"),
        ("MACs", f"{count(totals.macs)} = {count(totals.flops)} FLOPs; {convention.MACS}"),
    ]
    if view.counted:
        work = (f"{name} {count(totals.elementwise[name])}" for name in view.counted)
        found.append(("elementwise", f"{', '.join(work)}; no part of the MACs"))
    found += [
        (
            "inference",
            f"{size(memory.inference)}: parameters {size(memory.params + memory.buffers)}, "
            f"activations {size(memory.peak_activations)} at most, in `{visible(memory.peak_at)}`",
        ),
        ("training", f"{size(memory.training)}: {convention.TRAINING_MEMORY}"),
        *(("note", text) for text in _notes(plan)),
    ]
    text = expectations_text(plan)
    return [*found, ("expect", text)] if text else found


def expectations_text(plan: Plan) -> str:
    """How the expectations of the file fared; empty where it has none.

    >>> import convcalc
    >>> text = "convcalc: 1\\ninput: [1, 4, 4]\\nlayers: [relu]\\nexpect: {params: 0}"
    >>> expectations_text(convcalc.plan(convcalc.loads(text)))
    'the expectation of the file holds'
    """
    stated = _stated(plan)
    if not stated:
        return ""
    if plan.failures is None:
        return "not checked: an input or a variable is not as the file says"
    # One that holds for several layers is one line of the file, however often it fails.
    failed = len({failure.place for failure in plan.failures})
    if failed:
        return f"{failed} of {in_words(stated, 'expectation')} failed"
    if stated == 1:
        return "the expectation of the file holds"
    return f"all {stated} expectations hold"


def _stated(plan: Plan) -> int:
    """How many expectations the file states: the keys of every `expect:` that is in use."""
    graph = plan.context.graph
    templates = [node.template for node in graph.nodes] + [scope.template for scope in graph.scopes]
    stated = {id(one): one for one in (template.expect for template in templates) if one}
    if graph.expect is not None:
        stated[id(graph.expect)] = graph.expect
    return sum(len(expectation.nodes) for expectation in stated.values())


def _notes(plan: Plan) -> list[str]:
    """The notes of the layers; one that holds for several layers is said once."""
    by_text: dict[str, list[str]] = {}
    for row in plan.rows:
        for note in row.notes:
            by_text.setdefault(note, []).append(row.name)
    return [f"{_named(names)}: {visible(note)}" for note, names in by_text.items()]


def _named(names: list[str]) -> str:
    first = f"`{visible(names[0])}`"
    return first if len(names) == 1 else f"{first} and {len(names) - 1:,} more"
