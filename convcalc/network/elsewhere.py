"""Words that other programs have for layers, and that no kind answers to.

What a kind is called elsewhere, the kind says itself (`aliases`); these are the words that would
otherwise be taken for a misspelt kind. A kind of that name goes before them.
"""

from __future__ import annotations

# Small letters without `_` and without `1d`, `2d`, `3d`, as in `proposals`.
SENTENCES: dict[str, str] = {
    "activation": "write the function itself as the kind, as in `relu` or `gelu`",
    "nonlinearity": "write the function itself as the kind, as in `relu` or `gelu`",
    "norm": "write which one, as in `batch_norm` or `layer_norm: channels`",
    "normalization": "write which one, as in `batch_norm` or `layer_norm: channels`",
    "pool": "write which one, as in `max_pool: 2` or `avg_pool: 2`",
    "pooling": "write which one, as in `max_pool: 2` or `avg_pool: 2`",
    "input": "give the shape at the top of the file, as in `input: [3, 224, 224]`",
    "inputlayer": "give the shape at the top of the file, as in `input: [3, 224, 224]`",
    "output": "the last layer is the output; name others at the top, as in `outputs: [a, b]`",
    "sequential": "layers follow each other anyway; a group of its own is a block under `blocks`",
    "module": "write its layers as a block under `blocks`",
    "modulelist": "write its layers as a block under `blocks`",
    "model": "write its layers as a block under `blocks`",
    "lambda": "write the kinds that it computes with",
}
_UNKNOWN = "no kind here does this; `convcalc explain --list` lists all kinds"

# Operators of PyTorch, Keras and ONNX that a network may hold.
_OPERATORS = """
acos acosh affinegrid alphadropout argmax argmin asin asinh atan atanh attention bernoulli
bilinear cast ceil col2im convlstm cos cosh cosinesimilarity crossattention cumprod cumsum
deformconv dequantizelinear det dft einsum embedding embeddingbag equal erf expand
featurealphadropout floor fold fractionalmaxpool gather gemm greater gridsample gru grucell
hardmax if isnan less linearattention loop lstm lstmcell matmul maxroipool maxunpool mean mod
multiheadattention multinomial neg nms nonmaxsuppression nonzero onehot pairwisedistance permute
positionalencoding pow quantizelinear range reciprocal reduce reducemax reducemean reducemin
reduceprod reducesum repeat reversesequence rnn rnncell roialign roipool roll rotaryembedding
round rrelu scan scatter selfattention sign sin spatialtransformer squeeze stft tan tile topk
transformer transformerdecoder transformerencoder transpose trilu unsqueeze where
"""


def sentence(plain: str) -> str:
    """What to do about a layer that is known elsewhere; empty for a word that is not.

    >>> sentence("activation")
    'write the function itself as the kind, as in `relu` or `gelu`'
    >>> sentence("stft"), sentence("convv")
    ('no kind here does this; `convcalc explain --list` lists all kinds', '')
    """
    return SENTENCES.get(plain, _UNKNOWN if plain in _OPERATORS.split() else "")
