"""The executor: every layer run with numpy, its multiplies counted as they are made.

Tensors inside are channels-last, `(N, *S, C)`, because products and elementwise passes are
fastest along the channels; what users give and get is channels-first, `(N, C, *S)`, as in
PyTorch. Sizes fall out of slicing and counts out of the operands of products, never out of a
kind's `output` or `macs`: running a network is evidence for its plan, not an echo of it.
"""
