"""Texts and their parts."""

import re
import unicodedata

END = re.compile(r"(?<=[.!?;])\s+")
ITEM = re.compile(r"(?:\d+[.)]|[-*•–])\s+(.*)")

PLAIN = str.maketrans("‘’‛′ʼ´‐‑‒–—―…¿¡đłøı", "''''''---,,,.  dloi")


def plain(text):
    """Lower case without accents, marks apart from words: as `text::fold` and `classifier::wordpiece` of `medchat-safety` have it."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(PLAIN))
    folded = "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf").lower()
    return "".join(c if c.isalnum() or c.isspace() else f" {c} " for c in folded)


def sentences(text):
    """The sentences of a text, nearly as `review::language` of `medchat-safety` has them: an item of a list comes with what leads
    into its list."""
    found, lead_in = [], ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        item = ITEM.match(line)
        if item is None:
            end = END.split(line.rstrip("*_# "))[-1]
            lead_in = end.strip("*_# ") if end.endswith(":") else ""
            found += END.split(line)
        else:
            found += [f"{lead_in} {part}".strip() for part in END.split(item[1]) if part]
    return found
