use std::fs::{self, File, Metadata};
use std::io::{BufWriter, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use nix::fcntl::OFlag;

/// A file or program into which a script sends output: `\o`, `\g FILE`, `\copy … to`. A program gets all of it
/// at once, at the end.
#[derive(Debug)]
pub(super) struct Redirect {
    target: PathBuf,
    /// None until something is to be written.
    file: Option<BufWriter<File>>,
    failed: bool,
    program: Option<String>,
}

/// What is left to do with output that was redirected.
#[derive(Debug)]
pub(super) enum Closed {
    /// Nothing: the file has all of it.
    Whole,
    /// The file could not be written completely.
    Incomplete,
    /// The program is to be run, with this input.
    Program(String, File),
}

impl Redirect {
    /// Opens a file for writing, if a script may write there.
    ///
    /// # Errors
    /// A text that says why not.
    pub(super) fn open(path: &Path, writable: &[PathBuf]) -> Result<Self, String> {
        let mut opened = Self::planned(path, writable)?;
        match create(&opened.target) {
            Ok(file) => {
                opened.file = Some(BufWriter::new(file));
                Ok(opened)
            }
            Err(why) => Err(format!("cannot write {}: {why}", path.display())),
        }
    }

    /// One whose file is opened when there is a result for it, if a script may write there.
    ///
    /// # Errors
    /// A text that says why not.
    pub(super) fn planned(path: &Path, writable: &[PathBuf]) -> Result<Self, String> {
        match writable_target(path, writable) {
            Some(target) => Ok(Self {
                target,
                file: None,
                failed: false,
                program: None,
            }),
            None => Err(format!(
                "may not write {}: test files write below the project or the temporary directory only",
                path.display()
            )),
        }
    }

    /// Writes, maybe nothing: then the file is made, if there was none yet.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.file.is_none() && !self.failed {
            self.file = create(&self.target).map(BufWriter::new).ok();
        }
        let written = self.file.as_mut().map(|file| file.write_all(bytes));
        self.failed |= !matches!(written, Some(Ok(())));
    }

    /// Sees to it that what was written can be read.
    pub(super) fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            self.failed |= file.flush().is_err();
        }
    }

    /// Keeps what a program is to get.
    ///
    /// # Errors
    /// A text that says why not.
    pub(super) fn to_program(command: String) -> Result<Self, String> {
        let file = tempfile::tempfile()
            .map_err(|error| format!("cannot make a temporary file: {error}"))?;
        Ok(Self {
            target: PathBuf::new(),
            file: Some(BufWriter::new(file)),
            failed: false,
            program: Some(command),
        })
    }

    /// Closes the file; what is left to do.
    pub(super) fn close(mut self) -> Closed {
        self.flush();
        if self.failed {
            return Closed::Incomplete;
        }
        // Nothing may have come for it.
        let Some(file) = self.file else {
            return Closed::Whole;
        };
        match (self.program, file.into_inner()) {
            (None, Ok(_)) => Closed::Whole,
            (Some(program), Ok(mut file)) => match file.rewind() {
                Ok(()) => Closed::Program(program, file),
                Err(_) => Closed::Incomplete,
            },
            _ => Closed::Incomplete,
        }
    }
}

/// Why a file is not opened that [`is_plain`] does not hold for.
pub(super) const NOT_PLAIN: &str =
    "it is no regular file, and a pipe or a device could make the run wait for ever";

/// Whether what was found at a path is a regular file, or `/dev/null`: what never makes anybody wait.
pub(super) fn is_plain(path: &Path, found: &Metadata) -> bool {
    let is_null = || fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
    found.is_file() || is_null()
}

/// Opens a file to write it anew; a path that ends in a symbolic link is an error.
fn create(target: &Path) -> Result<File, String> {
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_symlink() => {
            return Err("it is a symbolic link to something that does not exist".to_owned());
        }
        Ok(found) if !found.is_dir() && !is_plain(target, &found) => {
            return Err(NOT_PLAIN.to_owned());
        }
        _ => {}
    }
    // Should it have been replaced meanwhile, by a link or a pipe, opening it neither follows nor waits.
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(target)
        .map_err(|error| error.to_string())
}

/// The file that a path means, links and `..` followed, if it lies below one of the directories or is `/dev/null`.
/// Where there is none yet, only its directory was followed: its name may still be a link that leads nowhere.
fn writable_target(path: &Path, writable: &[PathBuf]) -> Option<PathBuf> {
    let name = path
        .file_name()
        .filter(|_| !path.ends_with(Component::ParentDir))?;
    let target = match fs::canonicalize(path) {
        Ok(there) => there,
        Err(_) => fs::canonicalize(path.parent()?).ok()?.join(name),
    };
    let allowed = target == Path::new("/dev/null")
        || writable
            .iter()
            .filter_map(|directory| fs::canonicalize(directory).ok())
            .any(|directory| target.starts_with(directory));
    allowed.then_some(target)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_link_leads_a_written_file_out_of_the_writable_directories() {
        let around = tempfile::tempdir().unwrap();
        let (inside, outside) = (around.path().join("in"), around.path().join("out"));
        fs::create_dir(&inside).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("there"), "kept").unwrap();
        fs::write(inside.join("here"), "old").unwrap();
        for (link, target) in [
            ("dangling", outside.join("new")),
            ("leading_out", outside.join("there")),
            ("directory", outside.clone()),
            ("leading_in", inside.join("here")),
        ] {
            symlink(target, inside.join(link)).unwrap();
        }
        let open = |name: &str| Redirect::open(&inside.join(name), std::slice::from_ref(&inside));
        for (name, why) in [
            (
                "dangling",
                "a symbolic link to something that does not exist",
            ),
            ("leading_out", "may not write"),
            ("directory/new", "may not write"),
            ("../out/new", "may not write"),
        ] {
            let error = open(name).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(!outside.join("new").exists());
        assert_eq!(fs::read(outside.join("there")).unwrap(), b"kept");
        let mut file = open("leading_in").unwrap();
        file.write(b"new");
        assert!(matches!(file.close(), Closed::Whole));
        assert_eq!(fs::read(inside.join("here")).unwrap(), b"new");
        assert!(matches!(open("fresh").unwrap().close(), Closed::Whole));
    }
}
