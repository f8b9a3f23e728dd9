"""How well a reader does by itself: `python figures.py [calibration]` for the one that was trained last."""

import sys

import torch

from questions import ALLOW, DISCLAIMER, ROOT, answers, messages
from reader import rectangle


@torch.no_grad()
def judge(reader, pieces, texts, layer, size=64):
    """How likely each answer to a question is, text by text."""
    reader.eval()
    encoded = [pieces.encode(text) for text in texts]
    order = sorted(range(len(encoded)), key=lambda at: len(encoded[at]))
    likely = torch.zeros(len(texts), layer.out_features)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        with torch.autocast("cpu", torch.bfloat16):
            mean = reader(*rectangle([encoded[at] for at in batch]))
        likely[batch] = layer(mean.float()).softmax(-1)
    return likely


def found_at(likely, is_so, false_alarms):
    """The share of what is so that is found where this share of what is not gives an alarm."""
    threshold = likely[~is_so].quantile(1 - false_alarms)
    return (likely[is_so] > threshold).float().mean().item()


def print_figures(reader, pieces, of_set):
    """What is found at some shares of false alarms."""
    cases = messages(of_set)
    likely = judge(reader, pieces, [case.text for case in cases], reader.level)
    level = torch.tensor([case.level for case in cases])
    for name, most in (("emergency", 0), ("urgent or more", 1)):
        shares = {share: found_at(likely[:, : most + 1].sum(1), level <= most, share) for share in (0.02, 0.03, 0.05, 0.1)}
        print(name, {share: round(found, 3) for share, found in shares.items()})
    cases = answers(of_set)
    likely = judge(reader, pieces, [case.text for case in cases], reader.fault)
    fault = torch.tensor([case.fault for case in cases])
    is_about = {"something wrong": (fault != ALLOW) & (fault != DISCLAIMER), "disclaimer": fault == DISCLAIMER}
    scores = {"something wrong": 1 - likely[:, [ALLOW, DISCLAIMER]].sum(1), "disclaimer": likely[:, DISCLAIMER]}
    known = torch.tensor([not case.may_disclaim for case in cases])
    for name, is_so in is_about.items():
        asked = known if name == "disclaimer" else torch.ones_like(known)
        shares = {share: found_at(scores[name][asked], is_so[asked], share) for share in (0.02, 0.05, 0.1)}
        print(name, {share: round(found, 3) for share, found in shares.items()})


if __name__ == "__main__":
    print_figures(*torch.load(ROOT / "target/reader.pt", weights_only=False), (sys.argv[1:] or ["calibration"])[0])
