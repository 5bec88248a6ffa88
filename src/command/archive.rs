//! An archive of what the tests printed, as `prove --archive` makes it: the TAP of each file under the file's name, and
//! `meta.yml`, which lists them. A directory, or a tape archive, compressed or not.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::report_file::ReportFile;
use crate::event::FileOutcome;

/// The name of the list.
const LIST: &str = "meta.yml";

/// The endings of archives of other forms, which nobody means for a directory.
const OTHER_FORMS: [&str; 11] = [
    "zip", "gz", "bz2", "tbz", "tbz2", "xz", "txz", "zst", "7z", "rar", "jar",
];

/// An archive on its way.
pub(super) struct Archive {
    target: PathBuf,
    form: Form,
    began: SystemTime,
    members: Vec<Member>,
}

/// What it is written to.
enum Form {
    Directory,
    Tar(Box<tar::Builder<Writer>>),
}

/// Compresses or not.
enum Writer {
    Plain(BufWriter<ReportFile>),
    Gzip(GzEncoder<BufWriter<ReportFile>>),
}

/// One file in the list.
struct Member {
    file: String,
    began: SystemTime,
    elapsed: Duration,
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// In words: that it cannot be written, which is better told before the tests than after them.
    pub(super) fn create(target: &Path) -> Result<Self, String> {
        let name = target.to_string_lossy();
        let is_gzip = name.ends_with(".tar.gz") || name.ends_with(".tgz");
        let ending = target.extension().unwrap_or_default().to_string_lossy();
        if !is_gzip && OTHER_FORMS.contains(&ending.to_lowercase().as_str()) {
            let error = format!("`.{ending}` is no form of it");
            return Err(complaint(target, &error));
        }
        let form = if is_gzip || name.ends_with(".tar") {
            let file = ReportFile::open(target).map_err(|error| complaint(target, &error))?;
            let file = BufWriter::new(file);
            let writer = if is_gzip {
                Writer::Gzip(GzEncoder::new(file, Compression::default()))
            } else {
                Writer::Plain(file)
            };
            Form::Tar(Box::new(tar::Builder::new(writer)))
        } else {
            empty_directory(target).map_err(|error| complaint(target, &error))?;
            Form::Directory
        };
        Ok(Self {
            target: target.to_owned(),
            form,
            began: SystemTime::now(),
            members: Vec::new(),
        })
    }

    /// Takes up what a file printed.
    ///
    /// # Errors
    /// In words.
    pub(super) fn add(&mut self, outcome: &FileOutcome) -> Result<(), String> {
        let dropped = outcome.output.dropped_bytes;
        if dropped > 0 {
            let error = format!("{} printed {dropped} bytes too many", outcome.file);
            return Err(complaint(&self.target, &error));
        }
        let name = self.free_name(inside(&outcome.file));
        self.write(&name, outcome.output.text.as_bytes())
            .map_err(|error| complaint(&self.target, &error))?;
        self.members.push(Member {
            file: name,
            began: outcome.started_at,
            elapsed: outcome.elapsed,
        });
        Ok(())
    }

    /// Ends it and puts it where it belongs.
    ///
    /// # Errors
    /// In words.
    pub(super) fn persist(mut self) -> Result<(), String> {
        let list = list(&self.members, self.began, SystemTime::now());
        let written = self.write(LIST, list.as_bytes());
        let target = self.target;
        written
            .and_then(|()| match self.form {
                Form::Directory => Ok(()),
                Form::Tar(builder) => builder.into_inner()?.into_file()?.settle(&target),
            })
            .map_err(|error| complaint(&target, &error))
    }

    /// A name that no other file has, with a number behind it where it has to be.
    fn free_name(&self, name: String) -> String {
        let is_free =
            |name: &String| name != LIST && self.members.iter().all(|member| member.file != *name);
        let numbered = (2..).map(|number: usize| format!("{name}.{number}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        names.find(is_free).unwrap_or(name)
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match &mut self.form {
            Form::Directory => {
                let path = self.target.join(name);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::write(path, bytes)
            }
            Form::Tar(builder) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o644);
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                header.set_mtime(now.map_or(0, |since| since.as_secs()));
                header.set_cksum();
                builder.append_data(&mut header, name, bytes)
            }
        }
    }
}

impl Writer {
    fn into_file(self) -> io::Result<ReportFile> {
        let buffered = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish()?,
        };
        buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}

/// Makes the directory, which may be there already if it is empty: what an earlier run left would pass for this one's.
fn empty_directory(target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    match fs::read_dir(target)?.next() {
        None => Ok(()),
        Some(_) => Err(io::Error::new(
            io::ErrorKind::DirectoryNotEmpty,
            "the directory is not empty",
        )),
    }
}

/// A test file's name inside the archive: of one that lies elsewhere, the path without its root.
fn inside(shown: &str) -> String {
    let parts = Path::new(shown).components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The list of an archive, as `TAP::Harness::Archive` writes and reads it.
fn list(members: &[Member], began: SystemTime, ended: SystemTime) -> String {
    let mut text = String::from("---\n");
    if members.is_empty() {
        text.push_str("file_attributes: []\nfile_order: []\n");
    } else {
        text.push_str("file_attributes:\n");
        for member in members {
            text.push_str(&format!(
                "  -\n    description: {}\n    end_time: {}\n    start_time: {}\n",
                quoted(&member.file),
                time(member.began + member.elapsed),
                time(member.began),
            ));
        }
        text.push_str("file_order:\n");
        for member in members {
            text.push_str(&format!("  - {}\n", quoted(&member.file)));
        }
    }
    text.push_str(&format!(
        "start_time: {}\nstop_time: {}\n",
        time(began),
        time(ended)
    ));
    text
}

/// A text in single quotes, or, with control characters in it, in double quotes.
fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return serde_json::Value::from(text).to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Seconds since 1970, to the thousandth.
fn time(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:03}", since.as_secs(), since.subsec_millis())
}

fn complaint(target: &Path, error: &dyn Display) -> String {
    format!(
        "cannot write the archive {}: {error}; name a .tar, .tar.gz or .tgz file, or a directory that is empty or \
         missing, in a place that can be written to",
        target.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_the_form_of_tap_harness_archive() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        let member = Member {
            file: inside("/far/it's.sql"),
            began: at(1_500),
            elapsed: Duration::from_millis(250),
        };
        assert_eq!(
            list(&[member], at(1_000), at(2_000)),
            "---
file_attributes:
  -
    description: 'far/it''s.sql'
    end_time: 1.750
    start_time: 1.500
file_order:
  - 'far/it''s.sql'
start_time: 1.000
stop_time: 2.000
"
        );
        assert_eq!(quoted("a\nb"), "\"a\\nb\"");
    }

    #[test]
    fn no_two_files_have_one_name() {
        let around = tempfile::tempdir().unwrap();
        let mut archive = Archive::create(&around.path().join("archive")).unwrap();
        let mut names = Vec::new();
        for file in ["a.sql", "../a.sql", "/a.sql", "meta.yml", "b/a.sql"] {
            let file = archive.free_name(inside(file));
            names.push(file.clone());
            archive.members.push(Member {
                file,
                began: UNIX_EPOCH,
                elapsed: Duration::ZERO,
            });
        }
        assert_eq!(
            names,
            ["a.sql", "a.sql.2", "a.sql.3", "meta.yml.2", "b/a.sql"]
        );
    }
}
