//! Values, names, comments: what can hold characters that mean something else outside.

use super::Author;

const WORDS: [&str; 24] = [
    "a",
    "bolt",
    "two words",
    "it's",
    "x;y",
    ":v",
    ":'v'",
    ":\"v\"",
    "\\",
    "\\n",
    "C:\\dir",
    "é✓",
    "tab\there",
    "say \"hi\"",
    "-- no comment",
    "/* neither */",
    "$$",
    "$x$",
    "",
    " ",
    "1",
    "t",
    "null",
    "line\nbreak",
];

const NAMES: [&str; 6] = ["v", "w", "n", "name_1", "é", "_x"];

impl Author {
    /// A text as it is meant, before it is quoted.
    pub(super) fn text(&mut self) -> String {
        let mut text = self.pick(&WORDS).to_owned();
        while self.one_in(4) {
            text.push_str(self.pick(&WORDS));
        }
        text
    }

    /// A text as a literal of SQL, one way or another.
    pub(super) fn literal(&mut self) -> String {
        let text = self.text();
        let doubled = text.replace('\'', "''");
        match self.below(14) {
            0..=4 => format!("'{doubled}'"),
            5 => format!("E'{}'", doubled.replace('\\', "\\\\")),
            6 => format!("e'{}\\'\\x41\\u00e9\\n;'", doubled.replace('\\', "\\\\")),
            7 => format!("U&'{}\\00e9'", doubled.replace('\\', "\\\\")),
            8 if !text.contains('$') => format!("$${text}$$"),
            9 if !text.contains('$') => format!("$tag${text}; $$ 'x $1 \"$tag$"),
            10 if !text.contains("$é1$") => format!("$é1${text}$é1$"),
            11 => format!("'{doubled}'\n  'went on'"),
            12 => format!("N'{doubled}'"),
            13 => self
                .pick(&["B'101'", "X'1F'", "b''", "'a'\n -- why\n 'b'"])
                .into(),
            _ => format!("'{}'", doubled.replace('\n', " ")),
        }
    }

    /// A literal without line breaks, for places that are read line by line.
    pub(super) fn short_literal(&mut self) -> String {
        let text = self.text().replace('\n', " ").replace('\'', "''");
        format!("'{text}'")
    }

    pub(super) fn variable(&mut self) -> &'static str {
        self.pick(&NAMES)
    }

    /// A reference to a variable, as it may stand in SQL.
    pub(super) fn reference(&mut self) -> String {
        let name = self.variable();
        match self.below(9) {
            0..=1 => format!(":{name}"),
            2..=4 => format!(":'{name}'"),
            5 => format!("':{name}'"),
            6 => format!(":{{?{name}}}"),
            7 => format!("1 AS :\"{name}\""),
            _ => format!(":'{name}'::text"),
        }
    }

    pub(super) fn comment(&mut self) -> String {
        self.pick(&[
            "-- to the end of the line; it's :v \\echo no\n",
            "/* a; 'comment */",
            "/* nested /* twice; */ \\echo \" */",
            "/* of several\n lines -- \n */",
            "--\n",
            "/**/",
            "-- $x$\n",
        ])
        .into()
    }

    pub(super) fn identifier(&mut self) -> String {
        self.pick(&[
            "x",
            "\"X y\"",
            "\"semi;colon\"",
            "\"it's\"",
            "\"d\"\"q\"",
            "été",
            "\"a:v\"",
            "x$1",
            "\"-- x\"",
            "_1",
            "\"$$\"",
            "U&\"\\00e9x\"",
        ])
        .into()
    }

    /// An expression with a value.
    pub(super) fn expression(&mut self) -> String {
        match self.below(22) {
            0..=5 => self.literal(),
            6..=8 => self.below(1000).to_string(),
            9 => "NULL".into(),
            10 => self
                .pick(&[
                    "true", "false", "1.50", ".5", "1e3", "-1", "+ 2", "1.", "0.0",
                ])
                .into(),
            11..=12 => self.reference(),
            13 => format!("({})", self.below(9)),
            14 => format!("ARRAY[{}, 2, 3]", self.below(9)),
            15 => "(ARRAY[1, 2, 3])[1:2]".into(),
            16 => format!("upper({}::text)", self.short_literal()),
            17 => format!("CASE WHEN {} > 4 THEN 'many' ELSE 'few' END", self.below(9)),
            18 => "repeat('x', 5) || chr(10) || 'y'".into(),
            19 => "(SELECT count(*) FROM item)".into(),
            20 => "'2024-02-29'::date".into(),
            _ => format!("{}::text || {}", self.below(9), self.short_literal()),
        }
    }
}
