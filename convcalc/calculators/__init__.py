"""One-off answers: the size of a layer, its inverse. They ask the arithmetic and the layer kinds.

Nothing is imported here: `axis` and `regimes` answer the common question without any library.
"""
