//! Texts that are put into a body, each at its place, so that what is there keeps its lines.

/// See the module's words.
#[derive(Debug, Clone, Default)]
pub(super) struct Insertions(Vec<(usize, String)>);

impl Insertions {
    /// Puts a text in at this byte, behind what was put in there before.
    pub(super) fn put(&mut self, at: usize, text: impl Into<String>) {
        self.0.push((at, text.into()));
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The body with all of them.
    pub(super) fn into(mut self, body: &str) -> String {
        // Stable: what comes to one place keeps its order.
        self.0.sort_by_key(|(at, _)| *at);
        let length: usize = self.0.iter().map(|(_, text)| text.len()).sum();
        let mut told = String::with_capacity(body.len() + length);
        let mut copied = 0;
        for (at, text) in &self.0 {
            told.push_str(&body[copied..*at]);
            told.push_str(text);
            copied = *at;
        }
        told.push_str(&body[copied..]);
        told
    }
}
