//! The file that the classifier reads; its form is described in `medchat-safety`.

use std::io;
use std::path::Path;

use crate::machine::Machine;

/// One question of the classifier.
pub struct Head {
    /// What answers it.
    pub machine: Machine,
    /// The score above which the answer is yes.
    pub threshold: f32,
    /// The score of a part of the text above which the answer is yes.
    pub part_threshold: f32,
    /// The score below which the answer is surely no.
    pub sure_not: f32,
}

/// Writes the heads, their weights as whole steps of a signed byte.
pub fn write(path: &Path, bits: u32, heads: &[Head]) -> io::Result<()> {
    let count = u32::try_from(heads.len()).map_err(io::Error::other)?;
    let mut file = Vec::with_capacity(8 + heads.len() * (20 + (1 << bits)));
    file.extend(count.to_le_bytes());
    file.extend(bits.to_le_bytes());
    let greatest = |head: &Head| {
        let weights = head.machine.weights.iter();
        weights.fold(0.0_f32, |most, weight| most.max(weight.abs()))
    };
    let steps: Vec<f32> = heads.iter().map(|head| greatest(head) / 127.0).collect();
    for (head, step) in heads.iter().zip(&steps) {
        let Head {
            machine,
            threshold,
            part_threshold,
            sure_not,
        } = head;
        for value in [machine.bias, *step, *threshold, *part_threshold, *sure_not] {
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
