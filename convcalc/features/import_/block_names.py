"""What blocks are called: as in the source, or by what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from convcalc.features.import_.layer_lists import Block, Line
from convcalc.features.import_.spelling import Spelling
from convcalc.kinds import kind_names
from convcalc.network.template import BLOCK_INPUT

if TYPE_CHECKING:
    from convcalc.network.graph import Graph, GraphNode

_FEW = 3
# What holds everything is no name for a part of it; the first ones are, where it has no better.
_UNITS = frozenset(["block", "blocks", "layer", "layers"])
HOLDERS = _UNITS | {"backbone", "body", "features", "m", "model", "module", "net"}
_QUERIES = frozenset(["q", "queries"])
_VAGUE = frozenset(["branches", "stage", "unit"])


class BlockNames:
    """The names of the blocks of one file, given as the blocks are made."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self._names = Names(kind_names())

    def name(self, block: Block) -> str:
        """The name of a block whose lines are known, and those of the blocks that it uses."""
        bases = Counter(filter(None, (part.word or part.called for part in block.parts)))
        base = next((base for base, _ in bases.most_common(1)), "")
        if not base or base in kind_names() or base in HOLDERS:
            content = _by_content(self.spelling, block)
            base = base if base in _UNITS and content in _VAGUE else content
        return self._names.free(base)


class Names:
    """Names that are taken; another of the same word gets the next number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self._numbers: Counter[str] = Counter()

    def free(self, base: str) -> str:
        """`base`, or with the first number that is free; taken from now on."""
        name = base
        while name in self.taken:
            self._numbers[base] += 1
            name = f"{base}_{self._numbers[base] + 1}"
        self.taken.add(name)
        return name


def _by_content(spelling: Spelling, block: Block) -> str:
    """A name from what the block does: its kinds where they are few, or how its paths meet."""
    lines = block.body.lines
    layers = [_layer(spelling.graph, block, line) for line in lines]
    joined = _joined(lines, layers)
    if any(line.kind and _QUERIES & {*line.kind.input_words} for line in lines):
        return "transformer_layer" if joined else "attention_block"
    has_product = any(line.block or _is_product(line) for line in lines)
    if joined == "gate":
        return "squeeze_excitation" if has_product else joined
    if joined == "branches":
        return joined if has_product or not _turns(layers) else "rotary"
    depthwise = [node is not None and spelling.is_depthwise(node) for node in layers]
    if any(depthwise):
        products = [at for at, line in enumerate(lines) if line.block or _is_product(line)]
        at = products.index(depthwise.index(True))
        if 0 < at < len(products) - 1:
            return "inverted_residual" if joined else "inverted_bottleneck"
        if not joined and not at and len(products) == 2:
            return "separable"
    if joined:
        return joined
    if any(line.block for line in lines):
        return "stage"
    return "_".join(map(_word, lines)) if len(lines) <= _FEW else "unit"


def _joined(lines: Sequence[Line], layers: Sequence[GraphNode | None]) -> str:
    """What the block is by what it joins; "" where it joins nothing."""
    merges = [at for at, line in enumerate(lines) if line.inputs and len(line.inputs) > 1]
    if not merges:
        return ""
    first, final = layers[0], layers[merges[-1]]
    # A shortcut comes from outside: what the block reads, or what is handed to it.
    around = [at for at in merges if any(ref.word for ref in lines[at].inputs or ())]
    if around and first and first.layer.role == "pool":
        return "gate"
    is_around = any(map(_is_sum, (layers[at] for at in around))) or _has_short_way(lines)
    return "residual" if _is_sum(final) and is_around else "branches"


def _is_sum(node: GraphNode | None) -> bool:
    return node is not None and node.layer.is_linear() and not node.layer.only_joins()


def _turns(layers: Sequence[GraphNode | None]) -> bool:
    """True for a sum of two products, in one of which halves have changed places."""
    merges = [node.layer for node in layers if node and type(node.layer).is_merge]
    joins = [layer.only_joins() for layer in merges]
    products = [layer.commutes() and not layer.is_linear() for layer in merges]
    return (sum(joins), sum(products), len(merges)) == (1, 2, 4) and _is_sum(layers[-1])


def _layer(graph: Graph, block: Block, line: Line) -> GraphNode | None:
    """A layer that the line stands for; None for a use of a block."""
    part = next(part for use in block.body.uses if (part := use[line.item]))
    return None if line.block else graph.nodes[part.first]


def _is_product(line: Line) -> bool:
    return line.kind is not None and line.kind.role == "product"


def _has_short_way(lines: Sequence[Line]) -> bool:
    """True where a product reads what the block reads, beside the first one: a projection."""
    return any(
        _is_product(line) and line.source is not None and line.source.word == BLOCK_INPUT
        for line in lines[1:]
    )


def _word(line: Line) -> str:
    if line.kind is None:
        return line.block.name if line.block else ""
    return line.kind.role if line.kind.role == "norm" else line.kind.kind
