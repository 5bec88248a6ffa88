//! `atlas.sum`: the hash of each file with all before it, and one over these.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::super::directory::File;
use super::super::error::MigrationError;
use super::super::text::lines;

const ADVICE: &str = "take back the change, or, if it is meant, run `atlas migrate hash`";

/// Refuses files, in their order, that are not what the hashes say.
///
/// # Errors
/// The first line that does not fit, and what is wrong there.
pub(super) fn check(sum: &File, files: &[&File]) -> Result<(), MigrationError> {
    let text = sum.text()?;
    let mut lines = lines(text);
    let total = lines.next().map_or("", |(_, line)| line);
    let mut noted = Vec::new();
    for (range, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let Some((name, hash)) = line.split_once("h1:") else {
            return Err(sum.wrong(range.start, "this is no hash: `<file> h1:<hash>`"));
        };
        noted.push((range.start, name.trim(), hash));
    }
    let computed = computed(files)?;
    for (index, (at, name, hash)) in noted.iter().enumerate() {
        if computed
            .get(index)
            .is_some_and(|(file, it)| file.name == *name && it == hash)
        {
            continue;
        }
        let reason = match (
            files.iter().find(|file| file.name == *name),
            computed.get(index),
        ) {
            (None, _) => format!("{name} is noted here, but is not there"),
            (Some(file), Some((other, _))) if other.name != file.name => {
                format!(
                    "{} is not noted before {}, behind which it was added",
                    other.shown, file.shown
                )
            }
            (Some(file), _) => format!("{} is not what it was when this hash was made", file.shown),
        };
        return Err(sum.wrong(*at, format!("{reason}: {ADVICE}")));
    }
    if let Some((file, _)) = computed.get(noted.len()) {
        return Err(sum.wrong(
            text.len(),
            format!("{} is not noted here: {ADVICE}", file.shown),
        ));
    }
    let all = noted.iter().fold(Sha256::new(), |hash, (_, name, it)| {
        hash.chain_update(name).chain_update(it)
    });
    if total.strip_prefix("h1:").unwrap_or(total) != BASE64_STANDARD.encode(all.finalize()) {
        return Err(sum.wrong(0, format!("the hash over all others is another: {ADVICE}")));
    }
    Ok(())
}

/// Each file that has a hash, with it.
fn computed<'f>(files: &[&'f File]) -> Result<Vec<(&'f File, String)>, MigrationError> {
    let mut hash = Sha256::new();
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        hash.update(&file.name);
        let first = file.text()?.lines().next().unwrap_or_default();
        let said = first.split_once("atlas:sum").map(|(_, value)| value.trim());
        if said == Some("ignore") {
            continue;
        }
        hash.update(file.bytes()?);
        all.push((*file, BASE64_STANDARD.encode(hash.clone().finalize())));
    }
    Ok(all)
}
