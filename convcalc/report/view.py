"""A plan as it is to be shown: which lines, which columns, and what is said below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape, channels_first, format_shape
from convcalc.core.text import count, first_few, in_short, in_words, listed, size, visible
from convcalc.planning.untold import declared
from convcalc.report.columns import COLUMNS, DECLARED, TOTALS, USUAL, WIDE, YIELDS, total_cell
from convcalc.report.lines import Line, plan_lines
from convcalc.report.page import Notes, Page, Title
from convcalc.report.plan_tree import Branch, branches, flat
from convcalc.report.style import BOLD
from convcalc.report.table import HINT, Column, Row, Table, Value, number

if TYPE_CHECKING:
    from convcalc.planning import Plan


def inputs_in_words(inputs: Mapping[str, Shape]) -> str:
    """The inputs of a network as titles have them; a single one goes without its name.

    >>> inputs_in_words({"x": (3, 8, 8)}), inputs_in_words({"left": (1, 8), "right": (1, 9)})
    ('input 3x8x8', 'inputs left 1x8, right 1x9')
    """
    if len(inputs) == 1:
        return f"input {format_shape(*inputs.values())}"
    named = [f"{visible(name)} {format_shape(shape)}" for name, shape in inputs.items()]
    return f"inputs {first_few(named, ', ')}"


# Beyond this a tree is no help, and a table on a terminal is written plainly.
MOST_IN_TREE = 2000
# What a plan shows of its columns in each format.
_SHOWN = {"csv": tuple(COLUMNS), "table": WIDE}


@dataclass(frozen=True)
class PlanView:
    """A plan with the wishes of its reader.

    `asked` are the columns asked for by name (empty: the format decides), `counted` the
    elementwise classes and `shares` the shares shown beside the others. `depth` folds the blocks
    nested deeper, `sort` is the column whose greatest figures come first, `top` how many lines
    are shown. With `explains` the footer says in full what is counted.
    """

    plan: Plan
    asked: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    depth: int | None = None
    shares: bool = False
    sort: str | None = None
    top: int | None = None
    explains: bool = False

    def page(self, form: str) -> Page:
        """The plan as the parts of an answer in the format `form`."""
        name, *rest = self._title()
        return Page((Title(name, tuple(rest)), self._table(form), Notes(tuple(_footer(self)))))

    def _title(self) -> tuple[str, ...]:
        """The network's name and size, its inputs, batch and dtype."""
        plan = self.plan
        layers, inputs = in_words(len(plan.rows), "layer"), inputs_in_words(plan.inputs)
        return plan.name, layers, inputs, f"batch {plan.batch}", plan.dtype

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines, folded."""
        return plan_lines(self.plan, self.depth)

    def _table(self, form: str) -> Table:
        columns = self._columns(form)
        branches = self._branches(form)
        rows = tuple(
            Row(tuple(column.read(one) for column in columns), one.depth, _weight(one))
            for one in branches
        )
        kept = (*self.asked, *(f"{key}_share" for key in ("params", "macs")))
        return Table(
            columns,
            rows,
            Row(tuple(map(self._total, columns))),
            yields=YIELDS,
            kept=frozenset(kept),
            hint=HINT,
        )

    def _columns(self, form: str) -> tuple[Column[Branch], ...]:
        """The columns asked for, or those of the format with the counted ones after the MACs."""
        keys = list(self.asked or _SHOWN.get(form, USUAL))
        wanted = [name for name in self.counted if name not in keys]
        after = max((keys.index(key) for key in ("macs", "flops") if key in keys), default=-1) + 1
        keys[after:after] = wanted
        for key in ("params", "macs") if self.shares else ():
            if key in keys and f"{key}_share" not in keys:
                keys.insert(keys.index(key) + 1, f"{key}_share")
        return tuple(COLUMNS[key] for key in keys)

    def _branches(self, form: str) -> Sequence[Branch]:
        """The lines as a tree for a terminal, else as a list, the greatest first if wanted."""
        if self.sort is not None:
            read = COLUMNS[self.sort].read
            found = sorted(
                flat(self.plan, self.lines), key=lambda one: number(read(one)), reverse=True
            )
        elif form == "table" and len(self.lines) <= MOST_IN_TREE and self.top is None:
            found = list(branches(self.plan, self.lines))
        else:
            found = list(flat(self.plan, self.lines))
        return found[: self.top]

    def _total(self, column: Column[Branch]) -> Value:
        """What the last line says in `column`."""
        if column.key == "name":
            return "total"
        if column.key == "output":
            return " ".join(map(format_shape, self._outputs()))
        return total_cell(self.plan, column.key) if column.key in TOTALS else ""

    def _outputs(self) -> list[Shape]:
        graph = self.plan.graph
        return [graph.shape_of(index) for index in graph.outputs]


def _weight(branch: Branch) -> str:
    """What stands for a block is set in bold."""
    return BOLD if branch.line is None or branch.line.is_block else ""


def _footer(view: PlanView) -> Iterator[tuple[str, str]]:
    from convcalc.planning import convention

    plan, totals = view.plan, view.plan.totals
    memory = totals.memory
    shown = len(view.lines) if view.top is None else min(view.top, len(view.lines))
    if shown < len(view.lines):
        yield "shown", f"{shown:,} of {in_words(len(view.lines), 'line')}; the total is of all"
    least = dict.fromkeys(totals.lower_bounds, "at least ")
    learnt, buffers = in_short(totals.params), count(totals.buffers)
    yield (
        "params",
        f"{least.get('params', '')}{learnt} learnt, {least.get('buffers', '')}{buffers} in buffers",
    )
    macs, flops = in_short(totals.macs), in_short(totals.flops)
    yield "MACs", f"{least.get('macs', '')}{macs} = {flops} FLOPs"
    if view.counted:
        work = (f"{name} {count(totals.elementwise[name])}" for name in view.counted)
        yield (
            "elementwise",
            f"{least.get('elementwise', '')}{', '.join(work)}; no part of the MACs",
        )
    inference = f"{least.get('inference', '')}{size(memory.inference)}"
    yield (
        "inference",
        f"{inference}: parameters {size(memory.params + memory.buffers)}, "
        f"activations {size(memory.peak_activations)} at most, in `{visible(memory.peak_at)}`",
    )
    training = f"{least.get('training', '')}{size(memory.training)}"
    yield "training", f"{training}{'' if view.explains else ' with Adam'}"
    if view.explains:
        yield from (("counted", f"{name}: {text}") for name, text in convention.IN_WORDS.items())
    else:
        yield "counted", f"{convention.IN_SHORT}; --explain says all"
    yield from (("shared", text) for text in _shared(plan))
    yield from (("declared", text) for text in _declared(plan))
    yield from (("not known", text) for text in _unknown(plan))
    yield from (("note", text) for text in (*map(visible, plan.notes), *_notes(plan)))
    yield from (("input", text) for text in turned(plan.inputs))
    text = expectations_text(plan)
    if text:
        yield "expect", text


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
    graph = plan.graph
    templates = [node.template for node in graph.layers]
    templates += [scope.template for scope in graph.scopes]
    stated = {id(one): one for one in (template.expect for template in templates) if one}
    if graph.expect is not None:
        stated[id(graph.expect)] = graph.expect
    return sum(len(expectation.nodes) for expectation in stated.values())


_FIGURES = {
    "params": "params",
    "buffers": "buffers",
    "macs": "MACs",
    "elementwise": "elementwise work",
    "kept": "what it keeps for training",
    "receptive_field": "what it reads",
}


def _shared(plan: Plan) -> Iterator[str]:
    """Which layers and blocks use the arrays of others, and what that spares."""
    graph = plan.graph
    spared: dict[tuple[str, str], int] = {}
    for row in plan.rows:
        if row.weights:
            pair = _outermost(row.name, row.weights)
            spared[pair] = spared.get(pair, 0) + graph.facts_alone(row.node).params
    by_owner: dict[tuple[str, int], list[str]] = {}
    for (user, owner), params in spared.items():
        # Shared buffers alone, as of masks, spare nothing that is counted.
        if not params:
            continue
        by_owner.setdefault((owner, params), []).append(user)
    for (owner, params), users in by_owner.items():
        each = " each" if users[1:] else ""
        yield f"{_named(users)} with `{visible(owner)}`: {count(params)} params{each}, counted once"


def _outermost(user: str, owner: str) -> tuple[str, str]:
    """The blocks, or layers, that use the same arrays, by what their names have not in common.

    >>> _outermost("b.stem.conv_1", "a.stem.conv_1"), _outermost("b", "a.conv_1")
    (('b', 'a'), ('b', 'a.conv_1'))
    """
    one, other = user.split("."), owner.split(".")
    while one[1:] and other[1:] and one[-1] == other[-1]:
        one.pop()
        other.pop()
    return ".".join(one), ".".join(other)


def _declared(plan: Plan) -> Iterator[str]:
    """What is taken from the file as it stands, and by which layers."""
    if not plan.totals.declared and not any(row.declared for row in plan.rows):
        return
    for figure in ("params", "buffers", "macs"):
        amount = plan.totals.declared.get(figure)
        if amount is not None:
            names = declared(plan.graph.layers, figure)
            yield f"{DECLARED} {in_short(amount)} {_FIGURES[figure]} by {_named(names)}"
    names = declared(plan.graph.layers, "receptive_field")
    if names:
        reads = "reads" if len(names) == 1 else "read"
        yield f"{DECLARED} what {_named(names)} {reads}, on which the fields behind rest"


def _unknown(plan: Plan) -> Iterator[str]:
    """What layers do not tell; those that lack the same are told together."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for row in plan.rows:
        if row.unknown:
            lacking.setdefault(row.unknown, []).append(row.name)
    for figures, names in lacking.items():
        yield f"{listed([_FIGURES[figure] for figure in figures], 'and')} of {_named(names)}"


def turned(inputs: Mapping[str, Shape]) -> Iterator[str]:
    """Inputs that look as if their channels were written last, and what to write then."""
    for name, shape in inputs.items():
        turned = channels_first(shape)
        if turned is not None:
            yield (
                f"`{visible(name)}` reads as {shape[0]} channels of {format_shape(shape[1:])}; if "
                f"its channels are the last {turned[0]}, write {format_shape(turned)}"
            )


def _notes(plan: Plan) -> list[str]:
    """The notes of the layers; one that holds for several layers is said once."""
    by_text: dict[str, list[str]] = {}
    for row in plan.rows:
        for note in row.notes:
            by_text.setdefault(note, []).append(row.name)
    if plan.unfollowed:
        many = f"{in_words(len(plan.inputs), 'input')} in {in_words(len(plan), 'layer')}"
        note = f"its receptive field, and all behind it, are not followed: {many} are too many"
        by_text[note] = [plan.unfollowed]
    return [f"{_named(names)}: {visible(note)}" for note, names in by_text.items()]


def _named(names: list[str]) -> str:
    first = f"`{visible(names[0])}`"
    return first if len(names) == 1 else f"{first} and {len(names) - 1:,} more"
