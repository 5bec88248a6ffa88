//! Expressions, some of which raise an error for some arguments.

use super::Writer;

impl Writer<'_> {
    /// A number, or null.
    pub(super) fn number(&mut self) -> String {
        match self.rng.u8(..16) {
            0..3 => self.rng.u8(..5).to_string(),
            3..8 => self.one(&["a", "b", "c"]).to_owned(),
            8..11 => self.one(&["x", "y", "raise"]).to_owned(),
            11 => format!("({} + {}) % 7", self.number(), self.number()),
            12 => format!("coalesce({}, {})", self.number(), self.number()),
            13 => format!(
                "(CASE WHEN {} THEN {} ELSE {} END)",
                self.condition(),
                self.number(),
                self.number()
            ),
            14 => format!("(SELECT max(n) FROM numbers WHERE n < {})", self.number()),
            _ if !self.may_fail() => "3".to_owned(),
            _ => match self.rng.u8(..4) {
                0 => format!(
                    "10 / ({} - {})",
                    self.one(&["a", "b", "c"]),
                    self.rng.u8(..4)
                ),
                1 => format!("l[{}]", self.number()),
                2 => format!("half({})", self.number()),
                _ => format!(
                    "length(t || {})",
                    self.one(&["'; END IF'", "$$LOOP$$", "E'\\''", "'it''s'"])
                ),
            },
        }
    }

    /// A condition: true, false, null, or an error.
    pub(super) fn condition(&mut self) -> String {
        match self.rng.u8(..16) {
            0..6 => {
                let operator = self.one(&["=", "<", ">", "<>", "<=", ">="]);
                format!("{} {operator} {}", self.number(), self.number())
            }
            6 | 7 => "FOUND".to_owned(),
            8 => format!("{} IS NULL", self.number()),
            9 => format!("{} BETWEEN 1 AND {}", self.number(), self.number()),
            10 => format!("NOT ({})", self.condition()),
            11 => format!(
                "({}) {} ({})",
                self.condition(),
                self.one(&["AND", "OR"]),
                self.condition()
            ),
            12 => format!("EXISTS (SELECT FROM numbers WHERE n = {})", self.number()),
            _ if !self.may_fail() => "a IS NOT NULL".to_owned(),
            _ => self.risk(),
        }
    }

    /// A condition that raises an error for many arguments.
    pub(super) fn risk(&mut self) -> String {
        let argument = self.one(&["a", "b", "c"]);
        if self.rng.bool() {
            format!("half({argument}) > 0")
        } else {
            format!("1 / ({argument} - {}) >= 0", self.rng.u8(1..4))
        }
    }

    /// A query for numbers, in order.
    pub(super) fn query(&mut self) -> String {
        match self.rng.u8(..3) {
            0 => format!(
                "SELECT n FROM numbers WHERE n > {} ORDER BY n",
                self.number()
            ),
            1 => format!(
                "SELECT n FROM generate_series(1, {}) n",
                self.one(&["0", "2", "x % 3", "a"])
            ),
            _ if !self.may_fail() => "SELECT * FROM numbers ORDER BY 1 DESC".to_owned(),
            _ => format!(
                "SELECT n / (n - {}) AS n FROM numbers ORDER BY numbers.n",
                self.one(&["a", "3", "0", "9"])
            ),
        }
    }
}
