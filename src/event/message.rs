use crate::script::Location;

/// An error or a notice as the server words it (protocol message `ErrorResponse` or `NoticeResponse`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerMessage {
    /// `ERROR`, `FATAL`, `NOTICE`, `WARNING`, … never translated where the server tells.
    pub severity: String,
    /// SQLSTATE.
    pub code: String,
    /// The message itself.
    pub message: String,
    /// DETAIL.
    pub detail: Option<String>,
    /// HINT.
    pub hint: Option<String>,
    /// The position in the statement, in characters from 1.
    pub position: Option<u32>,
    /// The position in `internal_query`, in characters from 1.
    pub internal_position: Option<u32>,
    /// The text of a statement that the server made itself, as in PL/pgSQL.
    pub internal_query: Option<String>,
    /// CONTEXT.
    pub context: Option<String>,
    /// The schema that it is about.
    pub schema: Option<String>,
    /// The table that it is about.
    pub table: Option<String>,
    /// The column that it is about.
    pub column: Option<String>,
    /// The data type that it is about.
    pub datatype: Option<String>,
    /// The constraint that it is about.
    pub constraint: Option<String>,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// Where it happened: the error's own position where the server gives one, else the step's.
    pub location: Location,
    /// What the server, or the tool in the server's manner, says.
    pub message: ServerMessage,
    /// The line of the script with the place in it.
    pub excerpt: Option<Excerpt>,
    /// Whether the script went on after it (`ON_ERROR_STOP` off).
    pub swallowed: bool,
}

/// A line of a script with a caret's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's text.
    pub line: String,
    /// The column of the caret, from 1, in characters.
    pub column: u32,
}

/// A NOTICE, WARNING or INFO, with the step during which it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The step.
    pub location: Location,
    /// What the server says.
    pub message: ServerMessage,
}
