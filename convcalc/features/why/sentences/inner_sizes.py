"""A dense layer or a product of matrices whose inner sizes differ."""

from __future__ import annotations

from math import isqrt

from convcalc.features.why.sentence import (
    FILE,
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    many,
    number,
    sizes,
)

# Channels that maps in front of a dense layer usually have, largest first.
_USUAL_CHANNELS = (
    *(2048, 1536, 1280, 1024, 960, 768, 576, 512, 480, 384, 320, 256, 192, 128),
    *(96, 64, 48, 32, 16, 8, 6, 3),
)
_LARGEST_SIDE = 64


def _maps(features: int) -> str:
    """The square maps that so many features may be.

    >>> _maps(25088)
    '512x7x7, 128x14x14, 32x28x28, 8x56x56'
    """
    found = []
    for channels in _USUAL_CHANNELS:
        side = isqrt(features // channels)
        if 1 < side <= _LARGEST_SIDE and channels * side * side == features:
            found.append(f"{channels}x{side}x{side}")
    return ", ".join(found[:4])


def _product(found: Found) -> Meaning:
    left, right = sizes(found, "a"), sizes(found, "b")
    if len(right) < 2:
        (wanted,) = right
        return dense(left[-1], wanted, None)
    return dense(left[-1], right[-2], right[-1], left[0])


def dense(got: int | None, wanted: int | None, out: int | None, rows: int | None = None) -> Meaning:
    """What it means that `got` features meet a layer of `wanted`; `rows` of them arrive."""
    into, outputs = ("", "...") if out is None else (f" into {out}", str(out))
    numbers = []
    for label, value in (("arrive", got), ("are wanted", wanted)):
        if value is not None and (maps := _maps(value)):
            numbers.append(f"{value} features that {label} may be a map of {maps}, flattened")
    layer = f"nn.Linear({wanted}, {outputs})"
    causes: tuple[str, ...] = ()
    first = (
        f"nn.Linear({got}, {outputs}) for inputs of this size; nn.LazyLinear({outputs}) finds "
        "the number by itself"
    )
    if rows and got and wanted and (samples := _unflattened(got, wanted, rows)):
        causes = (f"{_were(samples)} not flattened: {rows} * {got} = {_times(samples)}{wanted}",)
        first = f"nn.Flatten(1), or x.flatten(1), before {layer}"
    elif rows and got and wanted and rows % wanted == 0:
        # A map of `wanted` channels, of which each row of pixels was taken for a sample.
        causes = (
            f"`flatten` or a global pool is missing: {rows} rows of {got} are a map of {wanted} "
            "channels, and the last axis of a map is its width",
        )
        first = f"nn.AdaptiveAvgPool2d(1) and nn.Flatten(1) before {layer}"
    return Meaning(
        f"{many(got, 'feature') if got else 'features'} arrive{'s' * (got == 1)} at a dense "
        f"layer that multiplies {wanted} of them{into}",
        (
            *causes,
            "the input has another size than the one that the layer was written for, so that the "
            "map in front of it has another number of positions",
            "a layer before it was changed (stride, padding, a pool more or less)",
            *(() if causes else ("`flatten` is missing, or flattens the batch too",)),
        ),
        (
            first,
            "nn.AdaptiveAvgPool2d(size) before nn.Flatten(1), for inputs of any size",
        ),
        tuple(numbers),
        f"convcalc plan {FILE} --input 3x224x224",
        Clue((out, wanted), 1, got) if got is not None and out and wanted else Clue(),
    )


def _unflattened(got: int, wanted: int, rows: int) -> int:
    """How many samples `rows` of `got` pixels are, of maps with `wanted` elements; 0 for none.

    Several samples are told by maps as wide as high: 32 rows of 8 may as well be 32 vectors.

    >>> _unflattened(5, 400, 160), _unflattened(7, 3584, 512), _unflattened(8, 16, 32)
    (2, 1, 0)
    >>> _unflattened(2, 16, 16), _unflattened(1, 8, 16)
    (2, 0)
    """
    samples, left = divmod(rows * got, wanted)
    if left or wanted % got or got == wanted:
        return 0
    return samples if samples == 1 or (got > 1 and wanted % got**2 == 0) else 0


def _were(samples: int) -> str:
    return "one sample was" if samples == 1 else f"{samples} samples were"


def _times(samples: int) -> str:
    return "" if samples == 1 else f"{samples} * "


def _unsaid(found: Found) -> Meaning:
    return Meaning(
        f"the inner sizes of a product differ; the program does not say which{_node(found)}",
        (
            "the input has another size than the model was exported for, so that what is flattened "
            "has another length",
        ),
        ("the size that the model was exported for", "an export with free sizes"),
    )


def _node(found: Found) -> str:
    return f", at node `{found['node']}`" if found.get("node") else ""


def _conv_like(found: Found) -> Meaning:
    """Sizes without the rest of the weights."""
    return dense(number(found, "got"), number(found, "wanted"), None)


def _gemm(found: Found) -> Meaning:
    weight, got = sizes(found, "w"), number(found, "got")
    out = number(found, "out")
    wanted = next((size for size in weight if size != out), out)
    return dense(got, wanted, out)


def _axis(found: Found) -> Meaning:
    wanted, shape = number(found, "wanted"), sizes(found, "shape")
    got = shape[-1]
    return Meaning(
        f"the layer was built for {wanted} values on its last axis, and {got} arrive there",
        (
            "a map arrives where a vector is meant: `Flatten` is missing before a `Dense`",
            "the input has another number of channels or features than the first one had",
            "channels first data in a channels last layer: the last axis is a width",
        ),
        (
            "keras.layers.Flatten() before keras.layers.Dense(...)",
            f"a layer of its own, built for {got}",
        ),
        (f"received {list(shape)}; its last axis is {got}, not {wanted}",),
        clue=Clue(sizes=(wanted, got) if got is not None else ()),
    )


def _batched(found: Found) -> Meaning:
    wanted, got = sizes(found, "wanted"), sizes(found, "got")
    return Meaning(
        f"a batched product wants {list(wanted)} as the first two axes of its second factor, "
        f"and gets {list(got)}",
        (
            "queries and keys have unequal features a head",
            "a factor is not transposed: the product of q and k needs k.transpose(-2, -1)",
            "the batches of both factors differ",
        ),
        (
            "q @ k.transpose(-2, -1)",
            "F.scaled_dot_product_attention(q, k, v), which turns k itself",
        ),
        ("the last axis of the first factor is the second to last of the second",),
    )


def _subscripts(found: Found) -> Meaning:
    return Meaning(
        f"the letter {found['letter']} of an einsum stands for {found['b']} in one factor, for "
        f"{found['a']} in another",
        ("a factor has its axes in another order than the equation says",),
        (f"print the factors' shapes, and give the axis of {found['a']} a letter of its own",),
        clue=Clue(sizes=(number(found, "a"), number(found, "b"))),
    )


SENTENCES = (
    Sentence(
        "product",
        (
            Said("PyTorch", "mat1 and mat2 shapes cannot be multiplied ({a:shape} and {b:shape})"),
            Said("PyTorch", "size mismatch, m1: {a:shape}, m2: {b:shape}"),
            Said("numpy", "shapes {a:shape} and {b:shape} not aligned"),
            Said("TensorFlow", "Matrix size-incompatible: In[0]: {a:shape}, In[1]: {b:shape}"),
            Said(
                "Keras",
                "must be equal, but received `x1.shape={a:shape}` and `x2.shape={b:shape}`",
            ),
        ),
        _product,
    ),
    Sentence(
        "product",
        (
            Said(
                "numpy",
                "mismatch in its core dimension {axis}, with gufunc signature {signature:words} "
                "(size {wanted} is different from {got})",
            ),
            Said("ONNX", "Dimension mismatch in unification between {wanted} and {got}"),
            Said(
                "JAX",
                "contracting dimensions to have the same shape, got ({got},) and ({wanted},)",
            ),
        ),
        _conv_like,
    ),
    Sentence(
        "product",
        (Said("ONNX Runtime", "GEMM: Dimension mismatch, W: {w:shape} K: {got} N:{out}"),),
        _gemm,
    ),
    Sentence(
        "product",
        (
            Said(
                "ONNX Runtime",
                "running MatMul node. Name:'{node:words}' Status Message: {place:words}MatMul "
                "dimension mismatch",
            ),
            Said("ONNX", "[ShapeInferenceError] Incompatible dimensions for matrix multiplication"),
        ),
        _unsaid,
    ),
    Sentence(
        "features",
        (
            Said(
                "Keras",
                "expected axis -1 of input shape to have value {wanted}, but received input with "
                "shape {shape:shape}",
            ),
            Said(
                "Keras",
                "expected axis -1 of input shape to have value {wanted} but received input with "
                "shape {shape:shape}",
            ),
        ),
        _axis,
    ),
    Sentence(
        "batched-product",
        (
            Said(
                "PyTorch",
                "Expected size for first two dimensions of batch2 tensor to be: {wanted:shape} "
                "but got: {got:shape}",
            ),
        ),
        _batched,
    ),
    Sentence(
        "subscripts",
        (
            Said(
                "PyTorch",
                "einsum(): subscript {letter:words} has size {b} for operand {operand} which does "
                "not broadcast with previously seen size {a}",
            ),
        ),
        _subscripts,
    ),
)
