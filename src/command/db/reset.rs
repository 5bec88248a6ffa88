//! `pgassay db reset`: drops a database and makes it again.

use std::time::Instant;

use super::super::target::Way;
use super::super::{Error, Exit, protection, question};
use super::asking::{self, maintenance, sessions};
use super::records::{Kind, Records};
use super::up::{Up, ended};
use crate::cli::{DbResetArgs, GlobalArgs};
use crate::run;
use crate::session::Interruption;
use crate::settings::{Environment, Settings};

/// Databases that are every server's own.
const NEVER: [&str; 3] = ["postgres", "template0", "template1"];

pub(super) fn run(
    global: &GlobalArgs,
    typed: &DbResetArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &typed.project, environment)?;
    let way = Way::of(&settings, &typed.target, environment)?;
    let name = way.info.database();
    protection::check(&settings, &way, environment, "is not reset")?;
    if NEVER.contains(&name) {
        return Err(format!(
            "the database \"{name}\" is one that every server has for itself, and is not reset; name the project's own in the URL"
        )
        .into());
    }
    // Whoever is asked may still end it by Ctrl-C.
    if !typed.yes {
        question::ask(
            &way,
            &format!("the database \"{name}\" may be dropped with all that is in it"),
            "is dropped with all that is in it, and made again",
        )?;
    }
    let interruption = run::listen_for_interruption()?;
    ended(&interruption, reset(&settings, &way, typed, &interruption))
}

fn reset(
    settings: &Settings,
    way: &Way,
    typed: &DbResetArgs,
    interruption: &Interruption,
) -> Result<(), Error> {
    // What is wrong with the scripts shows before anything is lost.
    let mut up = Up::new(settings, way, interruption)?;
    up.is_seed_typed = typed.project.seed.is_some();
    up.check_seeds()?;
    let name = way.info.database();
    let mut carried = Records::default();
    let mut is_dropped = false;
    if let Some(mut session) = asking::open(&way.info, up.watch())? {
        carried = Records::read(&mut session)?.only(Kind::Roles);
        drop(session);
        let (mut admin, _) = maintenance(&way.info, up.watch())?;
        let others = settled_sessions(&mut admin, name)?;
        if !others.is_empty() && !typed.force {
            return Err(format!(
                "the database \"{name}\" is in use, and is not reset:\n  {}\nend these sessions first, or let --force end them",
                others.join("\n  ")
            )
            .into());
        }
        let began = Instant::now();
        asking::drop(&mut admin, name, typed.force)?;
        let what = format!("the database \"{name}\"");
        up.telling().done("dropped", &what, began.elapsed());
        is_dropped = true;
    }
    up.run(carried).map_err(|error| {
        if !is_dropped {
            return error;
        }
        format!(
            "{error}\nthe database \"{name}\" was dropped before; when that is mended, `pgassay db up{}` goes on",
            way.option()
        )
        .into()
    })
}

/// The sessions of others; one that has just ended, such as the tool's own, may take a moment to be gone.
fn settled_sessions(
    admin: &mut crate::session::Connection,
    name: &str,
) -> Result<Vec<String>, Error> {
    let mut found = sessions(admin, name)?;
    for _ in 0..50 {
        if found.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        found = sessions(admin, name)?;
    }
    Ok(found)
}
