//! Any bytes are a TAP stream: nothing panics, and where the stream is cut does not matter.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pgassay::tap::{Parser, Report, parse};

fuzz_target!(|data: &[u8]| {
    let whole = parse(data);
    for problem in &whole.problems {
        assert!(!problem.kind.to_string().is_empty());
    }
    let step = data.first().map_or(1, |&byte| usize::from(byte % 31) + 1);
    assert_eq!(whole, in_pieces(data.chunks(step)));
    assert_eq!(
        whole,
        in_pieces(data.split_inclusive(|&byte| byte == b'\n'))
    );
});

fn in_pieces<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Report {
    let mut parser = Parser::new();
    for piece in pieces {
        parser.push(piece, 0);
    }
    parser.finish()
}
