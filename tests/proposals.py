"""The values that a help proposes, read from its words as a user would read them."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

import yaml

# `padding: 3`; `groups: 4` or `6`; `min_val: 0` and `max_val: 1`.
_PROPOSED = re.compile(
    r"`([a-z_]+): ([^`]+)`((?: or `(?!\w+: )[^`]+`)*)( (?:and|with) (?=`[a-z_]+: ))?"
)


def proposals(help: str, fields: Container[str]) -> list[dict[str, Any]]:
    """Each set of `fields` and values that `help` says to write.

    >>> proposals("use `g: 2` or `4`, or `k: [1, 3]` and `p: same`, or `pad: 1` before it", "gkp")
    [{'g': 2}, {'g': 4}, {'k': [1, 3], 'p': 'same'}]
    """
    found: list[dict[str, Any]] = []
    together: dict[str, Any] = {}
    for name, value, others, goes_on in _PROPOSED.findall(help):
        if name not in fields:
            continue
        several = [yaml.safe_load(one) for one in (value, *re.findall(r"`([^`]+)`", others))]
        if together or goes_on:
            (together[name],) = several
        else:
            found += [{name: value} for value in several]
        if together and not goes_on:
            found.append(together)
            together = {}
    return found
