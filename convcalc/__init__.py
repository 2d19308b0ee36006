"""Exact shapes, costs and receptive fields of convolutional networks, from a plain text file.

    import convcalc

    network = convcalc.load("resnet18.net.yaml")
    plan = convcalc.plan(network)
    plan.totals.params, plan["stem"].output

Everything public is in `__all__`; it is loaded on first use, so that importing the package
costs next to nothing.
"""

from __future__ import annotations

# `typing` would cost the one-off question a tenth of its time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from convcalc.arrays.gradients import gradients
    from convcalc.arrays.run import run
    from convcalc.arrays.session import Session, prepare
    from convcalc.core.errors import Place, Problem, StackError
    from convcalc.features.budget.answer import budget
    from convcalc.features.check.answer import check
    from convcalc.features.compare.answer import compare
    from convcalc.features.convert.answer import convert
    from convcalc.features.convert.dense import dense_matrix
    from convcalc.features.diff.answer import diff
    from convcalc.features.import_.answer import import_
    from convcalc.features.invert.answer import invert
    from convcalc.features.relations.answer import relations
    from convcalc.features.rf.answer import receptive_field
    from convcalc.features.rules.answer import rules
    from convcalc.features.shape.answer import shape
    from convcalc.features.show.answer import show
    from convcalc.features.sizes.search import sizes
    from convcalc.features.solve.answer import choices, solve
    from convcalc.features.verify import verify
    from convcalc.features.why.answer import why
    from convcalc.importers import load, loads
    from convcalc.importers.pytorch.live import from_torch
    from convcalc.network import Network
    from convcalc.planning import Plan, Row, plan

__version__ = "0.1.0"
__all__ = [
    "Network",
    "Place",
    "Plan",
    "Problem",
    "Row",
    "Session",
    "StackError",
    "__version__",
    "budget",
    "check",
    "choices",
    "compare",
    "convert",
    "dense_matrix",
    "diff",
    "from_torch",
    "gradients",
    "import_",
    "invert",
    "load",
    "loads",
    "plan",
    "prepare",
    "receptive_field",
    "relations",
    "rules",
    "run",
    "shape",
    "show",
    "sizes",
    "solve",
    "verify",
    "why",
]

_HOMES = {
    "Place": "convcalc.core.errors",
    "Problem": "convcalc.core.errors",
    "StackError": "convcalc.core.errors",
    "Network": "convcalc.network",
    "load": "convcalc.importers",
    "loads": "convcalc.importers",
    "Plan": "convcalc.planning",
    "Row": "convcalc.planning",
    "plan": "convcalc.planning",
    "from_torch": "convcalc.importers.pytorch.live",
    "gradients": "convcalc.arrays.gradients",
    "run": "convcalc.arrays.run",
    "Session": "convcalc.arrays.session",
    "prepare": "convcalc.arrays.session",
    "budget": "convcalc.features.budget.answer",
    "check": "convcalc.features.check.answer",
    "diff": "convcalc.features.diff.answer",
    "relations": "convcalc.features.relations.answer",
    "rules": "convcalc.features.rules.answer",
    "show": "convcalc.features.show.answer",
    "compare": "convcalc.features.compare.answer",
    "convert": "convcalc.features.convert.answer",
    "dense_matrix": "convcalc.features.convert.dense",
    "import_": "convcalc.features.import_.answer",
    "invert": "convcalc.features.invert.answer",
    "receptive_field": "convcalc.features.rf.answer",
    "shape": "convcalc.features.shape.answer",
    "sizes": "convcalc.features.sizes.search",
    "choices": "convcalc.features.solve.answer",
    "solve": "convcalc.features.solve.answer",
    "verify": "convcalc.features.verify",
    "why": "convcalc.features.why.answer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
