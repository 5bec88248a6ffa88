//! Room is how much of a stream's free text (diagnostics, comments, YAML, long descriptions) is kept, so that a
//! test file that prints without end does not fill memory. It counts lines and bytes and never looks at them.

/// How many lines are kept in one place: beneath an assertion, in a YAML block, as comments of a level.
const LINES: usize = 10_000;
/// How many bytes are kept in one place.
const BYTES: usize = 1024 * 1024;
/// How many bytes are kept of a stream, subtests included.
const STREAM_BYTES: usize = 16 * 1024 * 1024;
/// A description up to this length, in bytes, is always kept whole.
const DESCRIPTION: usize = 200;

/// What is left for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    left: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: STREAM_BYTES }
    }
}

impl Room {
    /// A description, cut where it is long and there is no room left.
    pub(super) fn description(&mut self, text: String) -> String {
        if text.len() <= DESCRIPTION {
            return text;
        }
        if text.len() <= self.left {
            self.left -= text.len();
            return text;
        }
        clipped(&text, DESCRIPTION)
    }
}

/// What one place has taken of the room. What is kept there is the beginning; the rest is counted.
#[derive(Debug, Default)]
pub(super) struct Share {
    lines: usize,
    bytes: usize,
    dropped: u64,
}

impl Share {
    /// Whether a line is kept.
    pub(super) fn takes(&mut self, line: &str, room: &mut Room) -> bool {
        let fits = self.dropped == 0
            && self.lines < LINES
            && self.bytes + line.len() <= BYTES
            && line.len() <= room.left;
        if fits {
            self.lines += 1;
            self.bytes += line.len();
            room.left -= line.len();
        } else {
            self.dropped += 1;
        }
        fits
    }

    /// The line that stands for those that were not kept, if there are any.
    pub(super) fn more(&self) -> Option<String> {
        (self.dropped > 0).then(|| format!("… ({} lines more)", self.dropped))
    }
}

/// The beginning of a text, at most so many bytes, with a word on how many are missing.
pub(super) fn clipped(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes more)", &text[..end], text.len() - end)
}
