"""What stands for an operation that no kind says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call, few_sizes
from convcalc.importers.pytorch.constants import calculated, stored
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.opaque import Opaque
from convcalc.network.held import Absent, Held

# Operators that compare, pick, sort, or calculate each element by itself: they multiply no sums.
_WORDS = (
    "__lshift__ __rshift__ _upsample_bicubic2d_aa _upsample_bilinear2d_aa abs acos acosh add "
    "all amax amin aminmax any arange argmax argmin argsort as_strided asin asinh atan atan2 "
    "atanh batch_norm binary_cross_entropy_with_logits bitwise_and bitwise_left_shift "
    "bitwise_not bitwise_or bitwise_right_shift bitwise_xor broadcast_tensors bucketize cat "
    "ceil channel_shuffle clamp clamp_max clamp_min clone col2im copy copysign cosh "
    "count_nonzero cross cummax cummin cumprod cumsum detach diag_embed diagonal diff digamma "
    "div eq erf erfc erfinv exp2 expand expm1 fake_quantize_per_channel_affine "
    "fake_quantize_per_tensor_affine fill flip floor floor_divide fmod frac full full_like "
    "gather ge grid_sampler group_norm gt heaviside huber_loss hypot im2col index index_add "
    "index_copy index_fill index_put index_select isinf isnan kron kthvalue l1_loss "
    "layer_norm le lerp lgamma linspace log10 log1p log2 logaddexp logaddexp2 logcumsumexp "
    "logical_and logical_not logical_or logit logsumexp lshift lt masked_fill masked_scatter "
    "max max_unpool2d max_unpool3d maximum mean median meshgrid min minimum mode mse_loss "
    "msort mul nan_to_num nanmean nansum ne new_full new_ones new_zeros nonzero one_hot ones "
    "ones_like permute pixel_shuffle pixel_unshuffle pow prod put rand randn reciprocal "
    "remainder repeat repeat_interleave reshape roll rot90 round rrelu rshift rsqrt scatter "
    "scatter_add scatter_reduce searchsorted select_scatter sign sinc sinh slice "
    "slice_scatter smooth_l1_loss sort sqrt stack std std_mean sub sum take take_along_dim "
    "tan tensor_split tile topk trace tril tril_indices triu triu_indices unfold "
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d var var_mean view where xlogy "
    "zeros zeros_like"
)
_WITHOUT_PRODUCTS = frozenset(f"aten.{word}" for word in _WORDS.split())


def placed(
    call: Call,
    values: Sequence[Value],
    shapes: Sequence[Shape | None],
    why: str,
    macs: int | None,
) -> list[Value | None]:
    """Opaque layers for the outputs that are read; weights that it reads are layers, too.

    `macs` are those of all of it, None where they are not known.
    """
    found: list[Value | None] = []
    # What is worked out from weights alone is a layer behind them.
    is_alone = not any(isinstance(one, View) for one in values)
    values = [
        call.view(one)
        if isinstance(one, Stored) and one.is_learnt and (is_alone or _is_apart(call, one))
        else one
        for one in values
    ]
    for number, shape in enumerate(shapes):
        if shape is None or not call.is_read(number):
            found.append(None)
        else:
            is_first = not any(found)
            own = macs if is_first else 0
            found.append(_opaque(call, values, shape, why, own, is_first=is_first))
    return found


def is_of_input(call: Call, values: Sequence[Value]) -> bool:
    """True where an output depends on weights or on what goes in, not on constants alone."""
    if _word(call).startswith("aten.new_") or _word(call).endswith("_like"):
        # It takes the type of its input, and none of its numbers.
        return False
    return any(isinstance(one, View) or _is_learnt(one) for one in values)


def _is_apart(call: Call, value: Stored) -> bool:
    return call.builder.stored.is_apart(value.held)


def _is_learnt(value: Value) -> bool:
    return isinstance(value, Stored) and value.is_learnt


def constant(call: Call, shape: Shape, number: int, arguments: Mapping[str, Any] | None) -> Stored:
    """A constant that the program works out: its numbers are found when the network runs."""
    op, name = call.operation.op, call.operation.outputs[number]
    element = call.elements.get(name, "float32")
    if arguments is None:
        absent = Absent(f"{op} is not worked out here", is_drawn=False)
        return stored(call.builder, Held(name, shape, element, absent))
    if len(call.operation.outputs) > 1:
        arguments = {**arguments, "nth": number}
    return calculated(call.builder, op, name, shape, element, arguments)


def _opaque(
    call: Call,
    values: Sequence[Value],
    shape: Shape,
    why: str,
    macs: int | None,
    *,
    is_first: bool,
) -> View:
    """A layer with the stated shape, and what it is known to cost."""
    views = list(dict.fromkeys(one for one in values if isinstance(one, View)))
    arrays = {one.held: one for one in values if isinstance(one, Stored)}
    new = [one for held, one in arrays.items() if held not in call.builder.stored.sourced]
    if is_first:
        call.builder.stored.in_opaque += [one.held for one in new if one.is_learnt]
    alike = next((view for view in views if view.dims == shape), None)
    own = alike.shape if alike is not None else few_sizes(_of_sample(shape))
    fields = {
        "output": own,
        "params": sum(prod(one.dims) for one in new if one.is_learnt) if is_first else 0,
        "buffers": sum(prod(one.dims) for one in new if not one.is_learnt) if is_first else 0,
        "macs": 0 if _word(call) in _WITHOUT_PRODUCTS else macs,
        "reads": None,
        "note": f"{call.operation.op}: {why}"[:120],
    }
    at = call.layer(Opaque, fields, *views)
    if alike is not None:
        return alike.on(at)
    found = whole(at, own, [(n,) for n in range(len(own))]).reshaped(shape)
    if found is None:
        raise NoRuleError("its shape has too many axes")
    return found


def _of_sample(shape: Shape) -> Shape:
    """A shape without the axis of its only sample, if it has other axes."""
    match shape:
        case (1, *sizes) if sizes:
            return tuple(sizes)
    return shape


def _word(call: Call) -> str:
    return call.operation.op.removesuffix("_")
