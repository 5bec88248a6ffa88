use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::{names, wait_until};
use crate::{CACHED, Kept};

/// The only entry of golden data directories.
fn entry(kept: &Kept) -> PathBuf {
    let directory = kept.cache().join("golden");
    let entries = names(&directory);
    assert_eq!(entries.len(), 1, "{entries:?}");
    directory.join(&entries[0])
}

/// A file of the template database with rows in it.
fn large_file(data: &Path) -> PathBuf {
    let files = walkdir::WalkDir::new(data.join("base"))
        .into_iter()
        .flatten();
    let files = files.filter(|file| file.file_type().is_file());
    files
        .max_by_key(|file| (file.metadata().unwrap().len(), file.path().to_owned()))
        .unwrap()
        .into_path()
}

/// Something that happens to an entry.
type Damage = fn(&Path);

#[test]
fn a_damaged_template_is_made_anew_and_gives_the_same_verdicts() {
    let Some(kept) = Kept::new() else { return };
    kept.expect(false, 0);
    let damages: [(&str, Damage); 6] = [
        ("a byte is another", |entry| {
            let path = large_file(&entry.join("data"));
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            fs::write(&path, bytes).unwrap();
        }),
        ("a file is missing", |entry| {
            fs::remove_file(large_file(&entry.join("data"))).unwrap();
        }),
        ("a file is cut", |entry| {
            let path = large_file(&entry.join("data"));
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(8192)
                .unwrap();
        }),
        ("what is told of it is another", |entry| {
            let path = entry.join("about");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                &path,
                text.replace("1 fixtures script", "2 fixtures scripts"),
            )
            .unwrap();
        }),
        ("what is told of it is no JSON", |entry| {
            fs::write(entry.join("about"), "?").unwrap();
        }),
        ("the manifest is missing", |entry| {
            fs::remove_file(entry.join("manifest")).unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage(&entry(&kept));
        let ran = kept.run().expect(0).tells(&["2 files: 2 passed"]);
        assert!(!ran.out.contains(CACHED), "{what}: {}", ran.out);
        // What nobody could have read is as if it were not there.
        let is_told = ran.out.contains("was damaged, and is made anew");
        assert_eq!(
            is_told,
            what != "what is told of it is no JSON",
            "{what}: {}{}",
            ran.out,
            ran.err
        );
        kept.expect(true, 0);
    }
}

#[test]
fn two_runs_at_once_on_one_cache_come_to_the_same() {
    let Some(kept) = Kept::new() else { return };
    let runs = [(); 2].map(|()| kept.start(&["test"]));
    for run in runs {
        run.finish().expect(0).tells(&["2 files: 2 passed"]);
    }
    let runs = [(); 2].map(|()| kept.start(&["test"]));
    for run in runs {
        run.finish().expect(0).tells(&[CACHED, "2 files: 2 passed"]);
    }
    kept.project.assert_nothing_is_left();
}

#[test]
fn a_run_that_is_killed_while_it_keeps_its_template_leaves_none_or_a_whole_one() {
    let Some(kept) = Kept::new() else { return };
    // The cache has what initdb makes, so that little else happens before.
    kept.expect(false, 0);
    for number in 0..6 {
        let script = format!("INSERT INTO t VALUES (1);\n\\copy t from rows.txt\n-- {number}\n");
        kept.project.write("fixtures/rows.sql", &script);
        let run = kept.start(&["test"]);
        let golden = kept.cache().join("golden");
        wait_until("a template is being kept", || {
            names(&golden).iter().any(|name| name.starts_with(".new-"))
        });
        std::thread::sleep(std::time::Duration::from_millis(number * 12));
        run.kill();
        // The next one is right, wherever the other was, and tidies up behind it.
        kept.start(&["test"])
            .finish()
            .expect(0)
            .tells(&["2 files: 2 passed"]);
        kept.expect(true, 0);
    }
}
