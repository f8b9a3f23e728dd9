"""The reader as `classifier::encoder` in `medchat-safety` reads it."""

import numpy as np
import torch

from reader import MOST_PIECES


class File:
    """Numbers one after the other, little-endian."""

    def __init__(self):
        self.bytes = bytearray()

    def numbers(self, values):
        """As they are."""
        self.bytes += values.detach().float().numpy().astype("<f4").tobytes()

    def rows(self, matrix, bias=None):
        """Each row in steps of its own, a signed byte an element."""
        matrix = matrix.detach().float()
        worth = matrix.abs().amax(dim=1).clamp(min=1e-12) / 127
        self.numbers(worth)
        if bias is not None:
            self.numbers(bias)
        steps = (matrix / worth[:, None]).round().numpy().astype(np.int8)
        if bias is not None:
            steps = interleaved(steps)
        self.bytes += steps.tobytes()

    def linear(self, layer):
        """A matrix with its bias."""
        self.rows(layer.weight, layer.bias)

    def normalisation(self, layer):
        """Its factors and offsets."""
        self.numbers(layer.weight)
        self.numbers(layer.bias)


def interleaved(steps):
    """Of each sixteen steps of a row the first eight at even places and the others at odd ones, as they are spread."""
    rows = steps.shape[0]
    return steps.reshape(rows, -1, 2, 8).transpose(0, 1, 3, 2).reshape(rows, -1)


def padded(layer):
    """The layer with one more row of nothing: rows are multiplied in pairs."""
    wider = torch.nn.Linear(layer.in_features, layer.out_features + 1)
    torch.nn.init.zeros_(wider.weight)
    torch.nn.init.zeros_(wider.bias)
    wider.weight.data[:-1] = layer.weight.data
    wider.bias.data[:-1] = layer.bias.data
    return wider


def write(reader, pieces, folder):
    """Writes `reader.encoder` and `reader.pieces`."""
    file, encoder = File(), reader.encoder
    embeddings = encoder.embeddings
    file.rows(embeddings.word_embeddings.weight)
    # All texts are of the first kind.
    kind = embeddings.token_type_embeddings.weight[0]
    file.rows(embeddings.position_embeddings.weight[:MOST_PIECES] + kind)
    file.normalisation(embeddings.LayerNorm)
    for layer in encoder.encoder.layer:
        attention = layer.attention
        for linear in (attention.self.query, attention.self.key, attention.self.value, attention.output.dense):
            file.linear(linear)
        file.normalisation(attention.output.LayerNorm)
        file.linear(layer.intermediate.dense)
        file.linear(layer.output.dense)
        file.normalisation(layer.output.LayerNorm)
    file.linear(reader.level)
    file.linear(padded(reader.fault))
    (folder / "reader.encoder").write_bytes(file.bytes)
    (folder / "reader.pieces").write_text("".join(piece + "\n" for piece in pieces.kept), encoding="utf-8")
