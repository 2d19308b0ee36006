"""Which modules a node belongs to: TorchScript writes them into its name, dynamo beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache

from convcalc.importers.model import Module

# Words between plain quotes, with nothing spelt out in them.
_PLAIN = re.compile(r"\['[^'\\\n\r\0]*'(?:, '[^'\\\n\r\0]*')*\]")


def modules(name: str, metadata: Mapping[str, str]) -> tuple[Module, ...]:
    """The modules that a node belongs to, outermost first.

    TorchScript exports keep them in the node's name, dynamo ones in its metadata.

    >>> [module.name for module in modules("/layer1/layer1.0/conv1/Conv", {})]
    ['layer1', 'layer1.0', 'layer1.0.conv1']
    """
    scopes = metadata.get("pkg.torch.onnx.name_scopes", "")
    if scopes:
        names = _listed_words(scopes)[:-1]
        classes = _listed_words(metadata.get("pkg.torch.onnx.class_hierarchy", ""))
        types = [one.rpartition(".")[2] for one in classes[: len(names)]]
        types += [""] * (len(names) - len(types))
        pairs = zip(names, types, strict=True)
        return tuple(Module(one, type_) for one, type_ in pairs if one)
    if not name.startswith("/") or len(name) > 4096:
        return ()
    return _of_path(name.rpartition("/")[0])


@lru_cache(maxsize=4096)
def _of_path(path: str) -> tuple[Module, ...]:
    """The modules of a path, which are those of many nodes."""
    found: list[Module] = []
    for part in path.split("/")[1:]:
        outer = found[-1].name if found else ""
        # `layer1.0` in `layer1` is its whole name already, `conv1` in `layer1.0` is not.
        whole_name = part if not outer or part.startswith(f"{outer}.") else f"{outer}.{part}"
        found.append(Module(whole_name))
    return tuple(found)


def _listed_words(text_: str) -> list[str]:
    """A list of words as Python writes it; none where it is something else."""
    if len(text_) > 10_000:
        return []
    if _PLAIN.fullmatch(text_):
        return text_[2:-2].split("', '")
    try:
        found = ast.literal_eval(text_)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
