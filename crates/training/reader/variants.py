"""Many more texts, made of the cases (Jiao et al. 2020)."""

import re

from text import sentences

NEIGHBOURS = 10
LEAST_LIKENESS = 0.45
# How often a text is spliced where it is: some become long.
SPLICES = [1, 1, 1, 2, 4]
WORD = re.compile(r"^([^A-Za-z]*)([A-Za-z]+)([^A-Za-z]*)$")


def neighbours(reader, pieces):
    """For each word those that the reader takes for most alike."""
    vectors = reader.encoder.embeddings.word_embeddings.weight.detach().float()
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    words = [(piece, at) for piece, at in pieces.number.items() if piece.isalpha() and len(piece) > 2]
    vectors = vectors[[at for _, at in words]]
    found = {}
    for start in range(0, len(words), 2_000):
        likeness, nearest = (vectors[start : start + 2_000] @ vectors.T).topk(NEIGHBOURS + 1)
        for row, (numbers, how_near) in enumerate(zip(nearest.tolist(), likeness.tolist())):
            near = [words[at][0] for at, how in zip(numbers, how_near) if at != start + row and how > LEAST_LIKENESS]
            if near:
                found[words[start + row][0]] = near
    return found


def other_words(text, near, chance):
    """The text with some words gone and some replaced by their neighbours."""
    replaced = chance.choice([0.0, 0.1, 0.2, 0.3])
    dropped = chance.choice([0.0, 0.0, 0.05, 0.15])
    kept = []
    for word in text.split(" "):
        if chance.random() < dropped:
            continue
        parts = WORD.match(word)
        if parts and chance.random() < replaced and parts[2].lower() in near:
            word = parts[1] + chance.choice(near[parts[2].lower()]) + parts[3]
        kept.append(word)
    return " ".join(kept) or text


def spliced(first, second, chance):
    """Sentences of two texts."""
    first, second = sentences(first), sentences(second)
    if chance.random() < 0.5:
        kept = first + second
    else:
        kept = [one for one in first if chance.random() < 0.7] + [one for one in second if chance.random() < 0.5]
    if chance.random() < 0.4:
        chance.shuffle(kept)
    return " ".join(kept or first)


def some_words(text, chance):
    """Some words in a row."""
    words = text.split()
    if len(words) <= 4:
        return text
    length = chance.randint(2, len(words) - 1)
    start = chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def variant(texts, near, chance):
    """A new text."""
    text, kind = chance.choice(texts), chance.random()
    if kind < 0.25:
        for _ in range(chance.choice(SPLICES)):
            text = spliced(text, chance.choice(texts), chance)
    elif kind < 0.4:
        text = some_words(text, chance)
    return other_words(text, near, chance)
