//! Runs a component: makes instances, gives each several requests at once, and drops it when it is idle.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::state::{ComponentContext, InstanceState};

/// How much longer than a request an instance may live that never lets go of its thread, so that the request is known to
/// have taken too long before its instance is gone.
const GRACE: Duration = Duration::from_secs(1);

/// Serves requests with instances of one component.
pub type Handler = ProxyHandler<Factory>;

/// How long an instance lives. The defaults are Spin's.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// How many requests an instance serves before another takes its place.
    pub requests: usize,
    /// How many of them at once.
    pub concurrent_requests: usize,
    /// How long it is kept without a request.
    pub idle: Duration,
    /// How long a request may take until its response begins.
    pub request_timeout: Duration,
}

/// Makes instances of one component.
pub struct Factory {
    /// The component's way into an instance, with its imports resolved.
    pub service: ServicePre<InstanceState>,
    /// The engine.
    pub engine: Engine,
    /// What the component was granted.
    pub component: Arc<ComponentContext>,
    /// How long instances live.
    pub reuse: Reuse,
    /// The memories that are left for new instances of any component.
    pub memories: Arc<Semaphore>,
    /// How many of them an instance takes.
    pub memories_per_instance: u32,
    /// How many instances were made.
    pub instances_created: Arc<AtomicU64>,
    /// Tells instances to go.
    pub stop: CancellationToken,
}

impl HandlerState for Factory {
    type StoreData = InstanceState;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<InstanceState, Expiration, Worker>> {
        // When there is no room for an instance, the request waits for one to go.
        let room = self
            .memories
            .clone()
            .acquire_many_owned(self.memories_per_instance)
            .await?;
        let mut store = Store::new(&self.engine, InstanceState::new(self.component.clone()));
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let service = self.service.instantiate_async(&mut store).await?;
        self.instances_created.fetch_add(1, Relaxed);
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: InstanceState::incoming_http,
            expiration: Expiration {
                reuse: self.reuse,
                sleep: tokio::time::sleep(self.reuse.idle),
                stop: self.stop.clone().cancelled_owned(),
            },
            state: Worker {
                reuse: self.reuse,
                component: self.component.clone(),
                _room: room,
            },
        })
    }
}

/// An instance at work.
pub struct Worker {
    reuse: Reuse,
    component: Arc<ComponentContext>,
    _room: OwnedSemaphorePermit,
}

impl WorkerState for Worker {
    type StoreData = InstanceState;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.requests {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.concurrent_requests {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, InstanceState>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(tokio::time::sleep(self.reuse.request_timeout))
    }

    fn drop(&self, store: Store<InstanceState>, result: wasmtime::Result<()>) {
        if let Err(error) = result {
            tracing::error!(
                component = self.component.id,
                error = format!("{error:#}"),
                "an instance failed"
            );
        }
        drop(store);
    }
}

pin_project! {
    /// When an instance is dropped.
    pub struct Expiration {
        reuse: Reuse,
        #[pin]
        sleep: tokio::time::Sleep,
        #[pin]
        stop: WaitForCancellationFutureOwned,
    }
}

impl WorkerExpiration for Expiration {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, since: Instant) -> Poll<()> {
        let mut this = self.project();
        // When the host stops, whoever asked is gone; only what a component does after it has answered may go on.
        if status != WorkerStatus::PostReturn && this.stop.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let timeout = match status {
            WorkerStatus::Idle => this.reuse.idle,
            WorkerStatus::Requests | WorkerStatus::PostReturn => this.reuse.request_timeout.saturating_add(GRACE),
        };
        let Some(deadline) = since.checked_add(timeout) else {
            return Poll::Pending;
        };
        let deadline = tokio::time::Instant::from_std(deadline);
        // Setting the timer for every request would cost more than letting it ring early now and then.
        if this.sleep.deadline() > deadline {
            this.sleep.as_mut().reset(deadline);
        }
        while this.sleep.as_mut().poll(context).is_ready() {
            if tokio::time::Instant::now() >= deadline {
                return Poll::Ready(());
            }
            this.sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}
