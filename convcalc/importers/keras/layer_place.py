"""Where a layer of a Keras model is called."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.importers.keras.calls import LayerCalls
from convcalc.importers.model import Module


class Place(NamedTuple):
    """Where a layer is called: the modules, and the layer that it is, whatever call it is.

    `layers` are the names of it and of the models around it, `stored` is the group of its weights.
    """

    path: tuple[Module, ...] = ()
    layers: tuple[str, ...] = ()
    stored: str = ""

    @property
    def name(self) -> str:
        """The name of this call."""
        return self.path[-1].name

    def of(self, layer: LayerCalls) -> Place:
        """The place of a layer in this one."""
        name = f"{self.name}.{layer.name}" if self.path else layer.name
        stored = f"{self.stored}/{layer.stored}" if self.stored else layer.stored
        module = Module(name, layer.kind)
        return Place((*self.path, module), (*self.layers, layer.name), stored)

    def again(self, number: int) -> Place:
        """The same for a later call."""
        *around, last = self.path
        return self._replace(path=(*around, last._replace(name=f"{last.name}_{number}")))
