//! What tests decide about tasks: which tasks fail, warn or hang, and how often.

/// A rule that decides how some tasks end, and whether they do their work.
/// [`Simulator::on_task`](crate::Simulator::on_task) adds the rule.
///
/// ```
/// use pbs_sim::{TaskOutcome, TaskRule};
/// // The first creation of the datastore `tank` fails.
/// TaskRule::new("create-datastore", TaskOutcome::Fails("no space left".into()))
///     .worker_id("tank")
///     .times(1);
/// // Every deletion of a datastore ends with two warnings.
/// TaskRule::new("delete-datastore", TaskOutcome::Warns(2));
/// ```
#[derive(Clone, Debug)]
pub struct TaskRule {
    /// Type of the tasks, for example `create-datastore`.
    pub worker_type: String,
    /// What the tasks work on, for example the name of a datastore. `None` means that the rule
    /// applies whatever the tasks work on.
    pub worker_id: Option<String>,
    /// How the tasks end, and whether they do their work.
    pub outcome: TaskOutcome,
    /// Maximum number of tasks that the rule applies to. `None` means that the rule applies to
    /// every matching task.
    pub times: Option<u32>,
}

/// How a task ends, and whether it does its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// The task changes nothing and fails with this text.
    Fails(String),
    /// The task does its work and ends with this number of warnings.
    Warns(u32),
    /// The task does its work and then fails with this text.
    FailsAfterwards(String),
    /// The task ends successfully, although it has changed nothing.
    SucceedsWithoutEffect,
    /// The task runs until [`Simulator::release_tasks`](crate::Simulator::release_tasks) is called
    /// or a client stops it. After the release, it does its work.
    Hangs,
    /// The task changes nothing, and its exit status is `unknown`, as after a restart of the
    /// server.
    Unknown,
}

impl TaskRule {
    /// A rule for all tasks of this type.
    #[must_use]
    pub fn new(worker_type: &str, outcome: TaskOutcome) -> Self {
        Self { worker_type: worker_type.into(), worker_id: None, outcome, times: None }
    }

    /// Restricts the rule to tasks that work on this object.
    #[must_use]
    pub fn worker_id(self, worker_id: &str) -> Self {
        Self { worker_id: Some(worker_id.into()), ..self }
    }

    /// Restricts the rule to the first `times` matching tasks.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    fn matches(&self, worker_type: &str, worker_id: &str) -> bool {
        self.worker_type == worker_type
            && self.worker_id.as_ref().is_none_or(|wanted| wanted == worker_id)
            && self.times != Some(0)
    }
}

/// All rules. The first rule that matches a task applies to the task.
#[derive(Default)]
pub(crate) struct TaskRules(Vec<TaskRule>);

impl TaskRules {
    pub(crate) fn add(&mut self, rule: TaskRule) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The outcome of a new task according to the first matching rule. Counts the task for this
    /// rule. `None` if no rule matches.
    pub(crate) fn outcome_of(&mut self, worker_type: &str, worker_id: &str) -> Option<TaskOutcome> {
        let rule = self.0.iter_mut().find(|rule| rule.matches(worker_type, worker_id))?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_applies_to_its_tasks_until_its_limit() {
        let mut rules = TaskRules::default();
        rules.add(TaskRule::new("create-datastore", TaskOutcome::Warns(1)).worker_id("a").times(1));
        rules.add(TaskRule::new("create-datastore", TaskOutcome::Hangs));
        let mut outcome = |worker_type, id| rules.outcome_of(worker_type, id);
        assert_eq!(outcome("delete-datastore", "a"), None);
        assert_eq!(outcome("create-datastore", "b"), Some(TaskOutcome::Hangs));
        assert_eq!(outcome("create-datastore", "a"), Some(TaskOutcome::Warns(1)));
        assert_eq!(outcome("create-datastore", "a"), Some(TaskOutcome::Hangs));
    }
}
