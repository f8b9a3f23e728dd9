//! `medchat:store` over Spin's SQLite.
//!
//! Every operation is a single statement, because Spin may share one connection between requests: a transaction of
//! several statements could be interleaved with another request's.

mod conversations;
mod database;
mod migrations;
mod rows;

#[allow(unsafe_code, reason = "generated: the canonical ABI is passed through raw memory")]
mod bindings {
    use super::Store;

    spin_sdk::wit_bindgen::generate!({
        path: "../../wit/store",
        world: "store",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
    });
    export!(Store);
}

use bindings::exports::medchat::store::conversations::{
    Answer, Error, Guest, HistoryPage, NewTurn, Opened, Owner, Turn,
};

struct Store;

impl Guest for Store {
    async fn open_turn(turn: NewTurn) -> Result<Opened, Error> {
        conversations::open(turn).await
    }

    async fn renew_claim(id: String, owner: Owner, claimed_until: u64) -> Result<(), Error> {
        conversations::renew(id, owner, claimed_until).await
    }

    async fn complete_turn(id: String, owner: Owner, answer: Answer) -> Result<(), Error> {
        conversations::complete(id, owner, answer).await
    }

    async fn release_turn(id: String, owner: Owner) -> Result<(), Error> {
        conversations::release(id, owner).await
    }

    async fn history(owner: Owner, limit: u32, before: Option<String>) -> Result<HistoryPage, Error> {
        conversations::history(owner, limit, before).await
    }

    async fn memory(owner: Owner, limit: u32) -> Result<Vec<Turn>, Error> {
        conversations::memory(owner, limit).await
    }

    async fn clear(owner: Owner) -> Result<u64, Error> {
        conversations::clear(owner).await
    }

    async fn ping() -> Result<(), Error> {
        database::query("SELECT 1", []).await.map(drop)
    }
}
