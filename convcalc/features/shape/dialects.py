"""What other frameworks make of the same numbers: rounding, padding, and default strides.

A dialect turns a layer's fields into the project's own, whose meaning is PyTorch's. Sources: the
documentation and code of TensorFlow/Keras, ONNX, Caffe (pooling_layer.cpp, deconv_layer.cpp) and
Darknet (maxpool_layer.c, parser.c).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from convcalc.core.arithmetic import same_transposed_cut, span
from convcalc.kinds.base import Form, Kind, Sliding

SAMES = ("same", "same_upper", "same_lower")


class DialectError(ValueError):
    """A field that the framework does not have: `field` is its name, `help` what to write."""

    def __init__(self, field: str, message: str, help: str) -> None:
        self.field, self.help = field, help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer's fields in the project's own meaning, and what the framework does differently.

    `rounding` is "floor", "ceil" or "caffe"; `word` is the framework's word for the padding.
    """

    fields: dict[str, Any]
    rounding: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """A framework: its name, the words it knows for padding, and how its pools go.

    `dilated_pools` are the forms of pools whose windows have a dilation there. `pool_limit` says
    what a pool may be padded by: half its kernel, less than its kernel, or anything.
    """

    name: str
    title: str
    words: dict[str, str] = field(default_factory=dict)
    pool_rounding: str = "floor"
    pool_stride_is_kernel: bool = True
    has_ceil: bool = True
    has_output_padding: bool = True
    dilated_pools: tuple[Form, ...] = ("max", "mean", "norm")
    pool_limit: Literal["half", "kernel", "none"] = "none"


# maxpool_layer.c went from (i + 2p)/s with p = (k - 1)/2 to (i + p - k)/s + 1 with p = k - 1.
_DARKNET_POOL = (
    "pools pad k - 1 in total, the odd pixel after; versions before that padded (k - 1) // 2 on "
    "each side and made (i + 2p) // s"
)
_NUMBERS = {word: word for word in ("valid", "half", "full")}
DIALECTS: dict[str, Dialect] = {
    "torch": Dialect(
        "torch",
        "PyTorch",
        {**_NUMBERS, "same": "same", "causal": "causal"},
        pool_limit="half",
        dilated_pools=("max",),
    ),
    "tf": Dialect(
        "tf",
        "TensorFlow and Keras",
        {**_NUMBERS, "same": "same_upper", "same_upper": "same_upper", "causal": "causal"},
        has_ceil=False,
    ),
    "onnx": Dialect(
        "onnx",
        "ONNX",
        {**_NUMBERS, "same_upper": "same_upper", "same_lower": "same_lower"},
        pool_stride_is_kernel=False,
    ),
    "caffe": Dialect(
        "caffe",
        "Caffe",
        _NUMBERS,
        pool_rounding="caffe",
        pool_limit="kernel",
        pool_stride_is_kernel=False,
        has_output_padding=False,
        dilated_pools=(),
    ),
    "darknet": Dialect(
        "darknet",
        "Darknet",
        _NUMBERS,
        pool_stride_is_kernel=False,
        has_ceil=False,
        has_output_padding=False,
        dilated_pools=(),
    ),
}


def read_fields(
    dialect: Dialect | None,
    kind: type[Kind],
    fields: dict[str, Any],
    main: Any,
    sizes: tuple[int, ...],
) -> Reading:
    """The fields of a layer as `dialect` means them, for spatial input `sizes`.

    Without a dialect they mean what the YAML format says. Raises DialectError.
    """
    rounding, sliding = "ceil" if fields.get("ceil_mode") else "floor", kind.sliding
    if dialect is None or not sliding:
        return Reading(dict(fields), rounding)
    values = dict(fields)
    rules: list[str] = []
    kernel = values.get("kernel_size", main if sliding == "pool" else 1)
    _translate_flag(dialect, sliding, values, kernel, rules)
    _translate_word(dialect, values)
    if str(values.get("padding")).startswith("same_") and sliding != "transposed":
        side = "before" if values["padding"] == "same_lower" else "after"
        rules.append(f"the size is the input over the stride, rounded up; odd pad {side}")
    if sliding == "transposed":
        _transposed(dialect, values, kernel, sizes, rules)
    elif dialect.name == "tf" and isinstance(values.get("padding", ""), int | tuple):
        rules.append("Keras layers pad by words: put a ZeroPadding layer before")
    if sliding == "pool":
        _refuse_dilation(dialect, kind.form, values)
        rounding = _pool(dialect, values, kernel, sizes, rules)
    return Reading(values, rounding, tuple(rules))


def _translate_flag(
    dialect: Dialect, sliding: Sliding, values: dict[str, Any], kernel: Any, rules: list[str]
) -> None:
    """Darknet's `pad=1`, a flag that means padding k // 2."""
    if dialect.name != "darknet" or sliding != "window":
        return
    if "pad" not in values:
        if isinstance(values.get("padding"), int):
            rules.append("p is `padding=` here; the flag `pad=1` means padding k // 2")
        return
    flag = values.pop("pad")
    if flag:
        sides = tuple(k // 2 for k in kernel) if isinstance(kernel, tuple) else kernel // 2
        values["padding"] = sides
        shown = "x".join(map(str, sides)) if isinstance(sides, tuple) else sides
        rules.append(f"`pad=1` is a flag: padding k // 2 = {shown}")


def _translate_word(dialect: Dialect, values: dict[str, Any]) -> None:
    word = values.get("padding")
    if isinstance(word, str):
        if word not in dialect.words:
            known = ", ".join(dialect.words)
            help = f"write numbers, such as p1, or one of {known}"
            raise DialectError("padding", f"no padding `{word}` in {dialect.title}", help)
        values["padding"] = dialect.words[word]
    if "ceil_mode" in values and not dialect.has_ceil:
        message = f"no ceil mode in {dialect.title}"
        help = "leave it out; `same` rounds up" if dialect.name == "tf" else "leave it out"
        raise DialectError("ceil_mode", message, help)
    if values.get("output_padding") and not dialect.has_output_padding:
        message = f"no output padding in {dialect.title}"
        raise DialectError("output_padding", message, "leave a out")


def _transposed(
    dialect: Dialect, values: dict[str, Any], kernel: Any, sizes: tuple[int, ...], rules: list[str]
) -> None:
    word = values.get("padding")
    rank = len(sizes)
    strides = _axes(values.get("stride", 1), rank)
    reaches = [
        span(k, d)
        for k, d in zip(_axes(kernel, rank), _axes(values.get("dilation", 1), rank), strict=False)
    ]
    if word in SAMES and "output_padding" not in values:
        cuts = [same_transposed_cut(reach, s) for reach, s in zip(reaches, strides, strict=False)]
        swap = word == "same_lower"
        values["padding"] = tuple(
            (after, before) if swap else (before, after) for before, after, _ in cuts
        )
        values["output_padding"] = tuple(extra for _, _, extra in cuts)
        rules.append(f"{dialect.title}: the output is the input times the stride, cut to fit")
    elif word in SAMES and dialect.name == "tf":
        # Keras' deconv_output_length: (i - 1)s + K - 2 floor(K/2) + a.
        values["padding"] = tuple(reach // 2 for reach in reaches)
        rules.append("with output padding, Keras cuts K // 2 on both sides: (i - 1)s + K mod 2 + a")
    elif isinstance(word, str) and word != "valid":
        help = "write numbers, such as p1"
        raise DialectError("padding", f"a transposed layer here takes no `{word}`", help)
    elif dialect.name == "tf" and "output_padding" not in values:
        if word == "valid":
            values["padding"] = 0
        short = tuple(max(0, s - reach) for reach, s in zip(reaches, strides, strict=False))
        if any(short):
            values["output_padding"] = short
            rules.append("Keras adds the stride's pixels that the kernel does not reach")
    elif word == "valid":
        values["padding"] = 0


def _refuse_dilation(dialect: Dialect, form: Form, values: dict[str, Any]) -> None:
    if form not in dialect.dilated_pools and set(_axes(values.get("dilation", 1), 1)) != {1}:
        those = "only max pools" if dialect.dilated_pools else "no pools"
        raise DialectError("dilation", f"{those} dilate in {dialect.title}", "leave d out")


def _pool(
    dialect: Dialect, values: dict[str, Any], kernel: Any, sizes: tuple[int, ...], rules: list[str]
) -> str:
    if "stride" not in values and not dialect.pool_stride_is_kernel:
        values["stride"] = 1
        rules.append(f"stride 1 unless it is given (elsewhere the kernel, {kernel})")
    if dialect.name == "darknet":
        _darknet_pool(values, kernel, sizes, rules)
        return "floor"
    if dialect.pool_rounding != "caffe" or values.get("ceil_mode") is False:
        return "ceil" if values.get("ceil_mode") else "floor"
    rules.append("pools round up; unpadded ones keep even a window behind the input")
    values["ceil_mode"] = True
    return "caffe"


def _darknet_pool(
    values: dict[str, Any], kernel: Any, sizes: tuple[int, ...], rules: list[str]
) -> None:
    kernels = _axes(kernel, len(sizes))
    if not all(isinstance(k, int) for k in kernels):
        # There is no kernel, or one that cannot be: the kind itself says so.
        return
    if "padding" in values:
        rules.append("p is the total over both sides, the odd pixel after")
    else:
        rules.append(_DARKNET_POOL)
    padding = values.get("padding", tuple(k - 1 for k in kernels))
    if isinstance(padding, str):
        return
    totals = [pad if isinstance(pad, int) else sum(pad) for pad in _axes(padding, len(sizes))]
    values["padding"] = tuple((total // 2, total - total // 2) for total in totals)


def _axes(value: Any, rank: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * rank
