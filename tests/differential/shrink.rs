//! Makes a script smaller for as long as both engines still differ over it.

use crate::script::Script;

/// The smallest script found that still differs: pieces are left out, then lines.
pub(crate) fn shrink(script: &Script, differs: &mut dyn FnMut(&Script) -> bool) -> Script {
    let whole = left_out(script.clone(), differs);
    let mut lines = whole;
    for file in &mut lines.files {
        let text = file.text();
        file.pieces = text.split_inclusive('\n').map(str::to_owned).collect();
    }
    left_out(lines, differs)
}

/// Leaves out runs of pieces, long ones first.
fn left_out(mut script: Script, differs: &mut dyn FnMut(&Script) -> bool) -> Script {
    for file in 0..script.files.len() {
        let mut length = script.files[file].pieces.len();
        while length > 0 {
            let mut at = 0;
            let mut any = false;
            while at < script.files[file].pieces.len() {
                let mut smaller = script.clone();
                let pieces = &mut smaller.files[file].pieces;
                let end = pieces.len().min(at + length);
                pieces.drain(at..end);
                if differs(&smaller) {
                    script = smaller;
                    any = true;
                } else {
                    at += length;
                }
            }
            length = if any && length == 1 { 1 } else { length / 2 };
        }
    }
    script
}
