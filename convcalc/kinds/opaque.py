"""What has no kind of its own: a layer that is told, not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, WithJsonSchema

from convcalc.core.errors import LayerError
from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window, axis_name, format_shape
from convcalc.kinds.base import MIXED, POINTWISE_LINKS, Facts, Figure, Flow, Links, MergeKind, Work
from convcalc.kinds.base.field_values import show, wrong
from convcalc.kinds.base.fields import (
    SHORT_NAMES,
    AmountOrNone,
    KeptSizes,
    Kernel,
    Names,
    NumericPadding,
    PerAxis,
    Words,
    described,
)
from convcalc.kinds.base.windowing import positions, resolve_windows

_HELP = "write `position`, `all`, or a window as in `{k: 3, s: 1, p: 1}`"
# Whatever is declared, this is not told.
_NEVER_TOLD: tuple[Figure, ...] = ("elementwise", "kept")


class Reading(BaseModel):
    """The window that a unit reads through, as a convolution's."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    kernel_size: Kernel = described("Pixels on each axis.")
    stride: PerAxis = described("From one unit's window to the next.", 1)
    padding: NumericPadding = described("Pixels added on each side.", 0)
    dilation: PerAxis = described("From one tap to the next.", 1)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        """The window on each axis of the map `x`."""
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)


Reads = Reading | Literal["position", "all"] | None
_SPELT = {SHORT_NAMES[name]: name for name in Reading.model_fields}


def _reads(value: object) -> Reads:
    if value is None or isinstance(value, Reading):
        return value
    if value == "position" or value == "all":
        return value
    if not isinstance(value, Mapping):
        raise wrong("wrong-value", f"is no way to read: {show(value)}", _HELP)
    fields = {_SPELT.get(name, name): number for name, number in value.items()}
    if len(fields) < len(value):
        raise wrong("wrong-value", "gives one field of its window twice", _HELP)
    try:
        return Reading.model_validate(fields)
    except ValidationError as error:
        detail = error.errors()[0]
        field, context = detail["loc"][0], detail.get("ctx", {})
        if detail["type"] == "missing":
            raise wrong("wrong-value", "is a window without its kernel, `k`", _HELP) from None
        if detail["type"] == "extra_forbidden":
            raise wrong("wrong-value", f"has `{field}`, which no window has", _HELP) from None
        message = f"has `{field}`, which {context['message']}"
        raise wrong(detail["type"], message, str(context["help"])) from None


def _schema() -> dict[str, Any]:
    full = Reading.model_json_schema()["properties"]
    named = full | {short: full[name] for short, name in _SPELT.items()}
    window = {"type": "object", "properties": named, "additionalProperties": False}
    return {"anyOf": [{"enum": ["position", "all", None]}, window]}


ReadsField = Annotated[Reads, PlainValidator(_reads), WithJsonSchema(_schema())]


class Opaque(MergeKind):
    """What no kind here does: its shape, and as much of its figures as somebody declares.

    It reads the layer before, or `inputs`. `~` in `output` keeps an axis of the first of them.
    What is declared is marked as declared. What is not is not known, and every total that it
    belongs to is `at least`: `complete: false` in JSON. What it reads is a window, or `position`
    by position, or `all`; not declared, a unit sees all at most. It cannot run.

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - {conv: {out: 64, k: 3, p: 1}, name: a}
      - opaque: {output: [128, 16, 16], params: 1000, reads: {k: 3, s: 2, p: 1}, note: ours}
      - opaque: {output: [~, ~, ~], macs: =cin*height*width, reads: position}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("custom", "unknown", "plugin", "blackbox", "external")
    main: ClassVar[str] = "output"
    mappings: ClassVar[frozenset[str]] = frozenset({"reads"})
    takes_from: ClassVar[bool] = True
    runs: ClassVar[bool] = False

    output: KeptSizes = described("The shape that comes out, channels first; ~ keeps an axis.")
    params: AmountOrNone = described("Its learnt numbers; ~ where they are not known.", None)
    buffers: AmountOrNone = described("Stored numbers that are not learnt; ~: not known.", None)
    macs: AmountOrNone = described("Multiply-accumulates of one sample; ~: not known.", None)
    reads: ReadsField = described(
        "What a unit reads of each input: `position`, `all`, or a window as in {k: 3, s: 1, p: 1}; "
        "~: not known.",
        None,
    )
    note: Words = described("What it is, for readers of the plan.", "")
    inputs: Names = described("Names of the layers that it reads; else that is one.", ("prev",))

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        told: tuple[tuple[Figure, object], ...] = (
            ("params", self.params),
            ("buffers", self.buffers),
            ("macs", self.macs),
            ("receptive_field", self.reads),
        )
        lacks = tuple(figure for figure, value in told if value is None)
        return (
            super()
            .facts(inputs)
            ._replace(
                params=self.params or 0,
                buffers=self.buffers or 0,
                declared=tuple(figure for figure, value in told if value is not None),
                unknown=(*lacks, *_NEVER_TOLD),
            )
        )

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        output = self._filled(inputs)
        for x in inputs:
            if len(x) > 1 and self.reads not in (None, "all"):
                self._check_positions(x, output)
        return output

    def _filled(self, inputs: tuple[Shape, ...]) -> Shape:
        """The declared output, with the axes that it keeps."""
        first = inputs[0]
        for at, size in enumerate(self.output):
            if size is None and at >= len(first):
                raise LayerError(
                    "opaque-mismatch",
                    f"`output` keeps axis {at + 1}, but the input {format_shape(first)} has no "
                    "such axis",
                    "write its size",
                    field="output",
                )
        return tuple(first[at] if size is None else size for at, size in enumerate(self.output))

    def _check_positions(self, x: Shape, output: Shape) -> None:
        """Raises LayerError where what is read of `x` makes other positions than the output's."""
        rank = len(output) - 1
        if len(x) != len(output):
            raise LayerError(
                "opaque-mismatch",
                f"`reads` goes from position to position, but the input {format_shape(x)} has "
                f"{len(x) - 1} axes of positions and the output {format_shape(output)} {rank}",
                field="reads",
                recovered=output,
                repairs=[{"reads": "all"}],
            )
        wanted = self._positions(x)
        if wanted == output[1:]:
            return
        pairs = enumerate(zip(wanted, output[1:], strict=True))
        at = axis_name(next(at for at, (made, told) in pairs if made != told), rank)
        declared = f"{format_shape(output[1:])}{f', on the {at}' if at else ''}"
        raise LayerError(
            "opaque-mismatch",
            f"`reads` makes {format_shape(wanted)} of {format_shape(x[1:])}, but the output is "
            f"declared as {declared}",
            field="output",
            recovered=(output[0], *wanted),
            repairs=[{"output": (output[0], *wanted)}, {"reads": "all"}],
        )

    def _positions(self, x: Shape) -> Shape:
        if not isinstance(self.reads, Reading):
            return x[1:]
        try:
            return positions(x, self.reads.windows(x))
        except LayerError as error:
            # Its repairs are of fields of the window.
            repairs = [{"reads": "all"}]
            raise LayerError(error.slug, error.note, field="reads", repairs=repairs) from None

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return tuple(map(self._links, inputs))

    def _links(self, x: Shape) -> Links:
        if self.reads in (None, "all") or len(x) == 1:
            return None
        if isinstance(self.reads, Reading):
            return tuple(map(window_link, self.reads.windows(x)))
        return POINTWISE_LINKS[len(x) - 1]

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return Flow("unfollowed") if self.reads is None else MIXED

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.macs or 0

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        # Not known, as `unknown` of its facts says.
        return {}

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        return (self.note,) if self.note else ()

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        fields = super().resolved(inputs)
        fields["output"] = list(self._filled(inputs))
        if isinstance(self.reads, Reading):
            windows = self.reads.windows(max(inputs, key=len))
            fields["reads"] = {
                "kernel_size": [window.kernel for window in windows],
                "stride": [window.stride for window in windows],
                "padding": [[window.before, window.after] for window in windows],
                "dilation": [window.dilation for window in windows],
            }
        return fields


KIND = Opaque
