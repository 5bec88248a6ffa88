//! What is put into the bodies of functions stands between marks, so that it can be taken out again of what
//! errors show of a body: the query at which they point, and their context.

use std::ops::Range;

use super::body::Around;
use crate::event::ServerMessage;

/// The mark stands inside of what is put in, never at its ends, where the server would cut it off.
const MARK: &str = "/*pgassay*/";
const BEFORE: &str = "pg_assay.asserted(/*pgassay*/";
const BEHIND: [&str; 2] = ["/*pgassay*/, ", "/*pgassay*/)"];

/// Around what is put into bodies of the project.
pub(super) const BEGIN: &str = "/*pgassay<*/";
pub(super) const END: &str = "/*>pgassay*/";

/// How the server calls the value of a `CASE`, before and behind a number: that of the variable.
const VALUE: [&str; 2] = ["\"__Case__Variable_", "__\" IN ("];
/// Between marks: by how much probes have changed that number.
const ADDED: &str = "/*variables:";

/// What stands in the expressions to which the value of a `CASE` is compared, so that the server's name for that value can
/// be shown as it would be without so many variables.
pub(super) fn with_added_variables(number: usize) -> String {
    format!("{BEGIN}{ADDED}{number}*/{END}")
}

/// The call of the probe around an expression, with the arguments behind it.
pub(super) fn around(arguments: &str) -> Around {
    let [begin, end] = BEHIND;
    Around {
        before: BEFORE.to_owned(),
        behind: format!("{begin}{arguments}{end}"),
    }
}

/// The text without what was put in, and the places and lengths of that, in characters.
fn without(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut kept = String::with_capacity(text.len());
    let mut hidden = Vec::new();
    let mut at = 0;
    let mut begin = 0;
    while let Some(found) = next(text, begin) {
        kept.push_str(&text[begin..found.start]);
        at += text[begin..found.start].chars().count();
        let mark = &text[found.clone()];
        if let Some(place) = added_variables(mark).and_then(|added| name_value(&mut kept, added)) {
            hidden.push(place);
        }
        let length = mark.chars().count();
        hidden.push((at, length));
        at += length;
        begin = found.end;
    }
    kept.push_str(&text[begin..]);
    (kept, hidden)
}

fn added_variables(mark: &str) -> Option<usize> {
    let added = mark.strip_prefix(BEGIN)?.strip_prefix(ADDED)?;
    added.strip_suffix(END)?.strip_suffix("*/")?.parse().ok()
}

/// Gives the value of the `CASE` that was last named in a text the number that it had without these variables. Returns
/// the place and the number of digits that are gone.
fn name_value(text: &mut String, added: usize) -> Option<(usize, usize)> {
    let [before, behind] = VALUE;
    let start = text.rfind(before)? + before.len();
    let length = text[start..].find(behind)?;
    let number: usize = text[start..start + length].parse().ok()?;
    let number = number.checked_sub(added)?.to_string();
    text.replace_range(start..start + length, &number);
    Some((
        text[..start].chars().count(),
        length.saturating_sub(number.len()),
    ))
}

/// The next piece that was put in.
fn next(text: &str, begin: usize) -> Option<Range<usize>> {
    let places = text[begin..].match_indices("/*pgassay");
    places.map(|(at, _)| begin + at).find_map(|at| {
        let rest = &text[at..];
        if rest.starts_with(BEGIN) {
            let length = rest.find(END)?;
            return Some(at..at + length + END.len());
        }
        let end = at + rest.starts_with(MARK).then_some(MARK.len())?;
        if text[begin..end].ends_with(BEFORE) {
            return Some(end - BEFORE.len()..end);
        }
        let length = rest
            .starts_with(BEHIND[0])
            .then(|| rest.find(BEHIND[1]))??;
        Some(at..at + length + BEHIND[1].len())
    })
}

/// An error or a notice as it would be if the bodies of pgTAP's functions were its own.
#[must_use]
pub fn hide_probes(message: ServerMessage) -> ServerMessage {
    let context = message.context.map(|context| without(&context).0);
    let Some(query) = message.internal_query else {
        return ServerMessage { context, ..message };
    };
    let (query, hidden) = without(&query);
    let position = message.internal_position.map(|position| {
        let before = usize::try_from(position).unwrap_or(usize::MAX);
        let before = hidden.iter().filter(|(at, _)| *at < before);
        let length: usize = before.map(|(_, length)| *length).sum();
        position.saturating_sub(u32::try_from(length).unwrap_or(u32::MAX))
    });
    ServerMessage {
        context,
        internal_query: Some(query),
        internal_position: position,
        ..message
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_error_points_at_the_same_word_of_the_text_that_it_had() {
        let around = around("'é', $1");
        let query = |before: &str, behind: &str| format!("\n SELECT {before}ok(é($1)){behind} ;");
        let mut message = ServerMessage {
            internal_query: Some(query(&around.before, &around.behind)),
            context: Some(format!(
                "SQL expression \"{}x{}\"",
                around.before, around.behind
            )),
            ..ServerMessage::default()
        };
        let text = message.internal_query.clone().unwrap();
        let position = text[..text.find("é($1)").unwrap()].chars().count() + 1;
        message.internal_position = Some(u32::try_from(position).unwrap());
        let hidden = hide_probes(message);
        assert_eq!(
            hidden.internal_query.as_deref(),
            Some("\n SELECT ok(é($1)) ;")
        );
        assert_eq!(hidden.internal_position, Some(13));
        assert_eq!(hidden.context.as_deref(), Some("SQL expression \"x\""));
    }

    #[test]
    fn what_was_put_into_a_function_of_the_project_is_not_shown() {
        let text = format!("{BEGIN}SELECT * FROM ({END}SELECT é FROM nowhere{BEGIN}) AS x{END};");
        let position = text[..text.find("nowhere").unwrap()].chars().count() + 1;
        let hidden = hide_probes(ServerMessage {
            internal_query: Some(text),
            internal_position: Some(u32::try_from(position).unwrap()),
            ..ServerMessage::default()
        });
        assert_eq!(
            hidden.internal_query.as_deref(),
            Some("SELECT é FROM nowhere;")
        );
        assert_eq!(hidden.internal_position, Some(15));
    }

    #[test]
    fn the_value_of_a_case_has_the_name_that_it_had_without_further_variables() {
        let mark = with_added_variables(3);
        let text = format!("\"__Case__Variable_11__\" IN (é, 1 / {mark}0)");
        let position = text[..text.find("1 / ").unwrap()].chars().count() + 1;
        let hidden = hide_probes(ServerMessage {
            context: Some(format!("SQL expression \"{text}\"\nPL/pgSQL function f()")),
            internal_query: Some(text),
            internal_position: Some(u32::try_from(position).unwrap()),
            ..ServerMessage::default()
        });
        let shown = "\"__Case__Variable_8__\" IN (é, 1 / 0)";
        assert_eq!(hidden.internal_query.as_deref(), Some(shown));
        assert_eq!(hidden.internal_position, Some(31));
        assert_eq!(
            hidden.context,
            Some(format!("SQL expression \"{shown}\"\nPL/pgSQL function f()"))
        );
    }

    proptest! {
        #[test]
        fn what_has_no_marks_stays(query in any::<String>(), position in any::<u32>()) {
            let message = ServerMessage {
                context: Some(query.clone()),
                internal_query: Some(query),
                internal_position: Some(position),
                ..ServerMessage::default()
            };
            prop_assert_eq!(hide_probes(message.clone()), message);
        }

        #[test]
        fn any_text_with_marks_is_read(parts in prop::collection::vec("[é(]|\"__Case__Variable_[0-9]{1,3}__\" IN \\(|/\\*pgassay<\\*//\\*variables:[0-9]\\*//\\*>pgassay\\*/|/\\*pgassay<\\*/|/\\*>pgassay\\*/|/\\*pgassay\\*/|/\\*pgassay\\*/, |/\\*pgassay\\*/\\)|pg_assay.asserted\\(/\\*pgassay\\*/", 0..12), position in any::<u32>()) {
            let text = parts.concat();
            let hidden = hide_probes(ServerMessage {
                context: Some(text.clone()),
                internal_query: Some(text),
                internal_position: Some(position),
                ..ServerMessage::default()
            });
            prop_assert_eq!(hidden.context, hidden.internal_query);
        }
    }
}
