"""torchvision, and what stands on it, where its compiled operators do not fit the torch at hand."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

_NMS = "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
# The library has to live as long as its operators.
_libraries: list[torch.library.Library] = []


def torchvision() -> ModuleType:
    """torchvision, whose networks need none of its operators.

    Its wheel is built for one torch; beside another (the one for processors alone) the operators
    are missing, and the import looks for them by name. They are declared then, without a body.
    Raises ImportError where it is not installed.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError:
        for name in [one for one in sys.modules if one.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    library.define(_NMS)
    _libraries.append(library)
    # It describes operators that are not there.
    sys.modules["torchvision._meta_registrations"] = ModuleType("torchvision._meta_registrations")
    return importlib.import_module("torchvision")
