"""What a source says that its layers do not: remarks, names of numbers, expectations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

from convcalc.core.text import in_words, listed
from convcalc.document import Mapping
from convcalc.network import Network


def top_comments(network: Network) -> list[str]:
    """The comments that stand at the very top of a source, without their `#`."""
    lines = takewhile(lambda line: line.startswith("#"), network.document.text.splitlines())
    return [line[1:].removeprefix(" ") for line in lines]


def left_out(network: Network) -> Iterator[str]:
    """What of a source is not written again, a few words each."""
    counted = Counter(_beside_layers(network))
    text = network.document.text
    lines = text.splitlines()[len(top_comments(network)) :]
    counted["comment"] = sum(line.lstrip().startswith("#") or "  #" in line for line in lines)
    for noun, number in counted.items():
        if number:
            yield in_words(number, noun)
    if network.variables:
        names = listed((f"`{name}`" for name in network.variables), "and")
        yield f"{'a variable' if len(network.variables) == 1 else 'the variables'} {names}"
    if network.template.functions:
        yield in_words(len(network.template.functions), "function")


def _beside_layers(network: Network) -> Iterator[str]:
    template = network.template
    for layers in (template.layers, *(block.layers for block in template.blocks.values())):
        for layer in layers:
            if not isinstance(layer.node, Mapping):
                continue
            if "note" in layer.node.entries:
                yield "note"
            if "expect" in layer.node.entries:
                yield "expected layer"
