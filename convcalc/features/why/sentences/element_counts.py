"""Views, ranks and inputs of fixed sizes."""

from __future__ import annotations

from math import prod

from convcalc.features.why.sentence import (
    Clue,
    Found,
    Meaning,
    Said,
    Sentence,
    number,
    sizes,
    written,
)


def _reshaped(shape: tuple[int | None, ...], count: int) -> Meaning:
    known = [size for size in shape if size is not None and size >= 0]
    wanted = prod(known)
    factors = f"{' * '.join(map(str, known))} = " if len(known) > 1 else ""
    numbers = [f"{factors}{wanted} are written, and {count} numbers are there"]
    if not {-1, None}.isdisjoint(shape) and wanted:
        numbers.append(f"{count} / {wanted} leaves {count % wanted}")
    write = ["torch.flatten(x, 1): the batch stays, all else becomes one axis, whatever its size"]
    if known and len(shape) > 1:
        batch = known[0]
        if shape[0] == batch and batch and count % batch == 0:
            write.append(
                f"x.view({batch}, {count // batch}) is what fits: {count // batch} a sample"
            )
    return Meaning(
        f"{count} numbers cannot have the shape {written(shape)}",
        (
            "a size of the map is written as a number, and the input has another size than then",
            "the batch is written as a number, and the last batch is smaller",
        ),
        tuple(write),
        tuple(numbers),
        "convcalc explain element-count-mismatch",
        Clue(sizes=(wanted, count)),
    )


def _view(found: Found) -> Meaning:
    return _reshaped(sizes(found, "shape"), number(found, "count"))


def _view_of(found: Found) -> Meaning:
    return _reshaped(
        sizes(found, "shape"), prod(size for size in sizes(found, "input") if size is not None)
    )


def _strides(found: Found) -> Meaning:
    return Meaning(
        "the view would join axes that do not lie beside each other in memory; the sizes are right",
        ("a permute, transpose or slice stands before the view",),
        ("x.reshape(...), which copies where it must", "x.contiguous().view(...)"),
    )


def _rank(found: Found) -> Meaning:
    shape = sizes(found, "shape")
    layer = str(found["layer"])
    axes = number(found, "axes")
    cause = "an axis is missing: the batch, or the channel of a grey picture"
    if len(shape) > axes:
        cause = "an axis is too many: a layer for maps of fewer axes, or a batch twice"
    return Meaning(
        f"{layer} wants {axes - 1} axes, or {axes} with the batch, and gets the {len(shape)} of "
        f"{written(shape)}",
        (cause,),
        _axes_to(axes, len(shape)),
    )


def _axes_to(wanted: int, got: int) -> tuple[str, ...]:
    """How `got` axes become `wanted`, batch and channels included."""
    if got < wanted:
        return "x.unsqueeze(0) for the batch", "x.unsqueeze(1) for one channel"
    return "x.squeeze(axis) where an axis is 1", f"a layer for maps of {got - 2} axes"


def _old_rank(found: Found) -> Meaning:
    axes, got = number(found, "axes"), number(found, "got")
    return Meaning(
        f"the layer wants {axes} axes, batch and channels included, and gets {got}",
        ("the batch is missing" if got < axes else "an axis is too many",),
        _axes_to(axes, got),
    )


def _keras_rank(found: Found) -> Meaning:
    axes, got, shape = number(found, "axes"), number(found, "got"), sizes(found, "shape")
    causes = ["a `Flatten`, or a recurrent layer's last step alone, is missing"]
    write = ["keras.layers.Flatten() in front", "return_sequences=False in the layer before"]
    if got < axes:
        causes = [
            "grey pictures without their channel: (28, 28) in place of (28, 28, 1)",
            "a sequence without its features, or one sample without a batch",
        ]
        write = ["x[..., None] for one channel", "x[None] for the batch"]
    return Meaning(
        f"the layer wants {axes} axes, the batch included, and gets the {got} of {written(shape)}",
        tuple(causes),
        tuple(write),
    )


def _keras_shape(found: Found) -> Meaning:
    wanted, got = sizes(found, "wanted"), sizes(found, "got")
    return Meaning(
        f"the model was made for {written(wanted)} and gets {written(got)}",
        ("data of another size or order than the `Input` says",),
        (f"keras.Input({written(got[1:])})", "the data resized to what the model wants"),
    )


def _fixed(found: Found) -> Meaning:
    got, wanted, axis = (number(found, name) for name in ("got", "wanted", "axis"))
    return Meaning(
        f"axis {axis} of input `{found['name']}` is {got}, and the file was made for {wanted}",
        (
            "a model is exported for the sizes of its example input, unless they are said to be "
            "free",
        ),
        (
            f"data resized to {wanted}",
            "dynamic_shapes in torch.onnx.export(..., dynamo=True); dynamic_axes in the older one",
        ),
        ("axis 0 is the batch",) if axis == 0 else (),
    )


def _fixed_rank(found: Found) -> Meaning:
    got, wanted = number(found, "got"), number(found, "wanted")
    return Meaning(
        f"input `{found['name']}` has {got} axes, and the file wants {wanted}",
        ("the batch is missing" if got < wanted else "an axis is too many",),
        ("x[None]" if got < wanted else "x[0], or a loop over the first axis",),
    )


def _unflattened(found: Found) -> Meaning:
    return _reshaped(sizes(found, "shape"), number(found, "size"))


SENTENCES = (
    Sentence(
        "elements",
        (
            Said("PyTorch", "shape '{shape:shape}' is invalid for input of size {count}"),
            Said("numpy", "cannot reshape array of size {count} into shape {shape:shape}"),
        ),
        _view,
    ),
    Sentence(
        "elements",
        (
            Said(
                "ONNX Runtime",
                "cannot be reshaped to the requested shape. Input shape:{input:shape}, requested "
                "shape:{shape:shape}",
            ),
            Said(
                "Keras",
                "must be unchanged. Received: input_shape={input:shape}, "
                "target_shape={shape:shape}",
            ),
            Said(
                "Keras",
                "must be unchanged, input_shape = {input:shape}, output_shape = {shape:shape}",
            ),
            Said(
                "JAX",
                "cannot reshape array of shape {input:shape} (size {n}) into shape {shape:shape}",
            ),
        ),
        _view_of,
    ),
    Sentence(
        "elements",
        (
            Said(
                "TensorFlow",
                "Input to reshape is a tensor with {count} values, but the requested shape has "
                "{wanted}",
            ),
        ),
        lambda found: _reshaped((number(found, "wanted"),), number(found, "count")),
    ),
    Sentence(
        "elements",
        (
            Said(
                "TensorFlow",
                "Input to reshape is a tensor with {count} values, but the requested shape "
                "requires a multiple of {wanted}",
            ),
        ),
        lambda found: _reshaped((None, number(found, "wanted")), number(found, "count")),
    ),
    Sentence(
        "elements",
        (
            Said(
                "PyTorch",
                "unflatten: Provided sizes {shape:shape} don't multiply up to the size of dim "
                "{axis} ({size})",
            ),
        ),
        _unflattened,
    ),
    Sentence(
        "view",
        (
            Said(
                "PyTorch",
                "view size is not compatible with input tensor's size and stride",
            ),
        ),
        _strides,
    ),
    Sentence(
        "axes",
        (
            Said(
                "PyTorch",
                "or {axes}D (batched) input to {layer:words}, but got input of size: {shape:shape}",
            ),
        ),
        _rank,
    ),
    Sentence(
        "axes",
        (
            Said(
                "PyTorch",
                "Expected {axes}-dimensional input for {w}-dimensional weight "
                "{weight:shape}, but got {got}-dimensional input",
            ),
            Said("PyTorch", "expected {axes}D input (got {got}D input)"),
            Said("PyTorch", "expected {less}D or {axes}D input (got {got}D input)"),
        ),
        _old_rank,
    ),
    Sentence(
        "axes",
        (
            Said(
                "Keras",
                "expected min_ndim={axes}, found ndim={got}. Full shape received: {shape:shape}",
            ),
            Said(
                "Keras",
                "expected ndim={axes}, found ndim={got}. Full shape received: {shape:shape}",
            ),
        ),
        _keras_rank,
    ),
    Sentence(
        "input-shape",
        (
            Said("Keras", "expected shape={wanted:shape}, found shape={got:shape}"),
            Said(
                "Keras",
                "Expected shape {wanted:shape}, but input has incompatible shape {got:shape}",
            ),
        ),
        _keras_shape,
    ),
    Sentence(
        "input-shape",
        (
            Said(
                "ONNX Runtime",
                "Got invalid dimensions for input: {name:words} for the following indices index: "
                "{axis} Got: {got} Expected: {wanted}",
            ),
        ),
        _fixed,
    ),
    Sentence(
        "input-axes",
        (
            Said(
                "ONNX Runtime", "Invalid rank for input: {name:words} Got: {got} Expected: {wanted}"
            ),
        ),
        _fixed_rank,
    ),
)
