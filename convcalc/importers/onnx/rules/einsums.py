"""Einsum: sums of products over named axes, as products of matrices."""

from __future__ import annotations

from functools import reduce
from itertools import chain

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import Shape
from convcalc.importers.onnx.rules.products import product
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View


def axis_names(use: Use) -> tuple[list[str], str]:
    """The names of each input's axes, and of the output's. Raises NoRuleError.

    `...` stands for axes that have no names of their own: they get capital ones from the end.
    """
    equation = use.word("equation", "").replace(" ", "")
    before, arrow, after = equation.partition("->")
    words = before.split(",")
    if len(words) != use.count:
        raise NoRuleError(f"it names the axes of {len(words)} tensors: `{equation}`")
    free = [one for one in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if one not in equation]
    most = 0
    found = []
    for place, word in enumerate(words):
        count = len(use.dims(place)) - len(word.replace("...", ""))
        if count < 0 or (count and "..." not in word) or count > len(free):
            raise NoRuleError(f"it names other axes than its inputs have: `{equation}`")
        most = max(most, count)
        found.append(word.replace("...", "".join(free[:count][::-1])))
    rest = "".join(free[:most][::-1])
    if not arrow:
        every = "".join(found)
        after = rest + "".join(sorted(n for n in {*every} - {*rest} if every.count(n) == 1))
    return found, after.replace("...", rest)


@rule("Einsum")
def einsum(use: Use) -> list[Tensor]:
    """Two tensors at a time; each product keeps what is asked for later."""
    names, after = axis_names(use)
    if any(len({*word}) < len(word) for word in (*names, after)):
        raise NoRuleError("it has an axis twice")
    if len(names) < 2:
        return [_alone(use, names[0], after)]
    views = [use.view(place) for place in range(use.count)]

    def joined(left: tuple[View, str], right: tuple[View, str, str]) -> tuple[View, str]:
        view, word, later = right
        wanted = [n for n in dict.fromkeys(left[1] + word) if n in later + after]
        kept = after if not later else "".join(wanted)
        return _two(use, left, (view, word), kept), kept

    later = ["".join(names[place + 1 :]) for place in range(len(names))]
    rest = list(zip(views[1:], names[1:], later[1:], strict=True))
    return [reduce(joined, rest, (views[0], names[0]))[0]]


def _alone(use: Use, names: str, after: str) -> View:
    if sorted(names) != sorted(after):
        raise NoRuleError("it sums over an axis of one input")
    order = [names.index(name) for name in after]
    return use.builder.transposed(use.view(), order, use.operation)


def _two(use: Use, first: tuple[View, str], second: tuple[View, str], after: str) -> View:
    (left_view, left_names), (right_view, right_names) = first, second
    left = dict(zip(left_names, left_view.axes, strict=True))
    right = dict(zip(right_names, right_view.axes, strict=True))
    shared = [name for name in after if name in left and name in right]
    rows = [name for name in after if name in left and name not in right]
    columns = [name for name in after if name in right and name not in left]
    summed = [name for name in left if name in right and name not in after]
    if {*shared, *rows, *summed} < left.keys() or {*shared, *columns, *summed} < right.keys():
        raise NoRuleError("it sums over an axis of one input")
    found = product(
        use,
        left_view._replace(axes=_axes(left, shared, rows, summed)),
        right_view._replace(axes=_axes(right, shared, summed, columns)),
    )
    sizes = {name: right_view.size(axis) for name, axis in right.items()}
    # Of an axis of 1 and a longer one, the longer is what comes out.
    for name, axis in left.items():
        sizes[name] = max(left_view.size(axis), sizes.get(name, 1))
    order = [*shared, *rows, *columns]
    dims: Shape = tuple(sizes[name] for name in order)
    split = use.builder.reshaped(found, dims, use.operation)
    return split.transposed([order.index(name) for name in after])


def _axes(own: dict[str, Parts], shared: list[str], *joined: list[str]) -> tuple[Parts, ...]:
    """Each shared axis by itself, and the others joined."""
    groups = (tuple(chain(*(own[name] for name in names))) for names in joined)
    return (*(own[name] for name in shared), *groups)
