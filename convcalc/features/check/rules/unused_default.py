"""CC212 unused-default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Edit, Fix, Problem
from convcalc.document import Mapping
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_entry
from convcalc.features.check.rules.places import all_layers
from convcalc.kinds import find_kind


class UnusedDefault(Rule):
    """A default that no layer takes: none is of the kind, or each gives the field itself.

    Why: it promises something of the network that no layer does.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    defaults: {conv: {bias: false}, max_pool: {k: 3}}
    layers:
      - conv: {out: 16, k: 3}
      - avg_pool: 2
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    defaults: {conv: {bias: false}}
    layers:
      - conv: {out: 16, k: 3}
      - avg_pool: 2
    ```

    Source: the format: defaults apply where a layer does not give a field.
    """

    code: ClassVar[str] = "CC212"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        root = subject.network.document.root
        assert isinstance(root, Mapping)
        section = root.entries.get("defaults")
        if not isinstance(section, Mapping):
            return
        layers = [layer for layer in all_layers(subject) if layer.kind is not None]
        words = {layer.word for layer in layers}
        taken = {id(field.node) for layer in layers for field in layer.fields.values()}
        for word, given in section.entries.items():
            if word not in words:
                whole = section if len(section.entries) > 1 else root
                edit = delete_entry(whole, subject.text, word if whole is section else "defaults")
                message = f"no layer is a `{word}`, so its defaults apply to nothing"
                yield cls._problem(section, word, message, f"the defaults of `{word}`", edit)
                continue
            kind = find_kind(word)
            assert isinstance(given, Mapping)
            assert kind is not None
            for field, node in given.entries.items():
                if id(node) not in taken:
                    edit = None
                    if len(given.entries) > 1:
                        edit = delete_entry(given, subject.text, field)
                    message = (
                        f"every `{word}` gives its own `{field}`, so the default is never used"
                    )
                    yield cls._problem(given, field, message, f"the default `{field}`", edit)

    @classmethod
    def _problem(
        cls, mapping: Mapping, key: str, message: str, what: str, edit: Edit | None
    ) -> Problem:
        return cls.at(
            mapping.keys[key],
            message,
            help="delete it",
            fix=Fix(f"delete {what}", (edit,)) if edit else None,
        )


RULE = UnusedDefault
