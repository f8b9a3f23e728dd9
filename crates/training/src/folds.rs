//! Cross-validation: what the machines say of samples that they were not trained on.

use crate::machine::Random;
use crate::sample::Sample;

/// How many parts there are.
const FOLDS: usize = 5;

/// Which part each of `count` samples is in.
fn assign(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    Random(42).shuffle(&mut order);
    let mut fold_of = vec![0; count];
    for (place, at) in order.into_iter().enumerate() {
        fold_of[at] = place % FOLDS;
    }
    fold_of
}

/// What machines say of each of `items` that were trained without it.
pub fn held_out<I: Sync, M: Send, S>(
    items: &[I],
    train: impl Fn(&[&I]) -> M + Sync,
    score: impl Fn(&M, &I) -> S,
) -> Vec<S> {
    let fold_of = assign(items.len());
    let machines: Vec<M> = std::thread::scope(|scope| {
        let (fold_of, train) = (&fold_of, &train);
        let train_without = move |fold: usize| {
            let others = items.iter().zip(fold_of).filter(|(_, of)| **of != fold);
            train(&others.map(|(item, _)| item).collect::<Vec<_>>())
        };
        let started: Vec<_> = (0..FOLDS)
            .map(|fold| scope.spawn(move || train_without(fold)))
            .collect();
        let ended = started
            .into_iter()
            .map(|machine| machine.join().expect("training does not panic"));
        ended.collect()
    });
    items
        .iter()
        .zip(fold_of)
        .map(|(item, fold)| score(&machines[fold], item))
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
