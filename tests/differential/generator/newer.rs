//! What newer psqls have, or what came to the language late: the extended protocol, `\watch` with an end, and the
//! environment around a script. What a psql does not know yet is not written for it.

use super::Author;

/// The first psql that has all of the extended protocol's commands, and the ends of `\watch`.
const EXTENDED: u32 = 18;

impl Author {
    pub(super) fn newer(&mut self, out: &mut Vec<String>) {
        match self.below(8) {
            0..=2 if self.version >= EXTENDED => self.extended(out),
            3 if self.version >= EXTENDED => self.watching(out),
            0 | 4 => self.described(out),
            1 | 5 => self.environment(out),
            2 | 6 => self.large_object(out),
            _ => self.watched_variables(out),
        }
    }

    /// A parameter of `\bind`.
    fn parameters(&mut self) -> String {
        self.pick(&[
            "",
            " 1",
            " 1",
            " 7 two",
            " 'it''s'",
            " :v",
            " :'v' \"q q\"",
            " ''",
            " ;",
            " a; b",
            " nosuch",
        ])
        .into()
    }

    fn sender(&mut self) -> String {
        let end = self.line_end();
        let sender = self.pick(&[
            "\\g",
            "\\g",
            "\\g",
            "\\g",
            ";",
            "\n;",
            "\\gx",
            "\\gset",
            "\\gset p_",
            "\\gdesc",
            "\\gexec",
            "\\p \\g",
            "\\r",
            "\\g out_0.txt",
            "\\bind 2 \\g",
            "\\g (format=aligned tuples_only=off)",
            "\\watch c=1",
            "\\watch c=2 i=0",
        ]);
        format!("{sender}{end}")
    }

    fn extended(&mut self, out: &mut Vec<String>) {
        let statement = match self.below(3) {
            0 => self.statement(),
            _ => self
                .pick(&[
                    "SELECT $1",
                    "SELECT $1::int + 1 AS v",
                    "SELECT $1 AS v, $2 AS w",
                    "INSERT INTO parent VALUES ($1) ON CONFLICT DO NOTHING RETURNING id AS n",
                    "SELECT name FROM item WHERE id = $1",
                    "SELECT format('SELECT %L', $1::text)",
                    "SELECT 'SELECT $1', 'SELECT 2' WHERE $1 <> ''",
                    "SELECT 1 / $1::int",
                    "UPDATE item SET note = $1 WHERE id = 1",
                    "SELECT $1 \\; SELECT 2",
                    "COPY parent TO STDOUT",
                    "SELECT nosuch, $1",
                ])
                .into(),
        };
        let name = self.pick(&["one", "one", "'a name'", "''", "two", ":v"]);
        let (parameters, sender) = (self.parameters(), self.sender());
        let piece = match self.below(12) {
            0..=4 => format!("{statement} \\bind{parameters} {sender}"),
            5 => format!("{statement} \\parse {name}\n"),
            6 | 7 => {
                format!("{statement} \\parse {name}\n\\bind_named {name}{parameters} {sender}")
            }
            8 => format!("\\bind_named {name}{parameters} {sender}"),
            9 => format!("\\close_prepared {name}\n"),
            10 => self
                .pick(&[
                    "\\parse\n",
                    "\\bind_named\n",
                    "\\close_prepared\n",
                    "\\parse one two\n",
                    "\\close_prepared one two\n",
                    "\\bind_named one \\bind_named nosuch \\g\n",
                    "SELECT $1 \\bind 1\nSELECT 2;\n",
                    "SELECT name, statement FROM pg_prepared_statements ORDER BY name;\n",
                ])
                .into(),
            _ => format!("{statement};\n\\bind{parameters}\n{sender}"),
        };
        out.push(piece);
    }

    fn watching(&mut self, out: &mut Vec<String>) {
        let statement = if self.one_in(3) {
            self.statement()
        } else {
            self.pick(&[
                "SELECT 1",
                "SELECT nextval('counter')",
                "SELECT generate_series(nextval('counter'), 5)",
                "INSERT INTO parent VALUES (93) ON CONFLICT DO NOTHING",
                "INSERT INTO watched VALUES (1) RETURNING n",
                "SELECT 1 \\; SELECT id FROM item",
                "COPY parent TO STDOUT",
                "SELECT 1 / 0",
                "",
            ])
            .into()
        };
        let how = self.pick(&[
            "c=1",
            "c=2 i=0",
            "count=2 interval=0",
            "0 c=2",
            "c=3 i=0 m=2",
            "min_rows=1 c=2 0",
            "i=0.001 c=2",
            "c=0",
            "c=x",
            "i=-1 c=1",
            "c=1 c=2",
            "co=1",
            "m=0 c=1",
            "i= c=1",
            "=1",
            "1 2 c=1",
        ]);
        let end = self.line_end();
        out.push(format!("{statement} \\watch {how}{end}"));
    }

    fn described(&mut self, out: &mut Vec<String>) {
        let statement = if self.one_in(2) {
            self.statement()
        } else {
            self.pick(&[
                "SELECT 1 AS n, 'x'::varchar(5) AS \"A word\", NULL",
                "VALUES (1.5, '{}'::int[])",
                "SELECT",
                "INSERT INTO parent VALUES (94) RETURNING id",
                "SELECT $1::int, $2 || 'x'",
                "SELECT 1 AS \"it's\"",
                "SELECT 1 \\; SELECT 2",
                "",
            ])
            .into()
        };
        let end = self.line_end();
        let after = self.pick(&["", "", "\\g\n", "\\p\n", "\\gdesc\n"]);
        out.push(format!("{statement} \\gdesc{end}{after}"));
    }

    fn environment(&mut self, out: &mut Vec<String>) {
        let name = self.variable();
        let piece = match self.below(9) {
            0 => format!(
                "\\setenv DIFFERENTIAL {}\n\\getenv {name} DIFFERENTIAL\n\\echo :{name}\n",
                self.argument()
            ),
            1 => format!("\\getenv {name} NO_SUCH_VARIABLE\n\\echo :{name}\n"),
            2 => format!("\\setenv DIFFERENTIAL\n\\getenv {name} DIFFERENTIAL\n\\echo :{name}\n"),
            3 => self
                .pick(&[
                    "\\setenv\n",
                    "\\getenv\n",
                    "\\getenv v\n",
                    "\\setenv a=b c\n",
                    "\\getenv a-b DIFFERENTIAL\n",
                ])
                .into(),
            4 => "\\cd sub\n\\o out_0.txt\nSELECT 'below';\n\\o\n\\cd ..\n".into(),
            5 => "\\cd sub\n\\copy item to 'out 3.txt'\n\\i nosuch.sql\n\\cd ..\n".into(),
            6 => "\\cd nosuch\n".into(),
            7 => "\\cd main.sql\n".into(),
            _ => "\\cd .\n\\cd sub;\n\\cd ..\n".into(),
        };
        out.push(piece);
    }

    /// Large objects have their numbers from the server, so that those are not printed.
    fn large_object(&mut self, out: &mut Vec<String>) {
        out.push(
            self.pick(&[
                "\\set QUIET on\n\\set ECHO none\n\\lo_import main.sql\nSELECT convert_from(lo_get(:LASTOID), 'UTF8');\n\\lo_unlink :LASTOID\n",
                "\\set QUIET on\n\\set ECHO none\n\\lo_import main.sql 'a ''comment'''\nSELECT obj_description(:LASTOID, 'pg_largeobject');\n\\lo_unlink :LASTOID\n",
                "SELECT lo_from_bytea(4712, 'some text');\n\\lo_export 4712 out_1.txt\n\\lo_unlink 4712\n",
                "\\lo_unlink 4713\n",
                "\\lo_export 4713\n",
                "\\lo_export\n",
                "\\lo_unlink\n",
                "\\lo_import\n",
                "\\lo_import nosuch\n",
                "\\lo_unlink x\n",
            ])
            .into(),
        );
    }

    /// The variables that psql looks at whenever they are set, and the format that has its own of them.
    fn watched_variables(&mut self, out: &mut Vec<String>) {
        out.push(
            self.pick(&[
                "\\set ECHO queries\n",
                "\\set ECHO all\n",
                "\\set ECHO errors\n",
                "\\set ECHO none\n",
                "\\set ECHO QUERIES\n",
                "\\set ECHO nosuch\n",
                "\\unset ECHO\n",
                "\\set VERBOSITY default\n\\echo :VERBOSITY\n",
                "\\set VERBOSITY loud\n",
                "\\unset VERBOSITY\n",
                "\\set SHOW_CONTEXT errors\n",
                "\\set SHOW_CONTEXT sometimes\n",
                "\\set FETCH_COUNT x\n",
                "\\set SHOW_ALL_RESULTS perhaps\n",
                "\\set ECHO_HIDDEN noexec\n\\echo :ECHO_HIDDEN\n\\unset ECHO_HIDDEN\n",
                "\\pset format csv\n",
                "\\pset format csv\n\\t off\n",
                "\\pset csv_fieldsep ;\n",
                "\\pset csv_fieldsep '\\t'\n",
                "\\pset csv_fieldsep ab\n",
                "\\pset csv_fieldsep '\"'\n",
            ])
            .into(),
        );
    }
}
