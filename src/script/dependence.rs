//! What the outcome of a statement may depend on besides its text: found by the words in it, those in strings and in the
//! bodies of functions included, so that it is rather seen once too often than missed. Comments say nothing.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::token::{Kind, Token, Tokens};

/// How deep bodies within bodies are read.
const DEPTH: usize = 4;
/// How many characters of what was found are shown.
const SHOWN: usize = 60;

/// What a statement's outcome may depend on besides its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependence {
    /// It asks for the time itself.
    pub on_moment: Option<Mention>,
    /// It asks for the time, or defines what will: a default, a check, a view, the body of a function.
    pub on_time: bool,
    /// It may have the server read files, or ask another server.
    pub on_outside: Option<Mention>,
}

/// Words that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// How many characters stand before them.
    pub before: usize,
    /// The words, on one line.
    pub words: String,
}

/// Words by which SQL asks for the time (PostgreSQL's documentation, "Current Date/Time", "Special Values").
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        \b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|pg_postmaster_start_time
          |pg_conf_load_time)\b "? \s* \(
        | \b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b
        | ' \s* ([\d:.]+\s+)? (now|today|tomorrow|yesterday) (\s+ ([\d+\-][^']* | [a-z]+(/[a-z_]+)*))? \s* '"#,
    )
    .ok()
});

/// The age of something, which is its distance from today unless there is a second argument.
static AGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?i)\bage"?\s*\("#).ok());

/// The word for the time as a constant of a type that holds times, or as a default: it becomes the time right there.
static CONSTANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b(default|timestamp|timestamptz|timetz|time|date) \s+ '\s*now\s*' | '\s*now\s*' \s* :: \s* (timestamp|time|date)",
    )
    .ok()
});

/// Ways to have the server read files or ask others (PostgreSQL's documentation, "Generic File Access Functions",
/// `dblink`, "Foreign Data"). Of a `COPY` in a string, SQL has nothing behind FROM but STDIN, PROGRAM and a string,
/// for which something may stand that is put in there.
static OUTSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        \b(pg_read_file|pg_read_binary_file|pg_stat_file|pg_ls_[a-z_]+|lo_import|dblink[a-z_]*)\b "? \s* \(
        | \bcreate \s+ foreign \s+ table\b | \bimport \s+ foreign \s+ schema\b | \bcreate \s+ subscription\b"#,
    )
    .ok()
});
static COPY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bcopy\b[^;]*?\bfrom\s*(\bprogram\b|e'|u&'|['$%:"{|])"#).ok()
});

/// What the outcome of a text may depend on: a statement, or several with semicolons between them.
pub fn dependence(text: &str) -> Dependence {
    let code = code(text, DEPTH);
    let mut found = Dependence::default();
    for statement in statements(&code, 0..code.len(), false) {
        statement.read(&code, &mut found);
    }
    found
}

/// A text in which blanks stand for comments, also for those in bodies.
fn code(text: &str, depth: usize) -> String {
    let mut code = String::with_capacity(text.len());
    let blank = |code: &mut String, to: usize| {
        let passed = &text.as_bytes()[code.len()..to];
        code.extend(passed.iter().map(|byte| match byte {
            b'\n' => '\n',
            _ => ' ',
        }));
    };
    for token in Tokens::of(text) {
        blank(&mut code, token.start);
        let written = &text[token.start..token.end];
        match token.kind {
            Kind::Dollar(body) if depth > 0 => {
                let delimiter = &written[..(written.len() - body.len()) / 2];
                code.push_str(delimiter);
                code.push_str(&self::code(body, depth - 1));
                code.push_str(delimiter);
            }
            _ => code.push_str(written),
        }
    }
    blank(&mut code, text.len());
    code
}

/// A statement: where it stands, and what it is.
#[derive(Debug, Default)]
struct Statement {
    start: usize,
    end: usize,
    /// Its first words, in lower case.
    words: Vec<String>,
    /// A word outside parentheses that makes data of a definition: `CREATE TABLE … AS`, `… FOR VALUES`.
    makes_data: bool,
    /// What follows `FROM` in a `COPY`.
    copies_from: Option<CopyEnd>,
    /// Whether it has a body with statements that end in semicolons (`BEGIN ATOMIC`).
    is_atomic: bool,
    /// Where the body of a `DO` stands.
    body: Option<Range<usize>>,
}

/// The end of a `COPY … FROM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CopyEnd {
    /// It is to follow.
    Open,
    /// `STDIN`, or this is a `COPY … TO`.
    Client,
    /// Something on the server; it ends here.
    Server(usize),
}

/// The statements of a part of the text. Those in the body of a function belong to the one that makes it. In a body of
/// PL/pgSQL, one also ends where another may begin in the middle of it: `IF … THEN`.
fn statements(code: &str, part: Range<usize>, is_body: bool) -> Vec<Statement> {
    let new = |start| Statement {
        start,
        ..Statement::default()
    };
    let mut all = Vec::new();
    let mut this = new(part.start);
    let mut depth = 0_usize;
    let mut previous = String::new();
    for mut token in Tokens::of(&code[part.clone()]) {
        token.start += part.start;
        token.end += part.start;
        let ends = match token.kind {
            Kind::Sign(';') => depth == 0 && !this.is_atomic,
            Kind::Word(word) => {
                const BEFORE_STATEMENTS: [&str; 4] = ["begin", "then", "else", "loop"];
                let mut words = BEFORE_STATEMENTS.iter();
                is_body && words.any(|it| word.eq_ignore_ascii_case(it))
            }
            Kind::Sign('(' | '[') => {
                depth += 1;
                false
            }
            Kind::Sign(')' | ']') => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => false,
        };
        if ends {
            this.end = token.end;
            all.push(std::mem::replace(&mut this, new(token.end)));
            previous.clear();
            continue;
        }
        this.take(&token, depth, &previous);
        previous.clear();
        if let Kind::Word(word) = token.kind {
            previous.push_str(word);
            previous.make_ascii_lowercase();
        }
    }
    this.end = part.end;
    all.push(this);
    all
}

impl Statement {
    fn take(&mut self, token: &Token<'_>, depth: usize, previous: &str) {
        if self.copies_from == Some(CopyEnd::Open) {
            let is_stdin =
                matches!(token.kind, Kind::Word(word) if word.eq_ignore_ascii_case("stdin"));
            self.copies_from = Some(if is_stdin {
                CopyEnd::Client
            } else {
                CopyEnd::Server(token.end)
            });
        }
        if let ("do", Kind::Dollar(body)) = (self.first(), token.kind) {
            let delimiter = (token.end - token.start - body.len()) / 2;
            self.body = Some(token.start + delimiter..token.end - delimiter);
        }
        let Kind::Word(word) = token.kind else {
            return;
        };
        if depth > 0 {
            return;
        }
        let word = word.to_ascii_lowercase();
        self.makes_data |= match (self.first(), self.object()) {
            ("create", "table") => word == "as" || word == "values" && previous == "for",
            ("alter", "table") => word == "using" || word == "values" && previous == "for",
            _ => false,
        };
        self.is_atomic |= word == "atomic" && previous == "begin" && self.is_routine();
        if self.first() == "copy" && self.copies_from.is_none() {
            self.copies_from = match word.as_str() {
                "from" => Some(CopyEnd::Open),
                "to" => Some(CopyEnd::Client),
                _ => None,
            };
        }
        if self.words.len() < 8 {
            self.words.push(word);
        }
    }

    fn first(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What is created or altered.
    fn object(&self) -> &str {
        const BEFORE_IT: [&str; 8] = [
            "or",
            "replace",
            "temp",
            "temporary",
            "local",
            "global",
            "unlogged",
            "foreign",
        ];
        let mut words = self.words.iter().skip(1).map(String::as_str);
        words.find(|word| !BEFORE_IT.contains(word)).unwrap_or("")
    }

    /// Whether it makes a function or a procedure.
    fn is_routine(&self) -> bool {
        self.first() == "create" && matches!(self.object(), "function" | "procedure")
    }

    /// Whether it only says what is to be, so that what asks for the time in it does so when it is used.
    fn is_definition(&self) -> bool {
        match self.first() {
            "create" => self.object() != "materialized" && !self.makes_data,
            "alter" => !self.makes_data,
            "comment" | "security" | "grant" | "revoke" | "drop" => true,
            _ => false,
        }
    }

    fn read(&self, code: &str, found: &mut Dependence) {
        let text = &code[self.start..self.end];
        let mention = |from: usize, to: usize| {
            let words: Vec<&str> = code[from..to].split_whitespace().collect();
            let mut words = words.join(" ");
            if let Some((cut, _)) = words.char_indices().nth(SHOWN) {
                words.truncate(cut);
                words.push('…');
            }
            Mention {
                before: code[..from].chars().count(),
                words,
            }
        };
        let first = |pattern: &LazyLock<Option<Regex>>| {
            let found = pattern.as_ref().and_then(|pattern| pattern.find(text))?;
            Some(mention(
                self.start + found.start(),
                self.start + found.end(),
            ))
        };
        let asks = first(&TIME).or_else(|| {
            let mut ages = AGE.as_ref()?.find_iter(text);
            let age = ages.find(|age| has_one_argument(&text[age.end()..]))?;
            Some(mention(self.start + age.start(), self.start + age.end()))
        });
        found.on_time |= asks.is_some();
        if let Some(body) = &self.body {
            // What a block defines is a definition too.
            for inner in statements(code, body.clone(), true) {
                inner.read(code, found);
            }
        } else if found.on_moment.is_none() {
            found.on_moment = match (self.is_definition(), self.is_routine(), self.first()) {
                (false, ..) => asks,
                (true, true, _) | (true, _, "comment") => None,
                (true, ..) => first(&CONSTANT),
            };
        }
        if found.on_outside.is_none() {
            found.on_outside = first(&OUTSIDE).or_else(|| match self.copies_from {
                Some(CopyEnd::Server(end)) => {
                    let start = self.start + text.len() - text.trim_start().len();
                    Some(mention(start, end))
                }
                Some(CopyEnd::Client | CopyEnd::Open) => None,
                None => first(&COPY),
            });
        }
    }
}

/// Whether no comma stands in the parentheses whose opening one was read.
fn has_one_argument(text: &str) -> bool {
    let mut depth = 0_usize;
    for token in Tokens::of(text) {
        match token.kind {
            Kind::Sign('(' | '[') => depth += 1,
            Kind::Sign(')') if depth == 0 => return true,
            Kind::Sign(')' | ']') => depth = depth.saturating_sub(1),
            Kind::Sign(',') if depth == 0 => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_that_asks_for_the_time_itself_is_seen() {
        for text in [
            "INSERT INTO t VALUES (now())",
            "insert into t (a) select pg_catalog.\"now\" ()",
            "SELECT Now ()",
            "SELECT 'today'::date",
            "UPDATE t SET a = ' today 08:00'",
            "UPDATE t SET a = '08:00 tomorrow'",
            "UPDATE t SET a = 'now Europe/Berlin'",
            "SELECT age(born) FROM t",
            "SELECT age ( coalesce(born, died) ) FROM t",
            "WITH x AS (SELECT localtime) DELETE FROM t",
            "MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET a = CURRENT_DATE",
            "VALUES (timeofday())",
            "CALL p(now())",
            "PREPARE p AS INSERT INTO t VALUES (now())",
            "COPY (SELECT now()) TO STDOUT",
            "DO $$ BEGIN x := clock_timestamp(); END $$",
            "DO LANGUAGE plpgsql $a$ BEGIN EXECUTE $b$ SELECT now() $b$; END $a$",
            "CREATE TABLE t AS SELECT now()",
            "CREATE UNLOGGED TABLE IF NOT EXISTS t (a, b) AS (SELECT 1, now())",
            "CREATE MATERIALIZED VIEW v AS SELECT now()",
            "CREATE TABLE t PARTITION OF s FOR VALUES FROM (CURRENT_DATE) TO ('tomorrow')",
            "ALTER TABLE s ATTACH PARTITION t FOR VALUES FROM ('today') TO ('infinity')",
            "ALTER TABLE t ALTER a TYPE timestamptz USING coalesce(a, now())",
            "CREATE TABLE t (a timestamptz DEFAULT 'now')",
            "CREATE VIEW v AS SELECT 'now'::timestamptz",
            "CREATE VIEW v AS SELECT 1; INSERT INTO t VALUES (now())",
            "DO $$ DECLARE x timestamptz := now(); BEGIN ALTER TABLE t ADD a int; END $$",
            "DO $$ BEGIN IF now() > 'infinity' THEN CREATE TABLE t (a int); END IF; END $$",
            "DO $$ BEGIN INSERT INTO t SELECT CASE WHEN a THEN now() ELSE b END FROM s; END $$",
            "DO $$ BEGIN CREATE TABLE t AS SELECT now(); END $$",
            "DO 'BEGIN INSERT INTO t VALUES (now()); END'",
        ] {
            assert!(dependence(text).on_moment.is_some(), "{text}");
        }
    }

    #[test]
    fn a_definition_that_asks_for_the_time_when_it_is_used_is_seen_as_that() {
        for text in [
            "CREATE TABLE t (x timestamptz DEFAULT CURRENT_TIMESTAMP)",
            "CREATE TABLE t (i int GENERATED ALWAYS AS IDENTITY, x timestamptz CHECK (x < now()))",
            "ALTER TABLE t ADD COLUMN x date DEFAULT CURRENT_DATE",
            "CREATE OR REPLACE VIEW v AS SELECT age(born) FROM t",
            "CREATE FUNCTION f() RETURNS int AS $$ INSERT INTO t VALUES (now()) $$ LANGUAGE sql",
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'now'; SELECT now(); END",
            "CREATE FUNCTION f() RETURNS text AS 'SELECT ''today''' LANGUAGE sql",
            "CREATE POLICY p ON t USING (x > now())",
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.x > now()) EXECUTE FUNCTION f()",
            "CREATE DOMAIN d AS date CHECK (value <= CURRENT_DATE)",
            "DO $a$ BEGIN IF NOT EXISTS (SELECT 1) THEN\nALTER TABLE t ADD c date DEFAULT now(); END IF; END $a$",
            "DO $a$ BEGIN CREATE FUNCTION f() RETURNS date LANGUAGE sql AS $b$ SELECT now()::date $b$; END $a$",
        ] {
            let found = dependence(text);
            assert!(found.on_time && found.on_moment.is_none(), "{text}");
        }
    }

    #[test]
    fn what_does_not_ask_for_the_time_is_let_be() {
        for text in [
            "SELECT know(1)",
            "SELECT nowhere",
            "SELECT 'todays'",
            "SELECT 'Today is the day, and no other'",
            "INSERT INTO t VALUES (1) -- not now()",
            "INSERT INTO t /* current_date */ VALUES (1)",
            "DO $$ BEGIN -- now()\n NULL; END $$",
            "SELECT age(a, b), lineage(c)",
            "CREATE TABLE person (age int, now int)",
        ] {
            assert_eq!(dependence(text), Dependence::default(), "{text}");
        }
    }

    #[test]
    fn a_statement_that_has_the_server_read_from_outside_is_seen_with_its_place() {
        let found = |text: &str| dependence(text).on_outside;
        let mention = |before, words: &str| {
            Some(Mention {
                before,
                words: words.into(),
            })
        };
        assert_eq!(
            found("SELECT 'é';\nCOPY t (a, b)\n  FROM '/data/t.csv';"),
            mention(12, "COPY t (a, b) FROM '/data/t.csv'")
        );
        assert_eq!(
            found("SELECT pg_read_file('x')"),
            mention(7, "pg_read_file(")
        );
        let columns = vec!["a_long_name_of_a_column"; 40].join(", ");
        for text in [
            "COPY t FROM PROGRAM 'date'",
            "copy binary \"from\" from'/x'",
            "COPY t FROM U&'/x'",
            "COPY t FROM $$/x$$",
            "COPY s.\"STDIN\" FROM /* stdin */ '/x'",
            "COPY t FROM :'f'",
            &format!("COPY t ({columns}) FROM '/x'"),
            &format!("DO $$ BEGIN EXECUTE 'COPY t ({columns}) FROM ''/x'''; END $$"),
            "DO $$ BEGIN EXECUTE format('COPY %I FROM %L', 't', f); END $$",
            "DO $$ BEGIN EXECUTE 'COPY t FROM ' || quote_literal(f); END $$",
            "DO $$ BEGIN EXECUTE 'COPY t FROM PROGRAM ' || quote_literal(f); END $$",
            "SELECT do_it('COPY t FROM U&''/x''')",
            "COPY (SELECT pg_read_file('/x')) TO STDOUT",
            "SELECT * FROM dblink('dbname=x', 'SELECT 1') AS t (i int)",
            "SELECT dblink_connect('x')",
            "CREATE FOREIGN TABLE f (a text) SERVER files OPTIONS (filename '/x')",
            "IMPORT FOREIGN SCHEMA s FROM SERVER o INTO p",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
        for text in [
            "COPY t FROM STDIN;",
            "copy t(a) from stdin with (format csv, null 'x')",
            "COPY t TO '/x'",
            "COPY (SELECT a FROM t) TO STDOUT",
            "SELECT 'copy'; SELECT a FROM t WHERE b = 'x'",
            "COMMENT ON TABLE t IS 'a copy of what came from the other'",
            "SELECT b.copy FROM books b",
            "-- COPY t FROM '/x'\nSELECT 1",
            "CREATE EXTENSION dblink",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            dependence(&text);
        }

        #[test]
        fn any_text_of_quotes_and_comments_is_read(text in "['\"$aé(/*\\-\n,:;\\\\]{0,40}") {
            dependence(&text);
        }
    }
}
