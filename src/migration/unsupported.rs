//! Layouts that are recognised in order to be refused: read as plain files, their down scripts would run too.
//! Each moves to a file of its own when it is supported.

use super::Migration;
use super::directory::Directory;
use super::error::MigrationError;
use super::layout::{Layout, LayoutName, Signs};

/// A layout that is refused, recognised by the first file that `recognise` returns.
macro_rules! refused {
    ($layout:ident, $word:literal, $name:literal, $signs:expr, $recognise:expr) => {
        #[doc = concat!("The layout of ", $name, ".")]
        pub(super) const $layout: Layout = Layout {
            name: LayoutName {
                word: $word,
                shown: $name,
            },
            usual_places: &[],
            signs: $signs,
            recognise: $recognise,
            read: |directory, sign| refuse($name, directory, sign),
            history: None,
        };
    };
}

refused!(SQITCH, "sqitch", "Sqitch", Signs::Marks, sqitch_plan);
refused!(
    LIQUIBASE,
    "liquibase",
    "Liquibase",
    Signs::Marks,
    |directory| {
        directory.find(|file| {
            file.has_comment(|comment| {
                let mut words = comment.split_whitespace();
                words.next() == Some("liquibase")
                    && words
                        .next()
                        .is_some_and(|word| word.starts_with("formatted"))
            })
        })
    }
);
refused!(
    GRAPHILE_MIGRATE,
    "graphile-migrate",
    "graphile-migrate",
    Signs::Marks,
    |directory| {
        directory.find(|file| {
            file.has_comment(|comment| {
                comment.starts_with("! Previous:") || comment.starts_with("! Hash:")
            })
        })
    }
);
refused!(PRISMA, "prisma", "Prisma", Signs::Names, |directory| {
    directory.find(|file| file.name.contains('/') && file.file_name() == "migration.sql")
});
fn refuse(
    layout: &'static str,
    directory: &Directory,
    sign: &str,
) -> Result<Vec<Migration>, MigrationError> {
    Err(MigrationError::Unsupported {
        directory: directory.shown.clone(),
        layout,
        sign: sign.to_owned(),
    })
}

/// Sqitch's plan: in the directory, or beside it when it is Sqitch's `deploy`.
fn sqitch_plan(directory: &Directory) -> Option<String> {
    const PLAN: &str = "sqitch.plan";
    let [root] = &directory.roots[..] else {
        return None;
    };
    let beside = root
        .parent()
        .filter(|_| root.file_name().is_some_and(|name| name == "deploy"));
    [Some(root.as_path()), beside]
        .into_iter()
        .flatten()
        .any(|place| place.join(PLAN).is_file())
        .then(|| PLAN.to_owned())
}
