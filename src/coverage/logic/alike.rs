//! Texts that are alike: one in a script, the other what became of it when variables were replaced.

/// Whether a text in a script can be this body once its variables were replaced: `${name}`, `:name`, `:'name'`, `:"name"`.
pub(super) fn is_alike(script: &str, body: &str) -> bool {
    let (mut script, mut body) = (script.split('\n'), body.split('\n'));
    loop {
        match (script.next(), body.next()) {
            (None, None) => return true,
            (Some(line), Some(of_body)) if is_line_alike(line, of_body) => {}
            _ => return false,
        }
    }
}

/// Whether the pieces of a line between its variables stand in another line, in their order.
fn is_line_alike(line: &str, of_body: &str) -> bool {
    let pieces = without_variables(line);
    let [first, middle @ .., last] = pieces.as_slice() else {
        return line == of_body;
    };
    let inner = of_body.strip_prefix(first);
    let Some(mut rest) = inner.and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for piece in middle {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    true
}

/// The pieces of a line between its variables.
fn without_variables(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(found) = line[at..].find(['$', ':']) {
        let start = at + found;
        let rest = &line[start..];
        if rest.starts_with("::") {
            // A cast.
            at = start + 2;
        } else if let Some(length) = length_of_variable(rest) {
            pieces.push(&line[begin..start]);
            begin = start + length;
            at = begin;
        } else {
            at = start + 1;
        }
    }
    pieces.push(&line[begin..]);
    pieces
}

/// The length of the variable that a text begins with, if it does.
fn length_of_variable(text: &str) -> Option<usize> {
    if text.starts_with("${") {
        return text.find('}').map(|end| end + 1);
    }
    let name = text.strip_prefix(':')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = name.strip_prefix(quote) {
            return quoted.find(quote).map(|end| end + 3);
        }
    }
    let end = name.find(|it: char| !it.is_alphanumeric() && it != '_');
    let length = end.unwrap_or(name.len());
    (length > 0).then_some(length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_may_differ() {
        for (script, body, expected) in [
            ("SELECT 1", "SELECT 1", true),
            ("SELECT 1", "SELECT 2", false),
            ("SELECT ${one}::int;\nEND", "SELECT 1::int;\nEND", true),
            ("SELECT ${one}::int;\nEND", "SELECT 1::text;\nEND", false),
            ("SELECT :a + :'b'", "SELECT 1 + 'two'", true),
            ("SELECT :\"a\", :b", "SELECT x, y", true),
            ("a := 1; b::int", "a := 1; b::text", false),
            ("a := :b", "a := 2", true),
            ("SELECT ${a}", "SELECT 1\n+ 2", false),
            ("SELECT ${a", "SELECT ${b", false),
            ("x:y:z", "y", false),
            ("é:ä ü", "é ü", true),
        ] {
            assert_eq!(is_alike(script, body), expected, "{script:?} {body:?}");
        }
    }
}
