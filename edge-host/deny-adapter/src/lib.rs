//! Answers every capability that a dependency was not granted with a denial.
//!
//! The edge host composes it into a dependency or middleware in place of the interfaces that the manifest does not let
//! it inherit. The answers are those of Spin's own adapter.
#![allow(missing_docs, unsafe_code, reason = "generated code")]

use spin_sdk::wit_bindgen::{self, FutureReader, StreamReader};

wit_bindgen::generate!({
    path: "../wit",
    world: "medchat:edge-host/deny-adapter",
    runtime_path: "spin_sdk::wit_bindgen::rt",
    generate_all,
});

use exports::spin::key_value::key_value;
use exports::spin::sqlite::sqlite;
use exports::spin::variables::variables;
use exports::wasi::cli0_2_6::environment as environment_0_2;
use exports::wasi::cli0_3_0::environment as environment_0_3;
use exports::wasi::http::client;
use exports::wasi::keyvalue::{atomics, batch, store};

struct DenyAdapter;

export!(DenyAdapter);

/// A handle that no `open` gives out, so that nothing can be called on it.
enum Never {}

impl client::Guest for DenyAdapter {
    async fn send(_: client::Request) -> Result<client::Response, client::ErrorCode> {
        Err(client::ErrorCode::InternalError(Some(
            "\"wasi:http/client\" is not permitted".to_owned(),
        )))
    }
}

impl variables::Guest for DenyAdapter {
    async fn get(name: String) -> Result<String, variables::Error> {
        Err(variables::Error::Undefined(name))
    }
}

impl environment_0_2::Guest for DenyAdapter {
    fn get_environment() -> Vec<(String, String)> {
        Vec::new()
    }

    fn get_arguments() -> Vec<String> {
        Vec::new()
    }

    fn initial_cwd() -> Option<String> {
        None
    }
}

impl environment_0_3::Guest for DenyAdapter {
    fn get_environment() -> Vec<(String, String)> {
        Vec::new()
    }

    fn get_arguments() -> Vec<String> {
        Vec::new()
    }

    fn get_initial_cwd() -> Option<String> {
        None
    }
}

impl key_value::Guest for DenyAdapter {
    type Store = Never;
}

impl key_value::GuestStore for Never {
    async fn open(_: String) -> Result<key_value::Store, key_value::Error> {
        Err(key_value::Error::AccessDenied)
    }

    async fn get(&self, _: String) -> Result<Option<Vec<u8>>, key_value::Error> {
        match *self {}
    }

    async fn set(&self, _: String, _: Vec<u8>) -> Result<(), key_value::Error> {
        match *self {}
    }

    async fn delete(&self, _: String) -> Result<(), key_value::Error> {
        match *self {}
    }

    async fn exists(&self, _: String) -> Result<bool, key_value::Error> {
        match *self {}
    }

    async fn get_keys(&self) -> (StreamReader<String>, FutureReader<Result<(), key_value::Error>>) {
        match *self {}
    }
}

impl sqlite::Guest for DenyAdapter {
    type Connection = Never;
}

impl sqlite::GuestConnection for Never {
    fn open(_: String) -> Result<sqlite::Connection, sqlite::Error> {
        Err(sqlite::Error::AccessDenied)
    }

    async fn open_async(_: String) -> Result<sqlite::Connection, sqlite::Error> {
        Err(sqlite::Error::AccessDenied)
    }

    fn execute(&self, _: String, _: Vec<sqlite::Value>) -> Result<sqlite::QueryResult, sqlite::Error> {
        match *self {}
    }

    async fn execute_async(
        &self,
        _: String,
        _: Vec<sqlite::Value>,
    ) -> Result<
        (
            Vec<String>,
            StreamReader<sqlite::RowResult>,
            FutureReader<Result<(), sqlite::Error>>,
        ),
        sqlite::Error,
    > {
        match *self {}
    }

    fn last_insert_rowid(&self) -> i64 {
        match *self {}
    }

    async fn last_insert_rowid_async(&self) -> i64 {
        match *self {}
    }

    fn changes(&self) -> u64 {
        match *self {}
    }

    async fn changes_async(&self) -> u64 {
        match *self {}
    }
}

impl store::Guest for DenyAdapter {
    type Bucket = Never;

    fn open(_: String) -> Result<store::Bucket, store::Error> {
        Err(store::Error::AccessDenied)
    }
}

impl store::GuestBucket for Never {
    fn get(&self, _: String) -> Result<Option<Vec<u8>>, store::Error> {
        match *self {}
    }

    fn set(&self, _: String, _: Vec<u8>) -> Result<(), store::Error> {
        match *self {}
    }

    fn delete(&self, _: String) -> Result<(), store::Error> {
        match *self {}
    }

    fn exists(&self, _: String) -> Result<bool, store::Error> {
        match *self {}
    }

    fn list_keys(&self, _: Option<String>) -> Result<store::KeyResponse, store::Error> {
        match *self {}
    }
}

// These take a bucket, which nobody can have.

impl atomics::Guest for DenyAdapter {
    type Cas = Never;

    fn increment(_: store::BucketBorrow<'_>, _: String, _: i64) -> Result<i64, store::Error> {
        Err(store::Error::AccessDenied)
    }

    fn swap(_: atomics::Cas, _: Vec<u8>) -> Result<(), atomics::CasError> {
        Err(atomics::CasError::StoreError(store::Error::AccessDenied))
    }
}

impl atomics::GuestCas for Never {
    fn new(_: store::BucketBorrow<'_>, _: String) -> Result<atomics::Cas, store::Error> {
        Err(store::Error::AccessDenied)
    }

    fn current(&self) -> Result<Option<Vec<u8>>, store::Error> {
        match *self {}
    }
}

impl batch::Guest for DenyAdapter {
    fn get_many(_: store::BucketBorrow<'_>, _: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>, store::Error> {
        Err(store::Error::AccessDenied)
    }

    fn set_many(_: store::BucketBorrow<'_>, _: Vec<(String, Vec<u8>)>) -> Result<(), store::Error> {
        Err(store::Error::AccessDenied)
    }

    fn delete_many(_: store::BucketBorrow<'_>, _: Vec<String>) -> Result<(), store::Error> {
        Err(store::Error::AccessDenied)
    }
}
