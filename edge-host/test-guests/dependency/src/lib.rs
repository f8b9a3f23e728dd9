//! A dependency that exercises every capability.
#![allow(missing_docs, unsafe_code, reason = "generated code")]

#[path = "../../probe.rs"]
mod probe;

mod bindings {
    use spin_sdk::wit_bindgen;

    wit_bindgen::generate!({
        path: "../wit",
        world: "test:probe/provider",
        runtime_path: "spin_sdk::wit_bindgen::rt",
    });
}

struct Provider;

bindings::export!(Provider with_types_in bindings);

impl bindings::exports::test::probe::probe::Guest for Provider {
    async fn run(capability: String, argument: String) -> String {
        probe::run(&capability, &argument).await
    }
}
