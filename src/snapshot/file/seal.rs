//! The seal: the last bytes of a snapshot, by which it is known to be whole.

use sha2::{Digest, Sha256};

/// What a skippable frame with the index begins with.
pub(super) const INDEX_FRAME: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
/// What a skippable frame with a seal begins with.
const SEAL_FRAME: [u8; 4] = 0x184D_2A51_u32.to_le_bytes();
/// What a seal itself begins with.
const MARK: [u8; 8] = *b"pgassay\x01";
/// The size of a frame's own beginning: what it is, and its size.
pub(super) const FRAME_HEAD: usize = 8;
/// The size of a hash.
pub(super) const HASH: usize = 32;
/// The size of a seal's frame.
pub(super) const SIZE: usize = FRAME_HEAD + MARK.len() + 8 + HASH;

/// The seal, but for the hash, which is over these bytes too.
pub(super) fn before_hash(index_at: u64) -> Vec<u8> {
    let inside = u32::try_from(SIZE - FRAME_HEAD).unwrap_or_default();
    let parts = [
        &SEAL_FRAME[..],
        &inside.to_le_bytes(),
        &MARK,
        &index_at.to_le_bytes(),
    ];
    parts.concat()
}

/// Reads a seal: where the index begins, and the hash; none where it is none.
pub(super) fn read(bytes: &[u8]) -> Option<(u64, [u8; HASH])> {
    let (before, hash) = bytes.split_at_checked(SIZE - HASH)?;
    let at = before.get(before.len() - 8..)?;
    let index_at = u64::from_le_bytes(at.try_into().ok()?);
    let is_seal = before == before_hash(index_at);
    is_seal.then_some((index_at, hash.try_into().ok()?))
}

/// The hash of bytes that came one after the other.
pub(super) fn finished(hash: Sha256) -> [u8; HASH] {
    hash.finalize().into()
}
