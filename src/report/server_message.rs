//! A server message in words: one line for people, or the lines that psql prints. Pure text without colours.

use crate::event::{Excerpt, Notice, ServerMessage, SqlError};
use crate::script::Location;

use super::page::Page;
use super::visible::{cells_before, visible, window};

/// How much of a long source line is shown around the place that matters, in characters: a caret is of no use beneath a
/// line that the terminal wraps.
pub(super) const SOURCE_LIMIT: usize = 110;

/// `ERROR 42P01`, or `NOTICE` where the code says nothing.
pub(super) fn severity_and_code(message: &ServerMessage) -> String {
    match message.code.as_str() {
        // 00000 and 01000 are what RAISE NOTICE and RAISE WARNING bear: no information.
        "" | "00000" | "01000" => message.severity.clone(),
        code => format!("{} {code}", message.severity),
    }
}

/// The fields that follow the message, in psql's order, with their words.
pub(super) fn fields(message: &ServerMessage) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("DETAIL", message.detail.as_deref()),
        ("HINT", message.hint.as_deref()),
        ("QUERY", message.internal_query.as_deref()),
        ("CONTEXT", message.context.as_deref()),
    ]
    .into_iter()
    .filter_map(|(word, text)| {
        text.filter(|text| !text.is_empty())
            .map(|text| (word, text))
    })
}

/// A source line and a caret's line, both made visible and cut to the part around the caret.
pub(super) fn source_and_caret(excerpt: &Excerpt) -> (String, String) {
    let column = usize::try_from(excerpt.column.saturating_sub(1)).unwrap_or(0);
    let (part, place) = window(&excerpt.line, column, SOURCE_LIMIT);
    let caret = format!("{}^", " ".repeat(cells_before(&part, place)));
    (visible(&part).into_owned(), caret)
}

/// A SQL error as psql prints it on standard error, lines ended by `\n`. The number behind `LINE` is the file's
/// line, not the statement's.
pub(super) fn error_like_psql(error: &SqlError) -> String {
    like_psql(&error.location, &error.message, error.excerpt.as_ref())
}

/// A notice as psql prints it on standard error, lines ended by `\n`.
pub(super) fn notice_like_psql(notice: &Notice) -> String {
    like_psql(&notice.location, &notice.message, None)
}

fn like_psql(location: &Location, message: &ServerMessage, excerpt: Option<&Excerpt>) -> String {
    let mut page = Page::new(false);
    page.add(format_args!(
        "psql:{location}: {}:  {}\n",
        message.severity, message.message
    ));
    if let Some(excerpt) = excerpt {
        let (source, caret) = source_and_caret(excerpt);
        let prefix = format!("LINE {}: ", location.line());
        page.add(format_args!(
            "{prefix}{source}\n{}{caret}\n",
            " ".repeat(prefix.len())
        ));
    }
    for (word, field) in fields(message) {
        page.add(format_args!("{word}:  {field}\n"));
    }
    page.into_text()
}
