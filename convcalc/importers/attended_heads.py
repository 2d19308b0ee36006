"""Attention without projections as one layer: where its heads, windows and masks lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from math import prod, sqrt
from typing import Any, NamedTuple

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.building import Builder
from convcalc.importers.model import Operation
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, expanded, whole
from convcalc.kinds.scaled_dot_product_attention import ScaledDotProductAttention
from convcalc.network.held import Held

# Factors that are the usual one, as float32 has it.
_NEAR = 1e-5


class Mask(NamedTuple):
    """A mask as it is met: beside scores whose axes in front of queries and keys are `lead`.

    A stored one is no layer yet: `view` is that of its array.
    """

    view: View
    lead: Shape
    held: Held | None = None
    is_learnt: bool = False


class Attended(NamedTuple):
    """Queries, keys and values `(..., positions, features)`, and the masks of their scores.

    What is gathered has the axes `lead` in front of its last two; those of the queries by default.
    """

    q: View
    k: View
    v: View
    masks: Sequence[Mask] = ()
    lead: Shape | None = None

    def layer(
        self, builder: Builder, operation: Operation, scale: float, fields: Mapping[str, Any]
    ) -> View:
        """softmax(scale q k + masks) v as one layer. Raises NoRuleError where it is none."""
        q, k, v = self._with_own_heads(builder)._split()
        lead = q.dims[:-2]
        masks = [_refined(mask, lead, (q.dims[-2], k.dims[-2])) for mask in self.masks]
        given = dict(fields) | _scale(scale, q.dims[-1])
        heads, apart = _dealt(lead, masks)
        given |= {"heads": prod(lead[n] for n in heads)}
        given |= _shared(lead, k.dims[:-2], v.dims[:-2], heads)
        if apart:
            given["batch_axes"] = len(apart)
        laid = [_of_heads(builder, operation, view, heads, apart) for view in (q, k, v)]
        laid += [_of_scores(builder, operation, mask, heads, apart) for mask in masks]
        inputs = [view.at for view in laid]
        at = builder.layer(ScaledDotProductAttention, given, inputs, operation)
        found = _as_tensor(builder, at, lead, heads, apart)
        lead = self.q.dims[:-2] if self.lead is None else self.lead
        split = found.reshaped((*lead, *found.dims[-2:]))
        if split is None:
            raise NoRuleError("its heads cannot be told apart")
        return split

    def _with_own_heads(self, builder: Builder) -> Attended:
        """The same with keys and values as they were before each head became several in a row."""
        lead = _kept(self.q.dims[:-2])
        if any(_kept(mask.lead) != lead for mask in self.masks):
            return self
        k, v = (builder.heads_shared(view) for view in (self.k, self.v))
        if k is None or v is None or k.dims[:-2] != v.dims[:-2]:
            return self
        return self._replace(k=k, v=v)

    def _split(self) -> tuple[View, View, View]:
        """The three with the finest axes that their scores are ever seen with, and none of 1."""
        given = self.q, self.k, self.v
        rank = max(len(view.axes) for view in given)
        if min(len(view.axes) for view in given) < 2:
            raise NoRuleError("it multiplies by a vector")
        views = [expanded(view, rank) for view in given]
        own = views[0].dims[:-2]
        lead = max((_kept(one) for one in (own, *(mask.lead for mask in self.masks))), key=len)
        if lead == _kept(own):
            # Keys that heads share have fewer of them, one at least.
            places = [n for n, size in enumerate(own) if size > 1]
            q, k, v = (
                view._replace(axes=(*(view.axes[n] for n in places), *view.axes[-2:]))
                for view in views
            )
            return q, k, v
        found = [view.reshaped((*lead, *view.dims[-2:])) for view in views]
        if prod(lead) != prod(own) or None in found:
            raise NoRuleError("its heads are spread")
        q, k, v = (view for view in found if view is not None)
        return q, k, v


def _kept(dims: Shape) -> Shape:
    return tuple(size for size in dims if size != 1)


def _scale(scale: float, size: int) -> dict[str, float]:
    return {} if abs(scale * sqrt(size) - 1) < _NEAR else {"scale": scale}


def _refined(mask: Mask, lead: Shape, scores: Shape) -> Mask:
    """The mask with an axis for each of `lead`, one for queries and one for keys."""
    view = expanded(mask.view, len(mask.lead) + 2)
    dims = (*mask.lead, *scores)
    if any(size not in (1, most) for size, most in zip(view.dims, dims, strict=True)):
        raise NoRuleError("its mask has other axes")
    rest = iter(lead)
    split: list[int] = []
    for size, own in zip(view.dims, mask.lead, strict=False):
        parts: list[int] = []
        while prod(parts) < own:
            parts.append(next(rest, own))
        if prod(parts) != own:
            raise NoRuleError("its scores are cut in ways that do not divide")
        split += parts if size == own else [1] * len(parts)
    found = view.reshaped((*split, *view.dims[-2:]))
    if found is None or len(split) != len(lead):
        raise NoRuleError("its mask is cut in ways that do not divide")
    return mask._replace(view=found, lead=lead)


def _dealt(lead: Shape, masks: Sequence[Mask]) -> tuple[list[int], list[int]]:
    """Which axes are heads, and which are attended one by one.

    All are heads, as long as each mask has its own for every one of them or one for all.
    """
    places = list(range(len(lead)))
    known = [{size > 1 for size in mask.view.dims[:-2]} for mask in masks]
    if all(len(own) < 2 for own in known):
        return places, []
    if len(lead) > MAX_RANK:
        raise NoRuleError("its masks are spread over too many axes")
    return places[-1:], places[:-1]


def _shared(lead: Shape, k: Shape, v: Shape, heads: Sequence[int]) -> dict[str, int]:
    """The heads of keys, where those of queries share them."""
    if k != v:
        raise NoRuleError("keys and values have different heads")
    if k == lead:
        return {}
    if not lead or k[:-1] != lead[:-1] or lead[-1] % k[-1]:
        raise NoRuleError("its heads are spread")
    return {"kv_heads": prod(k[n] for n in heads)}


def _of_heads(
    builder: Builder,
    operation: Operation,
    view: View,
    heads: Sequence[int],
    apart: Sequence[int],
) -> View:
    """Channels, those of all heads one behind the other; what is attended one by one; positions."""
    channels = (*_joined(view, heads), *view.axes[-1])
    wanted = [channels, *(view.axes[n] for n in apart), view.axes[-2]]
    return builder.arranged(view, wanted, operation)


def _of_scores(
    builder: Builder,
    operation: Operation,
    mask: Mask,
    heads: Sequence[int],
    apart: Sequence[int],
) -> View:
    """A mask with the axes that the layer wants, and none in front that hold for all."""
    view = mask.view
    wanted = [_joined(view, heads), *(view.axes[n] for n in apart), *view.axes[-2:]]
    while len(wanted) > 2 and not wanted[0]:
        del wanted[0]
    if len(wanted) > 1 + MAX_RANK:
        raise NoRuleError("its mask has too many axes")
    if mask.held is None:
        own = [*view.own]
        while own and not own[0]:
            del own[0]
        is_laid = own == wanted[-len(own) :] and 2 <= len(view.own) <= 3 + len(apart)
        return view if is_laid else builder.arranged(view, wanted, operation)
    return builder.stored.source(mask.held, view, wanted, mask.is_learnt, operation)


def _joined(view: View, places: Sequence[int]) -> Parts:
    return tuple(chain.from_iterable(view.axes[n] for n in places))


def _as_tensor(
    builder: Builder, at: int, lead: Shape, heads: Sequence[int], apart: Sequence[int]
) -> View:
    """The layer's output as `(*lead, positions, features)`."""
    shape = builder.shape(at)
    laid = whole(at, shape, [(axis,) for axis in range(len(shape))])
    own = tuple(lead[n] for n in heads)
    found = laid.reshaped((*own, shape[0] // prod(own), *shape[1:]))
    assert found is not None
    features = len(heads)
    place = {n: number for number, n in enumerate(heads)}
    place |= {n: features + number for number, n in enumerate(apart, 1)}
    positions = features + len(apart) + 1
    return found.transposed([*(place[n] for n in range(len(lead))), positions, features])
