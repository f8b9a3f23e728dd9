"""Texts and their parts."""

import re
import unicodedata

# Roughly: for making variants, not for judging.
END = re.compile(r"(?<=[.!?])\s+")

PLAIN = str.maketrans("‘’‛′ʼ´‐‑‒–—―…¿¡đłøı", "''''''---,,,.  dloi")


def plain(text):
    """Lower case without accents, marks apart from words: as `text::fold` and `classifier::wordpiece` of `medchat-safety` have it."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(PLAIN))
    folded = "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf").lower()
    return "".join(c if c.isalnum() or c.isspace() else f" {c} " for c in folded)


def sentences(text):
    """The sentences of a text."""
    return END.split(text)
