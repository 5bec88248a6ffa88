//! The form of values as texts, which must not hang on the session, the role, the database or the machine: settings of the
//! session that saves, and of the one that loads.

use crate::session::Connection;

/// The settings, each with its value as SQL writes it.
const SETTINGS: [(&str, &str); 11] = [
    ("datestyle", "'ISO, YMD'"),
    ("intervalstyle", "'postgres'"),
    ("timezone", "'UTC'"),
    // The shortest text from which the same number comes back.
    ("extra_float_digits", "1"),
    ("bytea_output", "'hex'"),
    ("lc_monetary", "'C'"),
    ("xmloption", "'content'"),
    ("quote_all_identifiers", "off"),
    ("array_nulls", "on"),
    ("standard_conforming_strings", "on"),
    ("synchronize_seqscans", "off"),
];

/// Settings by which nothing is left out, and no statement ends early.
const WHOLE: [(&str, &str); 4] = [
    ("row_security", "off"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
];

/// The statements that set them for a transaction, with this encoding.
pub(super) fn settings(encoding: &str) -> String {
    let mut text = format!("SET LOCAL client_encoding = '{encoding}';\n");
    for (name, value) in SETTINGS.iter().chain(&WHOLE) {
        text.push_str(&format!("SET LOCAL {name} = {value};\n"));
    }
    text
}

/// The encodings that texts are saved in.
pub(super) const ENCODINGS: [&str; 2] = ["UTF8", "SQL_ASCII"];

/// The encoding in which a database's texts are saved: UTF-8, unless the database does not say what its bytes mean.
pub(super) fn encoding_of(connection: &Connection) -> &'static str {
    match connection.parameter("server_encoding") {
        Some("SQL_ASCII") => "SQL_ASCII",
        _ => "UTF8",
    }
}
