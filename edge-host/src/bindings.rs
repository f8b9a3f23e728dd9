//! Rust types of the interfaces that this host implements, generated from `wit/`.
#![allow(missing_docs)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "medchat:edge-host/host",
    imports: {
        "spin:sqlite/sqlite.[method]connection.execute": async | trappable,
        default: trappable,
    },
    with: {
        "spin:key-value/key-value.store": crate::key_value::Store,
        "wasi:keyvalue/store.bucket": crate::key_value::Store,
        "wasi:keyvalue/atomics.cas": crate::key_value::CompareAndSwap,
        "spin:sqlite/sqlite.connection": crate::sqlite::Connection,
    },
});
