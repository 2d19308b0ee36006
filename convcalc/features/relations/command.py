"""`convcalc relations`: the fifteen relationships of convolution arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments
from convcalc.cli.layer_fields import LayerFields, with_fields
from convcalc.cli.usage import unfit

EXAMPLES = (
    "convcalc relations",
    "convcalc relations 5 k3 s2 p1",
    "convcalc relations 6x5 k3 s2 p1",
    "convcalc relations 3 conv_transpose k3 s2 p1 a1",
)


@dataclass(frozen=True, kw_only=True)
class Request(LayerFields):
    """A layer whose relationships are asked for, or none for all of them."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "A layer in the shorthand of `convcalc shape`: 5 k3 s2 p1. Without one all fifteen "
            "are listed.",
            "SIZE LAYER",
        ),
    ] = ()
    format: formats.TableFormat = None
    color: parameters.FindingsColor = "auto"


def relations(request: Request) -> int:
    """The guide's fifteen relationships, or a layer's.

    Of a layer: which hold, with its numbers, forward and back, and the sum behind the zeros that
    its transposed layer adds.
    """
    from convcalc.core.errors import ExitCode
    from convcalc.features.relations import words
    from convcalc.features.relations.answer import relations
    from convcalc.report.json_text import answer_json

    if not request.words:
        for name in request.layer_fields:
            raise unfit(f"--{name.replace('_', '-')} is of a layer", "write its size, too")
        table = relations()
        formats.write(
            request.format,
            request.color,
            lambda form: words.page_of_all(table),
            lambda: answer_json(table),
        )
        return ExitCode.CLEAN
    found = relations(with_fields(request.words, request.layer_fields))
    formats.write(
        request.format,
        request.color,
        lambda form: words.page_of_layer(found),
        lambda: answer_json(found),
    )
    return ExitCode.CLEAN
