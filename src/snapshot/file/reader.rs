use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder;

use super::super::error::{Damage, SnapshotError};
use super::super::form;
use super::super::head::{FORMAT, Head, Index};
use super::super::script;
use super::seal::{self, FRAME_HEAD, HASH};

/// A head is a list of tables: what is longer than this is none.
const LONGEST_HEAD: u64 = 256 << 20;
/// How many bytes are read at a time.
const PIECE: usize = 256 * 1024;
/// What a frame of zstd begins with.
const ZSTD: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// A snapshot that was opened: its head and its index are read, and its rows are not.
#[derive(Debug)]
pub struct SnapshotFile {
    path: PathBuf,
    file: File,
    /// Its size in bytes.
    pub size: u64,
    /// What it says of itself.
    pub head: Head,
    /// How much there is of each.
    pub index: Index,
    rows_at: u64,
    index_at: u64,
    hash: [u8; HASH],
}

impl SnapshotFile {
    /// Opens a file, and reads its ends: the head at one, the seal and the index at the other.
    ///
    /// # Errors
    /// When it cannot be read, and where that is no whole snapshot.
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        let unreadable = || SnapshotError::file("read the snapshot", path);
        let broken = |damage| SnapshotError::Broken {
            path: path.to_owned(),
            damage,
        };
        let mut file = File::open(path).map_err(unreadable())?;
        let size = file.metadata().map_err(unreadable())?.len();
        let mut first = Vec::new();
        let mut beginning = Read::by_ref(&mut file).take(ZSTD.len() as u64);
        beginning.read_to_end(&mut first).map_err(unreadable())?;
        if first.is_empty() || !ZSTD.starts_with(&first) {
            return Err(broken(Damage::Foreign));
        }
        let ends = ends(&mut file, size).map_err(unreadable())?;
        let (index, index_at, hash) = match ends {
            Ok(ends) => ends,
            // What is none at all is not one that was cut short.
            Err(damage) => {
                let is_one = matches!(head(&mut file), Ok(Ok(_)) | Err(_));
                return Err(broken(if is_one { damage } else { Damage::Foreign }));
            }
        };
        let (head, rows_at) = head(&mut file).map_err(unreadable())?.map_err(broken)?;
        let of_parts = |text: &str| Err(broken(Damage::Parts(text.to_owned())));
        if rows_at > index_at {
            return of_parts("its index stands in its head");
        }
        if index.rows.len() != head.tables.len() {
            return of_parts("its index has not the tables of its head");
        }
        if index.sequences.len() != head.sequences.len() {
            return of_parts("its index has not the sequences of its head");
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
            head,
            index,
            rows_at,
            index_at,
            hash,
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 that its seal says, in hexadecimal: what it is known by.
    pub fn hash(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads it to its end, and sees that it is what was sealed.
    ///
    /// # Errors
    /// When it cannot be read, and where it is another.
    pub fn verify(&mut self) -> Result<(), SnapshotError> {
        let hash = self.hash_from(0, Sha256::new());
        let hash = hash.map_err(SnapshotError::file("read the snapshot", &self.path))?;
        self.compare(hash)
    }

    fn compare(&self, hash: Sha256) -> Result<(), SnapshotError> {
        if seal::finished(hash) == self.hash {
            return Ok(());
        }
        Err(SnapshotError::Broken {
            path: self.path.clone(),
            damage: Damage::Hash,
        })
    }

    /// Adds all from a place up to the hash itself.
    fn hash_from(&mut self, place: u64, mut hash: Sha256) -> io::Result<Sha256> {
        self.file.seek(SeekFrom::Start(place))?;
        let left = (self.size - HASH as u64).saturating_sub(place);
        let mut rest = Read::by_ref(&mut self.file).take(left);
        let mut piece = vec![0; PIECE];
        loop {
            match rest.read(&mut piece) {
                Ok(0) => return Ok(hash),
                Ok(count) => hash.update(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the rows, from the first one on. What is read is hashed again: see [`Rows::end`].
    ///
    /// # Errors
    /// When it cannot be read, and where what comes before the rows is something else.
    pub fn rows(&mut self) -> Result<Rows<'_>, SnapshotError> {
        let unreadable = SnapshotError::file("read the snapshot", &self.path);
        let begin = |this: &mut Self| -> io::Result<_> {
            let mut hash = Sha256::new();
            this.file.seek(SeekFrom::Start(0))?;
            io::copy(
                &mut Read::by_ref(&mut this.file).take(this.rows_at),
                &mut Hashing(&mut hash),
            )?;
            let hashed = Hashed {
                file: this.file.try_clone()?.take(this.index_at - this.rows_at),
                hash,
            };
            let decoder = Decoder::with_buffer(BufReader::with_capacity(PIECE, hashed))?;
            Ok(BufReader::with_capacity(PIECE, decoder))
        };
        let text = begin(self).map_err(unreadable)?;
        let mut rows = Rows {
            snapshot: self,
            text,
            table: 0,
            line: Line::Outside,
            held: Vec::new(),
        };
        let beginning = script::beginning(&rows.snapshot.head);
        rows.expect(&beginning)?;
        Ok(rows)
    }
}

/// Reads the two ends behind the rows: the index, where it begins, and the hash.
type Ends = Result<(Index, u64, [u8; HASH]), Damage>;

fn ends(file: &mut File, size: u64) -> io::Result<Ends> {
    let Some(seal_at) = size.checked_sub(seal::SIZE as u64) else {
        return Ok(Err(Damage::Cut));
    };
    file.seek(SeekFrom::Start(seal_at))?;
    let mut bytes = vec![0; seal::SIZE];
    file.read_exact(&mut bytes)?;
    let Some((index_at, hash)) = seal::read(&bytes) else {
        return Ok(Err(Damage::Cut));
    };
    let elsewhere = || Damage::Parts("its index is not where its seal says".to_owned());
    let Some(index_size) = seal_at.checked_sub(index_at) else {
        return Ok(Err(elsewhere()));
    };
    file.seek(SeekFrom::Start(index_at))?;
    let mut index = Vec::new();
    Read::by_ref(file)
        .take(index_size)
        .read_to_end(&mut index)?;
    let Some((frame, json)) = index.split_at_checked(FRAME_HEAD) else {
        return Ok(Err(elsewhere()));
    };
    let size = u32::try_from(json.len()).unwrap_or(u32::MAX);
    if frame != [seal::INDEX_FRAME, size.to_le_bytes()].concat() {
        return Ok(Err(elsewhere()));
    }
    Ok(match serde_json::from_slice(json) {
        Ok(index) => Ok((index, index_at, hash)),
        Err(error) => Err(Damage::Parts(format!("its index cannot be read: {error}"))),
    })
}

/// Reads the head, and where the frame behind it begins.
fn head(file: &mut File) -> io::Result<Result<(Head, u64), Damage>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Ok(Err(Damage::Parts(format!(
            "its head cannot be read: {error}"
        ))))
    };
    file.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    let mut decoder = Decoder::new(&mut *file)?.single_frame();
    let read = Read::by_ref(&mut decoder)
        .take(LONGEST_HEAD)
        .read_to_end(&mut text);
    let ahead = decoder.finish().buffer().len() as u64;
    let json = text
        .strip_prefix(script::FIRST.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\n"));
    let json = match (read, json) {
        (Ok(_), Some(json)) => json,
        (Err(error), _) => return unreadable(&error),
        (Ok(_), None) => return Ok(Err(Damage::Foreign)),
    };
    // Another format may have any other members.
    let value: serde_json::Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => return unreadable(&error),
    };
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(FORMAT) => {}
        Some(other) => return Ok(Err(Damage::Format(other))),
        None => return unreadable(&"it has no format"),
    }
    let head: Head = match serde_json::from_value(value) {
        Ok(head) => head,
        Err(error) => return unreadable(&error),
    };
    if !form::ENCODINGS.contains(&head.encoding.as_str()) {
        return unreadable(&format_args!("there is no encoding {:?}", head.encoding));
    }
    if head.lineage.as_ref().is_some_and(|it| !it.is_sound()) {
        return unreadable(&"the hash of its migrations is another");
    }
    Ok(Ok((head, file.stream_position()? - ahead)))
}

/// Hashes what is written to it.
struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes what is read of the part of a file.
struct Hashed {
    file: Take<File>,
    hash: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.hash.update(&into[..count]);
        Ok(count)
    }
}

/// Where reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Between two tables.
    Outside,
    /// At the beginning of a row.
    Begins,
    /// Inside of a row.
    Inside,
}

impl Line {
    fn after(is_end_of_line: bool) -> Self {
        if is_end_of_line {
            Self::Begins
        } else {
            Self::Inside
        }
    }
}

/// The rows of a snapshot, table for table. It is read as the script that it is: what stands between the rows has to be what the
/// head and the index make there.
pub struct Rows<'a> {
    snapshot: &'a mut SnapshotFile,
    text: BufReader<Decoder<'static, BufReader<Hashed>>>,
    table: usize,
    line: Line,
    /// What was read to see whether the rows end there, and is still to be given away.
    held: Vec<u8>,
}

impl Rows<'_> {
    /// The head, while the rows are read.
    pub fn head(&self) -> &Head {
        &self.snapshot.head
    }

    /// The index, while the rows are read.
    pub fn index(&self) -> &Index {
        &self.snapshot.index
    }

    /// Goes to the rows of the next table; then they are to be read to their end. False where there is none.
    ///
    /// # Errors
    /// When that is not what comes.
    pub fn next_table(&mut self) -> Result<bool, SnapshotError> {
        let Some(table) = self.snapshot.head.tables.get(self.table) else {
            return Ok(false);
        };
        let before = script::before_rows(table);
        self.expect(&before)?;
        self.table += 1;
        self.line = Line::Begins;
        Ok(true)
    }

    /// Reads what stands behind the last table, and the rest of the file: it is what was sealed.
    ///
    /// # Errors
    /// Where it is another.
    pub fn end(mut self) -> Result<(), SnapshotError> {
        let ending = script::ending(&self.snapshot.head, &self.snapshot.index);
        self.expect(&ending)?;
        let unreadable = SnapshotError::file("read the snapshot", &self.snapshot.path);
        let rest = io::copy(&mut self.text, &mut io::sink());
        let rest = rest.map_err(unreadable)?;
        if rest > 0 {
            return Err(self.parts("something stands behind its end"));
        }
        let index_at = self.snapshot.index_at;
        let mut hashed = self.text.into_inner().finish().into_inner();
        let unreadable = || SnapshotError::file("read the snapshot", &self.snapshot.path);
        io::copy(&mut hashed, &mut io::sink()).map_err(unreadable())?;
        let unreadable = unreadable();
        let hash = self.snapshot.hash_from(index_at, hashed.hash);
        self.snapshot.compare(hash.map_err(unreadable)?)
    }

    fn parts(&self, text: &str) -> SnapshotError {
        SnapshotError::Broken {
            path: self.snapshot.path.clone(),
            damage: Damage::Parts(text.to_owned()),
        }
    }

    fn is_at_backslash(&mut self) -> io::Result<bool> {
        Ok(self.text.fill_buf()?.first() == Some(&b'\\'))
    }

    fn expect(&mut self, expected: &str) -> Result<(), SnapshotError> {
        let mut bytes = vec![0; expected.len()];
        match self.text.read_exact(&mut bytes) {
            Ok(()) if bytes == expected.as_bytes() => Ok(()),
            Ok(()) => Err(self.parts("its text is not the one of its head")),
            Err(error) => Err(SnapshotError::file(
                "read the snapshot",
                &self.snapshot.path,
            )(error)),
        }
    }
}

impl Read for Rows<'_> {
    /// Reads rows of the table at hand; nothing more behind its last one.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len() && self.line != Line::Outside {
            if self.held.is_empty() && self.line == Line::Begins && self.is_at_backslash()? {
                let mut held = vec![0; script::END_OF_ROWS.len()];
                self.text.read_exact(&mut held)?;
                if held == script::END_OF_ROWS {
                    self.line = Line::Outside;
                    break;
                }
                self.held = held;
            }
            if !self.held.is_empty() {
                let count = self.held.len().min(into.len() - filled);
                into[filled..filled + count].copy_from_slice(&self.held[..count]);
                filled += count;
                self.line = Line::after(self.held[count - 1] == b'\n');
                self.held.drain(..count);
                continue;
            }
            let buffer = self.text.fill_buf()?;
            if buffer.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let room = into.len() - filled;
            // What comes behind an end of a line is looked at before it is given away.
            let (count, is_whole) = whole_lines(&buffer[..buffer.len().min(room)]);
            into[filled..filled + count].copy_from_slice(&buffer[..count]);
            self.text.consume(count);
            filled += count;
            self.line = Line::after(is_whole);
        }
        Ok(filled)
    }
}

/// How many bytes can be given away before the end of a table may come, and whether a line begins behind them.
fn whole_lines(bytes: &[u8]) -> (usize, bool) {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'\n') {
        from += at + 1;
        if bytes.get(from).is_none_or(|next| *next == b'\\') {
            return (from, true);
        }
    }
    (bytes.len(), false)
}
