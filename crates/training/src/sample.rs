//! A case as numbers.

use medchat_safety::training::{GROUP_WEIGHTS, GROUPS, Group, bucket};

/// What a linear machine sees of a text: buckets with their values, each bucket once.
#[derive(Debug, Clone)]
pub struct Sample(Vec<(u32, f32)>);

impl Sample {
    /// Scales the features of each kind to the length that the kind weighs, as the classifier does.
    pub fn new(features: &[(Group, u32)], bits: u32) -> Self {
        let mut seen: Vec<(usize, usize)> = Vec::with_capacity(features.len());
        let mut taken = std::collections::HashSet::with_capacity(features.len());
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
        Self(scaled.collect())
    }

    /// The buckets with their values.
    pub fn features(&self) -> &[(u32, f32)] {
        &self.0
    }

    /// The square of its length.
    pub fn square(&self) -> f32 {
        self.0.iter().map(|(_, value)| value * value).sum()
    }

    #[cfg(test)]
    pub fn of(features: &[(u32, f32)]) -> Self {
        Self(features.to_vec())
    }
}
