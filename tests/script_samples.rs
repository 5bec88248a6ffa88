//! Scripts under `tests/data/script` and what a scanner makes of them: a listing of their steps. The
//! listings were compared with what psql 15 sends for the same files.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use pgassay::script::{
    Argument, ArgumentKind, Command, Fragment, Header, HeaderProblem, Mark, Scan, Scanner,
    ScriptError, decode, header,
};

/// Runs a script as an interpreter would, without a server, and writes down what it was asked to do.
#[derive(Default)]
struct Interpreter {
    variables: BTreeMap<String, String>,
    branches: Vec<Branch>,
    /// The texts that were sent.
    sent: Vec<String>,
    listing: String,
    nonstandard_strings: bool,
}

struct Branch {
    state: BranchState,
    mark: Mark,
}

#[derive(Clone, Copy, PartialEq)]
enum BranchState {
    Active,
    /// Not active, and a later branch may be.
    Waiting,
    /// Not active, nor will a later branch be.
    Ignored,
    ActiveElse,
    IgnoredElse,
}

impl Interpreter {
    fn run(&mut self, file: &str, text: &str) {
        let mut scanner = Scanner::new(file.into(), text);
        loop {
            match scanner.next(&self.variables, !self.nonstandard_strings) {
                Ok(Scan::Statement(fragment)) => {
                    let copies = is_copy(fragment.text());
                    self.send("statement", fragment);
                    if copies {
                        self.copy(&mut scanner);
                    }
                }
                Ok(Scan::Command(command)) => self.command(&mut scanner, &command),
                Ok(Scan::End(fragment)) => {
                    if let Some(unfinished) = scanner.unfinished() {
                        self.note(&format!("unfinished: {unfinished}"));
                    }
                    if !fragment.text().is_empty() {
                        self.send("end", fragment);
                    }
                    break;
                }
                Err(error) => self.note(&format!("error: {error}")),
            }
            for warning in scanner.take_warnings() {
                self.note(&format!("warning: {warning}"));
            }
        }
        if !self.branches.is_empty() {
            self.note("missing \\endif");
        }
    }

    fn note(&mut self, note: &str) {
        self.listing.push_str(note);
        self.listing.push('\n');
    }

    fn send(&mut self, what: &str, fragment: Fragment) {
        let location = fragment.location();
        let blank = if fragment.is_blank() { " (blank)" } else { "" };
        self.note(&format!(
            "{}:{} {what}{blank}",
            location.line(),
            location.column()
        ));
        for line in fragment.text().split('\n') {
            self.note(&format!("    |{}", line.replace('\r', "\\r")));
        }
        if fragment
            .text()
            .to_lowercase()
            .contains("standard_conforming_strings")
        {
            self.nonstandard_strings = fragment.text().contains("off");
        }
        self.sent.push(fragment.into_text());
    }

    fn copy(&mut self, scanner: &mut Scanner) {
        let data = scanner.copy_data();
        let end = if data.is_terminated() {
            ""
        } else {
            ", to the end of the file"
        };
        self.note(&format!("{} data{end}", data.location().line()));
        for line in data.text().lines() {
            self.note(&format!("    >{line}"));
        }
    }

    fn is_active(&self) -> bool {
        let active =
            |branch: &Branch| matches!(branch.state, BranchState::Active | BranchState::ActiveElse);
        self.branches.last().is_none_or(active)
    }

    fn command(&mut self, scanner: &mut Scanner, command: &Command) {
        let place = format!("{}:{}", command.location.line(), command.location.column());
        let branching = matches!(command.name.as_str(), "if" | "elif" | "else" | "endif");
        // psql fails on commands that it does not know even where it skips those that it does.
        if !self.is_active() && !branching && is_known(&command.name) {
            self.note(&format!("{place} \\{} skipped", command.name));
            scanner.skip_command();
            return;
        }
        match self.run_command(scanner, command, &place) {
            Ok(()) => {
                let active = self.is_active();
                let rest = scanner.finish_command();
                if active && !rest.is_empty() {
                    self.note(&format!("    ignored: {rest:?}"));
                }
            }
            Err(message) => {
                self.note(&format!("{place} \\{} fails: {message}", command.name));
                scanner.abandon_command();
            }
        }
    }

    fn run_command(
        &mut self,
        scanner: &mut Scanner,
        command: &Command,
        place: &str,
    ) -> Result<(), String> {
        if !is_known(&command.name) {
            return Err("unknown command".to_owned());
        }
        let kind = match command.name.as_str() {
            "!" | "copy" => ArgumentKind::WholeLine,
            "g" | "o" => ArgumentKind::FilePipe,
            "identifier" | "connect" => ArgumentKind::ConnectionIdentifier,
            "plain" => ArgumentKind::NoEvaluation,
            _ => ArgumentKind::Normal,
        };
        if matches!(command.name.as_str(), "if" | "elif" | "else" | "endif") {
            return self.branch(scanner, command, place);
        }
        let mut arguments = Vec::new();
        let single = matches!(command.name.as_str(), "g" | "o" | "i" | "unset");
        if command.name != "r" {
            while let Some(argument) = self.argument(scanner, kind, command.name == "i")? {
                arguments.push(argument);
                if single {
                    break;
                }
            }
        }
        let shown: Vec<String> = arguments.iter().map(show).collect();
        self.note(format!("{place} \\{} {}", command.name, shown.join(" ")).trim_end());
        let texts: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.text.as_str())
            .collect();
        match (command.name.as_str(), texts.as_slice()) {
            ("set", [name, values @ ..]) => {
                let odd = |character: char| {
                    character.is_ascii() && !character.is_ascii_alphanumeric() && character != '_'
                };
                if name.contains(odd) || name.is_empty() {
                    return Err(format!("invalid variable name: {name:?}"));
                }
                self.variables.insert((*name).to_owned(), values.concat());
            }
            ("unset", [name]) => {
                self.variables.remove(*name);
            }
            ("g" | "gset", _) if !scanner.buffer().text().is_empty() => {
                let fragment = scanner.take_buffer();
                self.send("statement", fragment);
            }
            // With nothing gathered, psql sends what it sent last.
            ("g" | "gset", _) => self.sent.extend(self.sent.last().cloned()),
            ("copy", [line]) if is_copy(&format!("copy {line}")) => self.copy(scanner),
            ("r", _) => scanner.clear_buffer(),
            _ => {}
        }
        Ok(())
    }

    fn argument(
        &mut self,
        scanner: &mut Scanner,
        kind: ArgumentKind,
        strip: bool,
    ) -> Result<Option<Argument>, String> {
        let argument = if strip {
            scanner.argument_without_semicolons(kind, &self.variables)
        } else {
            scanner.argument(kind, &self.variables)
        };
        match argument {
            // psql complains and takes the argument for absent.
            Err(error @ ScriptError::UnterminatedArgument { .. }) => {
                self.note(&format!("error: {error}"));
                Ok(None)
            }
            other => other.map_err(|error| error.to_string()),
        }
    }

    fn branch(
        &mut self,
        scanner: &mut Scanner,
        command: &Command,
        place: &str,
    ) -> Result<(), String> {
        use BranchState::{Active, ActiveElse, Ignored, IgnoredElse, Waiting};
        let outer_active = self.is_active();
        let state = self.branches.last().map(|branch| branch.state);
        let new_state = match (command.name.as_str(), state) {
            ("if", _) => {
                let state = if outer_active { Active } else { Ignored };
                self.branches.push(Branch {
                    state,
                    mark: scanner.mark(),
                });
                self.condition(scanner, state)?
            }
            ("elif", Some(Active)) => {
                self.keep(scanner);
                self.condition(scanner, Ignored)?
            }
            ("elif", Some(state @ (Waiting | Ignored))) => {
                self.discard(scanner);
                self.condition(scanner, if state == Waiting { Active } else { Ignored })?
            }
            ("else", Some(Active)) => {
                self.keep(scanner);
                IgnoredElse
            }
            ("else", Some(state @ (Waiting | Ignored))) => {
                self.discard(scanner);
                if state == Waiting {
                    ActiveElse
                } else {
                    IgnoredElse
                }
            }
            ("endif", Some(state)) => {
                if !matches!(state, Active | ActiveElse) {
                    self.discard(scanner);
                }
                self.branches.pop();
                scanner.set_active(self.is_active());
                self.note(&format!("{place} \\endif"));
                return Ok(());
            }
            _ => return Err("out of place".to_owned()),
        };
        if let Some(branch) = self.branches.last_mut() {
            branch.state = new_state;
        }
        let active = self.is_active();
        scanner.set_active(active);
        self.note(&format!(
            "{place} \\{} {}",
            command.name,
            if active { "active" } else { "inactive" }
        ));
        Ok(())
    }

    fn keep(&mut self, scanner: &Scanner) {
        if let Some(branch) = self.branches.last_mut() {
            branch.mark = scanner.mark();
        }
    }

    fn discard(&mut self, scanner: &mut Scanner) {
        if let Some(branch) = self.branches.last() {
            scanner.restore(&branch.mark);
        }
    }

    /// Reads the condition of `\if` or `\elif`, which counts only where `state` is active.
    fn condition(
        &mut self,
        scanner: &mut Scanner,
        state: BranchState,
    ) -> Result<BranchState, String> {
        scanner.set_active(state == BranchState::Active);
        let mut words = Vec::new();
        while let Some(argument) = self.argument(scanner, ArgumentKind::Normal, false)? {
            words.push(argument.text);
        }
        let words = words.join(" ").to_lowercase();
        let holds = !words.is_empty()
            && (["true", "yes"].iter().any(|word| word.starts_with(&words))
                || words == "on"
                || words == "1");
        Ok(if state == BranchState::Active && !holds {
            BranchState::Waiting
        } else {
            state
        })
    }
}

fn is_known(command: &str) -> bool {
    const KNOWN: [&str; 16] = [
        "!",
        "copy",
        "g",
        "o",
        "identifier",
        "connect",
        "plain",
        "set",
        "unset",
        "echo",
        "i",
        "gset",
        "if",
        "elif",
        "else",
        "endif",
    ];
    KNOWN.contains(&command) || command == "r"
}

fn show(argument: &Argument) -> String {
    let quoted = if argument.quoted { "~" } else { "" };
    format!("[{}]{quoted}", argument.text.escape_debug())
}

fn is_copy(statement: &str) -> bool {
    let words: Vec<String> = statement
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    words.first().is_some_and(|word| word == "copy")
        && words
            .windows(2)
            .any(|pair| pair[0] == "from" && pair[1].starts_with("stdin"))
}

/// The listing of one sample.
fn listing(file: &str, bytes: Vec<u8>) -> String {
    let text = match decode(file, bytes) {
        Ok(text) => text,
        Err(error) => return format!("{error}\n"),
    };
    let mut interpreter = Interpreter::default();
    let (header, problems) = header(file, &text);
    if header != Header::default() {
        interpreter.note(&format!("{header:?}"));
    }
    for problem in problems {
        let HeaderProblem { location, text } = problem;
        interpreter.note(&format!("{location}:{} header: {text}", location.column()));
    }
    interpreter.run(file, &text);
    interpreter.listing
}

#[test]
fn every_sample_gives_the_steps_of_its_listing() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/script");
    let mut samples = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension() == Some(OsStr::new("sql")) {
            samples.push(name);
        }
    }
    samples.sort();
    assert!(samples.len() > 20, "samples are missing: {samples:?}");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("data/script");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for sample in samples {
        let listing = listing(&sample, fs::read(directory.join(&sample))?);
        settings.bind(|| insta::assert_snapshot!(sample.replace(".sql", ""), listing));
    }
    Ok(())
}
