"""The arguments of an operation that is called as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call

Rule = Callable[..., Any]


class Given:
    """The arguments of a call: by their place, by their name there, or among the fields."""

    def __init__(self, layer: Layer, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.layer, self.args, self.kwargs = layer, args, kwargs

    @property
    def call(self) -> Call:
        """The call, for the rules of PyTorch's operators."""
        return self.layer.call

    def get(self, place: int, *names: str, default: Any = None) -> Any:
        """An argument by its place, or by one of its names."""
        if place < len(self.args):
            return self.args[place]
        return self.named(*names, default=default)

    def named(self, *names: str, default: Any = None) -> Any:
        """An argument that comes by one of its names alone."""
        for name in names:
            for held in (self.kwargs, self.layer.config):
                if held.get(name) is not None:
                    return held[name]
        return default

    def required(self, place: int, *names: str) -> Any:
        """An argument that has to be there."""
        found = self.get(place, *names)
        if found is None:
            raise NoRuleError(f"it has no `{names[0] if names else place}`")
        return found

    def first(self, *names: str) -> Any:
        """The tensor that it works on, which every operation has."""
        return self.tensor(0, *names)

    def tensor(self, place: int, *names: str) -> Any:
        """A tensor or a number, which has to be there."""
        return self.known(self.required(place, *names), names[0] if names else f"input {place}")

    def tensors(self, place: int, *names: str) -> list[Any]:
        """Several tensors, or one."""
        found = self.required(place, *names)
        if type(found) is not tuple:
            return [found]
        return [self.known(one, f"input {number}") for number, one in enumerate(found)]

    def known(self, value: Any, name: str) -> Any:
        """A value, where it is an array that stands there in numbers, as a constant."""
        return self.layer.written(name, value) if type(value) in (list, tuple) else value

    def whole(self, place: int, name: str, default: int | None = None) -> int:
        """A whole number."""
        found = self.get(place, name, default=default)
        if not isinstance(found, int) or isinstance(found, bool):
            raise NoRuleError(f"its `{name}` is {found!s:.40}")
        return found

    def wholes(self, place: int, *names: str) -> tuple[int, ...] | None:
        """Several whole numbers, or None."""
        found = self.get(place, *names)
        if found is None:
            return None
        values = found if isinstance(found, list | tuple) else (found,)
        # An open size is that of the samples.
        values = tuple(-1 if one is None else one for one in values)
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return values
