//! What many requests took.

use std::time::Duration;

/// Durations of requests.
#[derive(Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub fn push(&mut self, taken: Duration) {
        self.0.push(taken);
    }

    /// The duration that `share` (0 to 1) of the requests did not exceed, in milliseconds.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank"
    )]
    pub fn quantile(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let rank = (share * (self.0.len().saturating_sub(1)) as f64).round() as usize;
        self.0.get(rank).map_or(0.0, |taken| taken.as_secs_f64() * 1_000.0)
    }
}
