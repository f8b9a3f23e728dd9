//! The reader: what a text means, by an encoder that has read far more English than our cases hold.
//!
//! It is MiniLM (Wang et al. 2020), which `crates/training/reader` taught our two questions. Unlike the linear classifier it
//! knows words that no case holds and takes each in the light of all others; it costs some milliseconds instead of
//! microseconds, so it is asked where the linear classifier is in doubt.

use std::sync::LazyLock;

use super::encoder::{Encoder, File, MOST_PIECES, Matrix, WIDTH};
use super::wordpiece::Pieces;

static READER: LazyLock<Reader> = LazyLock::new(|| {
    let pieces = Pieces::new(include_str!("../../model/reader.pieces"));
    let mut file = File(include_bytes!("../../model/reader.encoder"));
    Reader {
        encoder: Encoder::new(&mut file, pieces.count()),
        levels: file.matrix(WIDTH, 4),
        // One more than there are answers: rows go in pairs.
        faults: file.matrix(WIDTH, 10),
        pieces,
    }
});

struct Reader {
    pieces: Pieces,
    encoder: Encoder,
    levels: Matrix,
    faults: Matrix,
}

impl Reader {
    fn meaning(&self, text: &str) -> Vec<f32> {
        self.encoder.meaning(&self.pieces.of(text, MOST_PIECES))
    }
}

/// How likely a message is of each urgency, as logarithms of what the likelihoods are proportional to.
pub fn levels(message: &str) -> [f32; 4] {
    let scores = READER.levels.times(&READER.meaning(message));
    std::array::from_fn(|level| scores[level])
}

/// How likely nothing is wrong with a sentence of an answer, how likely each fault is, and how likely it says that it is no
/// diagnosis, in the same form.
pub fn faults(sentence: &str) -> [f32; 9] {
    let scores = READER.faults.times(&READER.meaning(sentence));
    std::array::from_fn(|fault| scores[fault])
}
