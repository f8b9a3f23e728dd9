//! The decision, given a log of admitted requests.

/// How many requests may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In any 60 seconds.
    pub per_minute: u32,
    /// In any 3,600 seconds.
    pub per_hour: u32,
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it passes.
    pub admitted: bool,
    /// How many more would pass within this minute.
    pub remaining_minute: u32,
    /// How many more would pass within this hour.
    pub remaining_hour: u32,
    /// Whole seconds until one would pass again; 0 for an admitted request.
    pub retry_after_seconds: u64,
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// The times of a client's admitted requests, oldest first, in milliseconds since the epoch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Log(Vec<u64>);

impl Log {
    /// As stored: little-endian, eight bytes a request. Trailing bytes that are no time are ignored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|time| u64::from_le_bytes(*time))
                .collect(),
        )
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|time| time.to_le_bytes()).collect()
    }

    /// Decides on a request at `now`, and notes it if it passes.
    pub(crate) fn decide(&mut self, limits: Limits, now: u64) -> Decision {
        // Another instance's clock may be a little ahead; the log stays in order.
        let now = self.0.last().map_or(now, |last| now.max(*last));
        self.0.retain(|time| *time > now.saturating_sub(HOUR));
        let wait = self
            .wait(limits.per_minute, MINUTE, now)
            .max(self.wait(limits.per_hour, HOUR, now));
        let admitted = wait == 0;
        if admitted {
            self.0.push(now);
        }
        Decision {
            admitted,
            remaining_minute: limits.per_minute.saturating_sub(self.within(MINUTE, now)),
            remaining_hour: limits.per_hour.saturating_sub(self.within(HOUR, now)),
            retry_after_seconds: wait.div_ceil(1_000),
        }
    }

    fn within(&self, window: u64, now: u64) -> u32 {
        let first = self.0.partition_point(|time| *time <= now.saturating_sub(window));
        u32::try_from(self.0.len() - first).unwrap_or(u32::MAX)
    }

    /// Milliseconds until fewer than `limit` requests lie in the window; 0 where that is so now.
    fn wait(&self, limit: u32, window: u64, now: u64) -> u64 {
        if self.within(window, now) < limit {
            return 0;
        }
        let limit = limit as usize;
        // With a limit of zero nothing ever passes; say so in terms of one window.
        let Some(oldest) = limit.checked_sub(1).and_then(|_| self.0.get(self.0.len() - limit)) else {
            return window;
        };
        (oldest + window).saturating_sub(now).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        per_minute: 3,
        per_hour: 5,
    };
    const START: u64 = 1_800_000_000_000;

    fn admitted_at(seconds: &[u64]) -> Log {
        Log(seconds.iter().map(|second| START + second * 1_000).collect())
    }

    fn decide(log: &mut Log, second: u64) -> Decision {
        log.decide(LIMITS, START + second * 1_000)
    }

    #[test]
    fn the_first_request_passes_and_is_counted() {
        let decision = decide(&mut Log::default(), 0);
        assert_eq!(
            decision,
            Decision {
                admitted: true,
                remaining_minute: 2,
                remaining_hour: 4,
                retry_after_seconds: 0
            }
        );
    }

    #[test]
    fn one_request_more_than_the_minute_allows_is_refused() {
        let decision = decide(&mut admitted_at(&[0, 10, 20]), 30);
        assert_eq!(
            decision,
            Decision {
                admitted: false,
                remaining_minute: 0,
                remaining_hour: 2,
                retry_after_seconds: 30
            }
        );
    }

    #[test]
    fn a_request_passes_once_the_oldest_of_the_minute_is_a_minute_old() {
        assert!(!decide(&mut admitted_at(&[0, 10, 20]), 59).admitted);
        assert!(decide(&mut admitted_at(&[0, 10, 20]), 60).admitted);
    }

    #[test]
    fn the_window_slides_so_that_a_burst_across_two_minutes_is_refused() {
        assert!(!decide(&mut admitted_at(&[58, 59, 59]), 61).admitted);
    }

    #[test]
    fn one_request_more_than_the_hour_allows_is_refused() {
        let decision = decide(&mut admitted_at(&[0, 600, 1200, 1800, 2400]), 3000);
        assert_eq!((decision.admitted, decision.retry_after_seconds), (false, 600));
    }

    #[test]
    fn a_refused_request_is_not_counted_against_the_client() {
        let mut log = admitted_at(&[0, 10, 20]);
        for second in 30..50 {
            assert!(!decide(&mut log, second).admitted);
        }
        assert!(decide(&mut log, 60).admitted);
    }

    #[test]
    fn the_log_forgets_what_is_older_than_an_hour() {
        let mut log = admitted_at(&[0, 1, 2, 5000]);
        decide(&mut log, 5001);
        assert_eq!(log, admitted_at(&[5000, 5001]));
    }

    #[test]
    fn a_clock_that_lags_behind_does_not_open_the_window() {
        assert!(!decide(&mut admitted_at(&[100, 100, 100]), 30).admitted);
    }

    #[test]
    fn a_limit_of_zero_lets_nothing_pass() {
        let none = Limits {
            per_minute: 0,
            per_hour: 0,
        };
        assert!(!Log::default().decide(none, START).admitted);
    }

    #[test]
    fn the_log_survives_the_store() {
        let log = admitted_at(&[1, 2, 3]);
        assert_eq!(Log::from_bytes(&log.to_bytes()), log);
    }
}
