"""`convcalc show`: a small layer worked out in full."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Arguments, Option, Options, Switch
from convcalc.cli.layer_fields import LayerFields, with_fields
from convcalc.cli.plotting import Force, Plot, Theme, draw_board
from convcalc.cli.usage import bad, known_words, unfit

if TYPE_CHECKING:
    from convcalc.features.show.chosen import Data
    from convcalc.features.show.values import Shown, View
    from convcalc.network import Network
else:
    View = str

EXAMPLES = (
    "convcalc show 5x5 k3 s2 p1",
    "convcalc show 4 k3 --transposed s2 p1 a1",
    "convcalc show 1x4x4 conv 1 k3 , max_pool 2",
    'convcalc show 3x3 k2 --input "1 2 3; 4 5 6; 7 8 9" --kernel-values "1 0; 0 -1"',
    "convcalc show 4x4 k3 --view matrix",
    "convcalc show 4x4 k3 --view im2col --plot im2col.svg",
    "convcalc show 4x4 max_pool 2 --view gradient",
    "convcalc show tiny.net.yaml --layer conv_1",
)


def _view_words() -> Iterable[str]:
    from convcalc.features.show.values import VIEWS

    return (*VIEWS, "all")


def _views(words: Sequence[str], option: str) -> tuple[str, ...]:
    """The views in their usual order; `all` means every one."""
    *views, all_of_them = _view_words()
    chosen = known_words(words, option, (*views, all_of_them))
    return tuple(views) if all_of_them in chosen else chosen


@dataclass(frozen=True, kw_only=True)
class Request(LayerFields):
    """A layer as it is to be shown."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "A layer or a short chain in the shorthand of `convcalc shape`: 5x5 k3 s2 p1; "
            "or a network's file, with --layer.",
            "SIZE LAYER or FILE",
        ),
    ]
    transposed: Annotated[
        bool,
        Switch("A transposed layer, as conv_transpose in the words: 4 k3 --transposed s2."),
    ] = False
    input: Annotated[
        tuple[str, ...],
        Options(
            'The layer\'s input, row by row, | between channels: --input "1 2 3; 4 5 6; 7 8 9". '
            "Default: integers from 0 to 9. Of a file, another input shape, too: --input 1x8x8.",
            "NUMBERS or SHAPE",
        ),
    ] = ()
    kernel_values: Annotated[
        tuple[str, ...],
        Options(
            "The kernel, in PyTorch's order, once for each layer that has one: "
            '--kernel-values "1 0 -1; 2 0 -2; 1 0 -1". Default: integers from -2 to 2.',
            "NUMBERS",
        ),
    ] = ()
    bias_values: Annotated[
        tuple[str, ...],
        Options("Biases, once for each layer: --bias-values 1,-1.", "NUMBERS"),
    ] = ()
    gradient_values: Annotated[
        str | None,
        Option(
            'The gradient of the output, for --view gradient: --gradient-values "1 0; 0 0". '
            "Default: 1, 2, 3, ...",
            "NUMBERS",
        ),
    ] = None
    seed: Annotated[
        int, Option("Random numbers that can be had again: --seed 7.", "N", values.integer(0))
    ] = 0
    view: Annotated[
        tuple[View, ...],
        Options(
            "What to show: {known}, as in --view windows,matrix. "
            "Default: what this layer is best seen by.",
            "NAMES",
            _views,
            _view_words,
        ),
    ] = ()
    layer: Annotated[str | None, Option("The layer of the file: --layer stem.", "NAME")] = None
    plot: Plot = None
    theme: Theme = "auto"
    force: Force = False
    format: formats.TableFormat = None
    stdin_filename: parameters.StdinFilename = None
    color: parameters.FindingsColor = "auto"


def show(request: Request) -> int:
    """Every number of a small layer: windows, matrix, sums.

    Also im2col and the stretched input. The layer is run, and all views are compared with what came
    out.
    """
    from convcalc.cli.reading import is_one_file
    from convcalc.cli.streams import style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.show import words
    from convcalc.features.show.answer import answer_of
    from convcalc.features.show.chosen import of_words, refuse_missing
    from convcalc.report.json_text import answer_json
    from convcalc.shorthand.making import read_question

    text = reading = ""
    if is_one_file(request.words):
        layers = _of_file(request)
    else:
        numbers = _data(request, request.input)
        asked = read_question(_in_words(request))
        layers, text, reading = of_words(_in_words(request), numbers), asked.text, asked.reading
    refuse_missing(layers, request.view, text)
    if request.plot is not None:
        _draw(request, layers, text, request.plot)
    style = style_of(sys.stdout)
    free = replace(style, width=None)
    formats.write(
        request.format,
        request.color,
        # A drawing in a page of Markdown is as wide as it has to be.
        lambda form: words.page(layers, request.view, style if form == "table" else free, reading),
        lambda: answer_json(answer_of(layers, request.view, reading)),
    )
    return ExitCode.CLEAN


def _draw(request: Request, layers: Sequence[Shown], text: str, path: str) -> None:
    from convcalc.features.show.pictures import show_board

    draw_board(
        lambda: show_board(layers, request.view, text),
        path,
        request.theme,
        force=request.force,
        otherwise="take a smaller input, or fewer channels",
    )


def _in_words(request: Request) -> list[str]:
    """The layers in shorthand. Raises UsageError."""
    if request.layer is not None:
        raise unfit("--layer picks a layer of a file", "leave it out")
    fields = request.layer_fields
    if request.transposed:
        from convcalc.kinds.conv_transpose import ConvTranspose

        if "kind" in fields:
            raise unfit("--kind says the kind, and so does --transposed", "keep one of them")
        fields = {"kind": ConvTranspose.kind, **fields}
    return with_fields(request.words, fields)


def _data(request: Request, numbers: Sequence[str]) -> Data:
    """The numbers that are given, those of the input among them. Raises UsageError."""
    from convcalc.features.show.chosen import Data

    if len(numbers) > 1:
        raise unfit("--input has the numbers of one input", "give them once")
    return Data(
        numbers[0] if numbers else None,
        request.kernel_values,
        request.bias_values,
        request.seed,
        request.gradient_values,
    )


def _is_shape(word: str, network: Network) -> bool:
    """True for a shape, and not the numbers of an input; a bare number is one where it is open."""
    from convcalc.core.shapes import parse_shape

    name, _, shape = word.rpartition("=")
    return parse_shape(shape) is not None and bool(
        name or "x" in shape.lower() or network.has_open_sizes
    )


def _of_file(request: Request) -> tuple[Shown, ...]:
    """A layer of a network's file; the only layer needs no name. Raises UsageError."""
    from convcalc.cli.reading import read_network
    from convcalc.features.show.chosen import of_row
    from convcalc.planning import plan

    request.refuse_for_file()
    if request.transposed:
        raise unfit("--transposed is of a layer in words", "a file says it itself")
    network = read_network(request.words[0], request.stdin_filename)
    shapes = [word for word in request.input if _is_shape(word, network)]
    rows = plan(network, input=values.input_shapes(shapes, "--input") if shapes else None)
    numbers = _data(request, [word for word in request.input if word not in shapes])
    first = rows.rows[0].name
    if request.layer is None and len(rows.rows) > 1:
        raise unfit("--layer is needed for a file", f"write --layer {first}")
    try:
        row = rows[request.layer or first]
    except KeyError as error:
        raise bad(str(error.args[0]), "", "--layer") from None
    return of_row(row, network.document.file, network.document.text, numbers)
