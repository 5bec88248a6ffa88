//! The queue of tasks: which one a worker takes next.

use std::collections::VecDeque;

use super::task::Task;

/// Tasks that wait, and where the workers are.
#[derive(Debug)]
pub(super) struct Queue {
    tasks: VecDeque<Task>,
    /// Of each worker, where the task stands in the history of migrations that it has taken last.
    at: Vec<Option<Place>>,
}

/// Behind how many migrations a task runs; none for the newest version.
type Place = Option<usize>;

impl Queue {
    /// Tasks in the order of their versions, for so many workers.
    pub(super) fn new(tasks: Vec<Task>, workers: usize) -> Self {
        Self {
            tasks: tasks.into(),
            at: vec![None; workers],
        }
    }

    /// The next task of a worker, and whether others wait. Going to another version of the schema takes longer than most tests: it
    /// stays where it is, goes on to a version where nobody is, and helps others only then, those ahead of it first, since no
    /// way leads back but to begin anew.
    pub(super) fn take(&mut self, worker: usize) -> Option<(Task, bool)> {
        let here = self.at.get(worker).copied().flatten();
        let is_ahead = |place: Place| here.is_none_or(|here| place >= here);
        let is_free = |place: Place| !self.at.contains(&Some(place));
        let find = |suits: &dyn Fn(Place) -> bool| {
            let mut places = self.tasks.iter().map(|task| task.version.place());
            places.position(suits)
        };
        let next = find(&|place| Some(place) == here)
            .or_else(|| find(&|place| is_ahead(place) && is_free(place)))
            .or_else(|| find(&is_ahead))
            .unwrap_or(0);
        let task = self.tasks.remove(next)?;
        if let Some(at) = self.at.get_mut(worker) {
            *at = Some(task.version.place());
        }
        Some((task, !self.tasks.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::task::SchemaVersion;

    /// The places of what each of two workers takes, one after the other.
    fn turns(places: &[usize]) -> [Vec<usize>; 2] {
        let tasks = places.iter().map(|place| Task {
            files: Vec::new(),
            version: SchemaVersion::Behind(*place),
        });
        let mut queue = Queue::new(tasks.collect(), 2);
        let mut taken = [Vec::new(), Vec::new()];
        loop {
            for (worker, mine) in taken.iter_mut().enumerate() {
                let Some((task, _)) = queue.take(worker) else {
                    return taken;
                };
                mine.extend(task.version.place());
            }
        }
    }

    #[test]
    fn workers_stay_at_a_version_and_go_on_to_one_where_nobody_is() {
        assert_eq!(
            turns(&[1, 1, 2, 2, 3, 3, 4, 4]),
            [vec![1, 1, 3, 3], vec![2, 2, 4, 4]]
        );
    }

    #[test]
    fn workers_help_one_another_where_no_other_version_is_left() {
        assert_eq!(turns(&[1, 1, 1, 1]), [vec![1, 1], vec![1, 1]]);
        assert_eq!(turns(&[1, 1, 1, 1, 1, 2]), [vec![1, 1, 1], vec![2, 1, 1]]);
        assert_eq!(turns(&[1, 2, 2, 2, 2]), [vec![1, 2, 2], vec![2, 2]]);
    }

    #[test]
    fn tasks_of_one_version_keep_their_order() {
        let task = |name: &str| Task {
            files: Vec::new(),
            version: SchemaVersion::Unknown(name.into(), 1),
        };
        let mut queue = Queue::new(vec![task("a"), task("b")], 1);
        let first = queue.take(0).map(|(task, wait)| (task.version, wait));
        assert_eq!(first, Some((SchemaVersion::Unknown("a".into(), 1), true)));
        let second = queue.take(0).map(|(task, wait)| (task.version, wait));
        assert_eq!(second, Some((SchemaVersion::Unknown("b".into(), 1), false)));
        assert!(queue.take(0).is_none());
    }
}
