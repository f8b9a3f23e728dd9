//! At most so many generations at once, and at most so many requests waiting for one to end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The right to run one generation; given back when dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

/// Hands out slots in the order of asking.
#[derive(Debug)]
pub(crate) struct Slots {
    all: usize,
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
}

/// Why a request got no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSlot {
    /// As many as may wait do so already.
    QueueFull,
    /// None became free in time.
    TookTooLong,
}

impl Slots {
    pub fn new(all: usize, most_waiting: usize, patience: Duration) -> Self {
        Self {
            all,
            free: Arc::new(Semaphore::new(all)),
            waiting: AtomicUsize::new(0),
            most_waiting,
            patience,
        }
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How many generations run.
    pub fn taken(&self) -> usize {
        self.all.saturating_sub(self.free.available_permits())
    }

    /// Takes a slot, waiting in line for it where needed. Dropping the future leaves the line.
    pub async fn take(&self) -> Result<Slot, NoSlot> {
        // The semaphore is fair: nobody gets a slot here while others wait for one.
        if let Ok(slot) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(slot);
        }
        let _place = self.queue_up()?;
        match timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await {
            Ok(slot) => Ok(slot.expect("the semaphore is never closed")),
            Err(_elapsed) => Err(NoSlot::TookTooLong),
        }
    }

    fn queue_up(&self) -> Result<Place<'_>, NoSlot> {
        self.waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
                (waiting < self.most_waiting).then_some(waiting + 1)
            })
            .map_err(|_| NoSlot::QueueFull)?;
        Ok(Place(&self.waiting))
    }
}

/// A place in the line.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::pin, task::Poll};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Lets a future begin, and tells whether it is still under way.
    async fn is_waiting(mut future: std::pin::Pin<&mut impl Future>) -> bool {
        std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn a_request_waits_until_a_slot_is_given_back() {
        let slots = Slots::new(1, 1, PATIENCE);
        let slot = slots.take().await.unwrap();
        let mut next = pin!(slots.take());
        assert!(is_waiting(next.as_mut()).await);
        assert_eq!((slots.taken(), slots.waiting()), (1, 1));
        drop(slot);
        assert!(next.await.is_ok());
        assert_eq!(slots.waiting(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_turns_away() {
        let slots = Slots::new(1, 1, PATIENCE);
        let _slot = slots.take().await.unwrap();
        let mut waiting = pin!(slots.take());
        assert!(is_waiting(waiting.as_mut()).await);
        assert_eq!(slots.take().await.unwrap_err(), NoSlot::QueueFull);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_takes_too_long_ends() {
        let slots = Slots::new(1, 1, PATIENCE);
        let _slot = slots.take().await.unwrap();
        assert_eq!(slots.take().await.unwrap_err(), NoSlot::TookTooLong);
        assert_eq!(slots.waiting(), 0);
    }

    #[tokio::test]
    async fn a_client_that_leaves_the_line_makes_room() {
        let slots = Slots::new(1, 1, PATIENCE);
        let _slot = slots.take().await.unwrap();
        {
            let mut leaving = pin!(slots.take());
            assert!(is_waiting(leaving.as_mut()).await);
        }
        assert_eq!(slots.waiting(), 0);
    }
}
