//! `--archive`: what the tests printed, as `prove --archive` keeps it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tool::{PASSING, Project, skip};

const TALKING: &str = "SELECT plan(2);\nSELECT diag('a word');\nSELECT ok(false, 'no');\n\\echo not TAP\nSELECT pass('yes');\n";

fn sample() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("sql-tests/a.sql", PASSING)
        .write("sql-tests/deep/b.sql", TALKING);
    Some(project)
}

/// An archive's directory must hold the raw TAP and the list of it.
fn assert_whole(directory: &Path) {
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(read("sql-tests/a.sql"), "1..1\nok 1 - all is well\n");
    assert_eq!(
        read("sql-tests/deep/b.sql"),
        "1..2\n# a word\nnot ok 1 - no\n# Failed test 1: \"no\"\nnot TAP\nok 2 - yes\n"
    );
    let list = read("meta.yml");
    let times = regex::Regex::new(r"[0-9]{10,}\.[0-9]{3}").unwrap();
    assert_eq!(
        times.replace_all(&list, "[TIME]"),
        "---
file_attributes:
  -
    description: 'sql-tests/a.sql'
    end_time: [TIME]
    start_time: [TIME]
  -
    description: 'sql-tests/deep/b.sql'
    end_time: [TIME]
    start_time: [TIME]
file_order:
  - 'sql-tests/a.sql'
  - 'sql-tests/deep/b.sql'
start_time: [TIME]
stop_time: [TIME]
"
    );
}

#[test]
fn a_directory_holds_the_tap_of_every_file_and_a_list() {
    let Some(project) = sample() else { return };
    project
        .run(&["test", "-j", "1", "--archive", "out/tap"])
        .expect(1);
    assert_whole(&project.path().join("out/tap"));
    // What lies there would pass for this run's.
    let ran = project.run(&["test", "-a", "out/tap"]).expect(2);
    assert!(
        ran.err.contains("the directory is not empty"),
        "{}",
        ran.err
    );
}

#[test]
fn a_tape_archive_compressed_or_not_holds_the_same() {
    let Some(project) = sample() else { return };
    for name in ["tap.tar", "tap.tar.gz", "deep/tap.tgz"] {
        // Twice: a later run's replaces an earlier one's.
        for _ in 0..2 {
            project
                .run(&["test", "-j", "1", "--archive", name])
                .expect(1);
        }
        let unpacked = project.around().join("unpacked");
        fs::create_dir_all(&unpacked).unwrap();
        let status = Command::new("tar")
            .arg("-xf")
            .arg(project.path().join(name))
            .arg("-C")
            .arg(&unpacked)
            .status()
            .unwrap();
        assert!(status.success());
        assert_whole(&unpacked);
        fs::remove_dir_all(unpacked).unwrap();
    }
}

#[test]
fn what_is_too_much_for_other_reports_is_whole_in_an_archive() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write(
        "sql-tests/much.sql",
        "SELECT plan(1);\nSELECT '# ' || repeat('x', 1000) FROM generate_series(1, 3000);\nSELECT pass('at last');\n",
    );
    project.run(&["test", "--archive", "tap"]).expect(0);
    let text = fs::read_to_string(project.path().join("tap/sql-tests/much.sql")).unwrap();
    assert!(text.len() > 3_000_000, "{}", text.len());
    assert!(text.ends_with("ok 1 - at last\n"));
}

/// Reads archives as prove's own module does: the order of the files and the figures.
const READER: &str = r#"
use TAP::Harness::Archive;
for my $archive (@ARGV) {
    my $told = TAP::Harness::Archive->aggregator_from_archive({
        archive => $archive,
        meta_yaml_callback => sub { print "@{$_[0][0]{file_order}}\n" },
    });
    print $told->get_status, " ", $told->total, " ", scalar($told->failed), "\n";
}
"#;

#[test]
fn prove_s_own_module_reads_an_archive() {
    let is_there = Command::new("perl")
        .args(["-MTAP::Harness::Archive", "-e", "1"])
        .output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        skip::<()>("there is no TAP::Harness::Archive");
        return;
    }
    let Some(project) = sample() else { return };
    for name in ["out", "tap.tar.gz"] {
        project
            .run(&["test", "-j", "1", "--archive", name])
            .expect(1);
    }
    let output = Command::new("perl")
        .args(["-e", READER, "out", "tap.tar.gz"])
        .current_dir(project.path())
        .output()
        .unwrap();
    let told = "sql-tests/a.sql sql-tests/deep/b.sql\nFAIL 3 1\n";
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        told.repeat(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
