//! The smallest part of a list that still does what the whole does (delta debugging, Zeller's `ddmin`). Pure.

/// A part of `all`, in order, that `holds`, and of which no single item can be left out. That `all` holds and that
/// nothing at all does not is the caller's to know.
///
/// # Errors
/// The first one of `holds`.
pub fn minimal<T: Clone, E>(
    all: &[T],
    mut holds: impl FnMut(&[T]) -> Result<bool, E>,
) -> Result<Vec<T>, E> {
    let mut current = all.to_vec();
    let mut parts = 2;
    while current.len() > 1 {
        let size = current.len().div_ceil(parts);
        if let Some(smaller) = first_part(&current, size, &mut holds)? {
            current = smaller;
            parts = 2;
        } else if let Some(smaller) = first_rest(&current, size, &mut holds)? {
            current = smaller;
            parts = (parts - 1).max(2);
        } else if size > 1 {
            parts = (parts * 2).min(current.len());
        } else {
            break;
        }
    }
    Ok(current)
}

/// The last part of this size that holds: what a file lives on mostly runs shortly before it.
fn first_part<T: Clone, E>(
    current: &[T],
    size: usize,
    holds: &mut impl FnMut(&[T]) -> Result<bool, E>,
) -> Result<Option<Vec<T>>, E> {
    let parts: Vec<&[T]> = current.chunks(size).collect();
    for part in parts.into_iter().rev() {
        if holds(part)? {
            return Ok(Some(part.to_vec()));
        }
    }
    Ok(None)
}

/// What holds without one part of this size.
fn first_rest<T: Clone, E>(
    current: &[T],
    size: usize,
    holds: &mut impl FnMut(&[T]) -> Result<bool, E>,
) -> Result<Option<Vec<T>>, E> {
    // The rest of one of two parts is the other, which was tried.
    if current.len() <= size * 2 && size > 1 {
        return Ok(None);
    }
    for start in (0..current.len()).step_by(size) {
        let end = (start + size).min(current.len());
        let rest = [&current[..start], &current[end..]].concat();
        if !rest.is_empty() && holds(&rest)? {
            return Ok(Some(rest));
        }
    }
    Ok(None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn found(length: usize, needed: &BTreeSet<usize>) -> (Vec<usize>, usize) {
        let all: Vec<usize> = (0..length).collect();
        let mut tried = 0;
        let found = minimal(&all, |part| {
            tried += 1;
            assert!(part.is_sorted(), "{part:?}");
            Ok::<_, Infallible>(needed.iter().all(|item| part.contains(item)))
        });
        (found.unwrap(), tried)
    }

    #[test]
    fn one_of_very_many_is_found_in_few_steps() {
        let (only, tried) = found(300, &BTreeSet::from([17]));
        assert_eq!(only, [17]);
        assert!(tried <= 20, "{tried}");
    }

    #[test]
    fn two_that_lie_far_apart_are_found_together() {
        assert_eq!(found(40, &BTreeSet::from([3, 37])).0, [3, 37]);
        assert_eq!(found(2, &BTreeSet::from([0, 1])).0, [0, 1]);
        assert_eq!(found(3, &BTreeSet::from([0, 2])).0, [0, 2]);
    }

    #[test]
    fn where_one_undoes_another_the_part_still_holds_and_none_can_be_left_out() {
        // 2 makes what is needed; 5 takes it away again, unless 7 comes after it.
        let holds = |part: &[usize]| part.contains(&2) && (!part.contains(&5) || part.contains(&7));
        let all: Vec<usize> = (0..9).collect();
        let only = minimal(&all, |part| Ok::<_, Infallible>(holds(part))).unwrap();
        assert_eq!(only, [2]);
    }

    proptest! {
        #[test]
        fn exactly_what_is_needed_is_found(
            length in 1_usize..40, needed in prop::collection::btree_set(0_usize..40, 1..5),
        ) {
            let needed: BTreeSet<usize> = needed.into_iter().filter(|item| *item < length).collect();
            prop_assume!(!needed.is_empty());
            let expected: Vec<usize> = needed.iter().copied().collect();
            prop_assert_eq!(found(length, &needed).0, expected);
        }
    }
}
