"""Einsum: sums of products over named axes, as products of matrices."""

from __future__ import annotations

from functools import reduce
from itertools import chain

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import Shape
from convcalc.importers.equations import axis_names
from convcalc.importers.onnx.rules.products import product
from convcalc.importers.onnx.rules.reductions import total
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View


@rule("Einsum")
def einsum(use: Use) -> list[Tensor]:
    """Two tensors at a time; each product keeps what is asked for later."""
    ranks = [len(use.dims(place)) for place in range(use.count)]
    names, after = axis_names(use.word("equation", ""), ranks)
    if any(len({*word}) < len(word) for word in (*names, after)):
        raise NoRuleError("it has an axis twice")
    if not {*after} <= {*chain(*names)}:
        raise NoRuleError("it makes an axis that no input has")
    views = [use.view(place) for place in range(use.count)]
    if len(names) < 2:
        view, name = _summed(use, (views[0], names[0]), after)
        return [use.builder.transposed(view, [*map(name.index, after)], use.operation)]

    def joined(left: tuple[View, str], right: tuple[View, str, str]) -> tuple[View, str]:
        view, word, later = right
        wanted = [n for n in dict.fromkeys(left[1] + word) if n in later + after]
        kept = after if not later else "".join(wanted)
        first = _summed(use, left, word + later + after)
        second = _summed(use, (view, word), left[1] + later + after)
        return _two(use, first, second, kept), kept

    later = ["".join(names[place + 1 :]) for place in range(len(names))]
    rest = list(zip(views[1:], names[1:], later[1:], strict=True))
    return [reduce(joined, rest, (views[0], names[0]))[0]]


def _summed(use: Use, named: tuple[View, str], kept: str) -> tuple[View, str]:
    """The sum over the axes that nobody asks for, and the names of those that are left."""
    view, names = named
    lost = tuple(at for at, name in enumerate(names) if name not in kept)
    if not lost:
        return named
    return total(use, view, lost), "".join(name for name in names if name in kept)


def _two(use: Use, first: tuple[View, str], second: tuple[View, str], after: str) -> View:
    (left_view, left_names), (right_view, right_names) = first, second
    left = dict(zip(left_names, left_view.axes, strict=True))
    right = dict(zip(right_names, right_view.axes, strict=True))
    shared = [name for name in after if name in left and name in right]
    rows = [name for name in after if name in left and name not in right]
    columns = [name for name in after if name in right and name not in left]
    summed = [name for name in left if name in right and name not in after]
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
