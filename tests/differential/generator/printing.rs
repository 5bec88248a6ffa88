//! What scripts print by themselves, how and where they print, and the variables that psql looks at.

use super::Author;

impl Author {
    pub(super) fn printing(&mut self, out: &mut Vec<String>) {
        let piece = match self.below(24) {
            0 => "\\a\n".into(),
            1 => "\\t\n".into(),
            2 => format!("\\t {}\n", self.pick(&["on", "off", "0", "maybe"])),
            3..=4 => format!(
                "\\x {}\n",
                self.pick(&["on", "off", "auto", "", ";", "nonsense"])
            ),
            5 => format!(
                "\\f {}\n",
                self.pick(&["','", ";", "'\\t'", "", "''", "ab"])
            ),
            6 => format!("\\C {}\n", self.pick(&["Title", "'A title'", "", ":v"])),
            7..=8 => format!(
                "\\pset null {}\n",
                self.pick(&["'(null)'", "∅", "", "''", "\\N"])
            ),
            9..=11 => format!(
                "\\pset format {}\n",
                self.pick(&["aligned", "unaligned", "a", "u", "unalign", ""])
            ),
            12..=13 => format!(
                "\\pset border {}\n",
                self.pick(&["0", "1", "2", "3", "x", ""])
            ),
            14 => format!(
                "\\pset tuples_only {}\n",
                self.pick(&["on", "off", "", "yes", "perhaps"])
            ),
            15 => format!("\\pset footer {}\n", self.pick(&["on", "off", ""])),
            16 => format!(
                "\\pset expanded {}\n",
                self.pick(&["on", "off", "", "auto"])
            ),
            17 => format!(
                "\\pset fieldsep {}\n",
                self.pick(&["'; '", "'\\t'", "x", "", "''"])
            ),
            18 => format!(
                "\\pset recordsep {}\n",
                self.pick(&["'; '", "'\\n'", "'\\n\\n'", "", "''"])
            ),
            19 => format!("\\pset title {}\n", self.pick(&["'One title'", "", "''"])),
            20 => self
                .pick(&[
                    "\\pset fieldsep_zero\n",
                    "\\pset recordsep_zero\n",
                    "\\pset nosuch\n",
                ])
                .into(),
            21 => "\\pset tuples_only off\n\\pset format aligned\n".into(),
            22 => "\\t off\n\\x on\n".into(),
            _ => "\\a \\t on\n".into(),
        };
        out.push(piece);
    }

    pub(super) fn redirecting(&mut self, out: &mut Vec<String>) {
        out.push(
            self.pick(&[
                "\\o out_0.txt\n",
                "\\o 'out 2.txt'\n",
                "\\o\n",
                "\\out out_1.txt;\n",
                "\\o out_0.txt\n",
                "\\o out_1.txt\nSELECT 'to a file';\n\\qecho and this\n\\o\n",
            ])
            .into(),
        );
    }

    pub(super) fn saying(&mut self, out: &mut Vec<String>) {
        let piece = match self.below(14) {
            0..=6 => format!("\\echo{}{}", self.arguments(4), self.line_end()),
            7..=8 => format!("\\qecho{}{}", self.arguments(3), self.line_end()),
            9 => format!("\\echo -n{}{}", self.arguments(3), self.line_end()),
            10 => format!("\\qecho -n{}\n", self.arguments(3)),
            11 => format!("\\warn warned {}\n", self.arguments(3)),
            12 => format!("\\warn -n 'warned {}\\n'\n", self.variable()),
            _ => format!("\\echo '-n'{}\n", self.arguments(2)),
        };
        out.push(piece);
    }

    pub(super) fn switch(&mut self, out: &mut Vec<String>) {
        let name = self.pick(&[
            "ON_ERROR_STOP",
            "ON_ERROR_ROLLBACK",
            "ON_ERROR_ROLLBACK",
            "AUTOCOMMIT",
            "AUTOCOMMIT",
            "QUIET",
        ]);
        let value = self.pick(&[
            "on",
            "off",
            "1",
            "0",
            "on",
            "off",
            "true",
            "",
            "no",
            "perhaps",
            "interactive",
        ]);
        let piece = match self.below(12) {
            0 => format!("\\unset {name}\n"),
            1 => format!("\\echo :{name}\n"),
            _ => format!("\\set {name} {value}\n"),
        };
        out.push(piece);
    }

    pub(super) fn asking_about_last(&mut self, out: &mut Vec<String>) {
        out.push(
            self.pick(&[
                "\\echo :ERROR :SQLSTATE :ROW_COUNT\n",
                "\\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE\n",
                "\\echo :ROW_COUNT :'LAST_ERROR_MESSAGE'\n",
                "\\if :ERROR\n\\echo there was an error\n\\endif\n",
                "SELECT :'SQLSTATE', :ROW_COUNT;\n",
                "\\echo :ENCODING :USER :PORT :VERBOSITY :SHOW_CONTEXT :ECHO :FETCH_COUNT\n",
            ])
            .into(),
        );
    }
}
