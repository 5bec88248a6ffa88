//! Full file systems: small ones in memory, mounted where no other process sees them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tool::{PASSING, Project, Ran, Running, can_mount, skip};

/// Runs the tool where an own file system of some megabytes lies over the directory `full`. What is in there at the
/// end goes to standard output's last line, behind `LEFT`. None, with a word about it, where nothing can be mounted.
fn run_in(project: &Project, full: &Path, megabytes: u32, variable: &str) -> Option<(Ran, String)> {
    if !can_mount() {
        return skip("nothing can be mounted here");
    }
    let script = format!(
        "mount -t tmpfs -o size={megabytes}m,mode=755 none '{full}' || exit 99\n\
         \"$0\" test -j 1; code=$?\n\
         echo \"LEFT $(find '{full}' -mindepth 1 | tr '\\n' ' ')\"\n\
         exit $code",
        full = full.display()
    );
    let tool = project.command(&[]);
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", &script])
        .arg(tool.get_program())
        .current_dir(project.path())
        .env_clear()
        .envs(
            tool.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env(variable, full)
        .stdin(Stdio::null());
    let mut ran = Running::start(command, project.around()).finish();
    assert_ne!(ran.code, Some(99), "{}", ran.err);
    let left = ran.out.rfind("LEFT ").unwrap();
    let left = ran.out.split_off(left);
    Some((ran, left.trim_end_matches('\n').to_owned()))
}

/// What was printed, without the name of the file that happened to be the first for which there was no room.
fn shown(ran: &Ran) -> String {
    let file = regex::Regex::new(r"/(golden|data)/[^ ;]+").unwrap();
    file.replace_all(&ran.shown(), "/$1/[FILE]").into_owned()
}

#[test]
fn a_full_run_directory_is_told_and_left_empty() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    // The cache of all tests holds what initdb makes from here on.
    project.run(&["test"]).expect(0);
    let Some((ran, left)) = run_in(&project, &project.runs(), 10, "PGASSAY_RUN_DIR") else {
        return;
    };
    assert_eq!(left, "LEFT ");
    insta::assert_snapshot!(shown(&ran.expect(2)));
    project.assert_nothing_is_left();
}

#[test]
fn a_full_cache_is_told_of_and_gone_without_and_holds_nothing_half_made() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let cache = project.around().join("cache");
    std::fs::create_dir(&cache).unwrap();
    let Some((ran, left)) = run_in(&project, &cache, 10, "PGASSAY_CACHE_DIR") else {
        return;
    };
    let entries = ["/initdb/", "/golden/", ".new-"];
    assert!(!entries.iter().any(|part| left.contains(part)), "{left}");
    let half_made = regex::Regex::new(r"\.new-[A-Za-z0-9]+").unwrap();
    let ran = ran.expect(0);
    assert_eq!(ran.verdicts(), ["passed  sql-tests/a.sql"]);
    // The template goes into the cache while tests run, so that only the notes have an order.
    let told = shown(&ran);
    let notes: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(" note "))
        .collect();
    insta::assert_snapshot!(half_made.replace_all(&notes.join("\n"), ".new-[ID]"));
    project.assert_nothing_is_left();
}

#[test]
fn wherever_room_runs_out_the_run_ends_in_order_and_says_so() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let mut ends = Vec::new();
    // From less than initdb makes to more than all of it needs.
    for megabytes in (16..=160).step_by(12) {
        let Some((ran, left)) = run_in(&project, &project.runs(), megabytes, "PGASSAY_RUN_DIR")
        else {
            return;
        };
        assert_eq!(left, "LEFT ", "{megabytes}: {}", ran.err);
        match ran.code {
            Some(0) => break,
            Some(2) => assert!(ran.err.contains("by PGASSAY_RUN_DIR"), "{}", ran.err),
            // The server says it to the test file, or does not get that far.
            Some(1) => {
                let tells = ["No space left on device", "by PGASSAY_RUN_DIR"];
                assert!(
                    tells.iter().any(|told| ran.out.contains(told)),
                    "{}",
                    ran.out
                );
                assert!(!ran.out.contains("it needs LOGIN"), "{}", ran.out);
            }
            code => panic!("{code:?}: {}{}", ran.out, ran.err),
        }
        ends.push(ran.err);
    }
    ends.dedup();
    assert!(ends.len() > 2, "{ends:?}");
    project.assert_nothing_is_left();
}

#[test]
fn wherever_room_runs_out_in_the_cache_no_verdict_is_wrong_and_nothing_half_made_stays() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let cache = project.around().join("cache");
    std::fs::create_dir(&cache).unwrap();
    let mut went_without = 0;
    // From less than initdb makes to more than that and the template need.
    for megabytes in (16..=200).step_by(12) {
        let Some((ran, left)) = run_in(&project, &cache, megabytes, "PGASSAY_CACHE_DIR") else {
            return;
        };
        assert!(!left.contains(".new-"), "{megabytes}: {left}");
        let is_kept = left.contains("/golden/");
        let ran = ran.expect(0);
        assert_eq!(ran.verdicts(), ["passed  sql-tests/a.sql"]);
        if is_kept {
            break;
        }
        let told = "the template is not kept in the cache: no room left in";
        assert!(ran.out.contains(told), "{megabytes}: {}", ran.out);
        assert!(ran.out.contains("PGASSAY_CACHE_DIR"), "{}", ran.out);
        went_without += 1;
    }
    assert!(went_without > 0);
    project.assert_nothing_is_left();
}
