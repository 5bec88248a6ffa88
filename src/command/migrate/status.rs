//! `pgassay migrate status` and `validate`.

use super::{Work, work_of};
use crate::cli::{DataFormat, GlobalArgs, ReadArgs, StatusArgs};
use crate::command::{Error, Exit, print};
use crate::deployment::{
    HistoryTable, LOCK, Standing, Status, foreign_histories, holder, mismatches,
};
use crate::migration::MigrationSet;
use crate::session::Connection;
use crate::settings::Environment;

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &StatusArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let work = work_of(global, &arguments.read, environment)?;
    let mut connection = work.connect("read the history")?;
    let all = statuses(&work, &mut connection)?;
    match arguments.format {
        DataFormat::Json => {
            let mut text = serde_json::to_string_pretty(&all)?;
            text.push('\n');
            print(text.as_bytes())
        }
        DataFormat::Text => {
            let mut text = format!("{}\n", work.way.in_words());
            for status in &all {
                let history = match &status.history {
                    Some(history) => format!("{}, by {history}", status.tool),
                    None => "no history yet".to_owned(),
                };
                text.push_str(&format!("history: {history}\n\n{}", status.table()));
            }
            print(text.as_bytes())
        }
    }
}

/// The status by each history that the database has.
fn statuses(work: &Work, connection: &mut Connection) -> Result<Vec<Status>, Error> {
    let mut all = Vec::new();
    let foreign = foreign_histories(connection)?;
    let is_own = HistoryTable::exists(connection)?;
    if is_own || foreign.is_empty() {
        let entries = if is_own {
            HistoryTable::read(connection)?
        } else {
            Vec::new()
        };
        let at_work = holder(connection, LOCK)?.map(|holder| holder.in_words());
        let standing = Standing::new(&work.set, &entries)?;
        let history = is_own.then(|| HistoryTable::NAME.to_owned());
        all.push(Status::of_own(&standing, history, at_work));
    }
    for history in foreign {
        // What other tools applied says nothing of files of another layout.
        let set = (work.set.layout == history.tool).then_some(&work.set);
        let versions = set.into_iter().flat_map(MigrationSet::versions);
        let applied = history.read(connection)?;
        let applied = history.history.spelled_out(applied, versions);
        let at_work = history.is_at_work(connection)?;
        all.push(Status::of_foreign(
            history.tool.shown,
            history.table,
            set,
            &applied,
            history.history.order,
            (at_work == Some(true)).then(|| history.tool.shown.to_owned()),
        ));
    }
    Ok(all)
}

/// Tells what does not fit.
pub(super) fn validate(
    global: &GlobalArgs,
    arguments: &ReadArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let work = work_of(global, arguments, environment)?;
    let mut connection = work.connect("read the history")?;
    if !HistoryTable::exists(&mut connection)? {
        let text = format!(
            "there is no history of pgassay's to validate; `pgassay migrate up` begins one, and `pgassay migrate baseline` one of a \
             database that has the schema already · {}",
            work.way.in_words()
        );
        return Err(work.way.in_hints(&text).into());
    }
    let entries = HistoryTable::read(&mut connection)?;
    let standing = Standing::new(&work.set, &entries)?;
    let mismatches = mismatches(&mut connection, &standing)?;
    if mismatches.is_empty() {
        let pending = standing.due().count();
        return print(
            format!(
                "the history and the files fit one another · {} applied, {pending} pending\n",
                standing.items.len() - pending
            )
            .as_bytes(),
        );
    }
    let text = work.way.in_hints(&mismatches.join("\n"));
    print(format!("{text}\n").as_bytes())?;
    Ok(Exit::Failure)
}
