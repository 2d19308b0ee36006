"""The front door: bytes in, a tree with places out, or every reason why not.

YAML 1.2 core scalars; no aliases, tags, merge keys or duplicate keys; every limit in one place.
`document.reader` reads; what stands here is the tree, which a model file of another program has,
too, and no YAML is loaded for it.
"""

from convcalc.document.tree import Document, Mapping, Node, Scalar, Sequence, to_plain

__all__ = ["Document", "Mapping", "Node", "Scalar", "Sequence", "to_plain"]
