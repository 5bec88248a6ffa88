use super::directory::Directory;
use super::error::MigrationError;
use super::history::History;
use super::{
    Migration, atlas, db_migrate, dbmate, diesel, flyway, golang_migrate, goose, graphile,
    liquibase, pgroll, plain, prisma, rails, refinery, sqitch, sqlx, supabase,
};

/// How a tool names, marks and orders its migrations, and where it notes what it applied.
#[derive(Debug)]
pub struct Layout {
    /// The tool's name.
    pub name: LayoutName,
    /// Where projects of the tool usually keep their migrations, relative to the project, besides `migrations`.
    pub usual_places: &'static [&'static str],
    /// How sure its signs are.
    pub(super) signs: Signs,
    /// The file (as shown) by which the layout is recognised; none when the directory is not its.
    pub(super) recognise: fn(&Directory) -> Option<String>,
    /// The directory's migrations, in order; given the file by which it was recognised.
    pub(super) read: fn(&Directory, &str) -> Result<Vec<Migration>, MigrationError>,
    /// The table in which the tool notes what it applied; none where it has none of its own.
    pub history: Option<&'static History>,
}

/// The name of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutName {
    /// As it is typed: `golang-migrate`.
    pub word: &'static str,
    /// As people are shown it.
    pub shown: &'static str,
}

/// How sure it is that a directory is of a layout which recognises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// Files hold what only this tool understands, or there is a file that only this tool has.
    Marks,
    /// Files are named as this tool names them.
    Names,
    /// None: whatever has `.sql` files.
    Files,
}

/// Every layout that is known. Marks go before names, and names before files; of those alike, the first that recognises a
/// directory reads it.
pub(super) const LAYOUTS: &[&Layout] = &[
    &sqitch::LAYOUT,
    &db_migrate::LAYOUT,
    &rails::LAYOUT,
    &atlas::LAYOUT,
    &liquibase::LAYOUT,
    &graphile::LAYOUT,
    &goose::LAYOUT,
    &dbmate::LAYOUT,
    &supabase::LAYOUT,
    &prisma::LAYOUT,
    &diesel::LAYOUT,
    &pgroll::LAYOUT,
    &sqlx::LAYOUT,
    &golang_migrate::LAYOUT,
    &refinery::LAYOUT,
    &flyway::LAYOUT,
    &plain::LAYOUT,
];

impl Layout {
    /// Every layout that is known.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        LAYOUTS.iter().copied()
    }

    /// The layout of a name.
    fn named(name: LayoutName) -> Option<&'static Self> {
        Self::all().find(|layout| layout.name == name)
    }
}

impl LayoutName {
    /// The name that is typed so.
    ///
    /// # Errors
    /// In words, which there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        let mut names = Layout::all().map(|layout| layout.name);
        names.find(|name| name.word == word).ok_or_else(|| {
            let words: Vec<&str> = Layout::all().map(|layout| layout.name.word).collect();
            format!("it must be one of: {}", words.join(", "))
        })
    }
}

/// The layout of directories that make one history, the file by which it was recognised, and all of them together.
pub(super) fn choose(
    directories: Vec<Directory>,
    said: Option<LayoutName>,
) -> Result<(&'static Layout, String, Directory), MigrationError> {
    let mut chosen: Option<(&'static Layout, String)> = None;
    for directory in &directories {
        let found = match said.and_then(Layout::named) {
            Some(layout) => Some((layout, directory.shown.clone())),
            None => recognised(directory)?,
        };
        match (&chosen, found) {
            (Some((first, sign)), Some((second, other))) if first.name != second.name => {
                return Err(MigrationError::Ambiguous {
                    directory: directories_shown(&directories),
                    first: first.name.shown,
                    first_sign: sign.clone(),
                    second: second.name.shown,
                    second_sign: other,
                });
            }
            (None, Some(found)) => chosen = Some(found),
            _ => {}
        }
    }
    let (layout, sign) = chosen.unwrap_or((&plain::LAYOUT, String::new()));
    match Directory::together(directories) {
        Some(all) => Ok((layout, sign, all)),
        None => Err(MigrationError::NoDirectory),
    }
}

fn directories_shown(directories: &[Directory]) -> String {
    let shown: Vec<&str> = directories.iter().map(|it| it.shown.as_str()).collect();
    shown.join(", ")
}

/// The layout of a directory and the file by which it is recognised; none for one that is empty.
fn recognised(directory: &Directory) -> Result<Option<(&'static Layout, String)>, MigrationError> {
    let of = |signs: Signs| {
        let layouts = Layout::all().filter(move |layout| layout.signs == signs);
        layouts.filter_map(|layout| Some((layout, (layout.recognise)(directory)?)))
    };
    let mut marked = of(Signs::Marks);
    match (marked.next(), marked.next()) {
        (Some((first, first_sign)), Some((second, second_sign))) => {
            return Err(MigrationError::Ambiguous {
                directory: directory.shown.clone(),
                first: first.name.shown,
                first_sign,
                second: second.name.shown,
                second_sign,
            });
        }
        (Some(found), None) => return Ok(Some(found)),
        (None, _) => {}
    }
    match of(Signs::Names).chain(of(Signs::Files)).next() {
        Some(found) => Ok(Some(found)),
        None if directory.is_empty() => Ok(None),
        None => Err(directory.without_sql()),
    }
}
