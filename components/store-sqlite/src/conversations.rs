//! Turns.

use spin_sdk::sqlite::{RowResult, Value};

use crate::bindings::exports::medchat::store::conversations::{
    Answer, Error, HistoryPage, NewTurn, Opened, Owner, Turn,
};
use crate::database::query;
use crate::rows::{from_input_type, from_time, to_turn, turn_columns};

/// Opens the turn, or takes over the one that has its idempotency key, in one statement: of two simultaneous requests
/// with one key just one gets a row back.
pub(crate) async fn open(turn: NewTurn) -> Result<Opened, Error> {
    let key = turn.idempotency_key.clone().map_or(Value::Null, Value::Text);
    let rows = query(
        concat!(
            "INSERT INTO turns (id, session_id, patient_id, created_at, input_type, message, idempotency_key, claimed_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (session_id, idempotency_key) WHERE idempotency_key IS NOT NULL
             DO UPDATE SET claimed_until = excluded.claimed_until
             WHERE response IS NULL AND claimed_until <= excluded.created_at
               AND message = excluded.message AND patient_id = excluded.patient_id
             RETURNING ",
            turn_columns!()
        ),
        [
            Value::Text(turn.id),
            Value::Text(turn.owner.session_id.clone()),
            Value::Text(turn.owner.patient_id.clone()),
            from_time(turn.created_at),
            from_input_type(turn.input_type),
            Value::Text(turn.message.clone()),
            key.clone(),
            from_time(turn.claimed_until),
        ],
    )
    .await?;
    if let Some(claimed) = first_turn(rows)? {
        return Ok(Opened::Claimed(claimed));
    }
    let rows = query(
        concat!(
            "SELECT ",
            turn_columns!(),
            " FROM turns WHERE session_id = ?1 AND idempotency_key = ?2 AND patient_id = ?3"
        ),
        [
            Value::Text(turn.owner.session_id),
            key,
            Value::Text(turn.owner.patient_id),
        ],
    )
    .await?;
    Ok(match first_turn(rows)? {
        Some(found) if found.message != turn.message => Opened::KeyReused,
        Some(found) if found.answer.is_some() => Opened::Answered(found),
        Some(_) => Opened::InProgress,
        // Cleared between the two statements: the same request, sent again, opens it anew.
        None => Opened::InProgress,
    })
}

/// Moves the end of a claim.
pub(crate) async fn renew(id: String, owner: Owner, claimed_until: u64) -> Result<(), Error> {
    let statement = "UPDATE turns SET claimed_until = ?4
         WHERE id = ?1 AND session_id = ?2 AND patient_id = ?3 AND response IS NULL RETURNING id";
    update(statement, id, owner, [from_time(claimed_until)]).await
}

/// Lets a retry take the turn over.
pub(crate) async fn release(id: String, owner: Owner) -> Result<(), Error> {
    renew(id, owner, 0).await
}

/// Keeps the answer of a turn that has none.
pub(crate) async fn complete(id: String, owner: Owner, answer: Answer) -> Result<(), Error> {
    let statement = "UPDATE turns SET response = ?4, metadata = ?5, answered_at = ?6
         WHERE id = ?1 AND session_id = ?2 AND patient_id = ?3 AND response IS NULL RETURNING id";
    let values = [
        Value::Text(answer.response),
        Value::Text(answer.metadata),
        from_time(answer.answered_at),
    ];
    update(statement, id, owner, values).await
}

/// Changes an unanswered turn. Why there was none to change is asked only then.
async fn update<const N: usize>(statement: &str, id: String, owner: Owner, values: [Value; N]) -> Result<(), Error> {
    let turn = of_turn(id, owner);
    if !query(statement, turn.clone().into_iter().chain(values))
        .await?
        .is_empty()
    {
        return Ok(());
    }
    let found = query(
        "SELECT 1 FROM turns WHERE id = ?1 AND session_id = ?2 AND patient_id = ?3",
        turn,
    )
    .await?;
    Err(if found.is_empty() {
        Error::NotFound
    } else {
        Error::Conflict
    })
}

/// A page of turns, whether answered or not.
pub(crate) async fn history(owner: Owner, limit: u32, before: Option<String>) -> Result<HistoryPage, Error> {
    // One more than asked for tells whether there is another page. No turn id sorts after `~`.
    let rows = query(
        concat!(
            "SELECT ",
            turn_columns!(),
            " FROM turns WHERE session_id = ?1 AND patient_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
        ),
        [
            Value::Text(owner.session_id),
            Value::Text(owner.patient_id),
            Value::Text(before.unwrap_or_else(|| "~".to_owned())),
            Value::Integer(i64::from(limit) + 1),
        ],
    )
    .await?;
    let mut turns = newest_last(rows)?;
    let more = turns.len() > limit as usize;
    if more {
        turns.remove(0);
    }
    let next = if more {
        turns.first().map(|oldest| oldest.id.clone())
    } else {
        None
    };
    Ok(HistoryPage { turns, next })
}

/// The newest answered turns.
pub(crate) async fn memory(owner: Owner, limit: u32) -> Result<Vec<Turn>, Error> {
    let rows = query(
        concat!(
            "SELECT ",
            turn_columns!(),
            " FROM turns WHERE session_id = ?1 AND patient_id = ?2 AND response IS NOT NULL ORDER BY id DESC LIMIT ?3"
        ),
        [
            Value::Text(owner.session_id),
            Value::Text(owner.patient_id),
            Value::Integer(limit.into()),
        ],
    )
    .await?;
    newest_last(rows)
}

/// Deletes the conversation.
pub(crate) async fn clear(owner: Owner) -> Result<u64, Error> {
    let rows = query(
        "DELETE FROM turns WHERE session_id = ?1 AND patient_id = ?2 RETURNING 1",
        [Value::Text(owner.session_id), Value::Text(owner.patient_id)],
    )
    .await?;
    Ok(rows.len() as u64)
}

fn of_turn(id: String, owner: Owner) -> [Value; 3] {
    [
        Value::Text(id),
        Value::Text(owner.session_id),
        Value::Text(owner.patient_id),
    ]
}

fn first_turn(rows: Vec<RowResult>) -> Result<Option<Turn>, Error> {
    rows.into_iter().next().map(to_turn).transpose()
}

fn newest_last(rows: Vec<RowResult>) -> Result<Vec<Turn>, Error> {
    rows.into_iter().rev().map(to_turn).collect()
}
