"""`convcalc convert`: dense layers as the convolutions that they are, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Answer, Count, Hidden, Key, Record, Sizes
from convcalc.core.text import count
from convcalc.features.check.patching import applied_edits
from convcalc.features.convert.dense import DenseMatrix
from convcalc.features.convert.editing import Rewriter
from convcalc.features.convert.regions import Change, Refusal, Regions
from convcalc.kinds.linear import Linear
from convcalc.network import InputShapes, Network, loads
from convcalc.planning import Plan, plan

if TYPE_CHECKING:
    from convcalc.network.graph import Graph


@dataclass(frozen=True, slots=True)
class Rewritten(Record):
    """A layer and what it has become."""

    layer: Annotated[str, Key("The layer.")]
    line: Annotated[int, Key("Line where it is written, 1-based.", minimum=1)]
    was: Annotated[str, Key("Its kind.")]
    becomes: Annotated[str, Key("What it has become, in words such as `conv 7x7`.")]
    params: Annotated[Count, Key("Its learnt numbers, as many as before.")]


@dataclass(frozen=True, slots=True)
class EndShapes(Record):
    """What goes into a network and what comes out."""

    inputs: Annotated[Mapping[str, Sizes], Key("Shapes of its inputs, by name.")]
    outputs: Annotated[tuple[Sizes, ...], Key("Shapes of its outputs.")]


def _ends(plan: Plan) -> EndShapes:
    graph = plan.graph
    return EndShapes(plan.inputs, tuple(map(graph.shape_of, graph.outputs)))


@dataclass(frozen=True, slots=True)
class Conversion(Answer):
    """A file rewritten: its text, and both plans at the declared input.

    `larger` is the plan of the new file at another input, where one was asked for. `refusals`
    are layers that stand in the way of dense layers elsewhere; `failures` the expectations that
    hold before and not after.
    """

    text: Annotated[str, Key("The new file.")]
    before: Hidden[Plan]
    after: Hidden[Plan]
    larger: Hidden[Plan | None]
    changes: Annotated[tuple[Rewritten, ...], Key("The layers that have changed.")]
    refusals: Annotated[
        tuple[Refusal, ...], Key("Layers that stand in the way of dense ones.", name="kept")
    ]
    failures: Hidden[tuple[Problem, ...]]

    @property
    @Key()
    def name(self) -> str:
        """The network's name."""
        return self.after.name

    @property
    @Key()
    def params(self) -> Count:
        """Learnt numbers, before and after."""
        return self.after.totals.params

    @property
    @Key()
    def macs(self) -> Count:
        """Multiply-accumulates at the declared input, before and after."""
        return self.after.totals.macs

    @property
    @Key(name="before")
    def ends_before(self) -> EndShapes:
        """The file's ends as they were."""
        return _ends(self.before)

    @property
    @Key(name="after")
    def ends_after(self) -> EndShapes:
        """The ends of the new file at the same input."""
        return _ends(self.after)

    @property
    @Key(name="larger")
    def ends_larger(self) -> EndShapes | None:
        """The ends of the new file at the input asked for."""
        return None if self.larger is None else _ends(self.larger)


ANSWER = Conversion | DenseMatrix


def convert(network: Network, *, input: InputShapes | None = None) -> Conversion:
    """A network's file with every dense layer behind a map as the convolution that does the same.

    The new file is read and planned again: parameters and MACs are those of the old one, or
    StackError is raised, as it is where nothing can be converted.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [3, 4, 4]\\nlayers:\\n  - flatten\\n  - linear: 10\\n")
    >>> print(convert(net).text.splitlines()[-1])
      - conv: {out: 10, k: 4}
    """
    if not network.is_text:
        raise _not_text(network)
    graph = network.graph()
    regions = Regions(graph)
    refusals = tuple(regions.refusals)
    if not any(change.act == "dense" for change in regions.changes.values()):
        raise StackError(_nothing(network, graph, refusals), network.document.text)
    edits = Rewriter(graph, network.document, regions.changes).edits()
    text = applied_edits(network.document.text, set(edits))
    before = plan(network)
    after = _planned(text, network)
    if (before.totals.params, before.totals.macs) != (after.totals.params, after.totals.macs):
        raise _differs(network, before, after)
    larger = None
    if input is not None:
        larger = plan(loads(text, network.document.file), input=input)
    known = {problem.slug for problem in before.failures or ()}
    failures = tuple(problem for problem in after.failures or () if problem.slug not in known)
    changes = tuple(
        Rewritten(
            node.name,
            node.template.node.place.line,
            node.layer.kind,
            _becomes(change),
            node.facts.params,
        )
        for index, change in sorted(regions.changes.items())
        for node in [graph.nodes[index]]
    )
    return Conversion(text, before, after, larger, changes, refusals, failures)


def _not_text(network: Network) -> StackError:
    file = network.document.file
    message = "this is a model file of another program, which is not rewritten"
    help = "write it as a network file first: convcalc import FILE -o net.net.yaml"
    return StackError([Problem("foreign-format", message, help=help, file=file)])


def _nothing(network: Network, graph: Graph, refusals: tuple[Refusal, ...]) -> list[Problem]:
    """Why no layer becomes a convolution: each layer in the way, or that there is none to become
    one.
    """
    file = network.document.file
    places = {node.name: node.template.node.place for node in graph.layers}
    dense = [node.name for node in graph.layers if isinstance(node.layer, Linear)]
    if not dense:
        message = "the network has no dense layer"
        help = "it takes maps of other sizes as it is; `convcalc sizes` lists them"
        return [Problem("wrong-value", message, network.document.root.place, help=help, file=file)]
    first, *_ = dense
    reasons = {one.layer: one.why for one in refusals} or {
        first: "it reads no map that a `flatten` or a global pool has made a vector"
    }
    help = "give the dense layers a map to read, behind layers that treat its positions alike"
    return [
        Problem(
            "wrong-value", "no dense layer could become a convolution", places[layer],
            f"`{layer}`: {why}", help, layer, file,
        )
        for layer, why in reasons.items()
    ]  # fmt: skip


def _differs(network: Network, before: Plan, after: Plan) -> StackError:
    old, new = (
        f"{count(one.totals.params)} params and {count(one.totals.macs)} MACs"
        for one in (before, after)
    )
    problem = Problem(
        "wrong-value",
        "the network of convolutions would not compute the same",
        network.document.root.place,
        f"{old} before, {new} after",
        "write numbers where a layer asks for `cin` or `rank`",
        file=network.document.file,
    )
    return StackError([problem], network.document.text)


def _planned(text: str, network: Network) -> Plan:
    file = network.document.file
    try:
        return plan(loads(text, file))
    except StackError as error:
        # The new text is nowhere to be seen: its places mean nothing, the layer's name does.
        first = error.problems[0]
        problem = Problem(
            "wrong-value",
            "the network of convolutions would not stand",
            network.document.root.place,
            "; ".join(filter(None, (first.message, first.note))),
            first.help,
            file=file,
        )
        raise StackError([problem], network.document.text) from error


def _becomes(change: Change) -> str:
    from convcalc.features.convert.editing import kernel_text

    kind = change.kind.kind
    if change.act == "dense":
        return f"{kind} {'x'.join(map(str, change.kernel))}"
    if change.act == "drop":
        return "gone"
    if change.act == "keepdim":
        return f"{kind}, axes kept"
    if not change.kind.role:
        return kind
    stride = "1" if change.act == "slide" else "x".join(map(str, change.kernel))
    return f"{kind} {kernel_text(change.kernel)}, stride {stride}"
