"""A convolution, a norm or another layer that gets another number of channels."""

from __future__ import annotations

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
    written,
)


def wrong(
    got: int, wanted: int, shape: tuple[int | None, ...] = (), clue: Clue | None = None
) -> Meaning:
    """What it means that `got` channels meet a layer of `wanted`."""
    causes = []
    are_last = shape[-1:] == (wanted,)
    if are_last:
        causes.append(
            f"channels stand last in the data, {written(shape)}: PyTorch wants them behind the "
            "batch"
        )
    names = {1: "grey", 3: "RGB", 4: "RGB with an alpha channel"}
    if {got, wanted} in ({1, 3}, {3, 4}):
        causes.append(f"the picture is {names[got]}, and the layer was made for {names[wanted]}")
    causes += [
        "the layer in front has another number of outputs than this one has inputs",
        "a `cat` in front adds channels that are not counted",
        "a picture without a batch: its first axis is taken for something else",
    ]
    turn = (
        (f"{_permute(len(shape) - 1, *range(1, len(shape) - 1))} for data with channels last",)
        if are_last
        else ()
    )
    return Meaning(
        f"{many(got, 'channel')} arrive{'s' * (got == 1)} at a layer made for {wanted}",
        tuple(causes),
        (*turn, f"in_channels={got} in this layer, or {wanted} outputs in the one before"),
        (f"input {written(shape)}: its channels are {got}",) if shape else (),
        f"convcalc plan {FILE}",
        clue or Clue(sizes=(got, wanted)),
    )


def _permute(*axes: int) -> str:
    """The call that puts these axes behind the batch."""
    return f"x.permute({', '.join(map(str, (0, *axes)))})"


def _conv(found: Found) -> Meaning:
    weight = sizes(found, "weight")
    exact = tuple(size for size in weight if size is not None)
    got, wanted = number(found, "got"), number(found, "wanted")
    # A transposed convolution has its inputs first, and no groups are said of it.
    axis = 0 if found.get("transposed") else 1
    groups = found.get("groups", 1)
    assert isinstance(groups, int)
    clue = Clue(exact, axis, got if groups == 1 else None)
    return wrong(got, wanted, sizes(found, "input"), clue)


def _plain(found: Found) -> Meaning:
    return wrong(number(found, "got"), number(found, "wanted"))


def _groups(found: Found) -> Meaning:
    return wrong(number(found, "got"), number(found, "kernel") * number(found, "group"))


def _norm(found: Found) -> Meaning:
    got, wanted = number(found, "got"), number(found, "wanted")
    return Meaning(
        f"{many(got, 'channel')} arrive{'s' * (got == 1)} at a norm that was made for {wanted}",
        (
            "the norm's number is not that of the convolution in front of it",
            "the norm stands before the convolution that changes the channels, not behind it",
        ),
        (f"nn.BatchNorm2d({got})",),
        clue=Clue((wanted,), 0, got),
    )


def _last_axes(found: Found) -> Meaning:
    wanted, got = sizes(found, "wanted"), sizes(found, "got")
    turn = (
        (f"{_permute(*range(2, len(got)), 1)} before the norm, and back behind it",)
        if wanted == got[1:2]
        else ()
    )
    return Meaning(
        f"a layer norm over {written(wanted)} gets {written(got)}, which does not end so",
        (
            "the features are not the last axis: maps have channels first",
            "the model's width was changed in one place only",
        ),
        (*turn, f"nn.LayerNorm({got[-1]})"),
        clue=Clue(tuple(size for size in wanted if size is not None), 0, got[-1]),
    )


def _recurrent(found: Found) -> Meaning:
    got, wanted = number(found, "got"), number(found, "wanted")
    return Meaning(
        f"{got} features arrive at each step of a layer that was made for {wanted}",
        ("batch, steps and features stand in another order than the layer wants",),
        (f"input_size={got}", "batch_first=True where the batch stands first"),
        clue=Clue(sizes=(got, wanted)),
    )


def _states(found: Found) -> Meaning:
    wanted, got = sizes(found, "wanted"), sizes(found, "got")
    causes = (
        ("layers or directions", "num_layers, twice that with bidirectional=True"),
        ("samples", "that of the sequence: axis 1 of a state, also with batch_first=True"),
        ("hidden numbers", "hidden_size, or proj_size of a state behind a projection"),
    )
    pairs = zip(wanted, got, causes, strict=False)
    unlike = [cause for want, have, cause in pairs if want != have] or [causes[1]]
    return Meaning(
        f"a recurrence that begins with a state of {written(wanted)} is given {written(got)}",
        tuple(f"the number of {what} is another one: {rule}" for what, rule in unlike),
        (f"torch.zeros({', '.join(map(str, wanted))}) is as large as it has to be",),
        (f"a state is [layers * directions, samples, hidden], here {written(wanted)}",),
    )


SENTENCES = (
    Sentence(
        "channels",
        (
            Said(
                "PyTorch",
                "Given groups={groups}, weight of size {weight:shape}, expected "
                "input{input:shape} to have {wanted} channels, but got {got} channels instead",
            ),
            Said(
                "PyTorch",
                "Given transposed={transposed}, weight of size {weight:shape}, expected "
                "input{input:shape} to have {wanted} channels, but got {got} channels instead",
            ),
        ),
        _conv,
    ),
    Sentence(
        "channels",
        (
            Said(
                "TensorFlow",
                "input depth must be evenly divisible by filter depth: {got} vs {wanted}",
            ),
            Said(
                "TensorFlow",
                "Depth of input ({got}) is not a multiple of input depth of filter ({wanted})",
            ),
            Said("PyTorch", "was expecting embedding dimension of {wanted}, but got {got}"),
            Said(
                "JAX",
                "must equal the rhs input feature dimension size, but {got} // 1 != {wanted}",
            ),
        ),
        _plain,
    ),
    Sentence(
        "channels",
        (
            Said(
                "ONNX Runtime",
                "Input channels C is not equal to kernel channels * group. C: {got} kernel "
                "channels: {kernel} group: {group}",
            ),
        ),
        _groups,
    ),
    Sentence(
        "norm-channels",
        (
            Said("PyTorch", "running_mean should contain {got} elements not {wanted}"),
            Said("PyTorch", "weight should contain {got} elements not {wanted}"),
            Said(
                "PyTorch",
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                "{wanted} and channel size = {got}",
            ),
        ),
        _norm,
    ),
    Sentence(
        "norm-channels",
        (Said("ONNX Runtime", "Invalid input scale: 0th dimension != {got}"),),
        lambda found: Meaning(
            f"{many(number(found, 'got'), 'channel')} arrive at a norm that was made for "
            "another number",
            ("the file's norm and the convolution in front of it were changed apart",),
            ("the model exported again, from one that runs",),
            clue=Clue(sizes=(number(found, "got"),)),
        ),
    ),
    Sentence(
        "norm-shape",
        (
            Said(
                "PyTorch",
                "Given normalized_shape={wanted:shape}, expected input with shape {like:shape}, "
                "but got input of size{got:shape}",
            ),
        ),
        _last_axes,
    ),
    Sentence(
        "step-features",
        (
            Said(
                "PyTorch",
                "input.size(-1) must be equal to input_size. Expected {wanted}, got {got}",
            ),
        ),
        _recurrent,
    ),
    Sentence(
        "step-states",
        (
            Said("PyTorch", "Expected hidden size {wanted:shape}, got {got:shape}"),
            Said("PyTorch", "Expected hidden[{which}] size {wanted:shape}, got {got:shape}"),
        ),
        _states,
    ),
)
