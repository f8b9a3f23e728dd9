//! A linear support vector machine.

use crate::random::Random;
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
    /// Finds the weights that part the samples with a yes from the others, with the squared hinge loss, by dual coordinate
    /// descent (Hsieh et al. 2008, "A dual coordinate descent method for large-scale linear SVM").
    pub fn train(samples: &[(&Sample, bool)], buckets: usize) -> Self {
        let mut machine = Self {
            weights: vec![0.0; buckets],
            bias: 0.0,
        };
        let mut alphas = vec![0.0_f32; samples.len()];
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let diagonal = 0.5 / COST;
        for _ in 0..ROUNDS {
            random.shuffle(&mut order);
            for at in &order {
                let (sample, is_yes) = samples[*at];
                let side = if is_yes { 1.0 } else { -1.0 };
                let gradient = side * machine.score(sample) - 1.0 + diagonal * alphas[*at];
                let new = (alphas[*at] - gradient / (sample.square() + 1.0 + diagonal)).max(0.0);
                let step = (new - alphas[*at]) * side;
                if step != 0.0 {
                    alphas[*at] = new;
                    machine.bias += step;
                    for (bucket, value) in sample.features() {
                        machine.weights[*bucket as usize] += step * value;
                    }
                }
            }
        }
        machine
    }

    /// How far on the good side a sample is.
    pub fn score(&self, sample: &Sample) -> f32 {
        let products = sample.features().iter();
        let products = products.map(|(bucket, value)| self.weights[*bucket as usize] * value);
        self.bias + products.sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_parted_is_parted() {
        let yes = [Sample::of(&[(0, 1.0), (2, 1.0)]), Sample::of(&[(0, 1.0)])];
        let no = [Sample::of(&[(1, 1.0), (2, 1.0)]), Sample::of(&[(1, 1.0)])];
        let samples = [(&yes[0], true), (&no[0], false), (&yes[1], true), (&no[1], false)];
        let machine = Machine::train(&samples, 3);
        assert!(yes.iter().all(|sample| machine.score(sample) > 0.0));
        assert!(no.iter().all(|sample| machine.score(sample) < 0.0));
    }

    #[test]
    fn the_same_samples_give_the_same_weights() {
        let samples = [Sample::of(&[(0, 1.0)]), Sample::of(&[(0, 0.5), (1, 1.0)])];
        let train = || Machine::train(&[(&samples[0], true), (&samples[1], false)], 2).weights;
        assert_eq!(train(), train());
    }
}
