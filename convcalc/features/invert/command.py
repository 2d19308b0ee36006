"""`convcalc invert`: what undoes a layer, or each layer of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments, Option, Switch
from convcalc.cli.layer_fields import LayerFields, with_fields
from convcalc.cli.plotting import Force, Plot, Theme, draw_board
from convcalc.cli.usage import unfit

if TYPE_CHECKING:
    from convcalc.features.invert.answer import Inversion
    from convcalc.report.page import Page

EXAMPLES = (
    "convcalc invert 32 --kernel 3 --stride 2 --padding 1",
    "convcalc invert 32 k3 s2 p1",
    "convcalc invert 3x32x32 conv 64 k3 s2 p1 --torch",
    "convcalc invert 4x4 k3 --matrix",
    "convcalc invert 5x5 k3 s2 p1 --plot undone.svg",
    "convcalc invert encoder.net.yaml",
    "convcalc invert encoder.net.yaml --yaml > decoder.net.yaml",
)
_VIEWS = ("matrix", "im2col", "yaml", "torch", "keras")


@dataclass(frozen=True, kw_only=True)
class Request(LayerFields):
    """An inverse as it is asked for."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "A network's file, - for standard input, or a layer in the shorthand of "
            "`convcalc shape`: 32 k3 s2 p1.",
            "FILE or SIZE LAYER",
        ),
    ]
    input: parameters.Input = None
    layer: Annotated[str | None, Option("One layer of the file: --layer stem.", "NAME")] = None
    matrix: Annotated[bool, Switch("Draw a small layer as the matrix C, and its transpose.")] = (
        False
    )
    im2col: Annotated[bool, Switch("Draw the windows of a small layer, one a row.")] = False
    yaml: Annotated[bool, Switch("Write the mirrored network of a file, as a stack to plan.")] = (
        False
    )
    torch: Annotated[bool, Switch("Write it as PyTorch code.")] = False
    keras: Annotated[bool, Switch("Write it as Keras code.")] = False
    plot: Plot = None
    theme: Theme = "auto"
    force: Force = False
    format: formats.TableFormat = None
    stdin_filename: parameters.StdinFilename = None
    color: parameters.FindingsColor = "auto"

    @property
    def view(self) -> str:
        """What to write: matrix, im2col, yaml, torch, keras; "" the inverse. Raises UsageError."""
        chosen = [name for name in _VIEWS if getattr(self, name)]
        if len(chosen) > 1:
            raise unfit(f"--{chosen[1]} does not go with --{chosen[0]}", "give one of them")
        view = chosen[0] if chosen else ""
        if self.format and view in ("yaml", "torch", "keras"):
            raise unfit(f"--{view} does not go with --format {self.format}", "give one of them")
        return view


def invert(request: Request) -> int:
    """The layer that undoes a layer, in two dialects.

    With the padding as frameworks and as the guide give it, input sizes and overlap. Only size and
    connectivity come back, not the values. For a file, every layer has a row.
    """
    from convcalc.cli.reading import is_one_file, read_network
    from convcalc.core.errors import ExitCode
    from convcalc.features.invert.writing import invert_network, invert_words

    def tell(page: Callable[[], Page], json: Callable[[], str]) -> None:
        formats.write(request.format, request.color, lambda form: page(), json)

    def draw(found: Inversion) -> None:
        if request.plot is not None:
            _draw(request, found, request.plot)

    view = request.view
    if is_one_file(request.words):
        request.refuse_for_file()
        if request.plot is not None and request.layer is None:
            raise unfit("--plot draws one layer", "pick it with --layer NAME")
        network = read_network(request.words[0], request.stdin_filename)
        invert_network(network, view, request.layer, request.input, tell, draw)
        return ExitCode.CLEAN
    if request.layer:
        raise unfit("--layer picks a layer of a file", "leave it out")
    if request.input is not None:
        raise unfit("--input is of a file", "write the size before the layer")
    invert_words(with_fields(request.words, request.layer_fields), view, tell, draw)
    return ExitCode.CLEAN


def _draw(request: Request, found: Inversion, path: str) -> None:
    from convcalc.features.invert.pictures import invert_board, small_question

    draw_board(
        lambda: invert_board(found.inverse, request.view, found.has_channels),
        path,
        request.theme,
        force=request.force,
        small=lambda: small_question(found.inverse, request.view),
    )
