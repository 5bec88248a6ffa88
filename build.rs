//! Takes pgTAP's SQL out of the registry crate that carries it, after checking its hash, so that the
//! binary can install pgTAP on any server (see `docs/decisions/`).

use std::io::Read;
use std::path::PathBuf;
use std::{env, error::Error, fs};

use sha2::{Digest, Sha256};

/// SHA-256 of `extensions/pgtap.tar.zst` in `pglite-oxide-assets` 0.5.1.
const ARCHIVE_SHA256: &str = "5fd058d71499c2a131c47866488a936317286da2b201515fcdcc9d4d0629af23";
/// The version that the archive must hold.
const PGTAP_VERSION: &str = "1.3.5";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    // Cargo hands these on to what `cargo run` starts, where PGASSAY_… would be taken for settings.
    println!("cargo:rustc-env=BUILD_SOURCE_HASH={}", source_hash()?);
    let archive = pglite_oxide_assets::extension_archive("pgtap")
        .ok_or("pglite-oxide-assets was built without its payload; it holds no pgTAP")?;
    let digest: String = Sha256::digest(archive)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if digest != ARCHIVE_SHA256 {
        return Err(format!("pgTAP's archive has SHA-256 {digest}, not {ARCHIVE_SHA256}").into());
    }
    let wanted = format!("share/postgresql/extension/pgtap--{PGTAP_VERSION}.sql");
    let mut entries = tar::Archive::new(ruzstd::decoding::StreamingDecoder::new(archive)?);
    for entry in entries.entries()? {
        let mut entry = entry?;
        if entry.path()?.to_str() == Some(wanted.as_str()) {
            let mut sql = String::new();
            entry.read_to_string(&mut sql)?;
            let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?);
            fs::write(out.join("pgtap.sql"), sql)?;
            println!("cargo:rustc-env=BUNDLED_PGTAP_VERSION={PGTAP_VERSION}");
            return Ok(());
        }
    }
    Err(format!("pgTAP's archive has no {wanted}").into())
}

/// A hash of the sources: what one build keeps in its cache, another may make differently.
fn source_hash() -> Result<String, Box<dyn Error>> {
    let mut digest = Sha256::new();
    let mut pending = vec![PathBuf::from("src"), PathBuf::from("Cargo.lock")];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = fs::read_dir(&path)?
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<_, std::io::Error>>()?;
            inside.sort();
            pending.append(&mut inside);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "lock")
        {
            digest.update(path.as_os_str().as_encoded_bytes());
            digest.update(fs::read(&path)?);
        }
    }
    let hash = digest.finalize();
    Ok(hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
