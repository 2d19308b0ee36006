"""What every kind stands on: the base classes, the types of fields, and what several kinds share.

No file of this folder is a kind.
"""

from convcalc.kinds.base.kind import (
    KEPT,
    MIXED,
    NO_WORK,
    POINTWISE_LINKS,
    WORK_CLASSES,
    Facts,
    Figure,
    Flow,
    Keeps,
    Kept,
    Kind,
    LayerKind,
    Links,
    MergeKind,
    SourceKind,
    Work,
    plain,
)
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.traits import Form, Role, Sliding

__all__ = [
    "KEPT",
    "MIXED",
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
