//! Statements. Those with turns make a handful at most, since what counts them is never passed over.

use super::{Around, Returns, Writer};

impl Writer<'_> {
    /// A few statements, or none.
    pub(super) fn statements(&mut self) {
        let number = if self.once_in(12) {
            0
        } else {
            self.rng.usize(1..4)
        };
        for _ in 0..number {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.statement();
        }
    }

    fn statement(&mut self) {
        let is_deep = self.depth > 5;
        match self.rng.u8(if is_deep { 12 } else { 0 }..40) {
            0..3 => self.condition_statement(),
            3..5 => self.case(),
            5..9 => self.looping(),
            9..12 => self.block(),
            12..16 => self.assignment(),
            16..19 => self.leaving(),
            19..22 => self.raising(),
            22..26 => self.sql(),
            26..28 => self.dynamic(),
            28..30 => self.cursor(),
            30..32 => self.diagnostics(),
            32 => self.returning(),
            33 if self.returns == Returns::Procedure => {
                let end = self.one(&["COMMIT;", "ROLLBACK;", "COMMIT AND CHAIN;"]);
                self.line(end);
            }
            33 | 34 => {
                let called = format!("CALL note({});", self.number());
                self.line(&called);
            }
            35 if self.may_fail() => {
                let asserted = format!("ASSERT {}, 'no; END';", self.condition());
                self.line(&asserted);
            }
            36 | 37 => {
                let performed = format!("PERFORM n FROM numbers WHERE n = {};", self.number());
                self.line(&performed);
            }
            _ => self.line("NULL;"),
        }
    }

    fn line(&mut self, text: &str) {
        self.put(text);
        self.gap();
    }

    /// Statements in another one.
    fn inside(&mut self, around: Option<Around>) {
        let is_around = around.is_some();
        self.around.extend(around);
        self.depth += 1;
        self.gap();
        self.statements();
        self.depth -= 1;
        if is_around {
            self.around.pop();
        }
    }

    fn condition_statement(&mut self) {
        let condition = if self.is_guarded && self.once_in(3) {
            self.risk()
        } else {
            self.condition()
        };
        self.put(&format!("IF {condition} THEN"));
        self.inside(None);
        while self.once_in(3) {
            let word = self.one(&["ELSIF", "ELSEIF", "elsif"]);
            let condition = self.condition();
            self.put(&format!("{word} {condition} THEN"));
            self.inside(None);
        }
        if self.once_in(2) {
            self.put("ELSE");
            self.inside(None);
        }
        self.line("END IF;");
    }

    fn case(&mut self) {
        let is_searched = self.rng.bool();
        let value = self.number();
        self.put(&if is_searched {
            "CASE".to_owned()
        } else {
            format!("CASE {value}")
        });
        self.gap();
        for _ in 0..self.rng.u8(1..4) {
            let fits = if is_searched {
                self.condition()
            } else {
                let (one, other) = (self.number(), self.number());
                match self.rng.u8(..3) {
                    0 => one,
                    1 => format!("{one}, {other}"),
                    _ => self.one(&["12", "'1'", "1.0", "12,-4"]).to_owned(),
                }
            };
            self.put(&format!("WHEN {fits} THEN"));
            self.inside(None);
        }
        if !self.may_fail() {
            self.put("ELSE");
            self.inside(None);
        }
        self.line("END CASE;");
    }

    fn label(&mut self) -> Option<String> {
        let label = self.once_in(3).then(|| format!("label_{}", self.labels));
        if let Some(label) = &label {
            self.labels += 1;
            self.put(&format!("<<{label}>>"));
            self.gap();
        }
        label
    }

    fn looping(&mut self) {
        let label = self.label();
        let end = match &label {
            Some(label) if self.rng.bool() => format!("END LOOP {label};"),
            _ => "END LOOP;".to_owned(),
        };
        let around = |may_continue| {
            Some(Around {
                label: label.clone(),
                is_loop: true,
                may_continue,
            })
        };
        let form = self.rng.u8(..10);
        let counter = format!("i{}", self.counters);
        if form < 4 {
            self.counters += 1;
        }
        let turns = self.rng.u8(..4);
        let count = format!("{counter} := {counter} + 1;");
        match form {
            // The counter is set at the place, since the loop may stand in another one.
            0 => {
                self.put(&format!("WHILE {counter} < {turns} LOOP {count}"));
                self.inside(around(true));
            }
            1 => {
                self.put(&format!("WHILE {counter} < {turns} LOOP"));
                self.inside(around(false));
                self.put(&count);
            }
            2 => {
                self.put(&format!("LOOP {count} EXIT WHEN {counter} > {turns};"));
                self.inside(around(true));
            }
            3 => {
                self.put("LOOP");
                self.inside(around(false));
                let end = format!("{count} EXIT WHEN {counter} >= {turns};");
                let end = self.one(&["EXIT;", &end, &end]).to_owned();
                self.put(&end);
            }
            _ => {
                let head = self.each();
                self.put(&format!("{head} LOOP"));
                self.inside(around(true));
            }
        }
        self.gap();
        self.line(&end);
    }

    /// The head of a `FOR` or `FOREACH`.
    fn each(&mut self) -> String {
        match self.rng.u8(..9) {
            0 => format!("FOR i IN 1 .. {}", self.one(&["0", "3", "a", "x % 4"])),
            1 => format!("FOR i IN REVERSE {} .. 1 BY 2", self.one(&["0", "3", "b"])),
            2 | 3 => format!("FOR r IN {}", self.query()),
            4 => format!("FOR y IN {}", self.query()),
            5 => format!(
                "FOR r IN EXECUTE 'SELECT n FROM numbers WHERE n < $1 ORDER BY n' USING {}",
                self.number()
            ),
            6 => format!("FOR m IN k({})", self.number()),
            7 => format!(
                "FOREACH {} IN ARRAY {}",
                self.one(&["x", "y"]),
                self.one(&["l", "ARRAY[a, b]", "'{}'::int[]"])
            ),
            _ => "FOREACH l SLICE 1 IN ARRAY ARRAY[[1, 2], [3, a]]".to_owned(),
        }
    }

    fn block(&mut self) {
        let label = self.label();
        if self.once_in(2) {
            let value = self.number();
            let variable = self.one(&["x int", "z CONSTANT int", "y int"]);
            self.put(&format!("DECLARE {variable} := {value};"));
            self.gap();
        }
        let is_guarded = self.rng.u8(..4) > 0;
        let before = std::mem::replace(&mut self.is_guarded, is_guarded);
        self.put("BEGIN");
        let end = match &label {
            Some(label) if self.rng.bool() => format!("END {label};"),
            _ => "END;".to_owned(),
        };
        self.inside(Some(Around {
            label,
            is_loop: false,
            may_continue: false,
        }));
        self.is_guarded = before;
        if is_guarded {
            self.handlers();
        }
        self.line(&end);
    }

    pub(super) fn handlers(&mut self) {
        self.put("EXCEPTION");
        self.gap();
        let before = std::mem::replace(&mut self.in_handler, true);
        for _ in 0..self.rng.u8(1..3) {
            let condition = self.one(&[
                "OTHERS",
                "division_by_zero",
                "no_data_found OR case_not_found",
                "SQLSTATE 'P0001'",
                "data_exception",
                "unique_violation",
                "assert_failure OR plpgsql_error",
            ]);
            self.put(&format!("WHEN {condition} THEN"));
            self.inside(None);
        }
        self.in_handler = before;
    }

    fn assignment(&mut self) {
        let number = self.number();
        let text = match self.rng.u8(..8) {
            0..3 => format!("x := ({number}) % 50;"),
            3 => format!("y = {number};"),
            4 => format!("raise := {number};"),
            5 => format!("l[{}] := {number};", self.rng.u8(1..5)),
            6 => "t := t || ';';".to_owned(),
            _ if self.returns == Returns::Out => format!("o := {number};"),
            _ => format!("r := ROW({number}, 1);"),
        };
        self.line(&text);
    }

    fn leaving(&mut self) {
        let when = if self.rng.u8(..8) > 0 {
            format!(" WHEN {}", self.condition())
        } else {
            String::new()
        };
        let places: Vec<String> = self.places();
        if places.is_empty() {
            return self.assignment();
        }
        let place = self.rng.usize(..places.len());
        let text = format!("{}{when};", places[place]);
        self.line(&text);
    }

    /// All that `EXIT` and `CONTINUE` can leave here.
    fn places(&self) -> Vec<String> {
        let mut places = Vec::new();
        for around in &self.around {
            if let Some(label) = &around.label {
                places.push(format!("EXIT {label}"));
                if around.is_loop && around.may_continue {
                    places.push(format!("CONTINUE {label}"));
                }
            }
        }
        if let Some(around) = self.around.iter().rfind(|it| it.is_loop) {
            places.push("EXIT".to_owned());
            if around.may_continue {
                places.push("CONTINUE".to_owned());
            }
        }
        places
    }

    fn raising(&mut self) {
        let number = self.number();
        let text = match self.rng.u8(..10) {
            0..5 => format!("RAISE NOTICE 'at % %', {number}, x;"),
            5..9 if !self.may_fail() => "RAISE INFO 'at %', a;".to_owned(),
            5 => format!("RAISE EXCEPTION 'bad %', {number};"),
            6 => "RAISE unique_violation USING MESSAGE = 'twice', DETAIL = 'END;';".to_owned(),
            7 => "RAISE SQLSTATE '22012';".to_owned(),
            8 if self.in_handler => "RAISE;".to_owned(),
            _ => format!("RAISE WARNING USING MESSAGE = concat('of ', {number});"),
        };
        self.line(&text);
    }

    fn sql(&mut self) {
        let number = self.number();
        let text = match self.rng.u8(..9) {
            0 => format!("SELECT n INTO y FROM numbers WHERE n = {number};"),
            1 if self.may_fail() => {
                format!("SELECT n INTO STRICT y FROM numbers WHERE n = {number};")
            }
            2 => format!("INSERT INTO log VALUES ({number});"),
            3 => format!("INSERT INTO log VALUES ({number}) RETURNING v INTO x;"),
            4 => format!("UPDATE log SET v = v + 1 WHERE v = {number};"),
            5 => format!("DELETE FROM log WHERE v = {number};"),
            6 if self.may_fail() => format!("INSERT INTO numbers VALUES ({number});"),
            7 => format!("WITH w AS (SELECT {number} AS n) SELECT w.n INTO x FROM w;"),
            8 if self.may_fail() => format!("PERFORM half({number});"),
            _ => format!("PERFORM n FROM numbers WHERE n < {number};"),
        };
        self.line(&text);
    }

    fn dynamic(&mut self) {
        let number = self.number();
        let text = match self.rng.u8(..4) {
            0 => format!("EXECUTE 'SELECT $1 + 1' INTO y USING {number};"),
            1 => format!("EXECUTE format('INSERT INTO log VALUES (%L)', {number});"),
            2 if self.may_fail() => format!(
                "EXECUTE 'SELECT n FROM numbers WHERE n = $1; -- END' INTO STRICT y USING {number};"
            ),
            2 => "EXECUTE 'SELECT ''; END''' INTO t;".to_owned(),
            _ if !self.may_fail() => format!("EXECUTE 'UPDATE log SET v = $1' USING {number};"),
            _ => "EXECUTE 'SELECT 1 / 0';".to_owned(),
        };
        self.line(&text);
    }

    fn cursor(&mut self) {
        let number = self.number();
        let text = match self.rng.u8(..7) {
            0 => format!("OPEN k({number});"),
            1 => format!("OPEN u FOR SELECT n FROM numbers WHERE n > {number} ORDER BY n;"),
            2 => "OPEN u FOR EXECUTE 'SELECT 7'; FETCH u INTO x;".to_owned(),
            3 | 5 | 6 if !self.may_fail() => {
                format!("OPEN k({number}); FETCH NEXT FROM k INTO y; CLOSE k;")
            }
            3 => "FETCH NEXT FROM k INTO y;".to_owned(),
            4 => "OPEN u SCROLL FOR SELECT 1; MOVE LAST IN u; FETCH u INTO r; CLOSE u;".to_owned(),
            5 => "MOVE FORWARD 2 FROM u;".to_owned(),
            _ => format!("CLOSE {};", self.one(&["k", "u"])),
        };
        self.line(&text);
    }

    fn diagnostics(&mut self) {
        let text = if self.in_handler && self.rng.bool() {
            "GET STACKED DIAGNOSTICS t = PG_EXCEPTION_CONTEXT, y = RETURNED_SQLSTATE; RAISE NOTICE '%', t;"
        } else {
            self.one(&[
                "GET DIAGNOSTICS x = ROW_COUNT;",
                "GET CURRENT DIAGNOSTICS t := PG_CONTEXT; RAISE NOTICE '%', t;",
            ])
        };
        self.line(text);
    }

    pub(super) fn returning(&mut self) {
        let number = self.number();
        let text = match self.returns {
            Returns::Number => format!("RETURN {number};"),
            Returns::Numbers => match self.rng.u8(..5) {
                0 | 1 => format!("RETURN NEXT {number};"),
                2 => format!("RETURN QUERY {};", self.query()),
                3 => format!(
                    "RETURN QUERY EXECUTE 'SELECT n FROM numbers WHERE n > $1 ORDER BY n' USING {number};"
                ),
                _ => "RETURN;".to_owned(),
            },
            Returns::Nothing | Returns::Out | Returns::Procedure => "RETURN;".to_owned(),
        };
        self.line(&text);
    }
}
