//! A pattern for paths, as `prove` knows it for its rules.

use regex::Regex;

/// A pattern for a whole path as shown: `*` and `?` stay within a name, `**` goes through directories, `{a,b}` is
/// one of several, and `\` takes a character as it is.
#[derive(Debug, Clone)]
pub struct Glob {
    regex: Regex,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut regex = String::from("^");
        let mut open = false;
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '*' if rest.next_if_eq(&'*').is_some() => regex.push_str(".*"),
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                '{' if open => return Err("a `{` stands inside another".to_owned()),
                '{' => {
                    open = true;
                    regex.push_str("(?:");
                }
                ',' if open => regex.push('|'),
                '}' if open => {
                    open = false;
                    regex.push(')');
                }
                '\\' => {
                    let escaped = rest.next().ok_or("nothing follows its last `\\`")?;
                    regex.push_str(&regex::escape(&escaped.to_string()));
                }
                other => regex.push_str(&regex::escape(&other.to_string())),
            }
        }
        if open {
            return Err("a `{` is not closed".to_owned());
        }
        regex.push('$');
        match Regex::new(&regex) {
            Ok(regex) => Ok(Self { regex }),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether a path as shown is meant.
    pub fn is_match(&self, shown: &str) -> bool {
        self.regex.is_match(shown)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_prove() {
        for (pattern, path, expected) in [
            ("t/p*.sql", "t/people.sql", true),
            ("t/p*.sql", "t/p/eople.sql", false),
            ("t/**.sql", "t/p/eople.sql", true),
            ("**/x.sql", "a/b/x.sql", true),
            ("t/?.sql", "t/a.sql", true),
            ("t/?.sql", "t/ab.sql", false),
            ("t/{a,b*}.sql", "t/bc.sql", true),
            ("t/{a,b}.sql", "t/c.sql", false),
            (r"t/\*.sql", "t/*.sql", true),
            (r"t/\*.sql", "t/x.sql", false),
            ("t/a.sql", "t/axsql", false),
            ("a.sql", "t/a.sql", false),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            assert_eq!(glob.is_match(path), expected, "{pattern} on {path}");
        }
        for wrong in ["{a", "{a,{b}}", "a\\"] {
            assert!(Glob::parse(wrong).is_err(), "{wrong}");
        }
    }
}
