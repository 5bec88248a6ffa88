//! Passwords in a text that is to be shown, which may be no connection string at all, or a broken one: a line of a
//! settings file, a command line. What could belong to a password is hidden with it.

use std::ops::Range;

/// How far a password may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the end of its word, as a shell takes words.
    Word,
    /// To the end of the string in quotes that it stands in.
    Quotes,
    /// To the end of the text.
    All,
}

/// What is put in its place.
pub const HIDDEN: &str = "***";
/// Endings of the names of what is nobody's business, in lower case.
const NAMES: [&str; 5] = ["password", "passwd", "pwd", "secret", "token"];
/// What begins a URL; the last two are what is left of one that was taken for a path.
const SCHEMES: [&str; 3] = ["://", "postgres:/", "postgresql:/"];

/// The text with `***` for each password.
pub fn without_passwords(text: &str, reach: Reach) -> String {
    let mut shown = text.to_owned();
    for range in passwords(text, reach).into_iter().rev() {
        shown.replace_range(range, HIDDEN);
    }
    shown
}

/// Where passwords stand in the text, in order: the one of a URL, and what follows a name such as `password=`. What is only
/// the name of a variable, `${NAME}`, is none.
pub fn passwords(text: &str, reach: Reach) -> Vec<Range<usize>> {
    let mut found = match reach {
        Reach::All => within(text, 0..text.len(), |_| text.len()),
        Reach::Quotes => within(text, 0..text.len(), |from| end_of_quotes(text, from)),
        Reach::Word => in_words(text),
    };
    found.retain(|range| !is_variable(&text[range.clone()]));
    found
}

fn in_words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut is_next = false;
    for word in words(text) {
        let typed = text[word.clone()].to_ascii_lowercase();
        if is_next {
            found.push(word);
            is_next = false;
        } else {
            is_next = typed.starts_with('-') && NAMES.iter().any(|name| typed.ends_with(name));
            found.extend(within(text, word.clone(), |_| word.end));
        }
    }
    found
}

/// What stands within `range`; a password that begins somewhere reaches to where `end_of` says.
fn within(text: &str, range: Range<usize>, end_of: impl Fn(usize) -> usize) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = range.start;
    while let Some(rest) = lower.get(from..range.end) {
        let first = |words: &[&str]| {
            let found = words.iter().filter_map(|word| {
                let at = rest.find(word)?;
                Some((from + at, from + at + word.len()))
            });
            found.min()
        };
        let next = match (first(&SCHEMES), first(&NAMES)) {
            (Some(scheme), Some(name)) if scheme < name => of_url(text, scheme.1, &end_of).or_else(
                // What follows the scheme has no password of its own, but may say one by name.
                || of_name(text, name.1, &end_of),
            ),
            (_, Some(name)) => of_name(text, name.1, &end_of),
            (Some(scheme), None) => of_url(text, scheme.1, &end_of),
            (None, None) => return found,
        };
        from = match next {
            Some(range) => {
                let end = range.end;
                found.push(range);
                end.max(from + 1)
            }
            None => [first(&SCHEMES), first(&NAMES)]
                .into_iter()
                .flatten()
                .map(|(_, end)| end)
                .min()
                .unwrap_or(range.end),
        };
    }
    found
}

/// The password of a URL whose authority begins at `from`. An `@` or `/` in it may not be encoded as it should be.
fn of_url(text: &str, from: usize, end_of: &impl Fn(usize) -> usize) -> Option<Range<usize>> {
    let end = end_of(from);
    let rest = text.get(from..end)?;
    let (colon, end) = match rest.rfind('@') {
        Some(at) => (rest[..at].find(':')?, from + at),
        None => (
            rest.find(':')
                .filter(|colon| !is_port(&rest[colon + 1..]))?,
            end,
        ),
    };
    let begin = from + colon + 1;
    (begin < end).then_some(begin..end)
}

/// Whether this begins with a port, behind which a URL goes on or ends.
fn is_port(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.is_empty() || rest.starts_with(['/', '?', ',', '"', '\'', ' '])
}

/// What is given to the name that ends at `from`.
fn of_name(text: &str, from: usize, end_of: &impl Fn(usize) -> usize) -> Option<Range<usize>> {
    let behind = text.get(from..)?;
    let behind = behind.strip_prefix(['"', '\'']).unwrap_or(behind);
    let value = behind.trim_start().strip_prefix(['=', ':'])?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let begin = text.len() - value.len();
    let end = end_of(begin);
    (begin < end).then_some(begin..end)
}

/// Where the quotes end around what begins at `from`: at one behind which a list or a table goes on or a line ends.
fn end_of_quotes(text: &str, from: usize) -> usize {
    let mut is_escaped = false;
    for (at, character) in text[from..].char_indices() {
        if !is_escaped && matches!(character, '"' | '\'') {
            let behind = text[from + at + 1..].trim_start();
            if behind.is_empty() || behind.starts_with([',', '}', ']', '#']) {
                return from + at;
            }
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    text.len()
}

/// The words of a command line.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut begin = None;
    let mut quote = None;
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => is_escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, _) if character.is_whitespace() => {
                words.extend(begin.take().map(|begin| begin..at));
                continue;
            }
            _ => {}
        }
        begin.get_or_insert(at);
    }
    words.extend(begin.map(|begin| begin..text.len()));
    words
}

/// Whether this is `${NAME}`, and nothing else.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hidden_in_a_line_of_settings_however_it_is_written() {
        for (line, shown) in [
            (
                "url = \"postgres://u:hunter2@h/d\"",
                "url = \"postgres://u:***@h/d\"",
            ),
            (
                "url = 'postgres://u:hun@ter2@h/d' # x",
                "url = 'postgres://u:***@h/d' # x",
            ),
            (
                "url = \"postgres://u:hun/ter2#?@h\"",
                "url = \"postgres://u:***@h\"",
            ),
            (
                "url = \"postgres://u:hunter2\"",
                "url = \"postgres://u:***\"",
            ),
            (
                "url = \"postgres://u@h:5432/d\"",
                "url = \"postgres://u@h:5432/d\"",
            ),
            (
                "url = \"postgres://h:5432/d\"",
                "url = \"postgres://h:5432/d\"",
            ),
            (
                "url = \"postgres://h/d?password=hunter2&x=1\"",
                "url = \"postgres://h/d?password=***\"",
            ),
            (
                "url = \"host=h password=hunter2 dbname=d\"",
                "url = \"host=h password=***\"",
            ),
            (
                "url = \"host=h password = 'hun ter2'\"",
                "url = \"host=h password = '***\"",
            ),
            (
                "a = { url = \"postgres://u:hunter2@h\", x = 1 }",
                "a = { url = \"postgres://u:***@h\", x = 1 }",
            ),
            (
                "a = [\"postgres://u:hunter2@h\", \"postgres://v:hunter2@h\"]",
                "a = [\"postgres://u:***@h\", \"postgres://v:***@h\"]",
            ),
            (
                "url = \"postgres://u:hun\\\"ter2@h\"",
                "url = \"postgres://u:***@h\"",
            ),
            (
                "url = \"\"\"postgres://u:hunter2@h\"\"\"",
                "url = \"\"\"postgres://u:***@h\"\"\"",
            ),
            ("app_password = \"hunter2\"", "app_password = \"***\""),
            ("\"PGPASSWORD\" = \"hunter2\"", "\"PGPASSWORD\" = \"***\""),
            (
                "url = \"postgres://u:${PW}@h\"",
                "url = \"postgres://u:${PW}@h\"",
            ),
            (
                "url = \"postgres://u:${PW:-hunter2}@h\"",
                "url = \"postgres://u:***@h\"",
            ),
            ("jobs = 2 # tokens", "jobs = 2 # tokens"),
            ("", ""),
        ] {
            assert_eq!(without_passwords(line, Reach::Quotes), shown);
        }
    }

    #[test]
    fn in_a_line_that_is_broken_all_behind_is_hidden() {
        for line in [
            "url = \"postgres://u:x\"hunter2@h\"",
            "url = \"postgres://u:x\", hunter2@h\"",
            "url = postgres://u:hunter2",
            "url = \"host=h password=hunter2",
        ] {
            let shown = without_passwords(line, Reach::All);
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn a_password_is_hidden_in_a_command_and_what_follows_is_shown() {
        for (command, shown) in [
            (
                "flyway -password=hunter2 migrate",
                "flyway -password=*** migrate",
            ),
            ("PGPASSWORD='hun ter2' make up", "PGPASSWORD='*** make up"),
            (
                "psql \"host=h password=hunter2 user=u\" -f x",
                "psql \"host=h password=*** -f x",
            ),
            ("tool --db-password hunter2 up", "tool --db-password *** up"),
            (
                "tool postgres://u:hunter2@h/d up",
                "tool postgres://u:***@h/d up",
            ),
            ("tool -u postgres://h/d up", "tool -u postgres://h/d up"),
            ("tool \"$DATABASE_URL\"", "tool \"$DATABASE_URL\""),
            ("/p/postgres:/u:hunter2@h", "/p/postgres:/u:***@h"),
            ("alembic upgrade head", "alembic upgrade head"),
        ] {
            assert_eq!(without_passwords(command, Reach::Word), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_its_passwords_hidden_without_a_panic(text in "\\PC{0,40}(://|password=)?\\PC{0,40}") {
            for reach in [Reach::Word, Reach::Quotes, Reach::All] {
                let ranges = passwords(&text, reach);
                for pair in ranges.windows(2) {
                    assert!(pair[0].end <= pair[1].start);
                }
                without_passwords(&text, reach);
            }
        }
    }
}
