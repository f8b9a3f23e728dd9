//! The reader says here what it said where it was trained.

use medchat_safety::training::read_message;
use serde::Deserialize;

/// A message, and the logarithms of how likely each urgency was there.
#[derive(Deserialize)]
struct Sample {
    text: String,
    levels: [f32; 4],
}

#[test]
fn signed_bytes_and_our_own_pieces_of_words_change_little() {
    for line in include_str!("cases/reader.jsonl").lines() {
        let sample: Sample = serde_json::from_str(line).expect("a sample");
        let likely = sample.levels.map(f32::exp);
        for (level, found) in read_message(&sample.text).into_iter().enumerate() {
            let (yes, no) = likely.split_at(level + 1);
            let wanted = (yes.iter().sum::<f32>() / no.iter().sum::<f32>()).ln();
            assert!(
                (found - wanted).abs() < 0.4,
                "{}: level {level} is {found} and was {wanted}",
                sample.text
            );
        }
    }
}
