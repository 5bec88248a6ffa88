//! Layouts that are recognised in order to be refused: read as plain files, their down scripts would run too.
//! Each moves to a file of its own when it is supported.

use super::Migration;
use super::directory::{Directory, File};
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
refused!(GOOSE, "goose", "goose", Signs::Marks, |directory| {
    directory.find(|file| {
        file.has_comment(|comment| {
            let mut words = comment.split_whitespace();
            words.next() == Some("+goose")
                && words
                    .next()
                    .is_some_and(|word| word.eq_ignore_ascii_case("up"))
        })
    })
});
refused!(DBMATE, "dbmate", "dbmate", Signs::Marks, |directory| {
    directory.find(|file| {
        file.has_comment(|comment| comment.split_whitespace().next() == Some("migrate:up"))
    })
});
refused!(DIESEL, "diesel", "Diesel", Signs::Names, |directory| {
    directory.find(|file| file.name.contains('/') && matches!(file.stem(), "up" | "down"))
});
refused!(PRISMA, "prisma", "Prisma", Signs::Names, |directory| {
    directory.find(|file| file.name.contains('/') && file.file_name() == "migration.sql")
});
refused!(
    GOLANG_MIGRATE,
    "golang-migrate",
    "golang-migrate or sqlx",
    Signs::Names,
    |directory| {
        directory.find(|file| {
            let stem = file.stem();
            let numbered = stem.starts_with(|c: char| c.is_ascii_digit());
            let way = stem.rsplit_once('.').map(|(_, way)| way);
            numbered && matches!(way, Some("up" | "down"))
        })
    }
);
refused!(
    PAIRS,
    "pairs",
    "a tool with scripts that take back others",
    Signs::Names,
    |directory| { directory.find(|file| takes_back(file, directory)) }
);

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

/// The words that name a script which takes back another.
const BACK: [&str; 4] = ["down", "undo", "rollback", "revert"];

/// Whether a file takes back another: it lies in a directory of such a name, or its name is that of another file
/// with such a word behind it (`1_x_down.sql` beside `1_x.sql` or `1_x_up.sql`).
fn takes_back(file: &File, directory: &Directory) -> bool {
    if let Some((parents, _)) = file.name.rsplit_once('/')
        && parents.split('/').any(|parent| BACK.contains(&parent))
    {
        return true;
    }
    let stem = file.stem();
    let Some((base, word)) = stem.rsplit_once(['_', '-', '.']) else {
        return false;
    };
    BACK.contains(&word.to_ascii_lowercase().as_str())
        && directory.sql.iter().any(|other| {
            let other = other.stem();
            let forth = other.rsplit_once(['_', '-', '.']);
            other == base
                || forth.is_some_and(|(other, word)| {
                    other == base
                        && ["up", "do", "deploy"].contains(&word.to_ascii_lowercase().as_str())
                })
        })
}
