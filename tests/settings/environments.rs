//! Environments of the settings file, and which one a command works on.

use pgassay::cli::TargetArgs;
use pgassay::session::conninfo::{self, Secret};
use pgassay::settings::{Environment, SettingsError, Target, TargetName};

use crate::project::Project;

const TWO: &str = "[environment.dev]
url = \"postgres://shop@localhost/shop_dev\"
[environment.production]
url = \"postgres://deploy:${PASSWORD}@${HOST:-db.example.com}/shop\"
protected = true
";

/// What `--env` names; nothing typed where it is empty.
fn chosen(project: &Project, name: &str) -> Result<Option<Target>, SettingsError> {
    let typed = TargetArgs {
        environment: Some(name.to_owned()).filter(|name| !name.is_empty()),
        url: None,
    };
    let settings = project.settings("test");
    Target::choose(
        &settings.environments,
        &typed,
        &project.environment(),
        false,
    )
}

fn refused(project: &Project, name: &str) -> String {
    chosen(project, name).unwrap_err().to_string()
}

fn name(target: Option<Target>) -> Option<String> {
    match target?.name {
        TargetName::Environment(name) => Some(name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_an_environment_says_is_resolved_with_its_variables() {
    let project = Project::full().toml(TWO).variable("PASSWORD", "a/b@c");
    let target = chosen(&project, "production").unwrap().unwrap();
    assert_eq!(
        target.url.expose(),
        "postgres://deploy:a%2Fb%40c@db.example.com/shop"
    );
    assert!(target.protected && !target.roles && !target.fixtures);
    let elsewhere = project.variable("HOST", "db:5433");
    let target = chosen(&elsewhere, "production").unwrap().unwrap();
    assert_eq!(
        target.url.expose(),
        "postgres://deploy:a%2Fb%40c@db:5433/shop"
    );
    let target = chosen(&elsewhere, "dev").unwrap().unwrap();
    assert!(!target.protected && target.roles && target.fixtures);
}

#[test]
fn a_whole_url_may_come_from_a_variable_as_it_is() {
    let project = Project::full()
        .toml("[environment.ci]\nurl = \"${DATABASE_URL}\"\n")
        .variable("DATABASE_URL", "postgres://u:p%40ss@h/d");
    let target = chosen(&project, "").unwrap().unwrap();
    assert_eq!(target.url.expose(), "postgres://u:p%40ss@h/d");
}

#[test]
fn a_variable_that_is_not_set_is_an_error_only_for_who_uses_it() {
    let project = Project::full().toml(TWO);
    assert!(chosen(&project, "dev").is_ok());
    insta::assert_snapshot!("variable_not_set", refused(&project, "production"));
    let empty = project.variable("PASSWORD", "");
    assert!(refused(&empty, "production").contains("is not set"));
}

#[test]
fn the_typed_environment_goes_before_the_variable_and_that_before_the_usual_one() {
    let project = Project::full().toml(TWO).variable("PASSWORD", "x");
    assert_eq!(name(chosen(&project, "").unwrap()).as_deref(), Some("dev"));
    let project = project.variable("PGASSAY_ENV", "production");
    assert_eq!(
        name(chosen(&project, "").unwrap()).as_deref(),
        Some("production")
    );
    assert_eq!(
        name(chosen(&project, "dev").unwrap()).as_deref(),
        Some("dev")
    );
}

#[test]
fn no_protected_environment_is_chosen_by_itself_nor_one_of_several() {
    let one = |more: &str| {
        let text = format!("[environment.staging]\nurl = \"host=db\"\n{more}");
        name(chosen(&Project::full().toml(&text), "").unwrap())
    };
    assert_eq!(one("").as_deref(), Some("staging"));
    assert_eq!(one("protected = true\n"), None);
    assert_eq!(one("[environment.qa]\nurl = \"host=qa\"\n"), None);
    let dev = "[environment.dev]\nurl = \"host=dev\"\nprotected = true\n";
    assert_eq!(one(dev), None);
    assert_eq!(name(chosen(&Project::full(), "").unwrap()), None);
}

#[test]
fn what_a_protected_environment_forbids_can_be_allowed_key_by_key() {
    let text = "[environment.x]\nurl = \"host=db\"\nprotected = true\nroles = true\n";
    let target = chosen(&Project::full().toml(text), "x").unwrap().unwrap();
    assert!(target.protected && target.roles && !target.fixtures);
}

#[test]
fn an_environment_that_is_none_is_told_with_those_that_are() {
    let project = Project::full().toml(TWO);
    insta::assert_snapshot!("mistyped_environment", refused(&project, "prodction"));
    insta::assert_snapshot!("no_environments", refused(&Project::full(), "dev"));
    let by_variable = project.variable("PGASSAY_ENV", "live");
    insta::assert_snapshot!("unknown_environment", refused(&by_variable, ""));
    let settings = by_variable.settings("test");
    insta::assert_snapshot!("no_target", Target::missing(&settings.environments));
    insta::assert_snapshot!("no_target_at_all", Target::missing(&[]));
}

#[test]
fn a_typed_url_needs_no_environment() {
    let typed = TargetArgs {
        environment: None,
        url: Some(Secret::new("postgres://u:hunter2@h:1/d")),
    };
    let environment = Project::full().environment();
    let target = Target::choose(&[], &typed, &environment, false)
        .unwrap()
        .unwrap();
    assert_eq!(target.name, TargetName::Url);
    let way = target.way(&conninfo::Environment::empty()).unwrap();
    assert_eq!(way.database(), "d");
    assert!(!format!("{target:?} {way:?} {typed:?}").contains("hunter2"));
}

#[test]
fn where_a_database_is_said_wrongly_the_error_names_the_place_and_no_word_of_it() {
    let text = "[environment.dev]\nurl = \"postgres://u:hunter2/x@h:port/d\"\n";
    let project = Project::full().toml(text);
    let target = chosen(&project, "dev").unwrap().unwrap();
    let error = target.way(&conninfo::Environment::empty()).unwrap_err();
    let told = error.to_string();
    assert!(
        told.starts_with("pgassay.toml:2:7: environment dev: "),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn settings_show_no_password_to_whoever_prints_them() {
    let project = Project::full()
        .toml("url = \"postgres://u:hunter2@h\"\n[environment.dev]\nurl = \"postgres://u:${X:-hunter2}@h\"\n")
        .variable("X", "hunter2");
    let settings = project.settings("test");
    let environment: Environment = project.environment();
    let target = Target::choose(
        &settings.environments,
        &TargetArgs::default(),
        &environment,
        false,
    );
    let shown = format!("{settings:?} {:?}", target.unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_command_other_than_test_needs_no_tests_and_takes_what_a_database_holds() {
    use pgassay::cli::{GlobalArgs, MigrationArgs, ProjectArgs};
    use pgassay::settings::Settings;
    let project = Project::full()
        .file("other/V1__x.sql", "")
        .toml("tests = \"nowhere\"\njobs = 3\n[migration_set]\na = 1\nb = 2\n");
    let typed = ProjectArgs::from(MigrationArgs {
        migrations: vec!["other".into()],
        layout: None,
        variables: vec![("b".to_owned(), "3".to_owned())],
    });
    let settings =
        Settings::of_project(&GlobalArgs::default(), &typed, &project.environment()).unwrap();
    assert_eq!(settings.migrations, [project.path("other")]);
    assert_eq!(settings.roles, Some(project.path("roles")));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        settings.migration_variables,
        [pair("a", "1"), pair("b", "3")]
    );
    assert!(settings.variables.is_empty() && settings.tests.is_empty());
}
