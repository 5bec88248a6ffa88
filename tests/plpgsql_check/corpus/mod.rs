//! Functions made from a seed: every statement of PL/pgSQL, in one another, with errors that are caught and that are not. Each
//! ends, whatever its arguments are.

mod expression;
mod statement;

use fastrand::Rng;

/// What all of them find in their database.
pub(crate) const GROUND: &str = "
    CREATE TABLE numbers (n int PRIMARY KEY);
    INSERT INTO numbers VALUES (1), (2), (3), (4);
    CREATE TABLE log (v int);
    CREATE PROCEDURE note(v int) LANGUAGE plpgsql AS $$
    BEGIN
        IF v > 3 THEN INSERT INTO log VALUES (v); END IF;
    END $$;
    CREATE FUNCTION half(v int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
        IF v % 2 = 1 THEN
            RAISE EXCEPTION 'odd: %', v USING ERRCODE = 'data_exception';
        END IF;
        RETURN v / 2;
    END $$;";

/// A function or procedure of three integers.
pub(crate) struct Sample {
    /// The statement that makes it.
    pub(crate) statement: String,
    /// Calls of it.
    pub(crate) calls: Vec<String>,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Returns {
    Number,
    Numbers,
    Nothing,
    Out,
    Procedure,
}

/// A place that can be left by its label, or without.
struct Around {
    label: Option<String>,
    is_loop: bool,
    /// Whether its next turn may be gone to from inside.
    may_continue: bool,
}

struct Writer<'r> {
    rng: &'r mut Rng,
    text: String,
    returns: Returns,
    around: Vec<Around>,
    /// Variables that count turns.
    counters: usize,
    labels: usize,
    depth: usize,
    in_handler: bool,
    /// Whether an error is likely to be caught.
    is_guarded: bool,
    /// How many statements may still come.
    left: usize,
}

/// The function of this number.
pub(crate) fn sample(rng: &mut Rng, number: usize) -> Sample {
    let returns = match rng.u8(..20) {
        0..12 => Returns::Number,
        12..14 => Returns::Nothing,
        14..16 => Returns::Numbers,
        16..18 => Returns::Out,
        _ => Returns::Procedure,
    };
    let left = rng.usize(4..40);
    let mut writer = Writer {
        rng,
        text: String::new(),
        returns,
        around: Vec::new(),
        counters: 0,
        labels: 0,
        depth: 0,
        in_handler: false,
        is_guarded: false,
        left,
    };
    let (label, end) = writer.outer();
    let counters: String = (0..writer.counters)
        .map(|at| format!("    i{at} int := 0;\n"))
        .collect();
    let inside = writer.text;
    let kind = if returns == Returns::Procedure {
        "PROCEDURE"
    } else {
        "FUNCTION"
    };
    let (out, result) = match returns {
        Returns::Number => ("", "RETURNS int"),
        Returns::Numbers => ("", "RETURNS SETOF int"),
        Returns::Nothing => ("", "RETURNS void"),
        Returns::Out => (", OUT o int, OUT p text", ""),
        Returns::Procedure => ("", ""),
    };
    let statement = format!(
        "CREATE {kind} f_{number}(a int, b int, c int{out}) {result} LANGUAGE plpgsql AS $f$
{label}DECLARE
    x int := 0; y int; t text := 'END; -- no end';
    raise int := 1;
    l int[] := ARRAY[3, 1, 2];
    r record;
    k CURSOR (since int) FOR SELECT n FROM numbers WHERE n >= since ORDER BY n;
    u refcursor;
{counters}{inside}{end}
$f$"
    );
    let calls = (0..4).map(|_| {
        let arguments: Vec<String> = (0..3).map(|_| argument(rng)).collect();
        let arguments = arguments.join(", ");
        match returns {
            Returns::Procedure => format!("CALL f_{number}({arguments})"),
            _ => format!("SELECT * FROM f_{number}({arguments})"),
        }
    });
    Sample {
        calls: calls.collect(),
        statement,
    }
}

fn argument(rng: &mut Rng) -> String {
    match rng.i32(-2..6) {
        -2 => "NULL".to_owned(),
        number => number.to_string(),
    }
}

impl Writer<'_> {
    /// One of these.
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.rng.usize(..of.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, number: usize) -> bool {
        self.rng.usize(..number) == 0
    }

    /// Whether something may raise an error here: seldom where nothing catches it, since nothing ran behind it then.
    fn may_fail(&mut self) -> bool {
        let number = if self.is_guarded { 2 } else { 12 };
        self.once_in(number)
    }

    /// What separates words and statements: mostly a line break.
    fn gap(&mut self) {
        let indent = "    ".repeat(self.depth);
        let gap = match self.rng.u8(..20) {
            0..13 => format!("\n{indent}"),
            13..18 => " ".to_owned(),
            18 => format!(" -- IF this THEN 'no end\n{indent}"),
            _ => " /* BEGIN /* END; */ ; */ ".to_owned(),
        };
        self.text.push_str(&gap);
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The body behind its declarations. Returns what stands before these, and behind all.
    fn outer(&mut self) -> (String, String) {
        let label = self.once_in(5).then(|| "outer_block".to_owned());
        self.around.push(Around {
            label: label.clone(),
            is_loop: false,
            may_continue: false,
        });
        self.depth = 1;
        self.put("BEGIN");
        self.gap();
        self.is_guarded = self.once_in(4);
        for _ in 0..3 {
            self.statements();
        }
        if self.rng.u8(..10) < 9 {
            self.returning();
        }
        if self.is_guarded {
            self.handlers();
        }
        self.depth = 0;
        self.put("\nEND");
        self.around.pop();
        match label {
            Some(label) => (format!("<<{label}>>\n"), format!(" {label};")),
            None => (String::new(), ";".to_owned()),
        }
    }
}
