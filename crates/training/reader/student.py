"""The reader that patients wait for: a few of a teacher's layers, and of a long text neighbours are read as one."""

import torch

from reader import Reader

LAYERS = [0, 2, 4]
# The same as in `classifier::encoder`.
INNER = 512
MOST_APART = 64


class Student(Reader):
    """Behind its first layer, a text of more than `MOST_APART` pieces goes on with the means of two neighbours each, which takes
    half as long (Dai et al. 2020)."""

    def forward(self, numbers, mask):
        first, *others = self.encoder.encoder.layer
        vectors = first(self.encoder.embeddings(input_ids=numbers), seen(mask))
        means = means_of_neighbours(mask)
        mask = means.sum(-1) > 0
        vectors = means.to(vectors.dtype) @ vectors
        for layer in others:
            vectors = layer(vectors, seen(mask))
        weight = mask[..., None].to(vectors.dtype)
        return self.drop((vectors * weight).sum(1) / weight.sum(1))


def seen(mask):
    """Which pieces each piece may look at."""
    return mask.bool()[:, None, None, :]


def means_of_neighbours(mask):
    """The matrices, one for each text, that make means of neighbours in long texts and leave short ones as they are."""
    step = 1 + (mask.sum(1, keepdim=True) > MOST_APART).long()
    place = torch.arange(mask.shape[1])[None] // step
    last = int((place * mask).max())
    which = (torch.arange(last + 1)[None, :, None] == place[:, None, :]) * mask[:, None, :]
    return which / which.sum(-1, keepdim=True).clamp(min=1)


def cut(teacher):
    """Some of the teacher's layers, with those parts of what is between them that carry most."""
    encoder = teacher.encoder.encoder
    encoder.layer = torch.nn.ModuleList([encoder.layer[at] for at in LAYERS])
    for layer in encoder.layer:
        inner, outer = layer.intermediate.dense, layer.output.dense
        carried = inner.weight.norm(dim=1) * outer.weight.norm(dim=0)
        kept = carried.topk(INNER).indices.sort().values
        inner.weight = torch.nn.Parameter(inner.weight[kept].detach().clone())
        inner.bias = torch.nn.Parameter(inner.bias[kept].detach().clone())
        outer.weight = torch.nn.Parameter(outer.weight[:, kept].detach().clone())
    student = Student(teacher.encoder, teacher.presentation.out_features)
    student.load_state_dict(teacher.state_dict())
    return student
