//! The file that the classifier reads; its form is described in `medchat-safety`.

use std::io;
use std::path::Path;

use crate::machine::Machine;

/// One question of the classifier.
pub struct Head {
    /// What answers it.
    pub machine: Machine,
    /// Where the answer turns.
    pub limits: Limits,
}

/// Scores at which an answer turns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Above it the answer is yes, where the reader is not asked.
    pub threshold: f32,
    /// The same for a part of the text.
    pub part_threshold: f32,
    /// Below the first the answer is surely no, above the second surely yes: between them the reader is asked.
    pub sure: [f32; 2],
    /// Above it, with the reader's score, the answer is yes.
    pub read_threshold: f32,
    /// Below it, with the reader's score, the answer is surely no.
    pub read_sure_not: f32,
}

/// Writes the heads, their weights as whole steps of a signed byte.
pub fn write(path: &Path, bits: u32, heads: &[Head]) -> io::Result<()> {
    let count = u32::try_from(heads.len()).map_err(io::Error::other)?;
    let mut file = Vec::with_capacity(8 + heads.len() * (32 + (1 << bits)));
    file.extend(count.to_le_bytes());
    file.extend(bits.to_le_bytes());
    let greatest = |head: &Head| {
        let weights = head.machine.weights.iter();
        weights.fold(0.0_f32, |most, weight| most.max(weight.abs()))
    };
    let steps: Vec<f32> = heads.iter().map(|head| greatest(head) / 127.0).collect();
    for (Head { machine, limits }, step) in heads.iter().zip(&steps) {
        let of_answer = [machine.bias, *step, limits.threshold, limits.part_threshold];
        let of_reader = [
            limits.sure[0],
            limits.sure[1],
            limits.read_threshold,
            limits.read_sure_not,
        ];
        for value in of_answer.into_iter().chain(of_reader) {
            file.extend(value.to_le_bytes());
        }
    }
    for bucket in 0..1 << bits {
        for (head, step) in heads.iter().zip(&steps) {
            #[allow(clippy::cast_possible_truncation, reason = "steps are at most 127")]
            file.push(((head.machine.weights[bucket] / step).round() as i8).cast_unsigned());
        }
    }
    std::fs::write(path, file)
}
