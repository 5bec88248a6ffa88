//! A script to be run by both engines: a main file, and those that it may include or read.

/// A file in pieces, each of which can be left out.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its path, below the directory that the script is run in.
    pub(crate) name: String,
    pub(crate) pieces: Vec<String>,
}

impl File {
    pub(crate) fn text(&self) -> String {
        self.pieces.concat()
    }
}

/// The first file is the one that is run.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) files: Vec<File>,
}

/// What the first file is called.
pub(crate) const MAIN: &str = "main.sql";

impl Script {
    /// All its files, for people to read.
    pub(crate) fn shown(&self) -> String {
        let files = self.files.iter().filter(|file| !file.pieces.is_empty());
        files
            .map(|file| format!("--8<-- {}\n{}\n-->8--\n", file.name, file.text()))
            .collect()
    }

    /// Whether it has CSV data among its lines.
    pub(crate) fn copies_csv_in(&self) -> bool {
        let mut pieces = self.files.iter().flat_map(|file| &file.pieces);
        pieces.any(|piece| {
            let piece = piece.to_ascii_lowercase();
            piece.contains("from stdin") && piece.contains("csv")
        })
    }
}
