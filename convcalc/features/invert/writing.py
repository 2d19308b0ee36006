"""What `convcalc invert` shows: of a layer in shorthand, or of a network's layers.

A view is matrix, im2col, yaml, torch or keras; "" is the inverse itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from convcalc.cli.streams import answer as write
from convcalc.cli.usage import unfit
from convcalc.core.shapes import Shape
from convcalc.features.invert import code as layer_code
from convcalc.features.invert import stack as stack_yaml
from convcalc.features.invert import words as invert_text
from convcalc.features.invert.answer import Inversion, LayerMatrices, LayerMatrix, invert
from convcalc.features.invert.decoder import decoder, inversions
from convcalc.features.invert.layer import Entry, Inverse
from convcalc.features.invert.matrix import TooLargeError, transposed, unrolled, window_matrix
from convcalc.network import InputShapes, Network
from convcalc.planning import plan
from convcalc.report.json_text import answer_json
from convcalc.report.page import Page

# Writes an answer as it is asked for: a page, or JSON.
Tell = Callable[[Callable[[], Page], Callable[[], str]], None]
# Draws an answer, where that is asked for.
Draw = Callable[[Inversion], None]


def invert_words(words: list[str], view: str, tell: Tell, draw: Draw) -> None:
    """Answer for one layer in shorthand. Raises StackError and UsageError."""
    if view == "yaml":
        raise unfit("--yaml mirrors a file", "write the network as a file first")
    _show(invert(words), view, tell, draw)


def invert_network(
    network: Network,
    view: str,
    layer: str | None,
    input: InputShapes | None,
    tell: Tell,
    draw: Draw,
) -> None:
    """Answer for a network: all its layers, or `layer`. Raises StackError and UsageError."""
    if layer is not None:
        _show(invert(network, layer=layer, input=input), view, tell, draw)
    elif view in ("matrix", "im2col"):
        raise unfit(f"--{view} draws one layer", "pick it with --layer NAME")
    elif view == "yaml":
        write(stack_yaml.render(decoder(plan(network, input=input))))
    elif view in ("torch", "keras"):
        mirror = decoder(plan(network, input=input))
        _code([entry for entry, _ in mirror.layers], mirror.input, view, whole=True)
    else:
        planned = plan(network, input=input)
        tell(
            lambda: invert_text.page_of_network(planned.name, inversions(planned)),
            lambda: answer_json(invert(network, input=input)),
        )


def _show(found: Inversion, view: str, tell: Tell, draw: Draw) -> None:
    draw(found)
    inverse = found.inverse
    if view in ("torch", "keras"):
        if not found.has_channels:
            help = "write them: 3@32x32 conv 64 k3 s2 p1"
            raise unfit(f"--{view} needs the channels", help)
        _code(list(inverse.entries), inverse.output, view)
    elif view in ("matrix", "im2col"):
        matrices = replace(_matrices(inverse, view), reading=found.reading)
        tell(
            lambda: invert_text.page_of_matrices(matrices),
            lambda: answer_json(matrices),
        )
    else:
        tell(
            lambda: invert_text.page(found),
            lambda: answer_json(found),
        )


def _code(entries: list[Entry], x: Shape, framework: str, whole: bool = False) -> None:
    lines = layer_code.code(entries, x, framework)
    if not whole:
        write(f"{lines}\n")
        return
    head = {
        "torch": "from torch import nn\n\ndecoder = nn.Sequential(\n",
        "keras": "import keras\nfrom keras import layers\n\n# Channels last.\n"
        "decoder = keras.Sequential([\n",
    }[framework]
    body = "".join(
        f"    {line}{'' if line.startswith('#') else ','}\n" for line in lines.split("\n")
    )
    write(f"{head}{body}{')' if framework == 'torch' else '])'}\n")


def _matrices(inverse: Inverse, view: str) -> LayerMatrices:
    axes = [axis.forward for axis in inverse.axes]
    if not axes:
        help = "ask for a conv or a pool"
        raise unfit(f"--{view} has nothing to draw: {inverse.layer.kind} slides no window", help)
    try:
        if view == "im2col":
            title = "windows, one position a row"
            return LayerMatrices((LayerMatrix("windows", title, window_matrix(axes)),))
        matrix = unrolled(axes)
    except TooLargeError as error:
        help = "take a smaller input, such as 5x5"
        raise unfit(f"--{view} cannot be drawn: {error}", help) from None
    of = (
        "of the convolution that it transposes"
        if axes[0].family == "transposed"
        else "of the layer"
    )
    return LayerMatrices(
        (
            LayerMatrix("C", f"C {of}, y = C·x", matrix),
            LayerMatrix("C^T", "Cᵀ, the transposed layer", transposed(matrix)),
        )
    )
