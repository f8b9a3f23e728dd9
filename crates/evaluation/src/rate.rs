//! Shares of a count, with how far they can be trusted.

/// So many out of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many it holds for.
    pub hits: usize,
    /// How many there are.
    pub of: usize,
}

impl Rate {
    /// Counts one more.
    pub fn count(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    /// The share, where there is anything to share.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The 95 % interval of Wilson (1927), which holds for small counts and for shares near 0 and 1, too.
    pub fn interval(self) -> Option<(f64, f64)> {
        const Z: f64 = 1.959_964;
        let share = self.share()?;
        let of = self.of as f64;
        let scale = 1.0 + Z * Z / of;
        let centre = (share + Z * Z / (2.0 * of)) / scale;
        let half = Z / scale * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
        Some(((centre - half).max(0.0), (centre + half).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_wilson() {
        let (low, high) = Rate { hits: 8, of: 10 }.interval().unwrap();
        assert!((low - 0.4902).abs() < 1e-4, "{low}");
        assert!((high - 0.9433).abs() < 1e-4, "{high}");
    }

    #[test]
    fn all_of_a_few_is_no_certainty() {
        let (low, high) = Rate { hits: 10, of: 10 }.interval().unwrap();
        assert!(low < 0.73 && high > 0.999_999);
    }

    #[test]
    fn nothing_has_no_share() {
        assert_eq!(Rate::default().share(), None);
        assert_eq!(Rate::default().interval(), None);
    }
}
