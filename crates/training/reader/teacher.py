"""Trains the teachers: `python teacher.py [name ...]`. Together they know better than any.

`small` is MiniLM, which the reader is cut out of, `large` is MPNet. On two cores with AMX this takes an hour and a half, on others many.
"""

import random
import sys
import time
from dataclasses import dataclass

import torch

from examples import NOT_ASKED, of_answers, of_messages
from figures import print_figures
from questions import ALLOW, DISCLAIMER, ROOT, answers, messages
from large import AllPieces
from large import encoder as large_encoder
from reader import Pieces, Reader, batches, rectangle, small_encoder


@dataclass(frozen=True)
class Plan:
    """How a teacher is trained: how often it sees every text, and how many between two steps of which length."""

    epochs: int
    size: int
    rate: float


PLANS = {"small": Plan(2, 32, 6e-5), "large": Plan(2, 96, 7e-5)}
RATE_OF_LAYERS = 1e-3
# What it counts to know the presentation besides the level.
PRESENTATION_WEIGHT = 0.3
# No case's answer is beyond all doubt.
SMOOTHING = 0.03


def loss_of_faults(scores, examples):
    """How far the answers are from the right ones. Where something may be a disclaimer, either answer is right."""
    likely = scores.log_softmax(-1)
    rows = [row for row, example in enumerate(examples) if example.fault != NOT_ASKED]
    right = torch.stack(
        [
            likely[row, [ALLOW, DISCLAIMER]].logsumexp(-1) if examples[row].may_disclaim else likely[row, examples[row].fault]
            for row in rows
        ]
    )
    return -((1 - SMOOTHING) * right + SMOOTHING * likely[rows].mean(-1)).sum() / len(examples)


def loss_of(reader, mean, examples):
    """How far the reader's answers are from the right ones."""
    cross_entropy = torch.nn.functional.cross_entropy
    loss = torch.zeros(())
    asked = [
        (reader.level, [example.level for example in examples], 1.0),
        (reader.presentation, [example.presentation for example in examples], PRESENTATION_WEIGHT),
    ]
    for layer, right, weight in asked:
        right = torch.tensor(right)
        share = (right != NOT_ASKED).float().mean()
        if share > 0:
            scores = layer(mean).float()
            loss = loss + weight * share * cross_entropy(scores, right, ignore_index=NOT_ASKED, label_smoothing=SMOOTHING)
    if any(example.fault != NOT_ASKED for example in examples):
        loss = loss + loss_of_faults(reader.fault(mean).float(), examples)
    return loss


def train(reader, examples, encoded, plan, chance):
    """All examples some times, in steps that grow shorter."""
    parameters = {name: value for name, value in reader.named_parameters() if value.requires_grad}
    of_encoder = [value for name, value in parameters.items() if name.startswith("encoder.")]
    of_layers = [value for name, value in parameters.items() if not name.startswith("encoder.")]
    groups = [{"params": of_encoder, "lr": plan.rate}, {"params": of_layers, "lr": RATE_OF_LAYERS}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    lengths = [len(text) for text in encoded]
    steps = plan.epochs * len(batches(lengths, plan.size, chance))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / (0.06 * steps)) * max(0.0, 1 - step / steps)
    )
    reader.train()
    began, step = time.time(), 0
    for _ in range(plan.epochs):
        for batch in batches(lengths, plan.size, chance):
            with torch.autocast("cpu", torch.bfloat16):
                mean = reader(*rectangle([encoded[at] for at in batch]))
                loss = loss_of(reader, mean, [examples[at] for at in batch])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 200 == 0:
                print(f"step {step} of {steps}, {time.time() - began:.0f} s, loss {loss.item():.3f}", flush=True)


def main():
    """Trains and keeps the teachers, and prints how well they do on the calibration cases."""
    chance = random.Random(0)
    known = messages("development")
    presentations = sorted({message.presentation for message in known})
    examples = [*of_messages(known, presentations, chance)]
    examples += [example for example in of_answers(answers("development")) if example.fault != NOT_ASKED]
    (ROOT / "target").mkdir(exist_ok=True)
    for name in sys.argv[1:] or PLANS:
        torch.manual_seed(0)
        is_large = name == "large"
        pieces = AllPieces() if is_large else Pieces([example.text for example in examples])
        encoded = [pieces.encode(example.text) for example in examples]
        print(f"{name}: {len(encoded)} texts", flush=True)
        teacher = Reader(large_encoder() if is_large else small_encoder(pieces), len(presentations))
        train(teacher, examples, encoded, PLANS[name], chance)
        torch.save((teacher, pieces), ROOT / f"target/teacher_{name}.pt")
        print_figures(teacher, pieces, "calibration")


if __name__ == "__main__":
    main()
