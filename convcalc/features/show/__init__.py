"""`convcalc show`: small layers worked out in full, every view of them from one run.

The windows that each output covers, the im2col matrix, the matrix C of a linear layer, the
stretched input of a transposed one, and every output with its sum. All numbers are made by
running the layer, and the views are compared with each other before anything is shown.
"""
