"""Reports of networks and of chains in words, as the tests of their words want them."""

from __future__ import annotations

from typing import Any

import convcalc
from convcalc.features.rf import FieldReport, field_report
from convcalc.features.rf.chain_words import read_chain


def report_of(text: str, **options: Any) -> FieldReport:
    """The report of a file's text, or of a chain in words."""
    if "\n" in text:
        return field_report(convcalc.loads(text).graph(), **options)
    network, is_placed = read_chain(text.split())
    return field_report(network.graph(), is_placed=is_placed, **options)
