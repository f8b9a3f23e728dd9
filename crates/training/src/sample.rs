//! A case as numbers.

use medchat_safety::training::{GROUP_WEIGHTS, GROUPS, Group, bucket};

/// One case.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Buckets with their values, each bucket once.
    pub features: Vec<(u32, f32)>,
    /// The right answer: an urgency from 0, the most urgent, to 3, or what is wrong with an answer.
    pub level: usize,
    /// The presentation, by its place among the classifier's.
    pub category: usize,
}

impl Sample {
    /// Scales the features of each kind to the length that the kind weighs, as the classifier does.
    pub fn new(features: &[(Group, u32)], bits: u32, level: usize, category: usize) -> Self {
        let mut seen: Vec<(usize, usize)> = Vec::with_capacity(features.len());
        let mut taken = std::collections::BTreeSet::new();
        let mut counts = [0_u16; GROUPS];
        for (group, feature) in features {
            let bucket = bucket(*feature, bits);
            if taken.insert(bucket) {
                let group = *group as usize;
                counts[group] = counts[group].saturating_add(1);
                seen.push((bucket, group));
            }
        }
        let value = |group: usize| GROUP_WEIGHTS[group] / f32::from(counts[group].max(1)).sqrt();
        let scaled = seen
            .into_iter()
            .map(|(bucket, group)| (u32::try_from(bucket).unwrap_or(u32::MAX), value(group)));
        Self {
            features: scaled.collect(),
            level,
            category,
        }
    }

    /// The square of its length.
    pub fn square(&self) -> f32 {
        self.features.iter().map(|(_, value)| value * value).sum()
    }
}
