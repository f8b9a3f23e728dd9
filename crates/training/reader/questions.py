"""The two questions that the reader is asked of a text, with the cases that it learns them from."""

import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "crates/safety/model"

# How urgent is a message? In the order of `Urgency` in `medchat-safety`.
LEVELS = ["emergency", "urgent", "routine", "self-care"]
# What is wrong with an answer, or does it say that it is no diagnosis? In the order of the heads of `review::opinion` there, behind
# the class of what is neither.
FAULTS = [
    "allow",
    "definitive-diagnosis",
    "medication-order",
    "false-reassurance",
    "toxic",
    "leak",
    "other-patient",
    "invented-citation",
    "disclaimer",
]
ALLOW, DISCLAIMER = 0, FAULTS.index("disclaimer")


@dataclass(frozen=True)
class Message:
    """What a patient writes, how urgent it is, and what it is about."""

    text: str
    level: int
    presentation: str
    # Whether it says in few words what must never be got wrong.
    is_plain: bool


@dataclass(frozen=True)
class Answer:
    """An answer or a part of one, and what is wrong with it. Most of those with which nothing is wrong may be disclaimers."""

    text: str
    fault: int
    may_disclaim: bool


# What tests ask of triage, and bare statements.
PLAIN = ["known.jsonl", "plain_statements.jsonl"]
# Which sentences are disclaimers is known of these alone.
DISCLAIMERS = "disclaimers.jsonl"


def lines(of_set):
    """Every case of a set."""
    for folder in ("crates/training/cases", "tests/safety"):
        for path in sorted((ROOT / folder).glob("*.jsonl")):
            for case in map(json.loads, path.open(encoding="utf-8")):
                if case["set"] == of_set:
                    yield {**case, "file": path.name}


def messages(of_set):
    """The messages of a set. What a record or a photo adds is for the rules to know."""
    found = {}
    for case in lines(of_set):
        if "level" in case and not case.get("record") and not case.get("image"):
            found[case["text"]] = found.get(case["text"]) or Message(
                case["text"], LEVELS.index(case["level"]), case["category"], case["file"] in PLAIN
            )
    return list(found.values())


def answers(of_set):
    """The answers of a set that break no other rule than those that the reader judges."""
    found = {}
    for case in lines(of_set):
        # Whether a source was given to an answer, its words do not say.
        if "answer" in case and (case["violations"] or not case.get("context", {}).get("sources")):
            faults = case["violations"] or ["allow"]
            if faults[0] in FAULTS:
                fault = FAULTS.index(faults[0])
                may_disclaim = fault == ALLOW and case["file"] != DISCLAIMERS
                found.setdefault(case["answer"], Answer(case["answer"], fault, may_disclaim))
    if of_set == "development":
        found |= {page: Answer(page, ALLOW, True) for page in reference_pages()}
    return list(found.values())


def reference_pages():
    """The pages that the built-in responder answers from, laid out as it does: nothing is wrong with them."""
    for path in sorted((ROOT / "knowledge").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if text.startswith("+++\n"):
            yield "".join(map(laid_out, text.split("+++\n")[2].splitlines()))


def laid_out(line):
    """A line of a page. Its headings lead into lists, and its paragraphs are of one piece."""
    if line.startswith("## "):
        return f"\n\n{line[3:]}:\n"
    return f"{line}\n" if line.startswith("- ") else f"{line} "
