"""The fields of a layer as long options, such as `--kernel 7`, to words of the shorthand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated

from convcalc.cli import values
from convcalc.cli.declared import Option
from convcalc.cli.usage import unfit


@dataclass(frozen=True, kw_only=True)
class LayerFields:
    """Words for the only layer of a question."""

    kind: Annotated[
        str | None,
        Option("Kind of the layer: --kind max_pool. Default: conv.", "KIND", values.word),
    ] = None
    out: Annotated[str | None, Option("Filters of a convolution: --out 64.", "N", values.word)] = (
        None
    )
    kernel: Annotated[
        str | None, Option("Kernel: --kernel 7, or --kernel 3x5.", "K", values.word)
    ] = None
    stride: Annotated[
        str | None, Option("Stride: --stride 2, or --stride 2x1.", "S", values.word)
    ] = None
    padding: Annotated[
        str | None,
        Option(
            "Padding: --padding 3, one an axis 1x2, before:after 0:1, or a word: valid, "
            "half, full, same, same_upper, same_lower, causal.",
            "P",
            values.word,
        ),
    ] = None
    dilation: Annotated[str | None, Option("Dilation: --dilation 2.", "D", values.word)] = None
    groups: Annotated[
        str | None, Option("Groups: --groups 32, or --groups depthwise.", "G", values.word)
    ] = None
    output_padding: Annotated[
        str | None,
        Option("Zeros after a transposed layer: --output-padding 1.", "A", values.word),
    ] = None

    @property
    def layer_fields(self) -> dict[str, str]:
        """The fields that are given."""
        written = ((one.name, getattr(self, one.name)) for one in fields(LayerFields))
        return {name: word for name, word in written if word is not None}

    def refuse_for_file(self) -> None:
        """Raises UsageError where a field is given, beside a file that says it itself."""
        for name in self.layer_fields:
            option = f"--{name.replace('_', '-')}"
            raise unfit(f"{option} is of a layer in words", "a file says it itself")


def with_fields(
    words: Sequence[str], given: dict[str, str], flags: Sequence[str] = ()
) -> list[str]:
    """`words` with the fields `given` as words behind them; `kind` goes before the layer's own.

    Raises UsageError for fields beside a chain, whose layer would not be told.

    >>> with_fields(["224"], {"kind": "max_pool", "kernel": "7"}, ["ceil"])
    ['224', 'max_pool', 'kernel=7', 'ceil']
    """
    if not given and not flags:
        return list(words)
    if any("," in word for word in words):
        option = f"--{next(iter([*given, *flags])).replace('_', '-')}"
        message = f"{option} does not say which layer of the chain it is for"
        raise unfit(message, "write it in shorthand")
    kind = [given["kind"]] if "kind" in given else []
    named = [f"{name}={value}" for name, value in given.items() if name != "kind"]
    return [*words[:1], *kind, *words[1:], *named, *flags]
