//! PL/pgSQL: bodies to statements and branches.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fmt::Write as _;

use pgassay::plpgsql::{Arm, Block, Kind, Statement, parse};
use proptest::prelude::*;

/// An outline: the line, what it is, and the first words of each statement.
struct Outline<'t> {
    text: &'t str,
    lines: String,
}

impl<'t> Outline<'t> {
    fn of(text: &'t str) -> Result<String, String> {
        let body = parse(text).map_err(|error| error.to_string())?;
        let mut outline = Self {
            text,
            lines: String::new(),
        };
        outline.block(&body.block, 0);
        Ok(outline.lines)
    }

    fn add(&mut self, at: usize, depth: usize, what: &str) {
        let line = 1 + self.text[..at].matches('\n').count();
        let indent = "  ".repeat(depth);
        writeln!(self.lines, "{line:>3} {indent}{what}").unwrap();
    }

    fn block(&mut self, block: &Block, depth: usize) {
        let declares = if block.declare.is_some() {
            "block that declares"
        } else {
            "block"
        };
        self.add(block.begin.start, depth, declares);
        self.statements(&block.statements, depth + 1);
        if let Some((place, handlers)) = &block.exception {
            self.add(*place, depth, "exception");
            for handler in handlers {
                self.add(handler.when, depth + 1, "handler");
                assert!(self.text[..handler.then].to_lowercase().ends_with("then"));
                self.statements(&handler.statements, depth + 2);
            }
        }
        self.add(block.end, depth, "end");
    }

    fn arms(&mut self, arms: &[Arm], depth: usize) {
        for arm in arms {
            let word = if arm.is_else { "else" } else { "then" };
            assert!(self.text[..arm.then].to_lowercase().ends_with(word));
            self.add(arm.word, depth, word);
            self.statements(&arm.statements, depth + 1);
        }
    }

    fn statements(&mut self, statements: &[Statement], depth: usize) {
        for statement in statements {
            let text = &self.text[statement.place.clone()];
            assert!(text.ends_with(';'), "{text}");
            let words: Vec<&str> = text.split_whitespace().take(3).collect();
            let words = words.join(" ");
            let through = if statement.falls_through() {
                ""
            } else {
                ", leaves"
            };
            match &statement.kind {
                Kind::Block(block) => {
                    self.add(statement.word, depth, &format!("block{through}"));
                    self.block(block, depth + 1);
                }
                Kind::If(arms) => {
                    self.add(statement.word, depth, &format!("if{through}"));
                    self.arms(arms, depth + 1);
                }
                Kind::Case(arms) => {
                    self.add(statement.word, depth, &format!("case{through}"));
                    self.arms(arms, depth + 1);
                }
                Kind::Loop(of) => {
                    assert!(self.text[..of.body].to_lowercase().ends_with("loop"));
                    self.add(statement.word, depth, &format!("{:?} loop", of.kind));
                    self.statements(&of.statements, depth + 1);
                }
                Kind::Leaves | Kind::Plain => {
                    self.add(statement.word, depth, &format!("`{words}`{through}"));
                }
            }
        }
    }
}

#[test]
fn every_statement_is_found_with_its_branches_and_lines() {
    let text = include_str!("data/plpgsql/everything.plpgsql");
    insta::assert_snapshot!(Outline::of(text).unwrap());
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (text, expected) in [
        ("", "line 1: there is no BEGIN"),
        ("SELECT 1", "line 1: there is no BEGIN"),
        ("\nDECLARE a int", "line 2: there is no semicolon"),
        ("BEGIN\nNULL\n", "line 3: there is no semicolon"),
        (
            "BEGIN\nIF a THEN NULL;\nEND;",
            "line 3: there is no IF behind END",
        ),
        ("BEGIN IF a; END IF; END", "line 1: there is no THEN"),
        (
            "BEGIN\nLOOP NULL; END;",
            "line 2: there is no LOOP behind END",
        ),
        (
            "BEGIN a := 1); END",
            "line 1: there is no parenthesis that this one closes",
        ),
        (
            "BEGIN EXCEPTION END",
            "line 1: there is no WHEN behind EXCEPTION",
        ),
        (
            "BEGIN END; SELECT",
            "line 1: there is no end of the body behind END",
        ),
        ("<<a BEGIN END", "line 1: there is no end of the label"),
    ] {
        assert_eq!(Outline::of(text).unwrap_err(), expected, "{text:?}");
    }
    let deep = format!(
        "BEGIN {} {} END",
        "IF a THEN ".repeat(5000),
        "END IF; ".repeat(5000)
    );
    let told = Outline::of(&deep).unwrap_err();
    assert!(told.contains("statements stand in one another"), "{told}");
}

#[test]
fn comments_and_strings_end_where_the_server_ends_them() {
    for (text, statement) in [
        ("BEGIN -- a\r RETURN 1;\nEND", "`return 1;`"),
        ("BEGIN x := E'a'\n 'it\\'s; IF'; END", "`x"),
    ] {
        let outline = Outline::of(text).unwrap().to_lowercase();
        assert_eq!(outline.matches('`').count(), 2, "{outline}");
        assert!(outline.contains(statement), "{outline}");
    }
}

#[test]
fn words_that_are_variables_are_no_keywords() {
    let text = "BEGIN return := 1; raise.a := 2; exit[1] := 3; elsif = 4; RETURN .5; END";
    let outline = Outline::of(text).unwrap();
    assert_eq!(outline.matches("leaves").count(), 1, "{outline}");
    assert_eq!(outline.lines().count(), 7, "{outline}");
}

#[test]
fn a_block_stands_where_the_server_says_that_it_does() {
    let text = "BEGIN\n<<a>>\nDECLARE b int;\nBEGIN NULL; END a;\nEND";
    let outline = Outline::of(text).unwrap();
    // In errors: "line 4 during statement block local variable initialization".
    assert_eq!(outline.lines().nth(1), Some("  4   block"), "{outline}");
}

proptest! {
    #[test]
    fn no_text_is_too_odd(
        words in proptest::collection::vec(
            prop_oneof![
                Just("begin"), Just("end"), Just("if"), Just("then"), Just("else"), Just("elsif"), Just("case"),
                Just("when"), Just("loop"), Just("while"), Just("for"), Just("exception"), Just("declare"), Just(";"),
                Just("("), Just(")"), Just("["), Just("]"), Just("<<"), Just(">>"), Just("a"), Just(":="), Just("="),
                Just("."), Just("#"), Just("'"), Just("$$"), Just("--"), Just("\n"), Just("return"), Just("raise"),
                Just("exit"), Just("create"), Just("function"), Just("é"),
            ],
            0..40,
        )
    ) {
        let text = words.join(" ");
        if let Ok(outline) = Outline::of(&text) {
            prop_assert!(!outline.is_empty());
        }
    }
}
