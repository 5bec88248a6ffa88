//! `pgassay snapshot save`.

use std::fs::{self, File, Permissions};
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::NamedTempFile;
use time::UtcDateTime;

use super::super::db::{Kind, Records};
use super::super::target::Way;
use super::super::{Error, Exit, print, remark};
use super::{connect, counted, ended, history, migrations, settings, size, treatment};
use crate::cli::{GlobalArgs, SnapshotSaveArgs};
use crate::database::DatabaseError;
use crate::deployment::{LOCK, holder};
use crate::run;
use crate::session::{Connection, Interruption};
use crate::settings::{self as places, Environment, ProjectPlaces, Settings, Verbosity};
use crate::snapshot::mask::{column_path, table_path};
use crate::snapshot::{
    self, ColumnName, Contents, Head, Index, Origin, SavedFixture, Selection, Store, TableName,
    Treatment,
};

pub(super) fn run(
    global: &GlobalArgs,
    typed: &SnapshotSaveArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = settings(global, &typed.migrating, &typed.store, environment)?;
    let here = ProjectPlaces::resolve(global, environment)?.working_dir;
    let way = Way::of(&settings, &typed.target, environment)?;
    let interruption = run::listen_for_interruption()?;
    let saved = save(&settings, &here, &way, typed, &interruption);
    ended(&interruption, saved)
}

fn save(
    settings: &Settings,
    here: &Path,
    way: &Way,
    typed: &SnapshotSaveArgs,
    interruption: &Interruption,
) -> Result<Exit, Error> {
    let began = Instant::now();
    let set = migrations(settings)?;
    let mut connection = connect(way, interruption, "save the rows")?;
    if let Some(holder) = holder(&mut connection, LOCK)? {
        return Err(format!(
            "{} migrates the database; save it when that is done",
            holder.in_words()
        )
        .into());
    }
    let access = treatment::access(&settings.snapshot);
    let mut selection = Selection {
        only: typed.tables.clone(),
        but: typed.exclude.clone(),
        never: Vec::new(),
        named: None,
    };
    // Which tables are to be kept from being emptied or written anew meanwhile, which a transaction that sees one moment would
    // not keep out.
    snapshot::begin(&mut connection, access)?;
    selection.never = history::tables(&mut connection)?;
    let tables = Contents::read(&mut connection, &selection)?;
    connection
        .execute("ROLLBACK")
        .map_err(DatabaseError::query("look which tables there are"))?;
    // From here on, all is of one moment: the history too.
    snapshot::begin(&mut connection, access)?;
    tables.lock(&mut connection)?;
    let time = UtcDateTime::now();
    let lineage = history::lineage(
        &mut connection,
        settings,
        way,
        set.as_ref(),
        typed.at.as_deref(),
    )?;
    let contents = Contents::read(&mut connection, &selection)?;
    let contents = contents.without_large_objects(&mut connection)?;
    for text in &contents.remarks {
        remark(text);
    }
    if contents.sources.is_empty() && selection.is_partial() {
        return Err(
            "no table is left to be saved: what --table means, --exclude leaves out".into(),
        );
    }
    let treatment =
        treatment::treatment(&mut connection, &settings.snapshot, &contents, typed.strict)?;
    let origin = Origin {
        layout: set.map(|set| set.layout.word.to_owned()),
        lineage,
        // Of some tables only, it is not known whose rows are all there.
        fixtures: if selection.is_partial() {
            Vec::new()
        } else {
            fixtures(&mut connection)?
        },
        is_selection: selection.is_partial(),
    };
    let head = snapshot::head(&connection, &contents, origin, &treatment);
    let (masked, filtered) = (head.masked.clone(), head.filtered.clone());
    let path = match &typed.output {
        Some(output) => places::absolute(here, output),
        None => Store::new(&settings.snapshots).place(&head, time),
    };
    let is_named = typed.output.is_some();
    let (index, bytes) = write(
        &mut connection,
        &contents,
        (head, &treatment),
        &path,
        is_named,
    )?;
    connection.end();
    let shown = places::shown(&settings.project_dir, &path);
    let mut text = format!(
        "saved {shown}: {}, {}, {}{} ({:.2}s)\n",
        counted(index.rows.len() as u64, "table", "tables"),
        counted(index.row_count(), "row", "rows"),
        size(bytes),
        treated(&masked, &filtered),
        began.elapsed().as_secs_f64()
    );
    if index.row_count() == 0 {
        remark(&format!(
            "{shown} holds no row; tests and new databases that take it begin empty"
        ));
    }
    if settings.verbosity >= Verbosity::Verbose {
        let masked = masked.iter().map(|it| {
            let column = column_path(&it.table, &it.name);
            format!("  masked {column}\n")
        });
        let filtered = filtered.iter();
        let filtered = filtered.map(|it| format!("  filtered {}\n", table_path(it)));
        text.extend(masked.chain(filtered));
    }
    print(text.as_bytes())
}

/// How many columns were masked and how many tables filtered, as far as any were.
fn treated(masked: &[ColumnName], filtered: &[TableName]) -> String {
    let said = |count: usize, one: &str, several: &str, how: &str| match count {
        0 => String::new(),
        count => format!(", {} {how}", counted(count as u64, one, several)),
    };
    format!(
        "{}{}",
        said(masked.len(), "column", "columns", "masked"),
        said(filtered.len(), "table", "tables", "filtered")
    )
}

/// The fixtures scripts that are in the rows.
fn fixtures(connection: &mut Connection) -> Result<Vec<SavedFixture>, Error> {
    let records = Records::read(connection)?;
    let fixtures = records.of(Kind::Fixtures);
    Ok(fixtures
        .map(|(script, checksum)| SavedFixture {
            script: script.to_owned(),
            checksum: checksum.to_owned(),
        })
        .collect())
}

/// Writes the file under another name in its directory, and gives it its own when it is whole. One that is there is replaced only
/// where it was named.
fn write(
    connection: &mut Connection,
    contents: &Contents,
    (head, treatment): (Head, &Treatment),
    path: &Path,
    is_named: bool,
) -> Result<(Index, u64), Error> {
    let failed = |doing: &str, path: &Path| {
        let place = path.display().to_string();
        let doing = doing.to_owned();
        move |error: std::io::Error| format!("cannot {doing} {place}: {error}")
    };
    let directory = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory).map_err(failed("make the directory", directory))?;
    let exists = || -> Error {
        format!(
            "{} is there already, and is not replaced; save again, or name another file with --output",
            path.display()
        )
        .into()
    };
    if !is_named && path.exists() {
        return Err(exists());
    }
    let file = tempfile::Builder::new()
        .prefix(".pgassay-")
        .suffix(".part")
        // Nobody else reads what is not whole, be it left by a process that was killed.
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(directory)
        .map_err(failed("write into", directory))?;
    let (file, place): (File, tempfile::TempPath) = NamedTempFile::into_parts(file);
    let out = BufWriter::with_capacity(256 * 1024, file);
    let (out, index) = snapshot::save(connection, contents, head, treatment, out)?;
    let file = out
        .into_inner()
        .map_err(|error| failed("write", path)(error.into_error()))?;
    let usual = usual_permissions(directory).map_err(failed("write into", directory))?;
    file.set_permissions(usual).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("write", path))?;
    let bytes = file.metadata().map_err(failed("write", path))?.len();
    if is_named {
        let target: PathBuf = path.to_owned();
        place
            .persist(target)
            .map_err(|error| failed("write", path)(error.error))?;
    } else {
        place.persist_noclobber(path).map_err(|error| {
            if error.error.kind() == std::io::ErrorKind::AlreadyExists {
                exists()
            } else {
                failed("write", path)(error.error).into()
            }
        })?;
    }
    Ok((index, bytes))
}

/// What others may do with any other file that is made in a directory: the umask says it, or the directory does.
fn usual_permissions(directory: &Path) -> std::io::Result<Permissions> {
    let empty = tempfile::Builder::new()
        .prefix(".pgassay-")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    Ok(empty.as_file().metadata()?.permissions())
}
