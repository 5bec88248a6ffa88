//! A page is text for people while it is being written: lines with indentation and, where wanted, colours. It
//! knows how things look (which colour means what), never what they mean.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

/// What a piece of text is, as far as its look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// All is well.
    Good,
    /// An assertion failed.
    Bad,
    /// It could not be judged.
    Broken,
    /// Why, in a word.
    Cause,
    /// Skipped, a TODO, a warning.
    Odd,
    /// What pgassay itself is doing.
    Work,
    /// The eye should find it.
    Strong,
    /// There for those who look.
    Faint,
    /// Arrows, line numbers and the bars beside a source line.
    Frame,
    /// The caret under a source line.
    Caret,
    /// The value that a test got.
    Have,
    /// The value that a test wants.
    Want,
    /// The part of it that differs.
    HavePart,
    /// The part of it that differs.
    WantPart,
}

impl Ink {
    fn style(self) -> Style {
        let plain = Style::new();
        let color = |color: AnsiColor| plain.fg_color(Some(color.into()));
        match self {
            Self::Good => color(AnsiColor::Green).bold(),
            Self::Bad | Self::Caret => color(AnsiColor::Red).bold(),
            Self::Broken => color(AnsiColor::Magenta).bold(),
            Self::Cause => color(AnsiColor::Magenta),
            Self::Odd => color(AnsiColor::Yellow).bold(),
            Self::Work => color(AnsiColor::Cyan).bold(),
            Self::Strong => plain.bold(),
            Self::Faint => plain.dimmed(),
            Self::Frame => color(AnsiColor::Blue),
            Self::Have => color(AnsiColor::Red),
            Self::Want => color(AnsiColor::Green),
            Self::HavePart => color(AnsiColor::Red).invert(),
            Self::WantPart => color(AnsiColor::Green).invert(),
        }
    }
}

/// A piece of text in an ink.
pub(super) struct Inked<T> {
    style: Style,
    piece: T,
}

impl<T: fmt::Display> fmt::Display for Inked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.style)?;
        // Passing the formatter on keeps widths and alignment on the text alone, not on the colour codes.
        self.piece.fmt(f)?;
        write!(f, "{:#}", self.style)
    }
}

/// Text being written.
pub(super) struct Page {
    text: String,
    color: bool,
}

impl Page {
    /// An empty page.
    pub(super) fn new(color: bool) -> Self {
        Self {
            text: String::new(),
            color,
        }
    }

    /// Whether it has colours.
    pub(super) fn has_color(&self) -> bool {
        self.color
    }

    /// A piece of text in an ink, to be formatted into a line.
    pub(super) fn ink<T: fmt::Display>(&self, ink: Ink, piece: T) -> Inked<T> {
        Inked {
            style: if self.color {
                ink.style()
            } else {
                Style::new()
            },
            piece,
        }
    }

    /// Writes one line with so many blanks before it; blanks at its end are dropped.
    pub(super) fn line(&mut self, indent: usize, line: fmt::Arguments<'_>) {
        let start = self.text.len();
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{:indent$}{line}", "");
        let kept = self.text[start..].trim_end_matches(' ').len();
        self.text.truncate(start + kept);
        self.text.push('\n');
    }

    /// Writes a piece of text as it is.
    pub(super) fn add(&mut self, piece: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(piece);
    }

    /// Writes an empty line, unless one stands there already or the page is empty.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Writes text that is rendered already.
    pub(super) fn paste(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_colour_holds_no_control_character() {
        let mut page = Page::new(false);
        let word = page.ink(Ink::Good, "passed").to_string();
        page.line(2, format_args!("{word:>9}  "));
        page.gap();
        page.gap();
        assert_eq!(page.into_text(), "     passed\n\n");
    }

    #[test]
    fn colour_codes_do_not_count_in_a_width() {
        let page = Page::new(true);
        assert_eq!(
            format!("{:>8}", page.ink(Ink::Faint, "x")),
            "\u{1b}[2m       x\u{1b}[0m"
        );
    }
}
