//! Keeps what `docs/architecture.md` says of the source true: who imports whom, who may touch what lies outside the
//! process, the reading order, and how long a file may be. It reads the tokens of `src/`, test code apart.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Longer files are for splitting, by nouns. Tables of data may be longer: they are listed, with their reason.
const LONGEST_FILE: usize = 500;
const LONG_TABLES: [&str; 0] = [];

/// What lies outside the process, or starts something there.
const OUTSIDE: [&str; 13] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "nix",
    "postgres",
    "postgres_protocol",
    "rustls",
    "signal_hook",
    "tempfile",
    "walkdir",
];
/// Modules of values and text only.
const PURE: [&str; 6] = ["script", "plpgsql", "tap", "event", "coverage", "report"];
/// Modules of which all is pure but these files and directories.
const PURE_BUT_FOR: [(&str, &str); 1] = [("catalog", "src/catalog/read")];

/// A path that code names, absolute: `std::fs::read`, `crate::tap::Parser`.
struct Named {
    file: String,
    path: String,
}

impl Named {
    /// Whether it is `prefix` or something inside of it.
    fn is_in(&self, prefix: &str) -> bool {
        let rest = self.path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    /// The module, directly below the crate's root, that names it.
    fn by(&self) -> &str {
        let below = self.file.strip_prefix("src/").unwrap();
        let end = below.find(['/', '.']).unwrap();
        &below[..end]
    }

    /// Whether it stands in a module, or a part of one, that reaches nothing outside the process.
    fn by_pure(&self) -> bool {
        let in_part =
            |(module, rest): &(&str, &str)| self.by() == *module && !self.file.starts_with(rest);
        PURE.contains(&self.by()) || PURE_BUT_FOR.iter().any(in_part)
    }

    /// The module, directly below the crate's root, that it lies in.
    fn module(&self) -> Option<&str> {
        self.path.strip_prefix("crate::")?.split("::").next()
    }
}

/// What is left out: items for tests, and the files of modules for tests.
struct Scan<'a> {
    file: &'a str,
    named: Vec<Named>,
    test_modules: Vec<String>,
}

impl Scan<'_> {
    fn tokens(&mut self, stream: TokenStream, module: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Punct(hash)
                    if hash.as_char() == '#' && is_for_tests(tokens.get(at + 1)) =>
                {
                    at = self.pass_item(&tokens, at + 2);
                    continue;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                        (tokens.get(at + 1), tokens.get(at + 2))
                    {
                        let inner = [module, &[name.to_string()]].concat();
                        self.tokens(body.stream(), &inner);
                        at += 3;
                        continue;
                    }
                }
                TokenTree::Ident(_) => {
                    at = self.path(&tokens, at, &[], module);
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream(), module),
                _ => {}
            }
            at += 1;
        }
    }

    /// Passes an item and returns where the next one begins.
    fn pass_item(&mut self, tokens: &[TokenTree], mut at: usize) -> usize {
        let mut words = Vec::new();
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) => words.push(word.to_string()),
                TokenTree::Punct(end) if end.as_char() == ';' => {
                    if let [.., keyword, name] = words.as_slice()
                        && keyword == "mod"
                    {
                        self.test_modules.push(name.clone());
                    }
                    break;
                }
                TokenTree::Group(body)
                    if body.delimiter() == Delimiter::Brace && words[0] != "use" =>
                {
                    break;
                }
                _ => {}
            }
        }
        at
    }

    /// Reads a path, or a tree of them, from an identifier on, and returns what stands behind it.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        prefix: &[String],
        module: &[String],
    ) -> usize {
        let mut path = prefix.to_vec();
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) if word == "self" && !path.is_empty() => {}
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = tree.stream().into_iter().collect();
                    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
                    for part in inner.split(is_comma) {
                        self.path(part, 0, &path, module);
                    }
                    return at + 1;
                }
                _ => {}
            }
            at += 1;
            let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(it)) if it.as_char() == ':');
            if !(is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))) {
                break;
            }
            at += 2;
            if matches!(tokens.get(at), Some(TokenTree::Punct(_))) {
                break;
            }
        }
        if path.len() > 1 {
            self.named.push(Named {
                file: self.file.to_owned(),
                path: absolute(&path, module).join("::"),
            });
        }
        at
    }
}

fn is_for_tests(attribute: Option<&TokenTree>) -> bool {
    matches!(attribute, Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let supers = path.iter().take_while(|word| *word == "super").count();
    let (base, rest) = match path[0].as_str() {
        "crate" | "pgassay" => (&module[..0], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len() - supers], &path[supers..]),
        _ => return path.to_vec(),
    };
    let root = ["crate".to_owned()];
    [&root[..], base, rest].concat()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root().join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// All paths that the source names, test code apart.
fn named() -> Vec<Named> {
    let mut all = Vec::new();
    let mut of_tests = BTreeSet::new();
    for path in sources() {
        let file = path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let mut module: Vec<String> = file
            .split('/')
            .skip(1)
            .map(|part| part.trim_end_matches(".rs").to_owned())
            .collect();
        module.retain(|part| !matches!(part.as_str(), "mod" | "lib" | "main"));
        let mut scan = Scan {
            file: &file,
            named: Vec::new(),
            test_modules: Vec::new(),
        };
        let text = fs::read_to_string(&path).unwrap();
        scan.tokens(TokenStream::from_str(&text).unwrap(), &module);
        let directory = format!("src/{}", module.join("/"));
        of_tests.extend(
            scan.test_modules
                .iter()
                .map(|name| format!("{directory}/{name}.rs")),
        );
        all.extend(scan.named);
    }
    all.retain(|named| !of_tests.contains(&named.file));
    assert!(
        all.len() > 1000,
        "the scanner finds only {} paths",
        all.len()
    );
    all
}

/// The table of `docs/architecture.md`: the modules in reading order, each with those that it may import.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, behind) = text
        .split_once("| module | what it is | may import |")
        .unwrap();
    let rows = behind
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let names = |cell: &str| -> Vec<String> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        (
            names(cells[0])[0].clone(),
            names(cells[2]).into_iter().collect(),
        )
    })
    .collect()
}

fn assert_none(found: impl IntoIterator<Item = Named>, rule: &str) {
    let found: BTreeSet<String> = found
        .into_iter()
        .map(|named| format!("{}: {}", named.file, named.path))
        .collect();
    let list: Vec<String> = found.into_iter().collect();
    assert!(list.is_empty(), "{rule}:\n{}", list.join("\n"));
}

#[test]
fn modules_import_only_what_the_architecture_lets_them() {
    let table: BTreeMap<String, BTreeSet<String>> = table().into_iter().collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for named in named() {
        if let Some(module) = named.module()
            && table.contains_key(module)
            && module != named.by()
        {
            imports
                .entry(named.by().to_owned())
                .or_default()
                .insert(module.to_owned());
        }
    }
    let may = |module: &String| match module.as_str() {
        "main" => BTreeSet::from(["command".to_owned()]),
        "lib" => BTreeSet::new(),
        "command" => table.keys().cloned().collect(),
        _ => table[module].clone(),
    };
    for (module, imported) in imports {
        let allowed = may(&module);
        let too_much: Vec<&String> = imported.difference(&allowed).collect();
        assert!(too_much.is_empty(), "`{module}` imports {too_much:?}");
        if module != "command" && module != "main" {
            let idle: Vec<&String> = allowed.difference(&imported).collect();
            assert!(
                idle.is_empty(),
                "the table lets `{module}` import {idle:?}, which it does not"
            );
        }
    }
}

#[test]
fn run_and_report_never_import_one_another_and_only_command_imports_both() {
    let both = |imports: &BTreeSet<String>| imports.contains("run") && imports.contains("report");
    for (module, imports) in table() {
        assert!(!(module == "run" && imports.contains("report")));
        assert!(!(module == "report" && imports.contains("run")));
        assert!(module == "command" || !both(&imports), "{module}");
    }
}

#[test]
fn pure_modules_reach_nothing_outside_the_process_nor_a_module_that_does() {
    let streams = ["::stdin", "::stdout", "::stderr"];
    let outside = named().into_iter().filter(|named| {
        named.by_pure()
            && (OUTSIDE.iter().any(|outside| named.is_in(outside))
                || streams
                    .iter()
                    .any(|stream| named.path.ends_with(stream) && !named.path.contains("Target")))
    });
    assert_none(outside, "a pure module reaches outside");
    for (module, rest) in PURE_BUT_FOR {
        let pure = |other: &str| other == module || PURE.contains(&other);
        let impure_part = format!(
            "crate::{}",
            rest.trim_start_matches("src/").replace('/', "::")
        );
        let reaching = named()
            .into_iter()
            .filter(|named| PURE.contains(&named.by()) && named.is_in(&impure_part));
        assert_none(
            reaching,
            "a pure module imports what is not pure in another",
        );
        let modules: BTreeSet<String> = table().into_iter().map(|(module, _)| module).collect();
        let impure = named().into_iter().filter(|named| {
            let other = named.module();
            named.by() == module
                && !named.file.starts_with(rest)
                && other.is_some_and(|other| modules.contains(other) && !pure(other))
        });
        assert_none(
            impure,
            "a pure part of a module imports one that is not pure",
        );
    }
    for (module, imports) in table() {
        let impure: Vec<&String> = imports
            .iter()
            .filter(|it| !PURE.contains(&it.as_str()))
            .filter(|it| PURE_BUT_FOR.iter().all(|(module, _)| module != it))
            .collect();
        assert!(
            !PURE.contains(&module.as_str()) || impure.is_empty(),
            "`{module}` may import {impure:?}"
        );
    }
}

#[test]
fn only_session_speaks_the_protocol_or_opens_connections() {
    let sockets = [
        "TcpStream",
        "TcpListener",
        "UnixStream",
        "UnixListener",
        "UdpSocket",
        "ToSocketAddrs",
    ];
    let found = named().into_iter().filter(|named| {
        let is_socket = sockets
            .iter()
            .any(|socket| named.path.split("::").any(|part| part == *socket));
        let speaks = [
            "postgres",
            "postgres_protocol",
            "rustls",
            "rustls_native_certs",
        ];
        // Starting a server means finding a free port for it, and waiting until its socket answers.
        let is_allowed =
            named.by() == "session" || (is_socket && named.file == "src/cluster/server.rs");
        !is_allowed && (is_socket || speaks.iter().any(|driver| named.is_in(driver)))
    });
    assert_none(found, "only `session` speaks to servers");
}

#[test]
fn only_cluster_and_command_start_processes() {
    let harmless = ["std::process::ExitCode", "std::process::id"];
    let found = named().into_iter().filter(|named| {
        named.is_in("std::process")
            && !harmless.contains(&named.path.as_str())
            && !["cluster", "command"].contains(&named.by())
    });
    assert_none(found, "only `cluster` and `command` start processes");
}

#[test]
fn lib_and_architecture_name_every_module_in_one_reading_order() {
    let mut on_disk = BTreeSet::new();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        on_disk.insert(name.trim_end_matches(".rs").to_owned());
    }
    on_disk.remove("lib");
    on_disk.remove("main");
    let order: Vec<String> = table().into_iter().map(|(module, _)| module).collect();
    assert_eq!(order.iter().cloned().collect::<BTreeSet<_>>(), on_disk);
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let items = lib.lines().filter_map(|line| line.strip_prefix("//! - [`"));
    let in_lib: Vec<&str> = items.map(|rest| rest.split('`').next().unwrap()).collect();
    assert_eq!(in_lib, order, "in src/lib.rs, and in docs/architecture.md");
}

#[test]
fn no_source_file_is_too_long_to_read_in_one_sitting() {
    for path in sources() {
        let file = path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= LONGEST_FILE || LONG_TABLES.contains(&file.as_str()),
            "{file} has {lines} lines; split it, or list it in LONG_TABLES if it is data"
        );
    }
}

#[test]
fn the_scanner_sees_paths_in_trees_macros_and_relative_to_their_module() {
    let text = "use std::{fs::{self, File}, io}; use super::super::tap as t;
        fn f() { format!(\"{}\", std::process::id()); self::g::<std::net::IpAddr>() }
        #[cfg(test)] mod tests { use std::env; } #[cfg(test)] mod samples; mod m { use super::x; }";
    let mut scan = Scan {
        file: "src/a/b.rs",
        named: Vec::new(),
        test_modules: Vec::new(),
    };
    scan.tokens(
        TokenStream::from_str(text).unwrap(),
        &["a".into(), "b".into()],
    );
    let paths: Vec<&str> = scan.named.iter().map(|named| named.path.as_str()).collect();
    let expected = [
        "std::fs",
        "std::fs::File",
        "std::io",
        "crate::tap",
        "std::process::id",
        "crate::a::b::g",
        "std::net::IpAddr",
        "crate::a::b::x",
    ];
    assert_eq!(paths, expected);
    assert_eq!(scan.test_modules, ["samples"]);
}
