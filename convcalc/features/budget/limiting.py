"""The edits that put today's limits into one file, and what becomes of each figure by them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple

from convcalc.core.errors import Edit
from convcalc.core.records import Hidden, Key, Record
from convcalc.core.shapes import Shape
from convcalc.document import Mapping, Node
from convcalc.features.check.adding import add_entries
from convcalc.features.check.figure_limits import Limit, Unlimited
from convcalc.network.expectations import Expectation, Limits

Change = Literal["added", "changed", "same", "kept", "left out"]


class _Entry(NamedTuple):
    layer: Annotated[str, Key('The layer; "" for the network.')]
    figure: Annotated[str, Key("What is limited.")]
    today: Hidden[str]
    was: Annotated[str, Key("The expectation as it was written.", name="before", null=True)]
    now: Annotated[str, Key("The expectation as it is now.", null=True)]
    change: Annotated[Change, Key("What became of it.")]
    reason: Annotated[str, Key("Why it was kept or left out.", null=True)] = ""
    value: Hidden[int | Fraction | Shape | None] = None


class Entry(_Entry, Record):
    """What became of one figure: as it was written, as it is now, and today's figure.

    `today` is today's figure in words, `value` as such; None where it has none.
    """

    __slots__ = ()

    @property
    @Key(name="today")
    def figure_today(self) -> int | tuple[int, ...] | str | None:
        """Today's figure, in bytes for memory; in words where it is no whole number."""
        value = self.value
        if isinstance(value, tuple):
            return value
        if value is not None and value.denominator == 1:
            return int(value)
        return self.today or None


class Editor:
    """Collects the edits of one file, and what becomes of each figure."""

    def __init__(self, text: str, update: bool) -> None:
        self.text, self.update = text, update
        self.edits: list[Edit] = []
        self.entries: list[Entry] = []

    def of_holder(
        self,
        layer: str,
        holder: Mapping,
        expected: Expectation | None,
        found: Sequence[Limit | Unlimited],
        is_root: bool = False,
    ) -> None:
        """Put limits into the `expect` of a layer or of the file, which may have none yet."""
        written = holder.entries.get("expect")
        added: list[str] = []
        for one in found:
            if isinstance(one, Unlimited):
                self._note(layer, one, "", "", "left out", one.reason)
                continue
            node = written.entries.get(one.figure) if isinstance(written, Mapping) else None
            if node is None:
                added.append(f"{one.figure}: {one.entry}")
                self._note(layer, one, "", one.entry, "added")
            else:
                assert expected is not None
                self._existing(layer, one, node, getattr(expected.model, one.figure))
        if not added:
            return
        if isinstance(written, Mapping):
            self.edits += add_entries(written, self.text, added)
        elif is_root and not self.text.startswith("{", holder.start):
            block = "".join(f"\n  {entry}" for entry in added)
            self.edits += add_entries(holder, self.text, [f"expect:{block}"])
        else:
            self.edits += add_entries(holder, self.text, [f"expect: {{{', '.join(added)}}}"])

    def _existing(self, layer: str, limit: Limit, node: Node, known: object) -> None:
        """A figure that the file speaks of already."""
        was = " ".join(self.text[node.start : node.end].split())
        if isinstance(node, Mapping) and isinstance(known, Limits) and limit.bound:
            self._limits(layer, limit, node, known, was)
            return
        holds = _holds(known, limit)
        if holds or isinstance(node, Mapping) or not self.update:
            reason = "--update rewrites it" if not isinstance(node, Mapping) else "edit its limits"
            self._note(layer, limit, was, was, "same" if holds else "kept", "" if holds else reason)
            return
        now = limit.exactly
        self.edits.append(Edit(node.start, node.end, now))
        self._note(layer, limit, was, now, "changed")

    def _limits(self, layer: str, limit: Limit, node: Mapping, known: Limits, was: str) -> None:
        """A figure with limits: the one of `limit` is written anew, its opposite kept."""
        opposite = "min" if limit.bound == "max" else "max"
        bounds = {"min": known.least, "max": known.most}
        against = Limits(least=known.least) if opposite == "min" else Limits(most=known.most)
        if not _holds(against, limit) and not self.update:
            reason = f"today's figure passes its `{opposite}`; --update rewrites it"
            self._note(layer, limit, was, was, "kept", reason)
            return
        now = {bound: self.text[one.start : one.end] for bound, one in node.entries.items()}
        before = dict(now)
        if bounds[limit.bound] != limit.value:
            now[limit.bound] = limit.text
        if not _holds(against, limit):
            now[opposite] = limit.exactly
        for bound, text in now.items():
            if bound not in before:
                self.edits += add_entries(node, self.text, [f"{bound}: {text}"])
            elif text != before[bound]:
                self.edits.append(Edit(node.entries[bound].start, node.entries[bound].end, text))
        if now == before:
            self._note(layer, limit, was, was, "same")
        else:
            shown = "{" + ", ".join(f"{bound}: {text}" for bound, text in now.items()) + "}"
            self._note(layer, limit, was, shown, "changed")

    def _note(
        self,
        layer: str,
        one: Limit | Unlimited,
        was: str,
        now: str,
        change: Change,
        reason: str = "",
    ) -> None:
        value = one.got if isinstance(one, Limit) else None
        self.entries.append(Entry(layer, one.figure, one.today, was, now, change, reason, value))


def _holds(known: object, limit: Limit) -> bool:
    """Whether the expectation that the file has is met by today's figure."""
    if isinstance(limit.got, tuple):
        return (
            isinstance(known, tuple)
            and len(known) == len(limit.got)
            and all(want in (None, size) for want, size in zip(known, limit.got, strict=True))
        )
    return isinstance(known, Limits) and known.hold(limit.got)
