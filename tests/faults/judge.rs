//! What counts as a loss. Pure: facts in, columns out.

use std::{fmt, iter::Sum};

use crate::scenario::words;

/// What is to be seen after the run that went wrong, and after the same once more without any fault.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) errors: Vec<String>,
    /// What the state held before and the server still has is still in the state.
    pub(crate) kept: bool,
    /// What is on the server now and was not before.
    pub(crate) made: Vec<String>,
    /// The server is as it is when all goes well.
    pub(crate) first_complete: bool,
    /// What the state holds.
    pub(crate) in_state: Option<String>,
    /// Whether the secret in the state does, if there is one.
    pub(crate) secret_works: Option<bool>,
    pub(crate) next_errors: Vec<String>,
    pub(crate) next_complete: bool,
    pub(crate) next_secret_works: Option<bool>,
    /// After the second run there is nothing left to do.
    pub(crate) settled: bool,
}

/// How many cases there were, how many of them showed an error, and how many lost something: each of those is to be 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) cases: usize,
    pub(crate) failed: usize,
    pub(crate) state_lost: usize,
    pub(crate) secrets_lost: usize,
    pub(crate) orphans: usize,
    pub(crate) stuck: usize,
    why: Vec<String>,
}

pub(crate) fn judge(facts: &Facts) -> Columns {
    let mut columns = Columns { cases: 1, ..Columns::default() };
    columns.failed = usize::from(!facts.errors.is_empty());
    if !facts.kept {
        columns.state_lost = 1;
        columns.why.push("what the state held is there and no longer in the state".into());
    }
    // A secret that is dead after a rotation, or was never got, is known to be so by an error that names the token.
    let named = |id: &str| {
        facts.errors.iter().any(|error| words(id).iter().all(|word| error.contains(word)))
    };
    let owner = facts.in_state.as_deref().filter(|id| id.starts_with("api_token "));
    if facts.secret_works == Some(false) && !owner.is_some_and(named)
        || facts.next_secret_works == Some(false)
    {
        columns.secrets_lost = 1;
        columns.why.push("the secret in the state is not the token's".into());
    }
    for id in facts.made.iter().filter(|id| facts.in_state.as_ref() != Some(id)) {
        if !named(id) {
            columns.orphans = 1;
            columns.why.push(format!("neither state nor errors tell of {id}"));
        }
    }
    if facts.errors.is_empty() && !facts.first_complete {
        columns.stuck = 1;
        columns.why.push("it says that all is well, and it is not".into());
    }
    if !facts.next_errors.is_empty() {
        columns.stuck = 1;
        columns.why.push(format!("the next run fails: {}", facts.next_errors[0]));
    } else if !facts.next_complete || !facts.settled {
        columns.stuck = 1;
        columns.why.push("the next run leaves something to do".into());
    }
    columns
}

impl Columns {
    pub(crate) fn any(&self) -> bool {
        self.state_lost + self.secrets_lost + self.orphans + self.stuck > 0
    }

    pub(crate) fn why(&self) -> String {
        self.why.join("; ")
    }
}

impl<'a> Sum<&'a Columns> for Columns {
    fn sum<I: Iterator<Item = &'a Columns>>(all: I) -> Self {
        all.fold(Self::default(), |total, one| Self {
            cases: total.cases + one.cases,
            failed: total.failed + one.failed,
            state_lost: total.state_lost + one.state_lost,
            secrets_lost: total.secrets_lost + one.secrets_lost,
            orphans: total.orphans + one.orphans,
            stuck: total.stuck + one.stuck,
            why: Vec::new(),
        })
    }
}

/// A row of the table, without its name.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, failed, state_lost, secrets_lost, orphans, stuck, why: _ } = self;
        let converged = cases - stuck;
        write!(
            f,
            "{cases} | {failed} | {state_lost} | {secrets_lost} | {orphans} | {converged} of {cases} |"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            errors: Vec::new(),
            kept: true,
            made: vec!["api_token a@pbs!t".into()],
            first_complete: true,
            in_state: Some("api_token a@pbs!t".into()),
            secret_works: Some(true),
            next_errors: Vec::new(),
            next_complete: true,
            next_secret_works: Some(true),
            settled: true,
        }
    }

    fn counted(facts: Facts) -> [usize; 4] {
        let Columns { state_lost, secrets_lost, orphans, stuck, .. } = judge(&facts);
        [state_lost, secrets_lost, orphans, stuck]
    }

    #[test]
    fn each_loss_is_seen() {
        let error = |text: &str| vec![text.to_owned()];
        assert_eq!(counted(well()), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { kept: false, ..well() }), [1, 0, 0, 0]);
        let dead = Facts { secret_works: Some(false), ..well() };
        assert_eq!(counted(dead.clone()), [0, 1, 0, 0]);
        let told = Facts { errors: error("a@pbs!t is dead"), ..dead };
        assert_eq!(counted(told.clone()), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { next_secret_works: Some(false), ..told }), [0, 1, 0, 0]);
        let orphan = Facts { in_state: None, errors: error("no route"), ..well() };
        assert_eq!(counted(orphan.clone()), [0, 0, 1, 0]);
        assert_eq!(counted(Facts { errors: error("a@pbs!t is left"), ..orphan }), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { first_complete: false, ..well() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { next_errors: error("exists"), ..well() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { next_complete: false, ..well() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { settled: false, ..well() }), [0, 0, 0, 1]);
        let grant = Facts { made: vec!["acl /x?a@pbs?Audit".into()], in_state: None, ..well() };
        let partly = Facts { errors: error("a@pbs on /x"), ..grant.clone() };
        assert_eq!(counted(partly), [0, 0, 1, 0]);
        assert_eq!(counted(Facts { errors: error("Audit of a@pbs on /x"), ..grant }), [0, 0, 0, 0]);
    }
}
