//! An order in which each thing stands behind what it hangs on; those that hang on one another stand together. It is the same
//! whatever the order in which the dependences are told.

/// Groups of numbers below `count`, each behind those that its members hang on: `hangs_on` are pairs of a number and one
/// that it hangs on. A group of more than one is a cycle. Of what may stand in any order, the smaller number is first.
pub(super) fn groups(count: usize, hangs_on: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut edges = vec![Vec::new(); count];
    for (from, to) in hangs_on {
        if let (true, Some(its)) = (*to < count, edges.get_mut(*from)) {
            its.push(*to);
        }
    }
    for its in &mut edges {
        its.sort_unstable();
        its.dedup();
    }
    let mut walk = Walk {
        edges: &edges,
        found: vec![None; count],
        lowest: vec![0; count],
        is_open: vec![false; count],
        open: Vec::new(),
        next: 0,
        groups: Vec::new(),
    };
    for start in 0..count {
        if walk.found[start].is_none() {
            walk.from(start);
        }
    }
    walk.groups
}

/// Tarjan's walk, without recursion: a chain of dependences may be long.
struct Walk<'a> {
    edges: &'a [Vec<usize>],
    /// When each was found.
    found: Vec<Option<usize>>,
    /// The earliest found that can be reached from each.
    lowest: Vec<usize>,
    is_open: Vec<bool>,
    open: Vec<usize>,
    next: usize,
    groups: Vec<Vec<usize>>,
}

impl Walk<'_> {
    fn from(&mut self, start: usize) {
        self.enter(start);
        let mut path = vec![(start, 0)];
        while let Some((at, edge)) = path.pop() {
            let Some(to) = self.edges[at].get(edge).copied() else {
                self.leave(at);
                if let Some((before, _)) = path.last() {
                    self.lowest[*before] = self.lowest[*before].min(self.lowest[at]);
                }
                continue;
            };
            path.push((at, edge + 1));
            match self.found[to] {
                None => {
                    self.enter(to);
                    path.push((to, 0));
                }
                Some(when) if self.is_open[to] => {
                    self.lowest[at] = self.lowest[at].min(when);
                }
                Some(_) => {}
            }
        }
    }

    fn enter(&mut self, at: usize) {
        self.found[at] = Some(self.next);
        self.lowest[at] = self.next;
        self.next += 1;
        self.open.push(at);
        self.is_open[at] = true;
    }

    fn leave(&mut self, at: usize) {
        if self.found[at] != Some(self.lowest[at]) {
            return;
        }
        let first = self.open.iter().rposition(|it| *it == at).unwrap_or(0);
        let mut group = self.open.split_off(first);
        for member in &group {
            self.is_open[*member] = false;
        }
        group.sort_unstable();
        self.groups.push(group);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_others_hang_on_comes_first_and_a_cycle_stands_together() {
        assert_eq!(groups(3, &[(0, 1), (1, 2)]), [[2], [1], [0]]);
        assert_eq!(groups(3, &[]), [[0], [1], [2]]);
        assert_eq!(groups(2, &[(0, 0), (1, 0)]), [[0], [1]]);
        let with_cycle = groups(5, &[(0, 3), (3, 1), (1, 3), (1, 4), (2, 0)]);
        assert_eq!(with_cycle, [vec![4], vec![1, 3], vec![0], vec![2]]);
        assert_eq!(groups(0, &[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let chain: Vec<_> = (0..200_000).map(|at| (at, at + 1)).collect();
        assert_eq!(groups(200_001, &chain)[0], [200_000]);
    }

    proptest! {
        #[test]
        fn every_number_is_there_once_and_behind_what_it_hangs_on(
            edges in prop::collection::vec((0_usize..12, 0_usize..12), 0..30)
        ) {
            let groups = groups(12, &edges);
            let mut all: Vec<usize> = groups.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..12).collect::<Vec<_>>());
            let place = |it: usize| groups.iter().position(|group| group.contains(&it));
            for (from, to) in &edges {
                prop_assert!(place(*to) <= place(*from), "{from} before {to} in {groups:?}");
            }
            let reaches = |from: usize, to: usize| {
                let mut seen = vec![from];
                let mut at = 0;
                while at < seen.len() {
                    let next = edges.iter().filter(|(it, _)| *it == seen[at]).map(|(_, to)| *to);
                    let next: Vec<usize> = next.filter(|it| !seen.contains(it)).collect();
                    seen.extend(next);
                    at += 1;
                }
                seen.contains(&to)
            };
            for group in &groups {
                for pair in group.windows(2) {
                    prop_assert!(reaches(pair[0], pair[1]) && reaches(pair[1], pair[0]));
                }
            }
        }
    }
}
