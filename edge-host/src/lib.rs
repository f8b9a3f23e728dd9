//! Runs spin.toml on Wasmtime where the Spin CLI is not installed.
