//! The shape of a text: which of its characters are digits, capital and small letters, and of which script. What takes the
//! text's place has the same shape.

use std::sync::LazyLock;

use super::key::Key;
use super::permutation::{Sign, replace};

/// Characters that may stand for one another, in order.
struct Class(Vec<char>);

/// The classes. Letters of other scripts become `x`.
static CLASSES: LazyLock<Vec<Class>> = LazyLock::new(|| {
    let of = |first: char, last: char, keep: fn(&char) -> bool| {
        Class((first..=last).filter(keep).collect())
    };
    vec![
        of('0', '9', |_| true),
        of('a', 'z', |_| true),
        of('A', 'Z', |_| true),
        // Latin with accents, in the first part what all of Western Europe's encodings have.
        of('ß', 'ÿ', |it| it.is_lowercase()),
        of('À', 'Þ', |it| it.is_uppercase()),
        of('Ā', 'ſ', |it| it.is_lowercase()),
        of('Ā', 'ſ', |it| it.is_uppercase()),
        of('α', 'ω', |_| true),
        of('Α', 'Ω', |it| it.is_uppercase()),
        of('а', 'я', |_| true),
        of('А', 'Я', |_| true),
        of('א', 'ת', |_| true),
        of('ء', 'غ', |it| it.is_alphabetic()),
        of('٠', '٩', |_| true),
        of('क', 'ह', |it| it.is_alphabetic()),
        of('ก', 'ฮ', |_| true),
        of('ぁ', 'ん', |_| true),
        of('ァ', 'ン', |_| true),
        of('一', '龥', |_| true),
        of('가', '힣', |_| true),
    ]
});

/// What a character of the text is.
enum Part {
    /// One of a class.
    Of(&'static Class),
    /// A letter or digit of no class.
    Letter,
    /// What is neither letter nor digit.
    Other(char),
}

/// A text of the same shape, with the same number of characters. It is the text itself only where that has no letter and no
/// digit. Texts of digits and letters that have a class, and that differ, stay different.
pub(super) fn reshaped(key: &Key, text: &str) -> String {
    let mut signs = Vec::new();
    let mut parts = Vec::new();
    let mut outline = Vec::new();
    for character in text.chars() {
        let part = part_of(character, &mut signs);
        match part {
            // What stays tells shapes apart, too.
            Part::Other(character) => outline.extend(u32::from(character).to_be_bytes()),
            Part::Letter => outline.extend([0xfe, 0, 0, 0]),
            Part::Of(_) => outline.extend([0xff, 0, 0, 0]),
        }
        parts.push(part);
    }
    outline.insert(0, b'=');
    replace(key, &outline, &mut signs);
    let mut signs = signs.into_iter();
    let characters = parts.into_iter().map(|part| match part {
        Part::Other(character) => character,
        Part::Letter => 'x',
        Part::Of(class) => {
            let which = signs.next().map_or(0, |sign| sign.which);
            let which = usize::try_from(which).unwrap_or_default();
            class.0.get(which).copied().unwrap_or('x')
        }
    });
    characters.collect()
}

fn part_of(character: char, signs: &mut Vec<Sign>) -> Part {
    for class in CLASSES.iter() {
        let (Some(first), Some(last)) = (class.0.first(), class.0.last()) else {
            continue;
        };
        if (*first..=*last).contains(&character)
            && let Ok(which) = class.0.binary_search(&character)
        {
            signs.push(Sign {
                which: which as u64,
                of: class.0.len() as u64,
            });
            return Part::Of(class);
        }
    }
    if character.is_alphanumeric() {
        Part::Letter
    } else {
        Part::Other(character)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::chosen("the key of the tests").unwrap()
    }

    /// A letter for each kind of character; what is neither letter nor digit stands for itself.
    fn kinds(text: &str) -> String {
        let kind = |character: char| match character {
            '0'..='9' => '9',
            it if it.is_lowercase() => 'a',
            it if it.is_uppercase() => 'A',
            it if it.is_alphanumeric() => 'l',
            it => it,
        };
        text.chars().map(kind).collect()
    }

    #[test]
    fn digits_stay_digits_and_letters_letters_of_their_script_and_case() {
        for text in [
            "Ada Lovelace, 12 St. James's Square",
            "+44 (0)20 7946-0958",
            "Jürgen Weiß-Ångström",
            "Βασίλης Παπαδόπουλος",
            "Владимир Иванов",
            "山田太郎",
            "a",
            "7",
        ] {
            let other = reshaped(&key(), text);
            assert_ne!(other, text);
            assert_eq!(kinds(&other), kinds(text), "{text} became {other}");
        }
        assert_eq!(reshaped(&key(), "—, …!"), "—, …!");
        assert_eq!(reshaped(&key(), ""), "");
        assert_eq!(reshaped(&key(), "ꙮ!"), "x!");
    }

    #[test]
    fn texts_that_differ_stay_different() {
        let texts: BTreeSet<String> = (0..20_000)
            .map(|it| format!("C-{it:05}/{}", it % 7))
            .collect();
        let others: BTreeSet<String> = texts.iter().map(|it| reshaped(&key(), it)).collect();
        assert_eq!(others.len(), texts.len());
        let short: BTreeSet<String> = ('a'..='z')
            .map(|it| reshaped(&key(), &it.to_string()))
            .collect();
        assert_eq!(short.len(), 26);
    }

    proptest! {
        #[test]
        fn a_text_is_never_what_it_was_and_as_long_as_it_was(text in "\\PC{0,90}") {
            let other = reshaped(&key(), &text);
            prop_assert_eq!(other.chars().count(), text.chars().count());
            let has_any = text.chars().any(char::is_alphanumeric);
            prop_assert!(other != text || !has_any);
            prop_assert_eq!(other, reshaped(&key(), &text));
        }
    }
}
