//! How statements stand in the file: where lines break, what ends them, comments and white space in between.

use super::Author;

impl Author {
    /// What ends a statement, and what follows it on its line.
    pub(super) fn statement_end(&mut self) -> String {
        match self.below(30) {
            0..=19 => ";\n".into(),
            20 => " ;\n".into(),
            21 => "\n;\n".into(),
            22 => "; ".into(),
            23 => ";;\n".into(),
            24 => format!("; {}\n", self.comment().trim_end()),
            25 => ";\t \n\n\n".into(),
            26 => "\\;\n;\n".into(),
            27 => format!("; \\echo behind {}\n", self.variable()),
            28 => ";\n\n".into(),
            _ => "\\g\n".into(),
        }
    }

    /// A statement with its end, its white space changed here and there.
    pub(super) fn laid_out(&mut self, statement: &str, end: &str) -> String {
        let mut text = String::new();
        if self.one_in(12) {
            text.push_str(&self.comment());
        }
        if self.one_in(20) {
            text.push_str(self.pick(&["  ", "\t", "\n\n", " \n"]));
        }
        // Line breaks between the first words only: what stands further on may be quoted.
        let mut words = statement.splitn(3, ' ');
        if let (true, Some(first), Some(second), rest) =
            (self.one_in(6), words.next(), words.next(), words.next())
        {
            let gap = |author: &mut Self| match author.below(6) {
                0 => "\n".to_owned(),
                1 => "\n\n  ".to_owned(),
                2 => "\t".to_owned(),
                3 => format!(" {}", author.comment()),
                4 => "\n-- why; not\n".to_owned(),
                _ => "  ".to_owned(),
            };
            let quoted = |word: &str| word.contains(['\'', '"', '$', '(']);
            text.push_str(first);
            let between = if quoted(first) {
                " ".to_owned()
            } else {
                gap(self)
            };
            text.push_str(&between);
            text.push_str(second);
            if let Some(rest) = rest {
                let between = if quoted(first) || quoted(second) {
                    " ".to_owned()
                } else {
                    gap(self)
                };
                text.push_str(&between);
                text.push_str(rest);
            }
        } else {
            text.push_str(statement);
        }
        text.push_str(end);
        text
    }

    /// What a file ends with: maybe no line end, maybe something unfinished.
    pub(super) fn ending(&mut self, out: &mut Vec<String>) {
        let choice = self.below(40);
        let piece = match choice {
            // Where the main file goes on after errors, it would go on here as well, and the tool does not.
            9 | 10 if self.depth > 0 => return,
            0 => "SELECT 'no newline'".to_owned(),
            1 => "SELECT 'no newline';".to_owned(),
            2 => "\\echo no newline".to_owned(),
            3 => "-- no newline".to_owned(),
            4 => "SELECT 'open".to_owned(),
            5 => "SELECT (1".to_owned(),
            6 => "/* open".to_owned(),
            7 => "\\if true\nSELECT 'in an open branch';\n".to_owned(),
            8 => "\\if false\nSELECT 'in an open branch';\n".to_owned(),
            9 => "\\set ON_ERROR_STOP on\n\\nosuch command\nSELECT 1;\n".to_owned(),
            10 => "\\set ON_ERROR_STOP on\n\\i nosuch.sql\nSELECT 1;\n".to_owned(),
            11 => "\\if true\nSELECT 'rest in an open branch'\n".to_owned(),
            12 => "\\q\nSELECT 'never';\n".to_owned(),
            13 => "SELECT 'before quit' \\q\n".to_owned(),
            14 => "BEGIN; INSERT INTO parent VALUES (50);\n".to_owned(),
            15 => "SELECT $x$ open".to_owned(),
            16 => "SELECT \"open".to_owned(),
            17 => "\n\n   ".to_owned(),
            18 => "\\endif\n".to_owned(),
            19 => "\\else\nSELECT 1;\n".to_owned(),
            20 => "\\elif true\nSELECT 1;\n".to_owned(),
            21 => "SELECT pg_terminate_backend(pg_backend_pid());\nSELECT 1;\n".to_owned(),
            _ => return,
        };
        out.push(piece);
    }
}
