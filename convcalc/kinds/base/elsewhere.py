"""Words that other programs have for layers, and that no kind answers to.

What a kind is called elsewhere, the kind says itself (`aliases`); these are the words that would
otherwise be taken for a misspelt kind. A kind of that name goes before them.
"""

from __future__ import annotations

from convcalc.kinds import meant, plain_word

# Small letters without `_` and without `1d`, `2d`, `3d`, as in `plain_word`.
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
    "squeeze": "write the axes as they are after it, as in `reshape: [64, 7]`",
    "unsqueeze": "write the axes as they are after it, as in `reshape: [1, 64, 7]`",
    "repeat": "put it beside a kind, as in `{conv: {out: 64, k: 3}, repeat: 4}`",
    "neg": "write `mul_number: -1`",
    "residual": "write the layers between, and `add: [prev, NAME]` of the layer before them",
    "shortcut": "write the layers between, and `add: [prev, NAME]` of the layer before them",
    "skip": "write the layers between, and `add: [prev, NAME]` of the layer before them",
}
_UNKNOWN = (
    "no kind here does this; `opaque` stands for it, as in `opaque: {output: [64, 7, 7]}`, "
    "or `convcalc explain --list` lists all kinds"
)
_SEVERAL = "it is several layers: write them as a block under `blocks`"

# Parts of networks that have a name of their own, and one layer each in other programs.
PARTS = """
aspp basicblock bottleneck c2f c3 cbam convbn convbnrelu convblock convnextblock denseblock
feedforward ffn invertedbottleneck invertedresidual mbconv mlp mlpblock residualblock resblock se
seblock selayer sepconv separable spp sppf squeezeandexcitation squeezeexcitation squeezeexcite
transformer transformerblock transformerdecoder transformerdecoderlayer transformerencoder
transformerencoderlayer
"""
# Operators of PyTorch, Keras and ONNX that a network may hold.
OPERATORS = """
acos acosh affinegrid alphadropout asin asinh atan atanh bernoulli cast convlstm cosh
cosinesimilarity cumprod dequantizelinear det dft embeddingbag erf featurealphadropout
fractionalmaxpool geglu gridsample hardmax if linearattention loop mamba maxout maxroipool mod
multinomial nms nonmaxsuppression nonzero onehot pairwisedistance positionalencoding
quantizelinear range reglu reversesequence roialign roipool rope rotaryembedding
rrelu scan scatter spatialtransformer ssm stft tan topk trilu
"""


def sentence(word: str) -> str:
    """What to write for a layer as another program calls it; empty for a word that is not known.

    >>> sentence("nn.Conv2d"), sentence("DepthwiseConv2D")
    ('write `conv`', 'write `conv` with `g: depthwise`')
    >>> sentence("activation")
    'write the function itself as the kind, as in `relu` or `gelu`'
    >>> sentence("mlp"), sentence("convv")
    ('it is several layers: write them as a block under `blocks`', '')
    """
    kind, fields = meant(word)
    if kind is not None:
        return f"write `{kind.kind}`" + (f" with `{fields}`" if fields else "")
    plain = plain_word(word)
    if plain in PARTS.split():
        return _SEVERAL
    return SENTENCES.get(plain, _UNKNOWN if plain in OPERATORS.split() else "")
