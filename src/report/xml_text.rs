//! Text that XML 1.0 can hold. There is one way to make it, so no text from outside reaches a report unchecked.

use crate::report::visible::escape;

/// Text with only characters that XML 1.0 can hold: control characters and the two noncharacters are replaced by the
/// escapes of SQL's `E''` strings (`\x1b`), and all line ends are `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct XmlText(String);

impl XmlText {
    /// Makes any text fit for XML.
    pub(in crate::report) fn new(text: &str) -> Self {
        let mut fit = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\t' | '\n' => fit.push(c),
                '\r' if chars.peek() == Some(&'\n') => {}
                '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                    fit.push_str(&escape(c));
                }
                _ => fit.push(c),
            }
        }
        Self(fit)
    }

    /// The text for an attribute: in one line, for readers turn line ends in attributes into blanks anyway. Quotes
    /// and brackets are still to be escaped by the XML writer.
    pub(in crate::report) fn attribute(&self) -> String {
        self.0
            .split(['\n', '\t'])
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The text for one CDATA section: where it holds `]]>`, the section is closed and another one opened.
    pub(in crate::report) fn cdata(&self) -> String {
        self.0.replace("]]>", "]]]]><![CDATA[>")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            XmlText::new("a\u{1b}[1m\0\r\nb\r\u{fffe}").0,
            "a\\x1b[1m\\x00\nb\\r\\ufffe"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_a_round_trip(text in any::<String>()) {
            let fit = XmlText::new(&text);
            let xml = format!("<a><![CDATA[{}]]></a>", fit.cdata());
            let document = roxmltree::Document::parse(&xml).unwrap();
            let read: String = document.root_element().children().filter_map(|node| node.text()).collect();
            prop_assert_eq!(read, fit.0);
        }
    }
}
