//! A circuit breaker: stops asking a backend that keeps failing, and lets one request at a time find out whether it
//! has come back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Opens after so many failures in a row; after the cooldown one trial decides whether it closes.
#[derive(Debug)]
pub(crate) struct Breaker {
    most_failures: u32,
    cooldown: Duration,
    circuit: Mutex<Circuit>,
}

#[derive(Debug, Clone, Copy)]
enum Circuit {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen,
}

/// What a breaker does at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakerState {
    /// It lets every request through.
    Closed,
    /// One request tries whether the backend is back; it turns the others away.
    HalfOpen,
    /// It turns every request away.
    Open,
}

impl Breaker {
    pub fn new(most_failures: u32, cooldown: Duration) -> Arc<Self> {
        Arc::new(Self {
            most_failures,
            cooldown,
            circuit: Mutex::new(Circuit::Closed { failures: 0 }),
        })
    }

    pub fn state(&self) -> BreakerState {
        match *self.circuit() {
            Circuit::Closed { .. } => BreakerState::Closed,
            Circuit::HalfOpen => BreakerState::HalfOpen,
            // The request that comes next will be let through.
            Circuit::Open { until } if until <= Instant::now() => BreakerState::HalfOpen,
            Circuit::Open { .. } => BreakerState::Open,
        }
    }

    /// Whether [`admit`](Self::admit) would turn a request away.
    pub fn turns_away(&self) -> bool {
        match *self.circuit() {
            Circuit::Closed { .. } => false,
            Circuit::HalfOpen => true,
            Circuit::Open { until } => until > Instant::now(),
        }
    }

    /// Lets a request through, or none when it should not be tried.
    pub fn admit(self: &Arc<Self>) -> Option<Trial> {
        let mut circuit = self.circuit();
        let decides = match *circuit {
            Circuit::Closed { .. } => false,
            Circuit::Open { until } if until <= Instant::now() => {
                *circuit = Circuit::HalfOpen;
                true
            }
            Circuit::Open { .. } | Circuit::HalfOpen => return None,
        };
        Some(Trial {
            breaker: Arc::clone(self),
            decides,
        })
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Circuit {
        Circuit::Open {
            until: Instant::now() + self.cooldown,
        }
    }
}

/// A request that was let through. Dropped without an outcome, as when the client leaves, it counts as nothing.
#[derive(Debug)]
pub(crate) struct Trial {
    breaker: Arc<Breaker>,
    /// Whether the circuit is half open and waits for this one.
    decides: bool,
}

impl Trial {
    /// The backend has begun to answer. That is enough for others to be let through, yet one more failure opens the
    /// circuit again.
    pub fn began(&mut self) {
        if std::mem::take(&mut self.decides) {
            *self.breaker.circuit() = Circuit::Closed {
                failures: self.breaker.most_failures - 1,
            };
        }
    }

    /// The backend has answered in full.
    pub fn succeeded(mut self) {
        self.began();
        if let Circuit::Closed { failures } = &mut *self.breaker.circuit() {
            *failures = 0;
        }
    }

    /// The backend has failed.
    pub fn failed(mut self) {
        let decides = std::mem::take(&mut self.decides);
        let mut circuit = self.breaker.circuit();
        *circuit = match *circuit {
            Circuit::HalfOpen if decides => self.breaker.open(),
            Circuit::Closed { failures } if failures + 1 >= self.breaker.most_failures => self.breaker.open(),
            Circuit::Closed { failures } => Circuit::Closed { failures: failures + 1 },
            // Someone else's failure has already been counted.
            other => other,
        };
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if self.decides {
            // Nothing was learned, so the next request may try.
            *self.breaker.circuit() = Circuit::Open { until: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Duration = Duration::from_secs(10);

    fn open_breaker() -> Arc<Breaker> {
        let breaker = Breaker::new(2, COOLDOWN);
        for _ in 0..2 {
            breaker.admit().unwrap().failed();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row() {
        let breaker = Breaker::new(2, COOLDOWN);
        breaker.admit().unwrap().failed();
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.admit().unwrap().failed();
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.admit().is_none() && breaker.turns_away());
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_in_between_starts_the_count_anew() {
        let breaker = Breaker::new(2, COOLDOWN);
        breaker.admit().unwrap().failed();
        breaker.admit().unwrap().succeeded();
        breaker.admit().unwrap().failed();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_cooldown_one_request_at_a_time_tries() {
        let breaker = open_breaker();
        tokio::time::advance(COOLDOWN).await;
        let trial = breaker.admit().unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.admit().is_none());
        trial.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_try_opens_it_again() {
        let breaker = open_breaker();
        tokio::time::advance(COOLDOWN).await;
        breaker.admit().unwrap().failed();
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_its_client_left_leaves_it_to_the_next() {
        let breaker = open_breaker();
        tokio::time::advance(COOLDOWN).await;
        drop(breaker.admit().unwrap());
        assert!(breaker.admit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_try_that_began_well_and_failed_later_opens_it_again() {
        let breaker = open_breaker();
        tokio::time::advance(COOLDOWN).await;
        let mut trial = breaker.admit().unwrap();
        trial.began();
        assert_eq!(breaker.state(), BreakerState::Closed);
        trial.failed();
        assert_eq!(breaker.state(), BreakerState::Open);
    }
}
