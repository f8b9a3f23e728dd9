"""The cases as what is learnt from them."""

from dataclasses import dataclass

from questions import ALLOW, ROOT
from text import sentences

# The shares of the messages that are read once more with orders to the program, or with harmless talk, around them: whatever
# stands around an emergency, it stays one.
WITH_ORDERS = 0.15
WITH_TALK = 0.1
MOST_TALK = 3
# So often what is plain is read.
REPEATED = 15
NOT_ASKED = -100


@dataclass(frozen=True)
class Example:
    """A text with its answers; `NOT_ASKED` where there is none."""

    text: str
    level: int = NOT_ASKED
    presentation: int = NOT_ASKED
    fault: int = NOT_ASKED
    # Whether it may be a disclaimer as well as no fault.
    may_disclaim: bool = False
    # Whether its answer is beyond all doubt.
    is_plain: bool = False


def around(text, parts, place):
    """The text as one of several."""
    parts = [*parts[:place], text, *parts[place:]]
    return " ".join(part if part[-1] in ".!?" else part + "." for part in parts)


def of_messages(known, presentations, chance):
    """The messages, and some of them with words around them that change nothing."""
    orders = (ROOT / "crates/training/orders.txt").read_text(encoding="utf-8").splitlines()
    talk = [message.text for message in known if message.level == 3 and message.presentation in ("everyday", "idiom")]
    for message in known:
        presentation = presentations.index(message.presentation)
        for _ in range(REPEATED if message.is_plain else 1):
            yield Example(message.text, message.level, presentation, is_plain=message.is_plain)
        if chance.random() < WITH_ORDERS:
            text = around(message.text, [chance.choice(orders)], int(chance.random() < 0.4))
            yield Example(text, message.level, presentation)
        if chance.random() < WITH_TALK:
            parts = chance.sample(talk, chance.randint(1, MOST_TALK))
            yield Example(around(message.text, parts, chance.randint(0, len(parts))), message.level, presentation)


def of_answers(known):
    """The answers, and their sentences. Where nothing is wrong with an answer, nothing is wrong with any of them; where something
    is, which of them it is in is for the teacher to say."""
    for answer in known:
        yield Example(answer.text, fault=answer.fault, may_disclaim=answer.may_disclaim)
        parts = sentences(answer.text)
        if len(parts) > 1:
            fault = ALLOW if answer.fault == ALLOW else NOT_ASKED
            yield from (Example(part, fault=fault, may_disclaim=answer.may_disclaim) for part in parts)
