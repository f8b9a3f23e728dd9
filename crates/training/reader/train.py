"""Cuts a small reader out of a teacher and has it learn the answers of all: `python train.py [further]`, after `python teacher.py`.

A small encoder learns from a teacher's shades of doubt over many texts what it could not learn from few plain answers (Hinton
et al. 2015; Tang et al. 2019). Writes `crates/safety/model/reader.*`, which `classifier::reader` in `medchat-safety` reads. With
`further`, the last reader learns on. On two cores with AMX this takes two hours.
"""

import json
import random
import sys
import time

import torch

from examples import NOT_ASKED, of_answers, of_messages
from figures import judge, print_figures
from file import write
from questions import ALLOW, DISCLAIMER, MODEL, ROOT, answers, messages
from reader import batches, rectangle
from student import cut
from teacher import PLANS
from variants import neighbours, variant

VARIANTS = {"level": 75_000, "fault": 40_000}
# Long texts are what a small encoder is worst at, and few of the cases are so long: of them there are more variants besides.
LONG = 45
VARIANTS_OF_LONG = {"level": 25_000, "fault": 0}
SIZE = 32
RATE = 1.5e-4
PASSES = 2
# How much each teacher's answer to each question counts.
TEACHERS = {"level": {"large": 0.8, "small": 0.2}, "fault": {"large": 1.0}}
# What the teachers' answer counts beside that of the case, where there is one that is not beyond all doubt.
TAUGHT = 0.5
SURE = 0.03
SAMPLES = [
    "my chest has been in a vice for an hour and I'm soaked in sweat",
    "The kettle is killing me, it takes for ever!",
    "Mein Bein… nein: my leg; swollen since Tuesday — which (if any) doctor?",
    "¿Me puede dar una cita? Ña",
    "no me deja respirar",
    "x",
    "a sore throat and a runny nose. " * 20,
]


def targets(teachers, layer, texts, examples):
    """How likely each answer is to be for each text; the first texts are those of `examples`."""
    likely = 0
    for name, worth in TEACHERS[layer].items():
        teacher, pieces = teachers[name]
        likely = likely + worth * judge(teacher, pieces, texts, getattr(teacher, layer))
        print(name, layer, len(texts), flush=True)
    right = torch.tensor([getattr(example, layer) for example in examples])
    taught = torch.tensor([SURE if example.is_plain else TAUGHT for example in examples])
    asked = (right != NOT_ASKED).nonzero().squeeze(1)
    # What may be a disclaimer as well is as the teachers divide it.
    case = torch.zeros_like(likely[: len(examples)])
    case[asked, right[asked]] = 1.0
    for row, example in enumerate(examples):
        if example.may_disclaim:
            case[row, [ALLOW, DISCLAIMER]] = likely[row, [ALLOW, DISCLAIMER]] / likely[row, [ALLOW, DISCLAIMER]].sum()
    likely[asked] = likely[asked] * taught[asked, None] + case[asked] * (1 - taught[asked, None])
    return likely


def pool(teachers, pieces, chance):
    """Encoded texts with the question that each is asked and how likely its answers are."""
    near = neighbours(*teachers["small"])
    known = messages("development")
    presentations = sorted({message.presentation for message in known})
    of = {"level": [*of_messages(known, presentations, chance)], "fault": [*of_answers(answers("development"))]}
    parts = []
    for layer, examples in of.items():
        texts = [example.text for example in examples]
        long = [text for text in texts if len(text.split()) >= LONG]
        texts += [variant(texts, near, chance) for _ in range(VARIANTS[layer])]
        texts += [variant(long, near, chance) for _ in range(VARIANTS_OF_LONG[layer])]
        # What is read often is judged once.
        first = {}
        for example in examples:
            first.setdefault(example.text, example)
        each = [*dict.fromkeys([*first, *texts])]
        likely = dict(zip(each, targets(teachers, layer, each, [*first.values()])))
        parts += [(pieces.encode(text), layer, likely[text]) for text in texts]
    return parts


def train(student, parts, chance):
    """Some passes over all texts, in steps that grow shorter."""
    optimizer = torch.optim.AdamW(student.parameters(), lr=RATE, weight_decay=0.01, fused=True)
    lengths = [len(text) for text, _, _ in parts]
    order = [batch for _ in range(PASSES) for batch in batches(lengths, SIZE, chance)]
    steps = len(order)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / (0.05 * steps)) * max(0.0, 1 - step / steps)
    )
    student.train()
    began = time.time()
    for step, batch in enumerate(order, 1):
        batch = [parts[at] for at in batch]
        loss = torch.zeros(())
        with torch.autocast("cpu", torch.bfloat16):
            mean = student(*rectangle([text for text, _, _ in batch]))
            for layer in ("level", "fault"):
                rows = [row for row, (_, asked, _) in enumerate(batch) if asked == layer]
                if rows:
                    scores = getattr(student, layer)(mean[rows]).float().log_softmax(-1)
                    loss = loss - (torch.stack([batch[row][2] for row in rows]) * scores).sum() / len(batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step} of {steps}, {time.time() - began:.0f} s, loss {loss.item():.3f}", flush=True)


def write_samples(student, pieces):
    """What it says of a few messages, which the program that reads the file is tested with."""
    scores = judge(student, pieces, SAMPLES, student.level).log().tolist()
    samples = [{"text": text, "levels": levels} for text, levels in zip(SAMPLES, scores)]
    lines = "".join(json.dumps(sample, ensure_ascii=False) + "\n" for sample in samples)
    (ROOT / "crates/safety/tests/cases/reader.jsonl").write_text(lines, encoding="utf-8")


def main():
    """Trains, writes, and prints how well it does on the calibration cases."""
    torch.manual_seed(1)
    chance = random.Random(1)
    teachers = {}
    for name in PLANS:
        teachers[name] = torch.load(ROOT / f"target/teacher_{name}.pt", weights_only=False)
    if sys.argv[1:] == ["further"]:
        student, pieces = torch.load(ROOT / "target/reader.pt", weights_only=False)
    else:
        teacher, pieces = torch.load(ROOT / "target/teacher_small.pt", weights_only=False)
        student = cut(teacher)
    parts = pool(teachers, pieces, chance)
    print(len(parts), "texts", flush=True)
    train(student, parts, chance)
    torch.save((student, pieces), ROOT / "target/reader.pt")
    write(student, pieces, MODEL)
    write_samples(student, pieces)
    print_figures(student, pieces, "calibration")


if __name__ == "__main__":
    main()
