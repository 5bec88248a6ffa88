use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;

use crate::event::ServerMessage;

/// Reads the fields of an `ErrorResponse` or `NoticeResponse` (PostgreSQL manual, "Error and Notice
/// Message Fields"). Bytes that are not UTF-8 are replaced.
pub(crate) fn server_message(mut fields: ErrorFields<'_>) -> ServerMessage {
    let mut message = ServerMessage::default();
    let mut localized = None;
    while let Ok(Some(field)) = fields.next() {
        let text = String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'S' => localized = Some(text),
            b'V' => message.severity = text,
            b'C' => message.code = text,
            b'M' => message.message = text,
            b'D' => message.detail = Some(text),
            b'H' => message.hint = Some(text),
            b'P' => message.position = text.parse().ok(),
            b'p' => message.internal_position = text.parse().ok(),
            b'q' => message.internal_query = Some(text),
            b'W' => message.context = Some(text),
            b's' => message.schema = Some(text),
            b't' => message.table = Some(text),
            b'c' => message.column = Some(text),
            b'd' => message.datatype = Some(text),
            b'n' => message.constraint = Some(text),
            _ => {}
        }
    }
    if message.severity.is_empty() {
        message.severity = localized.unwrap_or_default();
    }
    message
}

/// An error in the server's form that the tool raises itself, as psql does for its commands.
pub(crate) fn own_error(text: impl Into<String>) -> ServerMessage {
    ServerMessage {
        severity: "error".into(),
        message: text.into(),
        ..ServerMessage::default()
    }
}
