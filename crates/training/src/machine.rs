//! A linear support vector machine.

use crate::sample::Sample;

/// A hyperplane: a sample is on its good side where the score is above zero.
#[derive(Debug, Clone)]
pub struct Machine {
    /// One weight a bucket.
    pub weights: Vec<f32>,
    /// Score of a sample without features.
    pub bias: f32,
}

/// How dearly an error is paid, against the length of the weights. Chosen by cross-validation; the optimum is flat.
const COST: f32 = 2.0;
/// Rounds over all samples. The objective hardly moves after thirty.
const ROUNDS: usize = 40;

impl Machine {
    /// Finds the weights that part the samples with the squared hinge loss, by dual coordinate descent (Hsieh et al. 2008,
    /// "A dual coordinate descent method for large-scale linear SVM").
    pub fn train(samples: &[&Sample], is_yes: impl Fn(&Sample) -> bool, buckets: usize) -> Self {
        let mut machine = Self {
            weights: vec![0.0; buckets],
            bias: 0.0,
        };
        let mut alphas = vec![0.0_f32; samples.len()];
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..ROUNDS {
            random.shuffle(&mut order);
            for at in &order {
                let sample = samples[*at];
                let side = if is_yes(sample) { 1.0 } else { -1.0 };
                let diagonal = 0.5 / COST;
                let gradient = side * machine.score(sample) - 1.0 + diagonal * alphas[*at];
                let new = (alphas[*at] - gradient / (sample.square() + 1.0 + diagonal)).max(0.0);
                let step = (new - alphas[*at]) * side;
                if step != 0.0 {
                    alphas[*at] = new;
                    machine.bias += step;
                    for (bucket, value) in &sample.features {
                        machine.weights[*bucket as usize] += step * value;
                    }
                }
            }
        }
        machine
    }

    /// How far on the good side a sample is.
    pub fn score(&self, sample: &Sample) -> f32 {
        let products = sample
            .features
            .iter()
            .map(|(bucket, value)| self.weights[*bucket as usize] * value);
        self.bias + products.sum::<f32>()
    }
}

/// Xorshift (Marsaglia 2003): the same order every time, so that the same cases give the same weights.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to 1, evenly.
    #[allow(clippy::cast_precision_loss, reason = "24 bits fit")]
    pub fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// A number around 0 with a deviation of 1, nearly normal: the sum of twelve even ones.
    pub fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.share()).sum::<f32>() - 6.0
    }

    /// Brings the items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.next() % (at as u64 + 1);
            items.swap(at, usize::try_from(other).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(features: &[(u32, f32)], level: usize) -> Sample {
        Sample {
            features: features.to_vec(),
            level,
            category: 0,
        }
    }

    #[test]
    fn what_can_be_parted_is_parted() {
        let samples = [
            sample(&[(0, 1.0), (2, 1.0)], 0),
            sample(&[(0, 1.0)], 0),
            sample(&[(1, 1.0), (2, 1.0)], 1),
            sample(&[(1, 1.0)], 1),
        ];
        let machine = Machine::train(&samples.each_ref(), |sample| sample.level == 0, 3);
        assert!(machine.score(&samples[0]) > 0.0 && machine.score(&samples[1]) > 0.0);
        assert!(machine.score(&samples[2]) < 0.0 && machine.score(&samples[3]) < 0.0);
    }

    #[test]
    fn the_same_samples_give_the_same_weights() {
        let samples = [sample(&[(0, 1.0)], 0), sample(&[(0, 0.5), (1, 1.0)], 1)];
        let train = || Machine::train(&samples.each_ref(), |sample| sample.level == 0, 2).weights;
        assert_eq!(train(), train());
    }
}
