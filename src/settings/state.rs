//! What `--state` asks for: which files, by what earlier runs of them were like, and whether this run is saved.

use clap::ValueEnum;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateOptions {
    /// The choices, in order: each adds its files behind those before it.
    pub choices: Vec<Choice>,
    /// Whether this run is saved for later ones.
    pub save: bool,
}

/// One choice of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Which files, in which order.
    pub kind: ChoiceKind,
    /// At most so many of them.
    pub limit: Option<usize>,
}

/// Which files, in which order. Words and meaning are those of `prove --state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ChoiceKind {
    /// Those of the last run that was saved, in its order.
    Last,
    /// Those that failed or were broken when they last ran.
    Failed,
    /// Those that passed when they last ran.
    Passed,
    /// All, in the order that they have anyway.
    All,
    /// Those that ever failed, the one that failed last first.
    Hot,
    /// Those with TODO assertions, the one with most of them first.
    Todo,
    /// All, the slowest first.
    Slow,
    /// All, the fastest first.
    Fast,
    /// All, the one that was changed last first.
    New,
    /// All, the one that was changed last last.
    Old,
    /// Those that were changed since the last run that was saved, or were not in it.
    Fresh,
}

impl ChoiceKind {
    /// Its word.
    pub fn word(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

impl StateOptions {
    /// Whether files are chosen by earlier runs.
    pub fn chooses(&self) -> bool {
        !self.choices.is_empty()
    }

    /// Reads a list such as `failed,all,save`; `slow:5` is the five slowest.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for part in text.split(',') {
            let (word, limit) = match part.split_once(':') {
                Some((word, limit)) => {
                    let limit = limit
                        .parse()
                        .map_err(|_| format!("`{limit}` behind `{word}:` is no number of files"))?;
                    (word, Some(limit))
                }
                None => (part, None),
            };
            match word {
                "" if text.contains(',') => {
                    return Err(
                        "a comma stands between two words: leave out what is too much".to_owned(),
                    );
                }
                _ if word.contains(char::is_whitespace) => {
                    let words: Vec<&str> = word.split_whitespace().collect();
                    return Err(format!("commas part the words: `{}`", words.join(",")));
                }
                "save" => options.save = true,
                // Named so by prove, after the one who wanted it.
                "adrian" => options.join(Self::parse("hot,all,save")?),
                _ => {
                    let kind = ChoiceKind::from_str(word, false).map_err(|_| {
                        let words = ChoiceKind::value_variants().iter().map(|kind| kind.word());
                        let words: Vec<String> = words.chain(["save".to_owned()]).collect();
                        format!("`{word}` is none of: {}", words.join(", "))
                    })?;
                    options.choices.push(Choice { kind, limit });
                }
            }
        }
        Ok(options)
    }

    /// Both in one: what `more` says comes behind.
    pub fn join(&mut self, more: Self) {
        self.choices.extend(more.choices);
        self.save |= more.save;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_prove_reads_them() {
        let choice = |kind, limit| Choice { kind, limit };
        let options = StateOptions::parse("failed,slow:5,save").unwrap();
        assert!(options.save);
        assert_eq!(
            options.choices,
            [
                choice(ChoiceKind::Failed, None),
                choice(ChoiceKind::Slow, Some(5))
            ]
        );
        let adrian = StateOptions::parse("adrian").unwrap();
        assert_eq!(adrian, StateOptions::parse("hot,all,save").unwrap());
        assert!(!StateOptions::parse("save").unwrap().chooses());
        for (wrong, told) in [
            ("faild", "`faild` is none of: last, failed,"),
            ("", "`` is none of"),
            ("slow:x", "`x` behind `slow:`"),
            ("failed,", "a comma stands between two words"),
            ("failed save", "commas part the words: `failed,save`"),
        ] {
            let error = StateOptions::parse(wrong).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
