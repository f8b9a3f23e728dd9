//! Cross-validation: what machines say of cases that they were not trained on.

use crate::random::Random;

/// How many parts there are.
const FOLDS: usize = 5;

/// What machines say of each of `items` that were trained without it and its family, such as the copies made of it.
pub fn held_out<I: Sync, M: Send, S>(
    items: &[I],
    family: impl Fn(&I) -> usize,
    train: impl Fn(&[&I]) -> M + Sync,
    score: impl Fn(&M, &I) -> S,
) -> Vec<S> {
    let families = items.iter().map(&family).max().map_or(0, |last| last + 1);
    let fold_of_family = assign(families);
    let fold_of: Vec<usize> = items.iter().map(|item| fold_of_family[family(item)]).collect();
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
    let score = |(item, fold): (&I, usize)| score(&machines[fold], item);
    items.iter().zip(fold_of).map(score).collect()
}

/// Which part each of `count` families is in.
fn assign(count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    Random(42).shuffle(&mut order);
    let mut fold_of = vec![0; count];
    for (place, at) in order.into_iter().enumerate() {
        fold_of[at] = place % FOLDS;
    }
    fold_of
}

/// The score that a share of `share` of the scores stay under.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index"
)]
pub fn quantile(mut scores: Vec<f32>, share: f64) -> f32 {
    scores.sort_by(f32::total_cmp);
    let at = (scores.len() as f64 * share) as usize;
    scores.get(at).or(scores.last()).copied().unwrap_or(f32::MAX)
}

/// The share that is true.
pub fn share(of: impl Iterator<Item = bool>) -> f64 {
    let (yes, all) = of.fold((0, 0), |(yes, all), is_yes| (yes + u32::from(is_yes), all + 1));
    f64::from(yes) / f64::from(all)
}
