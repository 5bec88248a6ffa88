//! What a project in Rust says of the tool that migrates: its `Cargo.toml` names it, or files of the tool lie beside.

use std::fs;
use std::path::{Path, PathBuf};

use super::directory::Directory;

/// The first of these that is in the directory, or in one above it up to the project's: a file or directory of one of
/// these names, or a `Cargo.toml` that depends on one of these packages. As shown.
pub(super) fn sign(directory: &Directory, files: &[&str], packages: &[&str]) -> Option<String> {
    let places = places(directory);
    let mut places = places.iter();
    let found = places.find_map(|place| {
        let file = files.iter().map(|file| place.join(file));
        let manifest = place.join("Cargo.toml");
        let depends = fs::read_to_string(&manifest).is_ok_and(|text| depends(&text, packages));
        let manifest = depends.then_some(manifest);
        file.into_iter().find(|file| file.exists()).or(manifest)
    })?;
    Some(crate::settings::shown(&directory.project_dir, &found))
}

fn places(directory: &Directory) -> Vec<PathBuf> {
    let mut places = Vec::new();
    for root in &directory.roots {
        let above: Vec<&Path> = root.ancestors().collect();
        let inside = (above.iter()).take_while(|place| place.starts_with(&directory.project_dir));
        let count = inside.count().max(1);
        places.extend(above.into_iter().take(count).map(Path::to_owned));
    }
    places
}

/// Whether a manifest has one of these packages among its dependencies, or those of its workspace.
fn depends(manifest: &str, packages: &[&str]) -> bool {
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return false;
    };
    let workspace = manifest.get("workspace").and_then(toml::Value::as_table);
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|targets| targets.values());
    [Some(&manifest), workspace]
        .into_iter()
        .flatten()
        .chain(targets.filter_map(toml::Value::as_table))
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .into_iter()
                .filter_map(|kind| table.get(kind)?.as_table())
        })
        .flatten()
        .any(|(name, dependency)| {
            let package = dependency.get("package").and_then(toml::Value::as_str);
            packages.contains(&package.unwrap_or(name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_tells_on_what_it_depends() {
        let depends = |text| depends(text, &["sqlx"]);
        assert!(depends("[dependencies]\nsqlx = \"0.8\""));
        assert!(depends("[dev-dependencies]\nsqlx = { version = \"0.8\" }"));
        assert!(depends("[dependencies.db]\npackage = \"sqlx\""));
        assert!(depends("[workspace.dependencies]\nsqlx = \"0.8\""));
        assert!(depends("[target.'cfg(unix)'.dependencies]\nsqlx = \"0.8\""));
        assert!(!depends("[dependencies]\nsqlx-like = \"0.8\""));
        assert!(!depends("[features]\nsqlx = []"));
        assert!(!depends("[dependencies"));
    }
}
