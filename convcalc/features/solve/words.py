"""The answer of `convcalc solve`: the most usual layer, the list, and what it covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from convcalc.core.arithmetic import overlap
from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import count, in_words
from convcalc.features.solve.candidates import RULES, Bounds, Family, Found, Layers
from convcalc.features.solve.choices import Choice, Choices
from convcalc.features.solve.constraints import Costs
from convcalc.features.solve.figures import layer_text
from convcalc.features.solve.search import Solution
from convcalc.features.solve.solutions import Solutions, Solved
from convcalc.report.page import Notes, Page, Part, Prose, Title, read_as
from convcalc.report.table import Column, Table, rows_of

NOUNS: dict[Family, str] = {
    "window": "convolution",
    "pool": "pool",
    "transposed": "transposed convolution",
}
# A solution with what it costs.
Listed = tuple[Solution, Costs]


def page(found: Solutions) -> Page:
    """The answers, one below the other; machines get all their layers in one table."""
    parts = [part for each in found.answers for part in _parts(each)]
    parts[1:1] = read_as(found.reading)
    first, *others = map(_table, found.answers)
    rows = (*first.rows, *(row for table in others for row in table.rows))
    return Page(tuple(parts), replace(first, rows=rows))


def quiet(answers: Sequence[Solved]) -> str:
    """The layers alone, a solution a line, in the words of `convcalc shape`."""
    lines = [each.in_shorthand(one) for each in answers for one in each.solutions]
    return "".join(f"{line}\n" for line in lines)


def chain_text(layers: Sequence[Found]) -> str:
    """A chain in shorthand, equal neighbours once.

    >>> one = Found(3, 2, 1, (1,), (0,))
    >>> chain_text([one, one, Found(3, 1, 1, (0,), (0,))])
    '2 x (k3 s2 p1), k3 s1 p0'
    """
    parts = []
    for text, group in groupby(map(layer_text, layers)):
        times = len(list(group))
        parts.append(f"{times} x ({text})" if times > 1 else text)
    return ", ".join(parts)


def _parts(answer: Solved) -> Iterator[Part]:
    if answer.solutions:
        yield Title(chain_text(answer.solutions[0].layers))
    else:
        yield Title("no answer within the bounds" if not answer.is_stopped else "no answer so far")
    yield Prose((_count_line(answer),))
    if answer.solutions:
        yield _table(answer)
    yield Notes(tuple(_footer(answer)))


def _table(answer: Solved) -> Table:
    columns = _layer_columns(answer) if answer.question.count == 1 else _chain_columns()
    if answer.question.has_channels and answer.question.family != "pool":
        columns = (*columns, *_COSTS)
    listed = list(zip(answer.solutions, answer.costs, strict=True))
    return Table(columns, rows_of(columns, listed), indent=2)


def _count_line(answer: Solved) -> str:
    question, shown = answer.question, len(answer.solutions)
    noun = NOUNS[question.family] + ("s, rounding up" if question.rounds_up else "s")
    path = f"{format_shape(question.start)} to {format_shape(question.target)}"
    what = noun if question.count == 1 else f"chains of {question.count} {noun}"
    if answer.total is None:
        if not shown:
            return f"{path}: {what}, none so far"
        more = "may be" if answer.is_stopped else "are"
        return f"{path}: {what}, the first {shown} of those found, and there {more} more"
    if not answer.total:
        return f"{path}: {what}, none"
    some = f", the first {shown}" if shown < answer.total else ""
    return f"{path}: {what}, {answer.total:,} in all{some}"


_COSTS: tuple[Column[Listed], ...] = (
    Column("params", "params", lambda one: one[1].params, right=True),
    Column("macs", "MACs", lambda one: one[1].macs, right=True),
)


def _layer_columns(answer: Solved) -> tuple[Column[Listed], ...]:
    question = answer.question
    layers = Layers(question.family, question.rounds_up, question.bounds)

    def dropped(one: Listed) -> str:
        return str(layers.dropped(one[0].layers[0], *one[0].sizes))

    last: Column[Listed] = (
        Column("overlap", "overlap", lambda one: _overlap(one[0].layers[0]))
        if question.family == "transposed"
        else Column("dropped", "dropped", dropped, right=True)
    )
    return (
        Column("layer", "layer", lambda one: layer_text(one[0].layers[0])),
        Column("padding", "padding", lambda one: padding_word(one[0].layers[0])),
        last,
    )


def _chain_columns() -> tuple[Column[Listed], ...]:
    return (
        Column("layers", "layers", lambda one: chain_text(one[0].layers), folds=30),
        Column("sizes", "sizes", lambda one: " ".join(map(format_axes, one[0].sizes)), folds=20),
        Column(
            "field",
            "field",
            lambda one: format_axes(one[1].field) if one[1].field else "?",
            right=True,
        ),
    )


def padding_word(layer: Found) -> str:
    """What the guide calls the padding, where it has a name.

    >>> padding_word(Found(3, 2, 1, (1,), (0,))), padding_word(Found(4, 2, 1, (1,), (0,)))
    ('half', '')
    """
    names = {0: "none", layer.span - 1: "full"}
    if layer.span % 2:
        names[layer.span // 2] = "half"
    if layer.span == 1:
        names = {0: "none"}
    words = {names.get(pad, "") for pad in layer.padding}
    return words.pop() if len(words) == 1 else ""


def _overlap(layer: Found) -> str:
    low, high = overlap(layer.kernel, layer.stride, layer.dilation)
    return "even" if low == high else f"uneven, {low} to {high}"


def _footer(answer: Solved) -> Iterator[tuple[str, str]]:
    question = answer.question
    limits = question.limits
    if answer.solutions:
        yield "order", RULES[question.family]
    if limits.any:
        yield "with", ", ".join(_limits(answer))
    yield "bounds", ", ".join(_bounds(question.bounds, question.family))
    if answer.is_stopped:
        yield (
            "stopped",
            (
                f"after {in_words(answer.work - 1, 'look')}: there may be more, also more usual "
                "ones; --max-work allows more, narrower bounds need less"
            ),
        )
    elif answer.total is not None:
        yield "complete", f"{in_words(answer.work, 'look')}, nothing within the bounds is left out"
    if (
        not answer.solutions
        and question.family != "transposed"
        and question.target > question.start
    ):
        yield "larger", "--transposed asks for layers that enlarge"
    if answer.wider is not None:
        layer = answer.wider.layers[0]
        raised = f"--kernel {layer.kernel} --stride {layer.stride}"
        yield "wider", f"{layer_text(layer)} would do: {raised}"


def _limits(answer: Solved) -> Iterator[str]:
    limits = answer.question.limits
    if limits.field is not None:
        yield f"receptive field {_range(limits.field)}"
    if limits.max_params is not None:
        yield f"at most {count(limits.max_params)} params"
    if limits.max_macs is not None:
        yield f"at most {count(limits.max_macs)} MACs"
    if limits.max_params is not None or limits.max_macs is not None:
        path = [limits.channels.cin, limits.channels.mid, limits.channels.cout]
        yield f"channels {' to '.join(map(str, path if answer.question.count > 1 else path[::2]))}"


def _bounds(bounds: Bounds, family: Family) -> Iterator[str]:
    yield f"kernel {_range(bounds.kernel)}"
    yield f"stride {_range(bounds.stride)}"
    yield f"dilation {_range(bounds.dilation)}"
    yield "padding up to half" if bounds.padding is None else f"padding {_range(bounds.padding)}"
    if family == "transposed":
        extra = bounds.output_padding
        yield "any legal a" if extra is None else f"output padding {_range(extra)}"


def _range(values: Sequence[int]) -> str:
    """`1:11`, or one number.

    >>> _range(range(1, 12)), _range(range(16, 17))
    ('1:11', '16')
    """
    first, last = values[0], values[-1]
    return str(first) if first == last else f"{first}:{last}"


def choice_page(found: Choices, limit: int) -> Page:
    """The depths and widths, the cheapest first; those on the front are marked."""
    shown = found.choices[:limit]
    path = f"{format_shape(found.question.start)} to {format_shape(found.question.target)}"
    depths, widths = _range(found.depths), _range(found.widths)
    if not shown:
        title = "no answer within the bounds" if not found.stopped else "no answer so far"
    else:
        title = f"{in_words(len(found.best), 'choice')} of {len(found.choices):,} on the front"
    some = f", the first {limit}" if limit < len(found.choices) else ""
    table = Table(_CHOICE_COLUMNS, rows_of(_CHOICE_COLUMNS, shown), indent=2)
    line = f"{path}: {depths} {NOUNS[found.question.family]}s, {widths} channels{some}"
    told = (Title(title), *read_as(found.reading), Prose((line,)))
    return Page((*told, table, Notes(tuple(_choice_notes(found)))), table)


def _choice_notes(found: Choices) -> Iterator[tuple[str, str]]:
    question = found.question
    yield (
        "front",
        (
            "no other choice sees as much with as many channels for no more params and MACs, and "
            "is better in one of these"
        ),
    )
    yield "chain", f"of each depth and width the first by its order: {RULES[question.family]}"
    yield (
        "left out",
        (
            "the other chains of a depth and width, which may see more or cost less; "
            f"one of each, as in --layers {found.depths[-1]} -c {found.widths[-1]}, lists them"
        ),
    )
    if found.stopped:
        yield (
            "stopped",
            (
                f"for {in_words(found.stopped, 'choice')} the work allowed was done before a chain "
                "was found; --max-work allows more, narrower bounds need less"
            ),
        )


_CHOICE_COLUMNS: tuple[Column[Choice], ...] = (
    Column("depth", "depth", lambda one: one.layers, right=True),
    Column("channels", "channels", lambda one: one.channels, right=True),
    Column("layers", "layers", lambda one: chain_text(one.answer.solutions[0].layers), folds=30),
    Column(
        "field",
        "field",
        lambda one: format_axes(one.receptive_field) if one.receptive_field else "?",
        right=True,
    ),
    Column("params", "params", lambda one: one.params, right=True),
    Column("macs", "MACs", lambda one: one.macs, right=True),
    Column("front", "front", lambda one: "yes" if one.is_best else ""),
)
