"""The front door: bytes in, a tree with places out, or every reason why not.

YAML 1.2 core scalars; no aliases, tags, merge keys or duplicate keys; every limit in one place.
"""

from convcalc.document.reader import read_document
from convcalc.document.tree import Document, Mapping, Node, Scalar, Sequence, to_plain

__all__ = ["Document", "Mapping", "Node", "Scalar", "Sequence", "read_document", "to_plain"]
