"""`convcalc import`: a network as the text that a person would have written."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from pathlib import PurePath
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

from convcalc.core.errors import StackError
from convcalc.core.records import Answer, Count, Hidden, Key
from convcalc.core.text import visible
from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.features.import_.blocks import Blocks, UnsayableError
from convcalc.features.import_.given_names import give_names
from convcalc.features.import_.left_out import left_out, top_comments
from convcalc.features.import_.nested_joins import nested, with_shortcuts_last
from convcalc.features.import_.nested_parts import Outside, by_paths, layer_parts
from convcalc.features.import_.sameness import difference
from convcalc.features.import_.spelling import Spelling
from convcalc.features.import_.stack_lines import WIDTH, Written
from convcalc.features.import_.stack_text import stack_text
from convcalc.features.import_.structure import Structure
from convcalc.features.import_.usual_fields import usual_fields
from convcalc.importers.network import ForeignNetwork
from convcalc.network import InputShapes, Network, VariableValues, loads
from convcalc.planning import Plan, plan

if TYPE_CHECKING:
    from convcalc.network.graph import Graph


@dataclass(frozen=True, slots=True)
class Imported(Answer):
    """A network as a new file, which has been read and planned again: it is the same network."""

    text: Annotated[str, Key("The new file.")]
    blocks: Annotated[Count, Key("Blocks of the new file.")]
    before: Hidden[Plan]
    after: Hidden[Plan]
    left_out: Annotated[
        tuple[str, ...], Key("What the source says and the new file does not, in words.")
    ]

    @property
    @Key()
    def name(self) -> str:
        """The network's name."""
        return self.after.name

    @property
    @Key()
    def lines(self) -> Count:
        """Lines of the new file."""
        return self.text.count("\n")

    @property
    @Key()
    def layers(self) -> Count:
        """Layers of the network."""
        return len(self.after.rows)

    @property
    @Key()
    def named(self) -> Count:
        """Layers that the new file's plan calls as the source does."""
        pairs = zip(self.before.rows, self.after.rows, strict=True)
        return sum(mine.name == its.name for mine, its in pairs)

    @property
    @Key()
    def params(self) -> Count:
        """Learnt numbers, in the source and in the new file."""
        return self.after.totals.params

    @property
    @Key()
    def macs(self) -> Count:
        """Multiply-accumulates for one sample, in the source and in the new file."""
        return self.after.totals.macs

    @property
    @Key()
    def lower_bounds(self) -> tuple[str, ...]:
        """Totals that are at least what is said here, as some layer does not tell its part."""
        return self.after.totals.lower_bounds


ANSWER = Imported


class DiffersError(Exception):
    """The text that was written is not the network that it was written for: a fault of ours."""


def import_(
    network: Network,
    *,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
) -> Imported:
    """The network as a file of blocks, series and defaults, as a person would have written it.

    Names follow the source as far as blocks allow. The file is read and planned again before it
    is returned: it has the same layers with the same figures, in the same order.

    >>> from convcalc import loads
    >>> layers = "[relu, {conv: {out_channels: 8, k: [3, 3]}}]"
    >>> flat = loads(f"convcalc: 1\\ninput: [3, 8, 8]\\nlayers: {layers}")
    >>> print(import_(flat).text)
    # Rewritten by convcalc import
    convcalc: 1
    name: network
    input: [3, 8, 8]
    layers:
      - relu
      - conv: {out: 8, k: 3}
    expect: {output: [8, 6, 6], params: 224, macs: 7776}
    <BLANKLINE>
    """
    before = plan(network, input=input, variables=variables)
    graph = with_shortcuts_last(nested(before.graph))
    found = ""
    for is_plain in (False, True):
        try:
            text = written(
                graph,
                _title(network),
                _comments(network, before),
                _expected(network, before),
                is_plain,
            )
            again = loads(text, network.document.file)
            after = plan(again)
        except (UnsayableError, StackError) as error:
            if isinstance(error, StackError) and _is_too_long(error):
                raise
            found = str(error)
            continue
        found = difference(graph, after.graph)
        if not found:
            blocks = len(again.template.blocks)
            return Imported(text, blocks, before, after, tuple(left_out(network)))
    raise DiffersError(found)


def _is_too_long(error: StackError) -> bool:
    """True where a network of that many different layers is no file, however it is written."""
    return {problem.slug for problem in error.problems} <= {"file-too-large", "too-many-nodes"}


def written(
    graph: Graph,
    name: str,
    comments: list[str],
    expect: AbstractMapping[str, Any],
    is_plain: bool = False,
) -> str:
    """The graph as text, which nobody has read yet; without blocks where it is to be plain.

    Raises UnsayableError where blocks cannot say it.
    """
    spelling = Spelling(graph)
    parts = layer_parts(graph) if is_plain else by_paths(graph, Outside(graph))
    blocks = _settled(Structure(graph, parts, spelling, is_plain=is_plain))
    give_names(blocks)
    return stack_text(blocks, name, comments, expect)


def _settled(structure: Structure) -> Blocks:
    structure.settle()
    return Blocks(structure, usual_fields(structure))


def _title(network: Network) -> str:
    """The network's name; that of a model file without its ending."""
    file = PurePath(network.document.file)
    return file.stem if network.name == file.name and file.stem else network.name


def _comments(network: Network, plan: Plan) -> list[str]:
    """The comments at the top of the source, or where the network comes from."""
    file = network.document.file
    if isinstance(network, ForeignNetwork):
        model = network.model
        by = f", written by {model.producer}" if model.producer else ""
        lines = [f"From {PurePath(file).name or model.name}: {model.format}{by}", *plan.notes]
        return [part for line in lines for part in _wrapped(visible(line))]
    source = f" from {visible(PurePath(file).name)}" if file else ""
    kept = [visible(line) for line in top_comments(network)]
    return kept or [f"Rewritten{source} by convcalc import"]


def _wrapped(line: str) -> list[str]:
    """A line that stands behind `# `, as long as those of the text."""
    return wrap(line, WIDTH - 2, subsequent_indent="  ", break_on_hyphens=False)


def _expected(network: Network, plan: Plan) -> dict[str, Any]:
    """What the source expects of the whole network; by default what it comes to."""
    root = network.document.root
    if isinstance(root, Mapping) and isinstance(root.entries.get("expect"), Mapping):
        declared: dict[str, Any] = _plain(root.entries["expect"])
        return declared
    output, totals = plan.graph.shape_of(plan.graph.outputs[0]), plan.totals
    # What some layer does not tell is at least what the others come to.
    sums = {
        figure: {"min": found} if figure in totals.lower_bounds else found
        for figure, found in (("params", totals.params), ("macs", totals.macs))
    }
    return {"output": output, **sums}


def _plain(node: Node) -> Any:
    """A part of the source, to be written as it is."""
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value if node.quoted else Written(node.text)
