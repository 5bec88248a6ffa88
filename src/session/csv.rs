//! Comma-separated values, as `\pset format csv` prints them.

use super::print::PrintOptions;
use super::wire::Field;

/// Prints the line of names above the rows.
pub(super) fn head(options: &PrintOptions, fields: &[Field], out: &mut Vec<u8>) {
    if !options.tuples_only && !options.expanded {
        let names = fields.iter().map(|field| field.name.as_bytes());
        line(options, names, out);
    }
}

/// Prints a row; expanded, a line a column.
pub(super) fn row(
    options: &PrintOptions,
    fields: &[Field],
    values: &[Option<&[u8]>],
    out: &mut Vec<u8>,
) {
    let null = options.null.as_bytes();
    let values = values.iter().map(|value| value.unwrap_or(null));
    if options.expanded {
        for (field, value) in fields.iter().zip(values) {
            line(options, [field.name.as_bytes(), value].into_iter(), out);
        }
    } else if !fields.is_empty() {
        line(options, values, out);
    }
}

fn line<'v>(options: &PrintOptions, values: impl Iterator<Item = &'v [u8]>, out: &mut Vec<u8>) {
    let separator = options.csv_separator;
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(separator);
        }
        let special = [separator, b'"', b'\n', b'\r'];
        if value == b"\\." || value.iter().any(|byte| special.contains(byte)) {
            out.push(b'"');
            for byte in value {
                if *byte == b'"' {
                    out.push(b'"');
                }
                out.push(*byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(value);
        }
    }
    out.push(b'\n');
}
