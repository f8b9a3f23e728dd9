"""Trains the teachers, one of both questions and one of messages alone: `python teacher.py`. Together they know better than either.

On two cores with AMX this takes forty minutes, on others some hours.
"""

import random
import time

import torch

from examples import NOT_ASKED, of_answers, of_messages
from figures import print_figures
from questions import ROOT, answers, messages
from reader import Pieces, Reader, batches, rectangle

# How often each teacher sees every text.
EPOCHS = {"both": 2, "messages": 3}
RATE = 6e-5
RATE_OF_LAYERS = 1e-3
# What it counts to know the presentation besides the level.
PRESENTATION_WEIGHT = 0.3
# No case's answer is beyond all doubt.
SMOOTHING = 0.03


def loss_of(reader, mean, examples):
    """How far the reader's answers are from the right ones."""
    cross_entropy = torch.nn.functional.cross_entropy
    loss = torch.zeros(())
    asked = [
        (reader.level, [example.level for example in examples], 1.0),
        (reader.fault, [example.fault for example in examples], 1.0),
        (reader.presentation, [example.presentation for example in examples], PRESENTATION_WEIGHT),
    ]
    for layer, right, weight in asked:
        right = torch.tensor(right)
        share = (right != NOT_ASKED).float().mean()
        if share > 0:
            scores = layer(mean).float()
            loss = loss + weight * share * cross_entropy(scores, right, ignore_index=NOT_ASKED, label_smoothing=SMOOTHING)
    return loss


def train(reader, examples, encoded, epochs, chance):
    """All examples some times, in steps that grow shorter."""
    parameters = dict(reader.named_parameters())
    of_encoder = [value for name, value in parameters.items() if name.startswith("encoder.")]
    of_layers = [value for name, value in parameters.items() if not name.startswith("encoder.")]
    groups = [{"params": of_encoder, "lr": RATE}, {"params": of_layers, "lr": RATE_OF_LAYERS}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    lengths = [len(text) for text in encoded]
    steps = epochs * len(batches(lengths, chance))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / (0.06 * steps)) * max(0.0, 1 - step / steps)
    )
    reader.train()
    began, step = time.time(), 0
    for _ in range(epochs):
        for batch in batches(lengths, chance):
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
    of = {"messages": [*of_messages(known, presentations, chance)]}
    answered = [example for example in of_answers(answers("development")) if example.fault != NOT_ASKED]
    of["both"] = of["messages"] + answered
    pieces = Pieces([example.text for example in of["both"]])
    (ROOT / "target").mkdir(exist_ok=True)
    for name, epochs in EPOCHS.items():
        torch.manual_seed(0)
        encoded = [pieces.encode(example.text) for example in of[name]]
        print(f"{name}: {len(encoded)} texts, {len(pieces.kept)} pieces", flush=True)
        teacher = Reader(pieces, len(presentations))
        train(teacher, of[name], encoded, epochs, chance)
        torch.save((teacher, pieces), ROOT / f"target/teacher_{name}.pt")
        print_figures(teacher, pieces, "calibration")


if __name__ == "__main__":
    main()
