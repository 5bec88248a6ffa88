//! Keyed permutations: of numbers below a limit, each is given another one, no two the same, and none itself. So what was
//! unique stays unique, within the same range.

use sha2::{Digest, Sha256};

use super::key::Key;

/// How often the halves of a number are mixed. Ten are what the standard for format-preserving encryption takes (NIST SP
/// 800-38G, FF1).
const ROUNDS: u8 = 10;

/// The greatest limit: what is mixed has to fit.
pub(super) const GREATEST: u128 = 1 << 120;

/// A permutation of the numbers below a limit. Which one it is depends on the key and on `tweak`.
pub(super) struct Permutation {
    tweak: [u8; 32],
    limit: u128,
    /// The number of first halves, and of second ones; their product is `limit` or little more.
    halves: [u128; 2],
}

impl Permutation {
    /// The permutation of the numbers below `limit`, which is [`GREATEST`] at most.
    pub(super) fn new(key: &Key, tweak: &[&[u8]], limit: u128) -> Self {
        let limit = limit.clamp(1, GREATEST);
        let first = limit.isqrt().max(1);
        let mut parts = vec![&b"permutation\0"[..]];
        parts.extend(tweak);
        Self {
            tweak: key.digest_of(&parts),
            limit,
            halves: [first, limit.div_ceil(first)],
        }
    }

    /// What takes the number's place: never the number itself, but where there is no other.
    pub(super) fn another(&self, number: u128) -> u128 {
        // A step further in a secret order of all numbers: no number is a step from itself.
        let next = (self.walk(number % self.limit, Self::mixed) + 1) % self.limit;
        self.walk(next, Self::unmixed)
    }

    /// Mixes until the outcome is below the limit again. Halves make a few numbers more than there are.
    fn walk(&self, number: u128, mix: impl Fn(&Self, u128) -> u128) -> u128 {
        let mut at = mix(self, number);
        while at >= self.limit {
            at = mix(self, at);
        }
        at
    }

    fn mixed(&self, number: u128) -> u128 {
        let [first, second] = self.halves;
        let mut parts = [number / second, number % second];
        for round in 0..ROUNDS {
            let (changed, other, size) = if round % 2 == 0 {
                (0, 1, first)
            } else {
                (1, 0, second)
            };
            parts[changed] = (parts[changed] + self.round(round, parts[other]) % size) % size;
        }
        parts[0] * second + parts[1]
    }

    fn unmixed(&self, number: u128) -> u128 {
        let [first, second] = self.halves;
        let mut parts = [number / second, number % second];
        for round in (0..ROUNDS).rev() {
            let (changed, other, size) = if round % 2 == 0 {
                (0, 1, first)
            } else {
                (1, 0, second)
            };
            parts[changed] =
                (parts[changed] + size - self.round(round, parts[other]) % size) % size;
        }
        parts[0] * second + parts[1]
    }

    /// A hash behind a secret: as good as HMAC for messages that all have one length, and twice as fast.
    fn round(&self, round: u8, half: u128) -> u128 {
        let mut message = [0; 49];
        message[..32].copy_from_slice(&self.tweak);
        message[32] = round;
        message[33..].copy_from_slice(&half.to_be_bytes());
        let digest = Sha256::digest(message);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        u128::from_be_bytes(bytes)
    }
}

/// A place of a text or a number: which of so many signs stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    /// Which one, from 0.
    pub(super) which: u64,
    /// Of how many.
    pub(super) of: u64,
}

/// Replaces signs by others, all at once: no two rows of signs of the same kinds come to the same, and none to itself. Those
/// that are too many for one number are taken in pieces, of which a later one depends on those before it.
pub(super) fn replace(key: &Key, tweak: &[u8], signs: &mut [Sign]) {
    let mut begin = 0;
    let mut before = Vec::new();
    while begin < signs.len() {
        let mut end = begin;
        let mut limit: u128 = 1;
        while let Some(sign) = signs.get(end) {
            match limit.checked_mul(u128::from(sign.of.max(1))) {
                Some(more) if more <= GREATEST => limit = more,
                _ => break,
            }
            end += 1;
        }
        let piece = &mut signs[begin..end];
        let number = piece.iter().fold(0, |number, sign| {
            number * u128::from(sign.of.max(1)) + u128::from(sign.which)
        });
        let kind = signature(piece);
        let permutation = Permutation::new(key, &[tweak, &[0], &kind, &before], limit);
        let mut other = permutation.another(number);
        for sign in piece.iter_mut().rev() {
            let of = u128::from(sign.of.max(1));
            sign.which = u64::try_from(other % of).unwrap_or_default();
            other /= of;
        }
        before.extend(number.to_be_bytes());
        begin = end;
    }
}

/// What tells signs of other kinds apart.
fn signature(signs: &[Sign]) -> Vec<u8> {
    let count = (signs.len() as u64).to_be_bytes();
    let kinds = signs.iter().flat_map(|sign| sign.of.to_be_bytes());
    count.into_iter().chain(kinds).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::chosen("the key of the tests").unwrap()
    }

    #[test]
    fn every_number_below_the_limit_gets_another_one_and_no_two_the_same() {
        let key = key();
        for limit in (2..60).chain([100, 127, 128, 999, 1000, 1024, 32_768]) {
            let permutation = Permutation::new(&key, &[b"test"], limit);
            let all: BTreeSet<u128> = (0..limit).map(|it| permutation.another(it)).collect();
            assert_eq!(all.len() as u128, limit);
            assert!(all.iter().all(|it| *it < limit));
            assert!(
                (0..limit).all(|it| permutation.another(it) != it),
                "{limit}"
            );
        }
        assert_eq!(Permutation::new(&key, &[], 1).another(0), 0);
    }

    #[test]
    fn another_tweak_is_another_permutation() {
        let key = key();
        let of = |tweak: &[u8]| -> Vec<u128> {
            let permutation = Permutation::new(&key, &[tweak], 1000);
            (0..100).map(|it| permutation.another(it)).collect()
        };
        assert_eq!(of(b"one"), of(b"one"));
        assert_ne!(of(b"one"), of(b"two"));
    }

    proptest! {
        #[test]
        fn mixing_can_be_undone(limit in 1..=GREATEST, number in any::<u128>()) {
            let key = key();
            let permutation = Permutation::new(&key, &[b"test"], limit);
            let number = number % limit;
            let mixed = permutation.walk(number, Permutation::mixed);
            prop_assert!(mixed < limit);
            prop_assert_eq!(permutation.walk(mixed, Permutation::unmixed), number);
            prop_assert!(limit == 1 || permutation.another(number) != number);
        }

        #[test]
        fn signs_stay_in_their_range_and_never_all_the_same(
            signs in prop::collection::vec((any::<u64>(), 1..5000_u64), 0..80)
        ) {
            let signs: Vec<Sign> = signs.into_iter().map(|(which, of)| Sign { which: which % of, of }).collect();
            let mut other = signs.clone();
            replace(&key(), b"test", &mut other);
            prop_assert!(signs.iter().zip(&other).all(|(one, two)| one.of == two.of && two.which < two.of));
            prop_assert!(signs.iter().all(|it| it.of == 1) || signs != other);
        }
    }

    #[test]
    fn long_rows_of_signs_that_differ_in_one_stay_different() {
        let mut seen = BTreeSet::new();
        for at in 0..60 {
            for which in 1..10 {
                let mut signs = vec![Sign { which: 0, of: 10 }; 60];
                signs[at].which = which;
                replace(&key(), b"test", &mut signs);
                assert!(seen.insert(signs.iter().map(|it| it.which).collect::<Vec<_>>()));
            }
        }
    }
}
