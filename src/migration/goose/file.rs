//! The text of a file of goose: which lines apply and which take back, and where statements end. Pure.

use super::annotation::{Annotation, annotation};
use super::variables::replace;
use crate::migration::text::{blank, lines};
use crate::script::{TokenKind, Tokens};

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// What applies, each line where it was.
    pub(super) up: Text,
    /// What takes back, likewise.
    pub(super) down: Text,
    /// Whether each of them is one transaction.
    pub(super) in_transaction: bool,
}

/// A text with and without values in the place of its variables.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// What runs.
    pub(super) run: String,
    /// As it is written.
    pub(super) written: String,
}

impl Text {
    fn push(&mut self, run: &str, written: &str) {
        self.run.push_str(run);
        self.written.push_str(written);
    }

    fn blank(&mut self, line: &str) {
        blank(line, &mut self.run);
        blank(line, &mut self.written);
    }
}

/// What is wrong, and at which byte.
type Wrong = (usize, String);

/// Where in a file a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Start,
    Up,
    Down,
}

/// What is held of a statement that has not ended: only what stands before it can be a mere comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Blanks,
    /// More than blanks, from this byte on.
    From(usize),
}

/// What was read so far.
struct Reader<'e> {
    environment: &'e dyn Fn(&str) -> Option<String>,
    section: Section,
    /// Where a statement begins that only an annotation ends.
    marked: Option<usize>,
    held: Held,
    /// Whether the annotations around a statement just ended, and held nothing.
    was_empty: bool,
    replaces: bool,
    up: Half,
    down: Half,
    in_transaction: bool,
}

/// One of the two texts.
#[derive(Default)]
struct Half {
    text: Text,
    /// Where goose ends statements by the ends of lines: the bytes of this text, and of the file.
    ends: Vec<(usize, usize)>,
}

/// Reads a file, with the values of variables from `environment`.
pub(super) fn parse(
    text: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Parts, Wrong> {
    let mut reader = Reader {
        environment,
        section: Section::Start,
        marked: None,
        held: Held::Nothing,
        was_empty: false,
        replaces: false,
        up: Half::default(),
        down: Half::default(),
        in_transaction: true,
    };
    let mut end = 0;
    for (place, line) in lines(text) {
        reader.gap(&text[end..place.start]);
        reader.line(place.start, line)?;
        end = place.end;
    }
    reader.gap(&text[end..]);
    reader.finish()
}

impl Reader<'_> {
    /// What is between two lines.
    fn gap(&mut self, text: &str) {
        self.up.text.push(text, text);
        self.down.text.push(text, text);
    }

    fn line(&mut self, at: usize, line: &str) -> Result<(), Wrong> {
        let trimmed = line.trim();
        if trimmed.starts_with("--") && line.contains("+goose") {
            let annotation = annotation(line).map_err(|reason| (at, reason))?;
            return self.annotation(annotation, at, line);
        }
        let is_blank = trimmed.is_empty();
        let is_comment = line.is_empty() || trimmed.starts_with("--");
        match self.section {
            Section::Start if !is_comment && !is_blank => {
                let reason = "a statement stands before `-- +goose Up`, where goose takes none; move it below";
                return Err((at, reason.into()));
            }
            Section::Start => {
                self.put(line, None);
                return Ok(());
            }
            Section::Up | Section::Down => {}
        }
        if self.held == Held::Nothing && is_comment {
            self.put(line, Some((line, line)));
            return Ok(());
        }
        if std::mem::take(&mut self.was_empty) {
            if !is_blank {
                let reason = "goose passes over this line, since there is nothing between the `-- +goose StatementBegin` and \
                              `-- +goose StatementEnd` above it; remove those";
                return Err((at, reason.into()));
            }
            self.put(line, None);
            return Ok(());
        }
        self.held = match self.held {
            Held::From(begin) => Held::From(begin),
            Held::Nothing | Held::Blanks if is_blank => Held::Blanks,
            Held::Nothing | Held::Blanks => Held::From(at),
        };
        let replaced;
        let run = if self.replaces {
            replaced = replace(line, self.environment).map_err(|reason| (at, reason))?;
            &replaced
        } else {
            line
        };
        self.put(line, Some((run, line)));
        if self.marked.is_none() && ends_statement(run) {
            self.held = Held::Nothing;
            let half = self.half();
            half.ends.push((half.text.run.len(), at));
        }
        Ok(())
    }

    /// Writes a line into the text that it belongs to, and blanks into the other.
    fn put(&mut self, line: &str, kept: Option<(&str, &str)>) {
        let (here, there) = match self.section {
            Section::Start | Section::Up => (&mut self.up, &mut self.down),
            Section::Down => (&mut self.down, &mut self.up),
        };
        match kept {
            Some((run, written)) => here.text.push(run, written),
            None => here.text.blank(line),
        }
        there.text.blank(line);
    }

    fn half(&mut self) -> &mut Half {
        match self.section {
            Section::Start | Section::Up => &mut self.up,
            Section::Down => &mut self.down,
        }
    }

    fn annotation(&mut self, annotation: Annotation, at: usize, line: &str) -> Result<(), Wrong> {
        let wrong = |reason: &str| Err((at, reason.to_owned()));
        match annotation {
            Annotation::Up if self.section == Section::Start => self.section = Section::Up,
            Annotation::Up => return wrong("`-- +goose Up` stands here a second time; keep one"),
            Annotation::Down if self.section != Section::Up => {
                return wrong("`-- +goose Down` must stand once, behind `-- +goose Up`");
            }
            Annotation::Down => {
                self.refuse_unfinished()?;
                (self.held, self.was_empty) = (Held::Nothing, false);
                self.section = Section::Down;
            }
            Annotation::StatementBegin if self.section == Section::Start => {
                return wrong("`-- +goose StatementBegin` must stand behind `-- +goose Up`");
            }
            Annotation::StatementBegin if self.marked.is_some() => {
                return wrong(
                    "`-- +goose StatementBegin` stands inside another; end that one first",
                );
            }
            Annotation::StatementBegin => {
                self.marked = Some(at);
                self.was_empty = false;
            }
            Annotation::StatementEnd => {
                if self.marked.take().is_none() {
                    return wrong(
                        "`-- +goose StatementEnd` has no `-- +goose StatementBegin` before it",
                    );
                }
                let held = std::mem::replace(&mut self.held, Held::Nothing);
                self.was_empty = held == Held::Nothing;
                // It ends a statement that has no semicolon, too.
                if matches!(held, Held::From(_)) {
                    let rest = " ".repeat(line.chars().count().saturating_sub(1));
                    let end = format!(";{rest}");
                    self.put(line, Some((&end, &end)));
                    return Ok(());
                }
            }
            Annotation::NoTransaction => self.in_transaction = false,
            Annotation::EnvsubOn => self.replaces = true,
            Annotation::EnvsubOff => self.replaces = false,
        }
        self.put(line, None);
        Ok(())
    }

    fn refuse_unfinished(&self) -> Result<(), Wrong> {
        if let Some(at) = self.marked {
            let reason = "this `-- +goose StatementBegin` has no `-- +goose StatementEnd` below it";
            return Err((at, reason.into()));
        }
        if let Held::From(at) = self.held {
            let reason = "this statement has no end: goose wants a semicolon at the end of a line, or \
                          `-- +goose StatementBegin` and `-- +goose StatementEnd` around it";
            return Err((at, reason.into()));
        }
        Ok(())
    }

    fn finish(self) -> Result<Parts, Wrong> {
        if self.section == Section::Start {
            let reason = "it has no `-- +goose Up`, which goose wants of each migration; write it above its statements";
            return Err((0, reason.into()));
        }
        self.refuse_unfinished()?;
        self.up.refuse_cut()?;
        self.down.refuse_cut()?;
        Ok(Parts {
            up: self.up.text,
            down: self.down.text,
            in_transaction: self.in_transaction,
        })
    }
}

impl Half {
    /// Refuses a quoted text that goose would cut in two, since a line of it ends with a semicolon.
    fn refuse_cut(&self) -> Result<(), Wrong> {
        let mut ends = self.ends.iter().peekable();
        for token in Tokens::of(&self.text.run) {
            while ends.next_if(|(end, _)| *end <= token.start).is_some() {}
            let is_quoted = !matches!(token.kind, TokenKind::Word(_) | TokenKind::Sign(_));
            if let Some((end, at)) = ends.peek()
                && is_quoted
                && *end < token.end
            {
                let reason = "goose ends a statement here, inside a quoted text; put `-- +goose StatementBegin` above the \
                              statement and `-- +goose StatementEnd` below it";
                return Err((*at, reason.into()));
            }
        }
        Ok(())
    }
}

/// Whether goose ends a statement with a line: its last word before a comment ends with a semicolon.
fn ends_statement(line: &str) -> bool {
    let words = line.split_whitespace();
    let last = words.take_while(|word| !word.starts_with("--")).last();
    last.is_some_and(|word| word.ends_with(';'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Parts, Wrong> {
        parse(text, &|name| (name == "T").then(|| "tt".to_owned()))
    }

    #[test]
    fn the_end_of_a_marked_statement_ends_it_with_or_without_a_semicolon() {
        let text =
            "-- +goose Up\n-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\nSELECT 2;\n";
        let parts = parsed(text).unwrap();
        let up: Vec<_> = parts.up.run.lines().map(str::trim_end).collect();
        assert_eq!(up, ["", "", "SELECT 1", ";", "SELECT 2;"]);
        assert_eq!(parts.up.run.len(), text.len());
        assert_eq!(parts.up.run, parts.up.written);
        assert_eq!(parts.down.run.trim(), "");
        assert!(parts.in_transaction);
    }

    #[test]
    fn variables_are_replaced_between_their_annotations_only() {
        let text = "-- +goose Up\nSELECT '${T}';\n-- +goose ENVSUB ON\nSELECT '${T}${U:-u}';\n-- ${\n-- +goose ENVSUB OFF\nSELECT '$T';\n";
        let up = parsed(text).unwrap().up;
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(|line| line.trim().to_owned());
            lines.filter(|line| !line.is_empty()).collect()
        };
        assert_eq!(
            lines(&up.run),
            ["SELECT '${T}';", "SELECT 'ttu';", "-- ${", "SELECT '$T';"]
        );
        assert_eq!(
            lines(&up.written),
            [
                "SELECT '${T}';",
                "SELECT '${T}${U:-u}';",
                "-- ${",
                "SELECT '$T';"
            ]
        );
    }

    #[test]
    fn what_goose_refuses_is_told_at_its_place() {
        let refused = |text: &str| {
            let (at, _) = parsed(text).unwrap_err();
            1 + text[..at].matches('\n').count()
        };
        assert_eq!(refused("SELECT 1;\n-- +goose Up\n"), 1);
        assert_eq!(refused("-- a\n\n"), 1);
        assert_eq!(refused("-- +goose Up\n-- +goose up\n"), 2);
        assert_eq!(refused("-- +goose Down\n"), 1);
        assert_eq!(refused("-- +goose Up\n-- +goose Down\n-- +goose Down"), 3);
        assert_eq!(refused("-- +goose Up\nSELECT 1\n-- +goose Down\n"), 2);
        assert_eq!(refused("-- +goose Up\nSELECT 1;\nSELECT\n2\n"), 3);
        assert_eq!(refused("-- +goose Up\n-- +goose StatementEnd\n"), 2);
        assert_eq!(refused("-- +goose StatementBegin\n"), 1);
        assert_eq!(
            refused("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n"),
            2
        );
        assert_eq!(
            refused("-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementBegin\n"),
            3
        );
        assert_eq!(
            refused(
                "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\n\nSELECT 1;\n"
            ),
            5
        );
        // A comment behind blanks is kept for a statement.
        assert_eq!(refused("-- +goose Up\nSELECT 1;\n \n-- x\n"), 4);
        assert_eq!(refused("-- +goose Up\n -- +goose Down\n"), 2);
        assert_eq!(refused("-- +goose Up\n-- +goose Begin\n"), 2);
        assert_eq!(
            refused(
                "-- +goose Up\nCREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\nNULL;\nEND $$;\n"
            ),
            4
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_file_holds_its_lines_stay_where_they_are(
            lines in proptest::collection::vec(
                proptest::sample::select(vec![
                    "-- +goose Down",
                    "-- +goose StatementBegin",
                    "-- +goose StatementEnd",
                    "-- +goose ENVSUB ON",
                    "-- +goose NO TRANSACTION",
                    "-- ä",
                    "",
                    " \t",
                    "SELECT 'ö';",
                    "SELECT 1; -- x",
                    "SELECT $$",
                    "$$;",
                    "${T:1}",
                ]),
                0..12,
            ),
            end in proptest::sample::select(vec!["\n", "\r\n"]),
        ) {
            let text = format!("-- +goose Up{end}{}", lines.join(end));
            if let Ok(parts) = parsed(&text) {
                for half in [parts.up.run, parts.down.run] {
                    let ends = half.matches(end).count();
                    proptest::prop_assert_eq!(ends, text.matches(end).count());
                    for (line, before) in half.split(end).zip(text.split(end)) {
                        let is_same = line == before || line.trim().is_empty() || line.trim() == ";";
                        proptest::prop_assert!(is_same || before.contains('$'), "{:?}", line);
                    }
                }
            }
        }
    }

    #[test]
    fn annotations_around_nothing_are_no_harm_where_nothing_follows() {
        for rest in [
            "",
            "\n-- x\n",
            "-- +goose StatementBegin\nSELECT 1\n-- +goose StatementEnd\n",
            "  \nSELECT 1;\n",
        ] {
            let empty = "-- +goose StatementBegin\n\n-- +goose StatementEnd\n";
            let text = format!("-- +goose Up\n{empty}{rest}-- +goose Down\n{empty}");
            assert!(parsed(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_line_ends_a_statement_by_its_last_word() {
        for line in ["SELECT 1;", "SELECT 1; ", "SELECT 1; -- done", ";"] {
            assert!(ends_statement(line), "{line}");
        }
        for line in ["SELECT 1", "SELECT 1 -- ;", "", "SELECT ';' ||"] {
            assert!(!ends_statement(line), "{line}");
        }
    }
}
