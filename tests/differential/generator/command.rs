//! Backslash commands, and what stands around them.

use super::Author;
use crate::script::File;

const BOOLEANS: [&str; 24] = [
    "true",
    "false",
    "on",
    "off",
    "yes",
    "no",
    "1",
    "0",
    "t",
    "f",
    "TRUE",
    "o",
    "of",
    "y",
    "2",
    "maybe",
    "",
    "''",
    "'on'",
    "tru",
    ":v",
    ":{?v}",
    ":{?nosuch}",
    "not true",
];

const DEEPEST: u32 = 3;

impl Author {
    /// An argument of a command, as it is written.
    pub(super) fn argument(&mut self) -> String {
        let name = self.variable();
        match self.below(26) {
            0..=5 => self
                .pick(&[
                    "a",
                    "word",
                    "1",
                    "x;",
                    "é",
                    "a:b",
                    "--",
                    "a'b'c",
                    "\"q q\"",
                    "-n",
                    "$1",
                    ":",
                    "::",
                    ":+",
                    "/*x*/",
                    "a\"b c\"d",
                ])
                .into(),
            6..=9 => self
                .pick(&[
                    "'single'",
                    "'two words'",
                    "'it''s'",
                    "'esc\\n\\t\\101\\x41'",
                    "''",
                    "';'",
                    "'a'\"b\"",
                    "'\\''",
                    "'\\\\'",
                    "'tr\\b\\f\\r'",
                ])
                .into(),
            10..=13 => format!(":{name}"),
            14..=15 => format!(":'{name}'"),
            16..=17 => format!(":\"{name}\""),
            18 => format!(":{{?{name}}}"),
            19 => format!("x:{name}"),
            20 => format!(":{name}:{name}"),
            21 => format!("':{name}'"),
            22 => format!("\":{name}\""),
            23 => format!(":{name}x"),
            24 => format!("a:'{name}'b"),
            _ => ":nosuch".into(),
        }
    }

    pub(super) fn arguments(&mut self, most: u32) -> String {
        let count = self.below(most + 1);
        let mut text = String::new();
        for _ in 0..count {
            text.push_str(self.pick(&[" ", " ", " ", "  ", "\t"]));
            text.push_str(&self.argument());
        }
        text
    }

    /// What follows a command on its line.
    pub(super) fn line_end(&mut self) -> &'static str {
        self.pick(&[
            "\n",
            "\n",
            "\n",
            "\n",
            "\n",
            "\n",
            "\n",
            "\n",
            " \n",
            "\t\n",
            " \\\\\n",
            " \\\\ \\echo more\n",
            " \\echo then\n",
        ])
    }

    pub(super) fn setting(&mut self, out: &mut Vec<String>) {
        let name = self.variable();
        let piece = match self.below(20) {
            0..=11 => format!("\\set {name}{}{}", self.arguments(3), self.line_end()),
            12 => format!("\\unset {name}{}", self.line_end()),
            13 => format!("\\set {name} 'SELECT 1;'\n:{name}\n"),
            14 => format!("\\set {name} 'it''s' :{name}\nSELECT :'{name}';\n"),
            15 => format!("\\set {name} :{name}\nSELECT :'{name}' , ':{name}';\n"),
            16 => format!(
                "\\set v w\n\\set w v\n\\echo :v :w ::v :'w\n\\set {name} 7\nSELECT 1:{name}, 2::int, a.x[:{name}] FROM (SELECT ARRAY[1] AS x) a;\n"
            ),
            17 => self
                .pick(&[
                    "\\set 1 one\n\\echo :1\n",
                    "\\set a-b 1\n",
                    "\\set 'with space' 2\n",
                    "\\unset nosuch\n",
                    "\\unset\n",
                    "\\set x\n\\echo [:x]\n",
                    "\\unset a-b\n",
                ])
                .into(),
            18 => format!("\\set {name} '/* ' \nSELECT 1 :{name} 2; */ ;\n"),
            _ => format!(
                "\\set {name} 5\nSELECT :{name}+:{name}, :{name}.5, x:{name} FROM (SELECT 1 AS x5) q;\n"
            ),
        };
        out.push(piece);
    }

    fn condition(&mut self) -> String {
        let condition = self.pick(&BOOLEANS);
        match self.below(8) {
            0 => format!("{condition} extra"),
            1 => format!("'{}'", condition.trim_matches('\'')),
            _ => condition.into(),
        }
    }

    pub(super) fn choosing(&mut self, out: &mut Vec<String>) {
        if self.depth >= DEEPEST {
            return;
        }
        self.depth += 1;
        out.push(format!("\\if {}\n", self.condition()));
        self.branch(out);
        while self.one_in(3) {
            out.push(format!("\\elif {}\n", self.condition()));
            self.branch(out);
        }
        if self.one_in(2) {
            out.push(
                self.pick(&[
                    "\\else\n",
                    "\\else\n",
                    "\\else extra\n",
                    "\\else \\echo on its line\n",
                ])
                .into(),
            );
            self.branch(out);
        }
        out.push(
            self.pick(&[
                "\\endif\n",
                "\\endif\n",
                "\\endif\n",
                "\\endif \\echo after\n",
                "\\endif extra\n",
            ])
            .into(),
        );
        self.depth -= 1;
    }

    fn branch(&mut self, out: &mut Vec<String>) {
        if self.one_in(10) {
            out.push("SELECT 'it goes on'\n".into());
        }
        if self.one_in(12) {
            let odd = self.pick(&[
                "\\echo 'unclosed\n",
                "SELECT (1;\n",
                "\\echo `nosuch`\n",
                "\\set ON_ERROR_STOP perhaps\n",
                "/* ; \n\\else\n*/\n",
                "SELECT ')';\n",
                "\\i nosuch.sql :x\n",
                "\\copy nosuch from nosuch\n",
                "\\g |cat\n",
                "COPY nosuch FROM STDIN;\n",
                "\\if\n\\endif\n",
                "\\echo \\endif \\if true\n",
                "'open;\n\\endif\n';\n",
                "\\pset nosuch\n",
            ]);
            // Only where the branch is probably not run.
            out.push("\\if false\n".into());
            out.push(odd.into());
            out.push("\\endif\n".into());
        }
        let count = self.below(4);
        self.passages(out, count);
    }

    pub(super) fn transaction(&mut self, out: &mut Vec<String>) {
        out.push(
            self.pick(&[
                "BEGIN;\n",
                "BEGIN;\n",
                "START TRANSACTION;\n",
                "begin work;\n",
            ])
            .into(),
        );
        let count = self.below(4);
        for _ in 0..count {
            if self.one_in(4) {
                out.push("SAVEPOINT s;\n".into());
                self.passage(out);
                out.push(
                    self.pick(&[
                        "ROLLBACK TO s;\n",
                        "RELEASE s;\n",
                        "ROLLBACK TO SAVEPOINT s; RELEASE s;\n",
                    ])
                    .into(),
                );
            } else {
                self.passage(out);
            }
        }
        out.push(
            self.pick(&[
                "COMMIT;\n",
                "ROLLBACK;\n",
                "END;\n",
                "ABORT;\n",
                "COMMIT \\g\n",
                "ROLLBACK; -- done\n",
            ])
            .into(),
        );
    }

    /// A statement, sent by a command behind it.
    pub(super) fn sent_by_command(&mut self, out: &mut Vec<String>) {
        let statement = self.statement();
        let one_row = self.pick(&[
            "SELECT 1 AS v, 'two words' AS w",
            "SELECT NULL AS v, 'x' AS n",
            "SELECT 'it''s' AS \"é\", 3 AS name_1",
            "SELECT id AS n FROM item WHERE id = 2",
            "SELECT 1 AS \"a b\"",
            "SELECT 'on' AS \"ON_ERROR_STOP\", 9 AS n",
            "SELECT id FROM item",
            "SELECT 1 WHERE false",
            "SELECT",
            "INSERT INTO parent VALUES (91) ON CONFLICT DO NOTHING RETURNING id AS n",
            "DELETE FROM watched",
            "SELECT 1 AS v \\; SELECT 2 AS w",
        ]);
        let brings = self.pick(&[
            "SELECT 'SELECT 1', 'SELECT 2'",
            "SELECT format('SELECT %L', name) FROM item ORDER BY id",
            "SELECT 'SELECT 1 / 0', 'SELECT 3'",
            "SELECT NULL, 'INSERT INTO parent VALUES (92)', ''",
            "SELECT 'SELECT 1; SELECT 2'",
            "SELECT 'BEGIN', 'SELECT nosuch', 'ROLLBACK'",
            "SELECT 'SELECT 1' WHERE false",
            "SELECT 'CREATE TABLE made_0 (n int)' UNION ALL SELECT 'INSERT INTO made_0 VALUES (1)'",
            "DELETE FROM watched",
            "SELECT 'SELECT :v'",
        ]);
        let gap = self.pick(&[" ", "\n", "", "  "]);
        let end = self.line_end();
        let piece = match self.below(20) {
            0..=3 => format!("{statement}{gap}\\g{end}"),
            4..=5 => format!("{statement}{gap}\\gx{end}"),
            6..=10 => {
                let prefix = self.pick(&["", "", " p_", " :v", " 'x'", " w extra"]);
                format!(
                    "{one_row}{gap}\\gset{prefix}{end}\\echo [:v] [:w] [:n] [:p_v] [:p_n] [:name_1]\n"
                )
            }
            11..=14 => format!("{brings}{gap}\\gexec{end}"),
            15 => format!("{statement}{gap}\\g out_{}.txt\n", self.below(2)),
            16 => format!("{statement}{gap}\\gx out_{}.txt\n", self.below(2)),
            17 => format!("{statement};\n\\g\n"),
            18 => format!("{one_row};\n\\gset\n\\echo :v :w\n"),
            _ => format!("{statement}{gap}\\g\\g\n"),
        };
        out.push(piece);
    }

    pub(super) fn buffer_command(&mut self, out: &mut Vec<String>) {
        let statement = self.statement();
        let piece = match self.below(9) {
            0 => format!("{statement}\n\\p\n;\n"),
            1 => format!("{statement}\n\\r\n"),
            2 => format!("{statement} \\r SELECT 'instead';\n"),
            3 => "\\p\n".into(),
            4 => "\\p\\g\n".into(),
            5 => format!("{statement};\n\\p\n"),
            6 => "SELECT (1\n\\r\nSELECT 2;\n".into(),
            7 => "SELECT 1,\n\n\\echo between\n 2\n;\n".into(),
            _ => "SELECT 'a\n\n\\echo no command\nb';\n".into(),
        };
        out.push(piece);
    }

    pub(super) fn including(&mut self, out: &mut Vec<String>) {
        if self.depth > 1 {
            return;
        }
        let number = self.files.len();
        let name = format!(
            "sub/part{}.sql",
            ["a", "b", "c", "d", "e", "f", "g"][number % 7]
        );
        if self.files.iter().all(|file| file.name != name) {
            self.depth += 1;
            let at = self.files.len();
            self.files.push(File {
                name: name.clone(),
                pieces: Vec::new(),
            });
            let mut pieces = Vec::new();
            let count = 1 + self.below(4);
            self.passages(&mut pieces, count);
            if self.one_in(4) {
                let to = format!(
                    "\\ir {}\n",
                    self.pick(&["leaf.sql", "../leaf.sql", "'leaf.sql'"])
                );
                pieces.push(to);
                for leaf in ["leaf.sql", "sub/leaf.sql"] {
                    if self.files.iter().all(|file| file.name != leaf) {
                        self.files.push(File {
                            name: leaf.into(),
                            pieces: vec![format!("SELECT 'in {leaf}';\n"), "\\echo :v\n".into()],
                        });
                    }
                }
            }
            if self.one_in(3) {
                self.ending(&mut pieces);
            }
            self.files[at].pieces = pieces;
            self.depth -= 1;
        }
        let command = match self.below(7) {
            0..=2 => format!("\\i {name}\n"),
            3 => format!("\\ir {name}\n"),
            4 => format!("\\include '{name}'\n"),
            5 => format!("\\include_relative {name}; \n"),
            _ => format!("SELECT 'around'\n\\i {name}\n;\n"),
        };
        out.push(if self.depth == 0 {
            command
        } else {
            "\\echo no deeper\n".into()
        });
    }

    pub(super) fn oddity(&mut self, out: &mut Vec<String>) {
        let piece = match self.below(22) {
            0 => "\\encoding\n",
            1 => "\\encoding UTF8\n",
            2 => "\\echo a b \\echo c\n",
            3 => "SELECT 1; SELECT 2; \\echo x \\\\ SELECT 3;\n",
            4 => "\\\\ SELECT 'behind a double backslash';\n",
            5 => "\\restrict k\nSELECT 1;\n\\unrestrict k\n",
            6 => ";;;\n",
            7 => "\t\n",
            8 => "SELECT 1 -- \\g\n\\g\n",
            9 => "SELECT ((1))\\;SELECT (2)\\;\n;\n",
            10 => "\\set v 'a b'\n\\echo :v\\echo :v\n",
            11 => "\\endif\n",
            12 => "\\g\n",
            13 => "\\set v 'two\\nlines'\n\\echo :v\nSELECT :'v' AS :\"v\";\n",
            14 => "\\set q 'SELECT \\'x\\' AS n'\n:q \\gset\n\\echo :n\n:q;\n",
            15 => "\\set c '\\\\echo no command'\nSELECT 1 :c ;\n",
            16 => "\\set p ( \nSELECT :p 1; ) ;\nSELECT 2);\n",
            17 => "SELECT 1 AS n, 2 AS m \\gset a_ \\echo :a_n :a_m \\\\ SELECT :a_n;\n",
            18 => "\\if true \\echo one \\else \\echo two \\endif \\echo three\n",
            19 => "\\if false \\echo one \\else \\echo two \\endif SELECT 3;\n",
            20 => "SELECT\n\\if true\n 1\n\\else\n 2\n\\endif\n;\n",
            _ => "\\gx\n",
        };
        let is_new = piece.contains("restrict") && self.version < 15;
        if !is_new {
            out.push(piece.into());
        }
    }
}
