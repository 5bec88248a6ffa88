//! The text of `COPY`: a row is a line, its fields are parted by tabs, and what would be mistaken is behind a backslash.

/// The field that is NULL.
pub(super) const NULL: &[u8] = b"\\N";

/// Adds to `out` what a field stands for. Total: a backslash before anything else stands for that.
pub(super) fn unescape(field: &[u8], out: &mut Vec<u8>) {
    let mut bytes = field.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            None => out.push(b'\\'),
            Some(b'b') => out.push(0x08),
            Some(b'f') => out.push(0x0c),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'v') => out.push(0x0b),
            Some(octal @ b'0'..=b'7') => {
                let mut value = octal - b'0';
                for _ in 0..2 {
                    match bytes.next_if(|it| (b'0'..=b'7').contains(it)) {
                        Some(next) => value = (value << 3) | (next - b'0'),
                        None => break,
                    }
                }
                out.push(value);
            }
            Some(b'x') => {
                let mut value = None;
                for _ in 0..2 {
                    match bytes.next_if(u8::is_ascii_hexdigit) {
                        Some(next) => value = Some((value.unwrap_or(0) << 4) | hex(next)),
                        None => break,
                    }
                }
                out.push(value.unwrap_or(b'x'));
            }
            Some(other) => out.push(other),
        }
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// Adds to `out` the field that stands for a value, as the server writes it.
pub(super) fn escape(value: &[u8], out: &mut Vec<u8>) {
    for byte in value {
        let behind = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            b'\\' => b'\\',
            _ => {
                out.push(*byte);
                continue;
            }
        };
        out.extend([b'\\', behind]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unescaped(field: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        unescape(field, &mut out);
        out
    }

    #[test]
    fn what_other_programs_write_is_read_too() {
        assert_eq!(unescaped(br"a\101\x41\x4\7\q\\"), b"aAA\x04\x07q\\");
        assert_eq!(unescaped(br"\"), br"\");
        assert_eq!(unescaped(br"\x"), b"x");
        assert_eq!(unescaped(br"\777"), b"\xff");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut field = Vec::new();
            escape(&value, &mut field);
            prop_assert_ne!(&field, NULL);
            prop_assert!(!field.iter().any(|it| b"\t\n\r".contains(it)));
            prop_assert_eq!(unescaped(&field), value);
        }

        #[test]
        fn any_field_can_be_read(field in prop::collection::vec(any::<u8>(), 0..100)) {
            unescaped(&field);
        }
    }
}
