"""What layers read, and whose arrays they use: the names that they give, as indices of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from convcalc.core.bounded_work import Budget
from convcalc.kinds.base.field_values import ROUNDINGS, show
from convcalc.network.findings import Findings
from convcalc.network.frames import Frame, UnplaceableError
from convcalc.network.graph import GraphNode
from convcalc.network.members import Member, NoSuchPartError
from convcalc.network.shared_weights import UnfitError, owner_of, shared
from convcalc.network.template import PREV, Field, LayerTemplate, Template
from convcalc.network.written_values import STEPS_OF_A_PART

# What a repetition gives to fields, beside those that are written.
Extra = Mapping[str, object]
NOTHING: Extra = {}


class Wiring:
    """Resolves the names that layers give; what is not there is kept as a finding."""

    def __init__(self, findings: Findings, budget: Budget) -> None:
        self.findings, self.budget = findings, budget

    def source(self, layer: LayerTemplate, frame: Frame, extra: Extra) -> int:
        """The index of the layer's input; of the first one for a merge."""
        if layer.names_inputs:
            value, field = self._names(layer, frame, extra)
            names = value if isinstance(value, list) else [value]
            for at, name in enumerate(names):
                try:
                    found = frame.resolve_all(name, field, layer, self.findings)
                except UnplaceableError:
                    # What else is missing is told as well.
                    self._resolved(names[at + 1 :], field, layer, frame)
                    raise
                if found:
                    return found[0]
            message = f"layer `{frame.prefix}{layer.label}`{frame.used_at} has nothing to join"
            help = "a series of no members has none; name a layer beside it"
            self.findings.add("wrong-value", message, field.node, help=help)
            raise UnplaceableError
        if layer.source is None:
            return frame.names[PREV]
        return frame.resolve(layer.source.value, layer.source, layer, self.findings)

    def _names(self, layer: LayerTemplate, frame: Frame, extra: Extra) -> tuple[object, Field]:
        """What a merge names as its inputs, and the field that says it."""
        field = layer.fields.get("inputs")
        if field is None:
            field = dict(layer.each)["inputs"]
            if "inputs" in extra:
                return extra["inputs"], field
            # Before the series is unrolled, its first merge speaks for it.
            values = frame.evaluated(field, f"layer `{layer.label}`", self.findings)
            return (values[0] if isinstance(values, list) and values else values), field
        if field.dynamic and not isinstance(field.value, list):
            return frame.evaluated(field, f"layer `{layer.label}`", self.findings), field
        return field.value, field

    def inputs(
        self, layer: LayerTemplate, frame: Frame, source: int, extra: Extra
    ) -> tuple[int, ...]:
        """The indices of all that a layer reads; `source` where it names nothing."""
        if layer.kind is not None and layer.kind.is_source:
            return ()
        if not layer.names_inputs:
            return (source,)
        value, field = self._names(layer, frame, extra)
        names = value if isinstance(value, list) else [value]
        self.budget.spend(STEPS_OF_A_PART * len(names))
        return self._resolved(names, field, layer, frame)

    def _resolved(
        self, names: list[object], field: Field, layer: LayerTemplate, frame: Frame
    ) -> tuple[int, ...]:
        """The indices of all that is named. Raises UnplaceableError when all were looked for."""
        found: list[int] = []
        lost: dict[str, None] = {}
        for name in names:
            # Each takes a search for what may be meant.
            if lost and (self.findings.full or str(name) in lost):
                continue
            try:
                found += frame.resolve_all(name, field, layer, self.findings)
            except UnplaceableError:
                lost[str(name)] = None
        if lost:
            raise UnplaceableError
        return tuple(found)

    def outputs(self, template: Template, frame: Frame) -> tuple[int, ...]:
        """The layers that the file names as its outputs. Raises UnplaceableError."""
        found: dict[int, None] = {}
        for name, node in template.outputs:
            try:
                found.update(dict.fromkeys(frame.named(name)))
            except NoSuchPartError as error:
                message = f"there is no layer `{name}` to be an output"
                self.findings.add("unknown-reference", message, node, help=error.help)
        if template.outputs and not found and not self.findings:
            name, node = template.outputs[0]
            message = f"`{name}` names no layer to be an output: the series has no members"
            self.findings.add("unknown-reference", message, node, help="name a layer beside it")
        return tuple(found)

    def share(
        self,
        nodes: list[GraphNode],
        layer: LayerTemplate,
        field: Field,
        frame: Frame,
        user: Member,
        number: int,
    ) -> None:
        """Lets a layer that was placed, its repetition of that number, use the arrays of the one
        that `field` names; a finding where they do not fit."""
        label = f"{layer.label}.{number}" if layer.is_series else layer.label
        try:
            owners = frame.members_of(field, layer, self.findings)
        except UnplaceableError:
            # The layer stands all the same.
            return
        name = str(frame.evaluated(field, f"layer `{label}`", self.findings))
        self.budget.spend(STEPS_OF_A_PART * (user.end - user.first))
        try:
            owner = owner_of(owners, number if layer.is_series else None, name)
            for index, node in shared(nodes, user, owner, name).items():
                nodes[index] = node
        except UnfitError as error:
            what = f"layer `{frame.prefix}{label}` cannot use the weights of `{name}`"
            self.findings.add(
                "weights-mismatch",
                f"{what}{frame.used_at}",
                field.node,
                note=error.note,
                help=error.help,
                layer=frame.prefix + label,
            )


def repetitions(layer: LayerTemplate, frame: Frame, findings: Findings) -> int | Iterator[Extra]:
    """How often a layer is repeated, or what each repetition gives to the fields.

    Raises UnplaceableError where an expression comes to something else.
    """
    what = f"layer `{frame.prefix}{layer.label}`"
    if layer.repeat is not None:
        count = frame.evaluated(layer.repeat, what, findings)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            message = f"`repeat` of {what}{frame.used_at} came to {show(count)}"
            help = "it wants an integer of 0 or more"
            if isinstance(count, Fraction):
                help += f": {ROUNDINGS}"
            findings.add("wrong-value", message, layer.repeat.node, help=help)
            raise UnplaceableError
        return count
    series: dict[str, list[object]] = {}
    for name, field in layer.each:
        values = frame.evaluated(field, what, findings)
        if not isinstance(values, list):
            came = f"`{field.written}` came to {show(values)}"
            message = f"`each` of {what}{frame.used_at}: {came}"
            findings.add("wrong-type", message, field.node, help="it wants a list")
            raise UnplaceableError
        series[name] = values
    if len(set(map(len, series.values()))) > 1:
        message = f"the lists in `each` of {what}{frame.used_at} have unequal lengths"
        lengths = zip(layer.each, series.values(), strict=True)
        note = ", ".join(f"`{field.written}` has {len(v)}" for (_, field), v in lengths)
        help = "lists in `each` go in step: give them one length"
        findings.add("wrong-value", message, layer.each[0][1].node, note=note, help=help)
        raise UnplaceableError
    return (dict(zip(series, values, strict=True)) for values in zip(*series.values(), strict=True))


def flat(value: object) -> object:
    """A list with the lists in it opened."""
    if not isinstance(value, list):
        return value
    return [one for item in value for one in (item if isinstance(item, list) else [item])]
