"""What every kind stands on: the base classes, the types of fields, and what several kinds share.

No file of this folder is a kind.
"""

from convcalc.kinds.base.kind import Kind, plain
from convcalc.kinds.base.layer_kind import LayerKind
from convcalc.kinds.base.merge_kind import MergeKind
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.source_kind import SourceKind
from convcalc.kinds.base.stated import (
    DEALT,
    KEPT,
    MIXED,
    NO_WORK,
    POINTWISE_LINKS,
    SCALED,
    WORK_CLASSES,
    Facts,
    Figure,
    Flow,
    Keeps,
    Kept,
    Links,
    Work,
)
from convcalc.kinds.base.traits import Form, Role, Sliding

__all__ = [
    "DEALT",
    "KEPT",
    "MIXED",
    "SCALED",
    "NO_WORK",
    "POINTWISE_LINKS",
    "WORK_CLASSES",
    "Facts",
    "Figure",
    "Flow",
    "Form",
    "Keeps",
    "Kept",
    "Kind",
    "LayerKind",
    "Links",
    "MergeKind",
    "Range",
    "Role",
    "SourceKind",
    "Sliding",
    "Work",
    "plain",
]
