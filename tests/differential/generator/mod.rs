//! Makes scripts: the same one for the same seed. It knows psql's language and what the databases hold at the
//! beginning, and takes no care that a script makes sense.

mod command;
mod copying;
mod layout;
mod literal;
mod newer;
mod printing;
mod statement;

use fastrand::Rng;

use crate::script::{File, MAIN, Script};

/// Somebody who writes one script.
pub(crate) struct Author {
    rng: Rng,
    /// Psql's major version: what it does not know yet is not written.
    version: u32,
    depth: u32,
    files: Vec<File>,
    /// How many times of ten something is written that probably fails.
    clumsiness: u32,
}

/// The script of a seed, for a psql of this version.
pub(crate) fn script(seed: u64, version: u32) -> Script {
    let mut rng = Rng::with_seed(seed);
    let clumsiness = rng.u32(0..4);
    let author = Author {
        rng,
        version,
        depth: 0,
        files: Vec::new(),
        clumsiness,
    };
    author.write()
}

impl Author {
    fn one_in(&mut self, times: u32) -> bool {
        self.rng.u32(0..times) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.usize(0..from.len())]
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.rng.u32(0..end)
    }

    fn fails(&mut self) -> bool {
        let clumsiness = self.clumsiness;
        self.below(10) < clumsiness
    }

    fn write(mut self) -> Script {
        let mut main = Vec::new();
        if self.one_in(2) {
            let value = self.pick(&["off", "0", "false", "no"]);
            main.push(format!("\\set ON_ERROR_STOP {value}\n"));
        }
        if self.one_in(12) {
            main.push("SET standard_conforming_strings = off;\n".into());
        }
        let length = 3 + self.below(14);
        self.passages(&mut main, length);
        self.ending(&mut main);
        if self.one_in(12) {
            for piece in &mut main {
                *piece = piece.replace('\n', "\r\n");
            }
        }
        let mut files = vec![File {
            name: MAIN.into(),
            pieces: main,
        }];
        files.append(&mut self.files);
        Script { files }
    }

    /// Some statements and commands, one after the other.
    fn passages(&mut self, out: &mut Vec<String>, count: u32) {
        for _ in 0..count {
            self.passage(out);
        }
    }

    fn passage(&mut self, out: &mut Vec<String>) {
        match self.below(110) {
            0..=36 => {
                let statement = self.statement();
                let end = self.statement_end();
                let piece = self.laid_out(&statement, &end);
                out.push(piece);
            }
            37..=45 => self.sent_by_command(out),
            46..=54 => self.setting(out),
            55..=61 => self.saying(out),
            62..=66 => self.choosing(out),
            67..=74 => self.transaction(out),
            75..=77 => self.including(out),
            78..=82 => self.printing(out),
            83..=85 => self.buffer_command(out),
            86..=89 => self.copying(out),
            90..=92 => self.switch(out),
            93..=94 => self.asking_about_last(out),
            95..=96 => self.redirecting(out),
            97..=106 => self.newer(out),
            _ => self.oddity(out),
        }
    }
}
