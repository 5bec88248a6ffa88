use clap::Args;
use clap_mangen::Man;

/// Arguments of `pgassay man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The subcommand whose page to print, as in `pgassay man test`; without one, pgassay's own.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// There is no subcommand of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no subcommand `{0}`, so it has no manual page; `pgassay help` lists them")]
pub struct UnknownCommand(pub String);

/// The manual page, in troff, of the subcommand with this path; of pgassay itself for an empty one.
///
/// # Errors
///
/// When there is no such subcommand.
pub fn man(path: &[String]) -> Result<Vec<u8>, UnknownCommand> {
    let mut definition = super::definition();
    definition.build();
    let mut command = &definition;
    for name in path {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| UnknownCommand(path.join(" ")))?;
    }
    let page = Man::new(command.clone().disable_help_subcommand(true));
    let mut troff = Vec::new();
    // Writing into memory cannot fail, and `Man` has no errors but the writer's.
    let written = page.render(&mut troff);
    debug_assert!(written.is_ok());
    Ok(troff)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_manual_page_is_named_after_its_command_and_tells_the_options() {
        let page = String::from_utf8(man(&["test".to_owned()]).unwrap()).unwrap();
        assert!(page.contains(".TH pgassay-test 1"), "{page}");
        assert!(page.contains("\\-\\-migrate\\-command"), "{page}");
        let page = String::from_utf8(man(&[]).unwrap()).unwrap();
        assert!(page.contains(".TH pgassay 1"), "{page}");
        assert!(page.contains("pgassay\\-completions(1)"), "{page}");
    }

    #[test]
    fn a_manual_page_of_an_unknown_subcommand_is_refused() {
        let error = man(&["cache".to_owned(), "sweep".to_owned()]).unwrap_err();
        assert_eq!(error, UnknownCommand("cache sweep".to_owned()));
    }
}
