"""Tensors one behind the other: Concat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.importers.onnx.use import Tensor, Use, alone, place_of, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View, aligned, like, uncut
from convcalc.kinds.concat import Concat
from convcalc.network.held import Held


@rule("Concat")
def concat(use: Use) -> list[Tensor]:
    """Tensors one behind the other along an axis; those of no elements are passed over."""
    named = [*zip(use.operation.inputs, use.tensors(), strict=True)]
    some = [pair for pair in named if 0 not in pair[1].dims]
    names, tensors = zip(*(some or named), strict=True)
    rank = len(tensors[0].dims)
    axis = use.axis(rank)
    if len(tensors) == 1:
        return [*tensors]
    if all(isinstance(one, Held) for one in tensors):
        held = [one for one in tensors if isinstance(one, Held)]
        size = sum(one.dims[axis] for one in held)
        dims = (*held[0].dims[:axis], size, *held[0].dims[axis + 1 :])
        return [held[0].made("joined", dims, *held[1:], axis=axis)]
    return [joined(use, names, tensors, axis)]


def joined(use: Use, names: Sequence[str], tensors: Sequence[Tensor], axis: int) -> View:
    """Tensors one behind the other, of which one at least is calculated."""
    views = [one if isinstance(one, View) else held_view(one) for one in tensors]
    # An axis of its own, where one of them has it so.
    calculated = [place for place, one in enumerate(tensors) if isinstance(one, View)]
    first = next((place for place in calculated if views[place].axes[axis]), calculated[0])
    for view in views:
        _check_beside(use, views[first], view, axis)
    if not _cut_alike(views[first], views, axis):
        # Cut in ways that do not divide: laid out as the tensors themselves are.
        for place in calculated:
            view = views[place]
            own = [parts for at, parts in enumerate(view.axes) if parts or at == axis]
            views[place] = uncut(use.arranged(view, own))
    found = _cut_alike(use.arranged(views[first], alone(views[first], axis)), views, axis)
    if found is None:
        raise NoRuleError("its inputs are cut in ways that do not divide")
    model, views = found
    laid = []
    for name, tensor, view in zip(names, tensors, views, strict=True):
        wanted = like(view, model, axis)
        if isinstance(tensor, Held):
            learnt = name in use.walk.learnt
            laid.append(use.builder.stored.source(tensor, view, wanted, learnt, use.operation))
        else:
            laid.append(use.arranged(view, wanted))
    place = place_of(model, axis)
    fields = {"axis": place} if place else {}
    at = use.layer(Concat, fields, *laid)
    return model.resized(at, place, use.builder.shape(at)[place], axis)


def _cut_alike(model: View, views: Iterable[View], axis: int) -> tuple[View, list[View]] | None:
    """`model` and the views, all cut alike but for `axis`; None where that cannot be."""
    # The second time around, `model` is cut wherever one of them is.
    for _ in range(2):
        cut = []
        for view in views:
            found = aligned(model, view, axis)
            if found is None:
                return None
            model, view = found
            cut.append(view)
        views = cut
    return model, [*views]


def _check_beside(use: Use, model: View, view: View, axis: int) -> None:
    """Raises StackError where the tensors differ beside the axis along which they are joined."""
    if len(view.axes) != len(model.axes) or any(
        mine != its
        for at, (mine, its) in enumerate(zip(view.dims, model.dims, strict=True))
        if at != axis
    ):
        message = f"{use.operation.title} joins unequal sizes"
        note = f"{list(model.dims)} and {list(view.dims)} along axis {axis}"
        raise use.builder.refuse(
            "merge-size-mismatch",
            message,
            use.operation,
            note=note,
        )
