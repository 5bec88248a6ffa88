//! The selection: of the project's test files those that run, as tasks in their order.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

use super::Error;
use super::pinned;
use super::saved::StateFile;
use crate::cli::TestArgs;
use crate::project::{
    Project, ProjectError, TestFile, is_part_of_migration_test, whole_migration_tests,
};
use crate::run::Task;
use crate::settings::{Isolation, Reach, Settings, shown, without_passwords};

/// What runs.
pub(super) struct Selection {
    /// The project; its tests are those that run, in order.
    pub(super) project: Project,
    /// What is worth knowing and changes nothing.
    pub(super) remarks: Vec<String>,
    /// Whether it is only a part of the project's tests.
    pub(super) is_part: bool,
    tasks: Vec<Task>,
}

impl Selection {
    /// Makes it; the inner error is why there is nothing to run.
    ///
    /// # Errors
    /// When the files cannot be gathered.
    pub(super) fn make(
        settings: &Settings,
        arguments: &TestArgs,
        state: Option<&StateFile>,
    ) -> Result<Result<Self, String>, Error> {
        let mut project =
            Project::load(settings).map_err(|error| with_meant_flag(&error, arguments))?;
        if !project.empty.is_empty() {
            return Ok(Err(holds_no_test(settings, &project.empty)));
        }
        let mut remarks = settings.remarks.clone();
        remarks.extend(passed_over(&project.passed_over));
        remarks.extend(other_case(settings, &project.other_case));
        let mut tests = std::mem::take(&mut project.tests);
        if let Some(state) = state.filter(|_| settings.state.chooses()) {
            remarks.extend(state.remark());
            let matching = tests.len();
            tests = state.state().choose(&tests, &settings.state.choices);
            tests = whole_migration_tests(tests, &settings.extensions, &settings.project_dir);
            if tests.is_empty() && matching > 0 {
                return Ok(Err(nothing_chosen(settings, matching)));
            }
        }
        if tests.is_empty() && settings.functions.is_none() {
            return Ok(Err(nothing_to_run(settings, &project)));
        }
        let mut tasks = ordered(settings, tests);
        pinned::resolve(settings, &mut tasks)?;
        if let Some(state) = state.filter(|_| has_free_order(settings, arguments)) {
            tasks.sort_by_key(|task| Reverse(state.state().slowness(&task.files)));
        }
        remarks.extend(no_files(settings));
        remarks.extend(kept_together(settings, &tasks));
        project.tests = tasks.iter().flat_map(|task| task.files.clone()).collect();
        Ok(Ok(Self {
            project,
            remarks,
            is_part: is_part(settings, arguments),
            tasks,
        }))
    }

    /// The tasks.
    pub(super) fn tasks(&self) -> Vec<Task> {
        self.tasks.clone()
    }

    /// How many tasks there are.
    pub(super) fn task_count(&self) -> usize {
        self.tasks.len()
    }
}

/// Whether some of the project's tests were asked for.
fn is_part(settings: &Settings, arguments: &TestArgs) -> bool {
    !arguments.paths.is_empty()
        || settings.matching.is_some()
        || !settings.tags.is_empty()
        || settings.functions.is_some()
        || settings.state.chooses()
}

/// Whether nobody asked for an order, nor for one file at a time: then those that took long in earlier runs begin first.
fn has_free_order(settings: &Settings, arguments: &TestArgs) -> bool {
    let is_asked_for = settings.shuffle.is_some() || settings.reverse || settings.state.chooses();
    let is_for_others = arguments.list || settings.find_dependency.is_some();
    settings.isolation != Isolation::Shared
        && settings.jobs != Some(1)
        && !is_asked_for
        && !is_for_others
}

/// The files as tasks. What changes the order moves groups as a whole.
fn ordered(settings: &Settings, tests: Vec<TestFile>) -> Vec<Task> {
    let (pinned, tests): (Vec<_>, Vec<_>) = tests.into_iter().partition(|it| it.pin.is_some());
    let mut tasks = match settings.isolation {
        // Every file follows the one before it anyway; a group must only not be torn apart.
        Isolation::Shared if settings.shuffle.is_none() && !settings.reverse => {
            tests.into_iter().map(Task::alone).collect()
        }
        Isolation::Shared | Isolation::Pristine | Isolation::Copy => Task::of_files(tests),
    };
    if let Some(seed) = settings.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut tasks);
    }
    if settings.reverse {
        tasks.reverse();
    }
    if settings.isolation == Isolation::Shared && !tasks.is_empty() {
        tasks = vec![Task::joined(tasks)];
    }
    // At another version of the schema, a file needs another database.
    tasks.extend(Task::of_files(pinned));
    tasks
}

/// What is set for files and does not count for functions.
fn no_files(settings: &Settings) -> Option<String> {
    settings.functions.as_ref()?;
    let set = [
        ("isolation", settings.isolation == Isolation::Shared),
        ("state", settings.state.chooses() || settings.state.save),
    ];
    let names: Vec<String> = set
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} {} for files and not for test functions (`--runtests`)",
            names.join(", "),
            if names.len() == 1 { "counts" } else { "count" }
        )
    })
}

/// What is to be known of a database that is kept where files share one.
fn kept_together(settings: &Settings, tasks: &[Task]) -> Option<String> {
    let share = tasks.iter().any(|task| task.files.len() > 1);
    (settings.keep_failed && share).then(|| {
        "where files share a database, the one that is kept is as the last of them left it, not as the failed one did"
            .to_owned()
    })
}

/// The error, with what was probably meant by `--shuffle 5`: a value of these flags stands behind `=`.
fn with_meant_flag(error: &ProjectError, arguments: &TestArgs) -> String {
    let text = error.to_string();
    let ProjectError::Missing { path, .. } = error else {
        return text;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let is_variable = (name.split_once('=')).is_some_and(|(name, _)| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    });
    match arguments {
        // psql's `-v NAME=VALUE`.
        _ if is_variable => format!(
            "{text}; did you mean `--set {}`?",
            without_passwords(&name, Reach::All)
        ),
        TestArgs {
            shuffle: Some(None),
            ..
        } if is_number => format!("{text}; did you mean `--shuffle={name}`?"),
        TestArgs {
            fail_fast: Some(1), ..
        } if is_number => format!("{text}; did you mean `--fail-fast={name}`?"),
        _ => text,
    }
}

/// What was named and holds no test.
fn holds_no_test(settings: &Settings, empty: &[String]) -> String {
    let part = empty
        .iter()
        .find(|it| is_part_of_migration_test(Path::new(it)));
    if let Some(part) = part {
        return format!(
            "{part} holds no statement, only comments: it is part of a migration test, in which before.sql makes the rows that the \
             migration meets, and after.sql asserts what has become of them; write that, or take the file away"
        );
    }
    format!(
        "{} no test: name another file or directory; in directories, test files end in {}, and names that begin with \
         `_` or `.` are passed over",
        match empty {
            [one] => format!("{one} holds"),
            several => format!("each of {} holds", several.join(", ")),
        },
        endings(settings)
    )
}

/// Why the state leaves no file, and what to do.
fn nothing_chosen(settings: &Settings, matching: usize) -> String {
    let words: Vec<String> = settings
        .state
        .choices
        .iter()
        .map(|choice| choice.kind.word())
        .collect();
    format!(
        "no test file is chosen by --state {}, of {matching}: none is known to be so from the runs that were saved \
         (`--state save` saves one); `--state {},all` runs the others behind them",
        words.join(","),
        words.join(",")
    )
}

/// Why no file runs, and what to do.
fn nothing_to_run(settings: &Settings, project: &Project) -> String {
    let places: Vec<String> = settings
        .tests
        .iter()
        .map(|path| shown(&settings.project_dir, path))
        .collect();
    let places = places.join(", ");
    let found = project.found;
    if found > 0 {
        let matching = settings.matching.iter();
        let mut filters: Vec<String> = matching
            .map(|pattern| format!("--match `{pattern}`"))
            .collect();
        filters.extend(settings.tags.iter().map(|tag| format!("--tag `{tag}`")));
        let is_known = |tag: &String| project.tags.contains(tag);
        let tags: Vec<&str> = project.tags.iter().map(String::as_str).collect();
        let tags = if settings.tags.is_empty() || settings.tags.iter().any(is_known) {
            String::new()
        } else if tags.is_empty() {
            "; none of them has a tag (`-- pgassay: tags NAME` at its head)".to_owned()
        } else {
            format!("; their tags are {}", tags.join(", "))
        };
        return format!(
            "no test file is left by {}, of {found} in {places}{tags}; `pgassay test --list` without them shows those \
             that there are",
            filters.join(" "),
        );
    }
    format!(
        "no test file in {places}: test files end in {}, and names that begin with `_` or `.` are passed over",
        endings(settings)
    )
}

fn endings(settings: &Settings) -> String {
    let endings: Vec<String> = settings
        .extensions
        .iter()
        .map(|ending| format!(".{ending}"))
        .collect();
    endings.join(", ")
}

/// What is to be said of files that were left out because of their names.
fn passed_over(files: &[Arc<str>]) -> Option<String> {
    let (first, more) = files.split_first()?;
    let which = match more.len() {
        0 => format!("{first} was left out, though it plans assertions"),
        count => format!("{first} and {count} more were left out, though they plan assertions"),
    };
    Some(format!(
        "{which}: `_` begins the name of a script that tests include, or of a directory of such; name a file to run \
         it all the same"
    ))
}

/// What is to be said of files whose ending differs in case.
fn other_case(settings: &Settings, files: &[Arc<str>]) -> Option<String> {
    let (first, more) = files.split_first()?;
    let which = match more.len() {
        0 => format!("{first} was left out"),
        count => format!("{first} and {count} more were left out"),
    };
    Some(format!(
        "{which}: test files end in {}, in this case; `--ext` or `extensions` adds endings",
        endings(settings)
    ))
}
