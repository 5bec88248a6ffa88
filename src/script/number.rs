//! Where a number of SQL ends, as psql 18 sees it: letters that follow a number belong to
//! it, though the server will refuse them. It matters since they could otherwise begin `E'…'` or a word.

/// The byte after the number that begins at `at` (with a digit, or a point before a digit).
pub(super) fn end(bytes: &[u8], at: usize) -> usize {
    let mut here = digits(bytes, at);
    if here > at && bytes[here..].starts_with(b"..") {
        return here;
    }
    if bytes.get(here) == Some(&b'.') {
        here = digits(bytes, here + 1);
    }
    if matches!(bytes.get(here), Some(b'e' | b'E'))
        && matches!(bytes.get(here + 1), Some(b'+' | b'-'))
    {
        let exponent = digits(bytes, here + 2);
        if exponent == here + 2 {
            return exponent;
        }
        here = exponent;
    }
    // An exponent without a sign, hexadecimal digits and the like are letters and digits all the same.
    word(bytes, here)
}

/// The byte after a parameter `$1` whose dollar sign stands at `at`.
pub(super) fn parameter_end(bytes: &[u8], at: usize) -> usize {
    let digits = bytes[at + 1..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    word(bytes, at + 1 + digits)
}

/// The byte after digits, which single underscores may part.
fn digits(bytes: &[u8], at: usize) -> usize {
    let mut here = at;
    while bytes.get(here).is_some_and(u8::is_ascii_digit) {
        here += 1;
        if bytes.get(here) == Some(&b'_') && bytes.get(here + 1).is_some_and(u8::is_ascii_digit) {
            here += 1;
        }
    }
    here
}

/// The byte after a word, if one begins at `at`.
fn word(bytes: &[u8], at: usize) -> usize {
    if !bytes.get(at).is_some_and(|byte| begins_word(*byte)) {
        return at;
    }
    word_end(bytes, at)
}

/// The byte after the word (identifier or keyword) that begins at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    let continues = |byte: &&u8| begins_word(**byte) || byte.is_ascii_digit() || **byte == b'$';
    at + bytes[at..].iter().take_while(continues).count()
}

/// Whether a byte may begin a word.
pub(super) fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}
