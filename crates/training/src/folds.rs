//! Cross-validation: what the machines say of samples that they were not trained on.

use crate::machine::{Machine, Random};
use crate::sample::Sample;

/// How many parts there are.
pub const FOLDS: usize = 5;

/// Which part each of `count` samples is in.
pub fn assign(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    Random(42).shuffle(&mut order);
    let mut fold_of = vec![0; count];
    for (place, at) in order.into_iter().enumerate() {
        fold_of[at] = place % FOLDS;
    }
    fold_of
}

/// The score of every sample by a machine that was trained without it.
pub fn scores(samples: &[Sample], is_yes: impl Fn(&Sample) -> bool + Sync, buckets: usize) -> Vec<f32> {
    let fold_of = assign(samples.len());
    let train = |fold: usize| {
        let others = samples.iter().zip(&fold_of).filter(|(_, of)| **of != fold);
        let others: Vec<&Sample> = others.map(|(sample, _)| sample).collect();
        Machine::train(&others, &is_yes, buckets)
    };
    let machines: Vec<Machine> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..FOLDS).map(|fold| scope.spawn(move || train(fold))).collect();
        started
            .into_iter()
            .map(|machine| machine.join().expect("training does not panic"))
            .collect()
    });
    samples
        .iter()
        .zip(fold_of)
        .map(|(sample, fold)| machines[fold].score(sample))
        .collect()
}

/// The score that a share of `share` of the samples for which `among` holds stay under.
pub fn quantile(samples: &[Sample], scores: &[f32], among: impl Fn(&Sample) -> bool, share: f64) -> f32 {
    let mut of: Vec<f32> = samples
        .iter()
        .zip(scores)
        .filter(|(sample, _)| among(sample))
        .map(|(_, score)| *score)
        .collect();
    of.sort_by(f32::total_cmp);
    at_share(&of, share)
}

/// The score that a share of `share` of the scores, sorted, stay under.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index"
)]
pub fn at_share(sorted: &[f32], share: f64) -> f32 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted[at.min(sorted.len() - 1)]
}

/// The share of the samples for which `among` holds that score above `threshold`.
#[allow(clippy::cast_precision_loss, reason = "counts of cases")]
pub fn share_above(samples: &[Sample], scores: &[f32], among: impl Fn(&Sample) -> bool, threshold: f32) -> f64 {
    let of = || samples.iter().zip(scores).filter(|(sample, _)| among(sample));
    of().filter(|(_, score)| **score > threshold).count() as f64 / of().count() as f64
}
