//! The WebAssembly engine, set up for many short-lived instances.

use std::path::Path;
use std::time::Duration;

use wasmtime::{Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How long a component computes before others get their turn.
const TURN: Duration = Duration::from_millis(10);

/// How much the instances of all components together may take.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Linear memories. A composed component has one for each of its parts.
    pub memories: u32,
    /// The most that one memory may grow to, in bytes.
    pub memory_bytes: usize,
}

/// An engine with its pool and its cache of compiled components in `cache`.
pub fn engine(pool: Pool, cache: &Path) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    let mut directory = CacheConfig::new();
    directory.with_directory(cache);
    config.cache(Some(Cache::new(directory)?));

    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_memories(pool.memories)
        .total_component_instances(pool.memories)
        // Each part brings small modules of its own that adapt between it and the others.
        .total_core_instances(pool.memories.saturating_mul(16))
        .total_tables(pool.memories.saturating_mul(8))
        .total_stacks(pool.memories.saturating_mul(16))
        .max_core_instances_per_component(500)
        .max_memories_per_component(32)
        .max_tables_per_component(256)
        .max_component_instance_size(8 << 20)
        .max_memory_size(pool.memory_bytes)
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(16 << 10);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
    Engine::new(&config).or_else(|error| {
        // The pool reserves much address space, which a tight limit on virtual memory does not leave.
        tracing::warn!(%error, "no address space for a pool of instances: each is allocated when it is needed");
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        Engine::new(&config)
    })
}

/// Makes computing components yield, from a thread of its own, for as long as the engine or any instance is there: a
/// component that never stops computing could otherwise not even be dropped.
pub fn start_ticker(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TURN);
        }
    };
    std::thread::Builder::new()
        .name("turns".to_owned())
        .spawn(tick)
        .map(drop)
}
