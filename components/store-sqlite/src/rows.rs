//! Between rows and records.

use spin_sdk::sqlite::{RowResult, Value};

use crate::bindings::exports::medchat::store::conversations::{Answer, Error, InputType, Turn};

/// The columns of a turn, in the order that [`to_turn`] reads them.
macro_rules! turn_columns {
    () => {
        "id, created_at, input_type, message, response, metadata, answered_at"
    };
}
pub(crate) use turn_columns;

/// Reads a turn from a row of `turn_columns`.
pub(crate) fn to_turn(row: RowResult) -> Result<Turn, Error> {
    let mut values = row.values.into_iter();
    let mut next = || values.next().unwrap_or(Value::Null);
    Ok(Turn {
        id: text(next())?,
        created_at: integer(next())?,
        input_type: to_input_type(&text(next())?)?,
        message: text(next())?,
        answer: match next() {
            Value::Null => None,
            response => Some(Answer {
                response: text(response)?,
                metadata: text(next())?,
                answered_at: integer(next())?,
            }),
        },
    })
}

fn text(value: Value) -> Result<String, Error> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(unreadable("a column is not text")),
    }
}

fn integer(value: Value) -> Result<u64, Error> {
    match value {
        Value::Integer(number) => u64::try_from(number).map_err(|_| unreadable("a time is negative")),
        _ => Err(unreadable("a column is not a number")),
    }
}

pub(crate) fn from_input_type(input_type: InputType) -> Value {
    let name = match input_type {
        InputType::Text => "text",
        InputType::Speech => "speech",
        InputType::Image => "image",
        InputType::Multimodal => "multimodal",
    };
    Value::Text(name.to_owned())
}

fn to_input_type(name: &str) -> Result<InputType, Error> {
    match name {
        "text" => Ok(InputType::Text),
        "speech" => Ok(InputType::Speech),
        "image" => Ok(InputType::Image),
        "multimodal" => Ok(InputType::Multimodal),
        _ => Err(unreadable("an input type is not known")),
    }
}

/// A time, clamped to what SQLite can hold.
pub(crate) fn from_time(milliseconds: u64) -> Value {
    Value::Integer(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}

fn unreadable(reason: &str) -> Error {
    Error::Unavailable(reason.to_owned())
}
