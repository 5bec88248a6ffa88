use std::process::ExitCode;

/// How the process ends. `docs/exit-codes.md` explains each to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All test files passed or were skipped; or the command did what it should.
    Success,
    /// A test file failed or is broken.
    Failure,
    /// The run could not proceed: usage, settings, server, a migration that fails.
    Error,
    /// All went well, and coverage falls short of what is asked for.
    Threshold,
    /// No test file matched.
    NoTests,
    /// The gate before a deploy is not satisfied.
    Gate,
    /// A signal interrupted the run.
    Interrupted,
    /// What psql returned, which was run for somebody.
    Psql(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Error => 2,
            Self::Threshold => 3,
            Self::NoTests => 4,
            Self::Gate => 5,
            Self::Interrupted => 130,
            Self::Psql(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
