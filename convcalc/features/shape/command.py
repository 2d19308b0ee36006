"""`convcalc shape`: the size of one layer or a short chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments, Option, Switch
from convcalc.cli.layer_fields import LayerFields, with_fields
from convcalc.cli.plotting import Force, Plot, Theme, draw_board
from convcalc.cli.usage import bad, one_of

if TYPE_CHECKING:
    from convcalc.features.shape.answer import ShapeAnswer

EXAMPLES = (
    "convcalc shape 224 --kernel 7 --stride 2 --padding 3",
    "convcalc shape 224 k7 s2 p3",
    "convcalc shape 3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1 , conv 128 k3 same",
    "convcalc shape 16 conv_transpose k4 s2 p1",
    "convcalc shape 75 max_pool k2 s2 --dialect caffe",
    "convcalc shape 5x5 k3 s2 p1 --plot strided.svg",
    "convcalc shape 32 k3x5 p0:1x2 -q",
)


def _dialects() -> Iterable[str]:
    from convcalc.features.shape.dialects import DIALECTS

    return DIALECTS


def _dialect(word: str, option: str) -> str:
    """The dialect of that name. Raises UsageError, which knows the names of the programs, too."""
    from convcalc.features.shape.dialects import DIALECTS

    for name, one in DIALECTS.items():
        if word not in DIALECTS and word.lower() in one.title.lower().split():
            raise bad(f"there is no `{word}`", f"write {name}, which is {one.title}", option)
    return one_of(word, DIALECTS, option)


@dataclass(frozen=True, kw_only=True)
class Request(LayerFields):
    """A question for a size as it is asked."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "The input's size, then the layer in shorthand: [KIND] [NUMBER] k3 s2 p1 d1 g1 "
            "a1; k3x5 is one an axis, p0:1 before and after; words: same, same_upper, half, full, "
            "ceil, dw, nobias. A comma begins the next layer. Three numbers are channels, height "
            "and width; an @ ends the channels: 3@224, or @9x9x9 for three axes and none.",
            "SIZE LAYER",
        ),
    ]
    ceil: Annotated[bool, Switch("Let a pool round up.")] = False
    no_bias: Annotated[bool, Switch("Count no bias.")] = False
    dialect: Annotated[
        str | None,
        Option(
            "Round, pad and default as {known} does, and say where the others differ: "
            "--dialect caffe.",
            "NAME",
            _dialect,
            known=_dialects,
        ),
    ] = None
    quiet: Annotated[
        bool, Switch("Print the size and nothing else.", spelled=("--quiet", "-q"))
    ] = False
    plot: Plot = None
    theme: Theme = "auto"
    force: Force = False
    format: formats.TableFormat = None
    color: parameters.FindingsColor = "auto"


def shape(request: Request) -> int:
    """The output size of a layer or a short chain, with the sum.

    Padding, dropped pixels and costs follow. The size comes first; with -q it comes alone.
    """
    from convcalc.core.errors import ExitCode
    from convcalc.features.shape import words
    from convcalc.features.shape.answer import shape as answer
    from convcalc.report.json_text import answer_json

    flags = [
        word for word, is_set in (("ceil", request.ceil), ("nobias", request.no_bias)) if is_set
    ]
    found = answer(with_fields(request.words, request.layer_fields, flags), dialect=request.dialect)
    if request.plot is not None:
        _draw(request, found, request.plot)
    formats.write(
        request.format,
        request.color,
        lambda form: words.page(found),
        lambda: answer_json(found),
        quiet=words.quiet(found) if request.quiet else None,
    )
    return ExitCode.CLEAN


def _draw(request: Request, found: ShapeAnswer, path: str) -> None:
    from convcalc.features.shape.drawing import shape_board, small_question

    draw_board(
        lambda: shape_board(found),
        path,
        request.theme,
        force=request.force,
        small=lambda: small_question(found),
    )
