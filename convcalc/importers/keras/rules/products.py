"""Dense layers, tables, and products of maps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from math import prod

from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.joins import several
from convcalc.importers.keras.rules.pointwise import activated
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import einsums, products, tables
from convcalc.importers.pytorch.rules.joins import joined
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.l2_normalize import L2Normalize


def dense(layer: Layer, x: Value) -> View:
    """A dense layer over the last axis."""
    view, units = layer.view(x), layer.whole("units", "output_dim")
    kernel = layer.matrix("kernel", (view.dims[-1], units))
    bias = layer.array("bias", (units,)) if layer.flag("use_bias", default=True) else None
    kernel = layer.scaled(kernel, "kernel_scale", (units,), (units,))
    view, kernel = _as_it_lies(layer, view, kernel)
    weight = kernel._replace(view=kernel.view.transposed((1, 0)))
    return activated(layer, products.linear(layer.call, view, weight, bias))


def _as_it_lies(layer: Layer, view: View, kernel: Stored) -> tuple[View, Stored]:
    """A flattened map in the order in which ours lies, and the rows of its kernel in that order.

    Flattened channels last are flattened channels first, once the weights are laid out for that.
    """
    *others, features = view.axes
    own = tuple(chain(*view.own))
    if view.own == (features,) or sorted(features) != sorted(own):
        return view, kernel
    flat = layer.call.arranged(view, [own])._replace(axes=(*others, own))
    sizes = tuple(view.sizes[part] for part in features)
    rows = kernel.view.reshaped((*sizes, kernel.dims[1]))
    assert rows is not None
    order = [features.index(part) for part in own]
    found = rows.transposed([*order, len(order)]).reshaped(kernel.dims)
    assert found is not None
    return flat, kernel._replace(view=found)


def embedding(layer: Layer, x: Value) -> View:
    """Rows of a table."""
    dims = (layer.whole("input_dim"), layer.whole("output_dim"))
    table = layer.matrix("embeddings", dims)
    rows = dims[:1]
    table = layer.scaled(table, "embeddings_scale", rows, (*rows, 1))
    return tables.embedding(layer.call, table, x)


def reversible_embedding(layer: Layer, x: Value, reverse: bool = False) -> View:
    """Rows of a table; the other way round, products with each row."""
    if not reverse:
        return embedding(layer, x)
    dims = (layer.whole("input_dim"), layer.whole("output_dim"))
    table = layer.array("embeddings", dims)
    if layer.field("logit_soft_cap", default=None) is not None:
        raise NoRuleError("it has a `logit_soft_cap`")
    if not layer.flag("tie_weights", default=True):
        held = layer.array("reverse_embeddings", dims[::-1])
        table = held._replace(view=held.view.transposed((1, 0)))
    return products.linear(layer.call, x, table)


def einsum_dense(layer: Layer, x: Value) -> View:
    """A product with a learnt tensor over some axes, where it is a dense layer over the last."""
    equation = layer.word("equation").replace(" ", "")
    before, _, after = equation.partition("->")
    left, _, weight = before.partition(",")
    view = layer.view(x)
    left, after = _without_dots(left, after, len(view.axes))
    summed = [name for name in weight if name in left and name not in after]
    made = [name for name in weight if name not in left]
    kept = "".join(name for name in left if name not in summed)
    is_dense = (
        weight == "".join(summed + made)
        and left == kept + "".join(summed)
        and after == kept + "".join(made)
        # A bias along some of what is made is added behind a sum.
        and set(layer.field("bias_axes", default="") or made) == {*made}
    )
    if not is_dense and layer.stored_as:
        raise NoRuleError(f"its weights are stored as {layer.stored_as}, along other axes")
    if not is_dense:
        return _summed(layer, view, (left, weight, after))
    count = len(made)
    asked = layer.field("output_shape")
    shape = tuple(asked) if isinstance(asked, list | tuple) else (asked,)
    out = tuple(shape[-count:]) if count else ()
    if not all(isinstance(size, int) for size in out):
        raise NoRuleError(f"its `output_shape` is {shape}")
    sizes = view.dims[len(kept) :]
    kernel = layer.matrix("kernel", (*sizes, *out))
    flat = kernel.view.reshaped((prod(sizes), prod(out)))
    rows = view.reshaped((*view.dims[: len(kept)], prod(sizes)))
    if flat is None or rows is None:
        raise NoRuleError("its axes cannot be told apart")
    bias = None
    if layer.field("bias_axes", default=""):
        held = layer.array("bias", out)
        seen = held.view.reshaped((prod(out),))
        bias = None if seen is None else held._replace(view=seen)
    kernel = layer.scaled(kernel, "kernel_scale", ((1,) * len(kept) + out), out)
    stored = kernel._replace(view=flat.transposed((1, 0)))
    found = products.linear(layer.call, rows, stored, bias)
    split = found.reshaped((*found.dims[:-1], *out))
    if split is None:
        raise NoRuleError("its axes cannot be told apart")
    return activated(layer, split)


def _summed(layer: Layer, view: View, words: tuple[str, str, str]) -> View:
    """A sum of products with a learnt tensor along any axes, and the bias behind it."""
    left, weight, after = words
    asked = layer.field("output_shape")
    shape = [None, *(asked if isinstance(asked, list | tuple) else [asked])]
    sizes = dict(zip(after, shape, strict=False)) | dict(zip(left, view.dims, strict=True))
    dims = tuple(sizes.get(name) for name in weight)
    if len(shape) != len(after) or not all(isinstance(size, int) for size in dims):
        raise NoRuleError(f"it is `{left},{weight}->{after}`")
    kernel = layer.array("kernel", dims)  # type: ignore[arg-type]
    found = einsums.einsum(layer.call, f"{left},{weight}->{after}", (view, kernel))
    biased = layer.field("bias_axes", default="")
    if set(biased) & set(after):
        # From the first axis that it is along, with 1 for those behind that it is not.
        first = min(after.index(name) for name in after if name in biased)
        pairs = zip(after[first:], found.dims[first:], strict=True)
        held = layer.array("bias", tuple(size if name in biased else 1 for name, size in pairs))
        seen = held.view.reshaped((1,) * first + held.dims)
        if seen is None:
            raise NoRuleError("its axes cannot be told apart")
        found = layer.view(joined(layer.part("bias").call, Add, found, held._replace(view=seen)))
    return activated(layer, found)


def _without_dots(left: str, after: str, rank: int) -> tuple[str, str]:
    """The axes that dots stand for, as names.

    >>> _without_dots("...x", "...y", 3)
    ('ABx', 'ABy')
    """
    names = "".join(chr(65 + n) for n in range(rank - len(left.replace("...", ""))))
    return left.replace("...", names), after.replace("...", names)


def _of_length_one(layer: Layer, view: View, axis: int) -> View:
    return layer.same(L2Normalize, {}, layer.call.channels_first(view, axis))


def dot(layer: Layer, x: tuple[Value, ...]) -> View:
    """Sums of products along an axis of each of two tensors."""
    if several(x) != 2:
        raise NoRuleError("it wants two tensors")
    left, right = map(layer.view, x)
    asked = layer.field("axes")
    pair = asked if isinstance(asked, list | tuple) else (asked, asked)
    first, second = pair[0] % len(left.axes), pair[1] % len(right.axes)
    if layer.flag("normalize", default=False):
        left = _of_length_one(layer.part("first"), left, first)
        right = _of_length_one(layer.part("second"), right, second)
    if not first or not second or left.dims[first] != right.dims[second]:
        raise NoRuleError(f"its axes are {tuple(pair)}")
    rows = [n for n in range(1, len(left.axes)) if n != first]
    columns = [n for n in range(1, len(right.axes)) if n != second]
    a = left.transposed([0, *rows, first])
    b = right.transposed([0, second, *columns])
    sizes = (*(left.dims[n] for n in rows), *(right.dims[n] for n in columns))
    folded_a = a.reshaped((1, prod(left.dims[n] for n in rows), left.dims[first]))
    folded_b = b.reshaped((1, right.dims[second], prod(right.dims[n] for n in columns)))
    assert folded_a is not None
    assert folded_b is not None
    found = products.product(layer.call, folded_a, folded_b)
    split = found.reshaped((1, *(sizes or (1,))))
    assert split is not None
    # Of two vectors one number is left.
    return split if sizes else layer.call.arranged(split, [()])


# What a matrix may be stored as, and by which layers.
AS_INTEGERS = frozenset({("int8", "Dense"), ("int8", "EinsumDense"), ("int8", "Embedding")})

RULES: dict[str, Callable[..., object]] = {
    "Dense": dense,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "ReversibleEmbedding": reversible_embedding,
    "Dot": dot,
}
