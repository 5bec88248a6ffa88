use std::io::{self, BufWriter, Write};

use sha2::{Digest, Sha256};
use zstd::stream::write::Encoder;

use super::super::head::{Head, Index};
use super::super::script;
use super::seal;

/// How strongly rows are compressed: what is written must not hang on a default of the library.
const LEVEL: i32 = 3;
/// How many bytes are compressed at a time.
const PIECE: usize = 128 * 1024;

/// Writes a snapshot, from the beginning to the seal. What is not sealed is no snapshot.
pub struct Writer<W: Write> {
    head: Head,
    index: Index,
    out: BufWriter<Encoder<'static, Hashed<W>>>,
}

impl<W: Write> Writer<W> {
    /// Begins one with its head.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(head: Head, out: W) -> io::Result<Self> {
        let mut out = Hashed {
            out,
            hash: Sha256::new(),
            written: 0,
        };
        let mut first = encoder(&mut out)?;
        first.write_all(script::first_line(&head)?.as_bytes())?;
        first.finish()?;
        let mut writer = Self {
            out: BufWriter::with_capacity(PIECE, encoder(out)?),
            head,
            index: Index::default(),
        };
        let beginning = script::beginning(&writer.head);
        writer.out.write_all(beginning.as_bytes())?;
        Ok(writer)
    }

    /// Begins the rows of the next table of the head.
    ///
    /// # Errors
    /// When it cannot be written, and where the head has no more tables.
    pub fn table(&mut self) -> io::Result<()> {
        let table = self.head.tables.get(self.index.rows.len());
        let table = table.ok_or_else(|| io::Error::other("the head has no such table"))?;
        let text = script::before_rows(table);
        self.index.rows.push(0);
        self.out.write_all(text.as_bytes())
    }

    /// Adds a row, as `COPY` writes it: a line with its end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, line: &[u8]) -> io::Result<()> {
        if let Some(count) = self.index.rows.last_mut() {
            *count += 1;
        }
        self.out.write_all(line)
    }

    /// Ends the rows of a table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_table(&mut self) -> io::Result<()> {
        self.out.write_all(script::END_OF_ROWS)
    }

    /// Ends it: adds how far the sequences have come, the index and the seal. Returns what was written to, and the index.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn seal(
        mut self,
        sequences: Vec<super::super::head::SequenceState>,
    ) -> io::Result<(W, Index)> {
        self.index.sequences = sequences;
        let ending = script::ending(&self.head, &self.index);
        self.out.write_all(ending.as_bytes())?;
        let encoder = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let mut out = encoder.finish()?;
        let index_at = out.written;
        let index = serde_json::to_vec(&self.index)?;
        let size = u32::try_from(index.len())
            .map_err(|_| io::Error::other("the index is larger than its frame can be"))?;
        out.write_all(&seal::INDEX_FRAME)?;
        out.write_all(&size.to_le_bytes())?;
        out.write_all(&index)?;
        out.write_all(&seal::before_hash(index_at))?;
        let hash = seal::finished(out.hash);
        out.out.write_all(&hash)?;
        out.out.flush()?;
        Ok((out.out, self.index))
    }
}

fn encoder<W: Write>(out: W) -> io::Result<Encoder<'static, W>> {
    let mut encoder = Encoder::new(out, LEVEL)?;
    // So that `zstd` itself sees damage, too.
    encoder.include_checksum(true)?;
    Ok(encoder)
}

/// Hashes and counts what is written.
struct Hashed<W> {
    out: W,
    hash: Sha256,
    written: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
