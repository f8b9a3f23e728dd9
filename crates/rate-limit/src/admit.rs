//! Reading and writing a client's log so that no admission is lost or counted twice.

use crate::window::{Decision, Limits, Log};

/// A value, and the handle to replace just that value.
pub type Begun<S> = (Option<Vec<u8>>, S);

/// The operations that admission needs of a key-value store, after `wasi:keyvalue`.
#[allow(
    async_fn_in_trait,
    reason = "components are single-threaded: no caller needs the future to be Send"
)]
pub trait Store {
    /// Why the store did not answer.
    type Error;
    /// A compare-and-swap under way.
    type Swap;

    /// Begins a compare-and-swap on `key`: its value now, and the handle to replace just that value.
    ///
    /// # Errors
    /// The store did not answer, or knows no compare-and-swap.
    fn begin_swap(&self, key: &str) -> Result<Begun<Self::Swap>, Self::Error>;

    /// Replaces the value if it is still the one that the swap began with; whether it was.
    ///
    /// # Errors
    /// The store did not answer.
    fn swap(&self, swap: Self::Swap, value: Vec<u8>) -> Result<bool, Self::Error>;

    /// Sets `key` whatever it was.
    ///
    /// # Errors
    /// The store did not answer.
    fn write(&self, key: &str, value: &[u8]) -> Result<(), Self::Error>;

    /// Atomically adds one to the counter `key`, which begins at zero; its new value.
    ///
    /// # Errors
    /// The store did not answer.
    fn increment(&self, key: &str) -> Result<i64, Self::Error>;

    /// Lets other requests go on for a moment.
    async fn pause(&self);
}

/// How often a request waits for another one to create the log before it takes that over.
const PATIENCE: u32 = 100;

/// Decides on a request of `client` and notes it if it passes. `now` is milliseconds since the epoch, read anew for every
/// attempt.
///
/// A swap is lost only to another request of the same client that was admitted, so the attempts end: at the latest when
/// the limit is reached.
///
/// # Errors
/// The store did not answer. Nothing is known of the request then.
pub async fn admit<S: Store>(
    store: &S,
    client: &str,
    limits: Limits,
    now: impl Fn() -> u64,
) -> Result<Decision, S::Error> {
    let key = format!("rate/{client}");
    let mut waited = 0;
    loop {
        let (value, swap) = store.begin_swap(&key)?;
        let absent = value.is_none();
        let mut log = Log::from_bytes(&value.unwrap_or_default());
        let decision = log.decide(limits, now());
        if !decision.admitted {
            return Ok(decision);
        }
        // Spin's SQLite store makes a swap of an absent key an unconditional write: simultaneous first requests of a
        // client would all win it and overwrite each other. So one of them is elected to create the log, by the counter,
        // once in a client's life. Should that one die before it wrote, the others lose patience and swap all the same.
        if absent && waited < PATIENCE {
            if waited == 0 && store.increment(&format!("rate-created/{client}"))? == 1 {
                store.write(&key, &log.to_bytes())?;
                return Ok(decision);
            }
            waited += 1;
            store.pause().await;
            continue;
        }
        if store.swap(swap, log.to_bytes())? {
            return Ok(decision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    const LIMITS: Limits = Limits {
        per_minute: 20,
        per_hour: 100,
    };

    /// A store with the semantics of Spin's: a swap of an absent key always succeeds. Requests interleave at every
    /// operation, because each yields first.
    #[derive(Default)]
    struct SpinLike {
        values: RefCell<HashMap<String, Vec<u8>>>,
        counters: RefCell<HashMap<String, i64>>,
        writes: RefCell<u32>,
    }

    impl Store for SpinLike {
        type Error = std::convert::Infallible;
        type Swap = (String, Option<Vec<u8>>);

        fn begin_swap(&self, key: &str) -> Result<Begun<Self::Swap>, Self::Error> {
            let value = self.values.borrow().get(key).cloned();
            Ok((value.clone(), (key.to_owned(), value)))
        }

        fn swap(&self, (key, before): Self::Swap, value: Vec<u8>) -> Result<bool, Self::Error> {
            let mut values = self.values.borrow_mut();
            let wins = before.is_none() || values.get(&key) == before.as_ref();
            if wins {
                *self.writes.borrow_mut() += 1;
                values.insert(key, value);
            }
            Ok(wins)
        }

        fn write(&self, key: &str, value: &[u8]) -> Result<(), Self::Error> {
            *self.writes.borrow_mut() += 1;
            self.values.borrow_mut().insert(key.to_owned(), value.to_vec());
            Ok(())
        }

        fn increment(&self, key: &str) -> Result<i64, Self::Error> {
            let mut counters = self.counters.borrow_mut();
            let counter = counters.entry(key.to_owned()).or_default();
            *counter += 1;
            Ok(*counter)
        }

        async fn pause(&self) {
            yield_once().await;
        }
    }

    fn yield_once() -> impl Future<Output = ()> {
        struct Once(bool);
        impl Future for Once {
            type Output = ();
            fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
                if std::mem::replace(&mut self.0, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
        Once(false)
    }

    /// Two hosts' worth of requests can stand between reading and writing: the worst interleaving is that all read first.
    struct AllReadFirst<'a>(&'a SpinLike, RefCell<Vec<Option<Vec<u8>>>>);

    impl Store for AllReadFirst<'_> {
        type Error = std::convert::Infallible;
        type Swap = (String, Option<Vec<u8>>);
        fn begin_swap(&self, key: &str) -> Result<Begun<Self::Swap>, Self::Error> {
            // The first look is of the moment before anyone wrote.
            match self.1.borrow_mut().pop() {
                Some(value) => Ok((value.clone(), (key.to_owned(), value))),
                None => self.0.begin_swap(key),
            }
        }
        fn swap(&self, swap: Self::Swap, value: Vec<u8>) -> Result<bool, Self::Error> {
            self.0.swap(swap, value)
        }
        fn write(&self, key: &str, value: &[u8]) -> Result<(), Self::Error> {
            self.0.write(key, value)
        }
        fn increment(&self, key: &str) -> Result<i64, Self::Error> {
            self.0.increment(key)
        }
        async fn pause(&self) {
            self.0.pause().await;
        }
    }

    fn admitted_of(requests: usize, store: &impl Store<Error = std::convert::Infallible>) -> usize {
        let all = (0..requests).map(|_| admit(store, "192.0.2.1", LIMITS, || 1_800_000_000_000));
        let decisions = block_on(futures::future::join_all(all));
        decisions
            .into_iter()
            .filter(|decision| decision.as_ref().unwrap().admitted)
            .count()
    }

    #[test]
    fn of_200_simultaneous_first_requests_exactly_the_limit_passes() {
        let store = SpinLike::default();
        let stale = AllReadFirst(&store, RefCell::new(vec![None; 200]));
        assert_eq!(admitted_of(200, &stale), 20);
    }

    #[test]
    fn of_200_simultaneous_later_requests_exactly_the_rest_passes() {
        let store = SpinLike::default();
        assert_eq!(admitted_of(5, &store), 5);
        let seen = store.values.borrow().get("rate/192.0.2.1").cloned();
        let stale = AllReadFirst(&store, RefCell::new(vec![seen; 200]));
        assert_eq!(admitted_of(200, &stale), 15);
    }

    #[test]
    fn an_admitted_request_writes_once_and_a_refused_one_never() {
        let store = SpinLike::default();
        admitted_of(50, &store);
        assert_eq!(*store.writes.borrow(), 20);
    }

    #[test]
    fn a_creator_that_died_before_it_wrote_does_not_lock_the_client_out() {
        let store = SpinLike::default();
        store.increment("rate-created/192.0.2.1").unwrap();
        assert_eq!(admitted_of(1, &store), 1);
    }

    #[test]
    fn clients_do_not_share_a_limit() {
        let store = SpinLike::default();
        assert_eq!(admitted_of(21, &store), 20);
        assert!(
            block_on(admit(&store, "192.0.2.2", LIMITS, || 1_800_000_000_000))
                .unwrap()
                .admitted
        );
    }
}
