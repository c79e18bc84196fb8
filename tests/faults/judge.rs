//! Decides from the facts of a case what was lost, and counts the losses for the columns of the
//! table.

use std::{collections::BTreeSet, fmt, iter::Sum};

/// The result of running an operation with a fault and then again without the fault. The fields
/// `next_…` are about the second run.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) errors: Vec<String>,
    /// Whether the object of the prior state is still in the state. If the prior state had no
    /// object, this is true. If the object no longer exists on the server, this is true too.
    pub(crate) kept: bool,
    /// The objects on the server that did not exist before the operation.
    pub(crate) created: Vec<String>,
    /// Whether the server has the same objects as after a single run without a fault.
    pub(crate) complete: bool,
    /// The id of the object in the state.
    pub(crate) in_state: Option<String>,
    /// The token after the run with the fault.
    pub(crate) token: Token,
    pub(crate) next_errors: Vec<String>,
    pub(crate) next_complete: bool,
    /// The token after the run without a fault.
    pub(crate) next_token: Token,
    /// Whether the operation is complete after the second run (see `Scenario::is_settled`).
    pub(crate) settled: bool,
    /// The id of the token to which the operation must give a working secret, if any.
    pub(crate) needs_secret: Option<&'static str>,
    /// Whether the state contained a secret before the operation.
    pub(crate) had_secret: bool,
}

/// Where a token exists, and whether its secret in the state works.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    pub(crate) on_server: bool,
    pub(crate) in_state: bool,
    /// Whether the server accepts the secret in the state; `None` if the state has no secret.
    pub(crate) secret_works: Option<bool>,
}

impl Token {
    /// Whether the token exists and the secret in the state is wrong. A deleted token has no secret
    /// that could be lost.
    fn has_wrong_secret(&self) -> bool {
        self.on_server && self.secret_works == Some(false)
    }
}

/// The counts of a row of the table. They are the number of cases, the number of cases that ended
/// in an error, and the number of cases for each kind of loss. The numbers of losses must be 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) cases: usize,
    pub(crate) failed: usize,
    pub(crate) state_lost: usize,
    pub(crate) secrets_lost: usize,
    pub(crate) orphans: usize,
    pub(crate) incomplete: usize,
    reasons: Vec<String>,
}

/// Checks one case.
pub(crate) fn judge(facts: &Facts) -> Columns {
    let mut columns = Columns { cases: 1, ..Columns::default() };
    columns.failed = usize::from(!facts.errors.is_empty());
    judge_operation(facts, &mut columns);
    if let Some(token) = facts.needs_secret {
        judge_secret(facts, token, &mut columns);
    }
    columns
}

fn judge_operation(facts: &Facts, columns: &mut Columns) {
    if !facts.kept {
        columns.state_lost("the object is on the server and no longer in the state");
    }
    // If the response to a rotation is lost, the secret in the state may no longer work. In this
    // case an error must name the token.
    let named = |id: &str| {
        facts.errors.iter().any(|error| words(id).iter().all(|word| error.contains(word)))
    };
    let token_id = facts.in_state.as_deref().filter(|id| id.starts_with("api_token "));
    if facts.token.has_wrong_secret() && !token_id.is_some_and(named)
        || facts.next_token.has_wrong_secret()
    {
        columns.secret_lost("the server does not accept the secret in the state");
    }
    for id in facts.created.iter().filter(|id| facts.in_state.as_ref() != Some(id)) {
        if !named(id) {
            columns.orphan(&format!("neither the state nor an error names {id}"));
        }
    }
    if facts.errors.is_empty() && !facts.complete {
        columns.incomplete("the run ends without an error, and the operation is not complete");
    }
    if let Some(error) = facts.next_errors.first() {
        columns.incomplete(&format!("the next run fails: {error}"));
    } else if !facts.next_complete || !facts.settled {
        columns.incomplete("after the next run the operation is still not complete");
    }
}

/// The stricter checks of operations that must give a token a working secret.
fn judge_secret(facts: &Facts, id: &str, columns: &mut Columns) {
    let (token, next) = (&facts.token, &facts.next_token);
    // A helpful error names the token and says that the user has to apply again.
    let helpful = facts
        .errors
        .iter()
        .any(|error| error.contains(id) && error.to_lowercase().contains("apply"));
    if facts.errors.is_empty() {
        match token.secret_works {
            None => columns.secret_lost("the apply succeeded without a secret"),
            Some(false) => {
                columns.secret_lost("the apply succeeded with a secret that does not work");
            }
            Some(true) => {}
        }
    } else if facts.had_secret && token.secret_works != Some(true) && !helpful {
        columns.secret_lost(
            "the secret no longer works, and no error names the token and says what to do",
        );
    }
    if token.on_server && !token.in_state && !helpful {
        columns.orphan("the token exists, and neither the state nor a helpful error names it");
    }
    if next.on_server && !next.in_state {
        columns.orphan("after the next apply the token is not in the state");
    }
    match next.secret_works {
        None => columns.secret_lost("the next apply does not bring a secret"),
        Some(false) => columns.secret_lost("the secret of the next apply does not work"),
        Some(true) => {}
    }
}

/// The words of an id such as `acl PATH?SUBJECT?ROLE`. An error names the object if it contains all
/// of them.
fn words(id: &str) -> BTreeSet<&str> {
    let (_, id) = id.split_once(' ').unwrap_or_default();
    id.split('?').collect()
}

impl Facts {
    /// Describes the outcome of the run with the fault, for the printed table.
    pub(crate) fn outcome(&self) -> String {
        let secret = match self.token.secret_works {
            Some(true) => "a secret that works",
            Some(false) => "a secret that does not work",
            None if self.token.in_state => "a token without a secret",
            None => "nothing",
        };
        match self.errors.first().and_then(|error| error.lines().next()) {
            None => format!("applied, {secret}"),
            Some(summary) => format!("error ({summary}), {secret}"),
        }
    }
}

impl Columns {
    /// Whether something was lost or is not complete.
    pub(crate) fn any(&self) -> bool {
        self.state_lost + self.secrets_lost + self.orphans + self.incomplete > 0
    }

    pub(crate) fn reasons(&self) -> String {
        self.reasons.join("; ")
    }

    fn state_lost(&mut self, reason: &str) {
        self.state_lost = 1;
        self.reasons.push(reason.to_owned());
    }

    fn secret_lost(&mut self, reason: &str) {
        self.secrets_lost = 1;
        self.reasons.push(reason.to_owned());
    }

    fn orphan(&mut self, reason: &str) {
        self.orphans = 1;
        self.reasons.push(reason.to_owned());
    }

    fn incomplete(&mut self, reason: &str) {
        self.incomplete = 1;
        self.reasons.push(reason.to_owned());
    }
}

impl<'a> Sum<&'a Columns> for Columns {
    fn sum<I: Iterator<Item = &'a Columns>>(all: I) -> Self {
        all.fold(Self::default(), |total, case| Self {
            cases: total.cases + case.cases,
            failed: total.failed + case.failed,
            state_lost: total.state_lost + case.state_lost,
            secrets_lost: total.secrets_lost + case.secrets_lost,
            orphans: total.orphans + case.orphans,
            incomplete: total.incomplete + case.incomplete,
            reasons: Vec::new(),
        })
    }
}

/// The numbers of a row of the table.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, failed, state_lost, secrets_lost, orphans, incomplete, reasons: _ } =
            self;
        let completed = cases - incomplete;
        write!(
            f,
            "{cases} | {failed} | {state_lost} | {secrets_lost} | {orphans} | {completed} of {cases} |"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a@pbs!t";
    const GOOD: Token = Token { on_server: true, in_state: true, secret_works: Some(true) };

    fn good() -> Facts {
        Facts {
            errors: Vec::new(),
            kept: true,
            created: vec!["api_token a@pbs!t".into()],
            complete: true,
            in_state: Some("api_token a@pbs!t".into()),
            token: GOOD,
            next_errors: Vec::new(),
            next_complete: true,
            next_token: GOOD,
            settled: true,
            needs_secret: None,
            had_secret: false,
        }
    }

    fn counted(facts: Facts) -> [usize; 4] {
        let Columns { state_lost, secrets_lost, orphans, incomplete, .. } = judge(&facts);
        [state_lost, secrets_lost, orphans, incomplete]
    }

    fn error(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn each_kind_of_loss_is_counted() {
        assert_eq!(counted(good()), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { kept: false, ..good() }), [1, 0, 0, 0]);
        let wrong_token = Token { secret_works: Some(false), ..GOOD };
        let dead_secret = Facts { token: wrong_token, ..good() };
        assert_eq!(counted(dead_secret.clone()), [0, 1, 0, 0]);
        let named_token = Facts { errors: error("a@pbs!t is dead"), ..dead_secret };
        assert_eq!(counted(named_token.clone()), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { next_token: wrong_token, ..named_token }), [0, 1, 0, 0]);
        let orphan = Facts { in_state: None, errors: error("no route"), ..good() };
        assert_eq!(counted(orphan.clone()), [0, 0, 1, 0]);
        assert_eq!(counted(Facts { errors: error("a@pbs!t is left"), ..orphan }), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { complete: false, ..good() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { next_errors: error("exists"), ..good() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { next_complete: false, ..good() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { settled: false, ..good() }), [0, 0, 0, 1]);
        let grant = Facts { created: vec!["acl /x?a@pbs?Audit".into()], in_state: None, ..good() };
        let partly_named = Facts { errors: error("a@pbs on /x"), ..grant.clone() };
        assert_eq!(counted(partly_named), [0, 0, 1, 0]);
        assert_eq!(counted(Facts { errors: error("Audit of a@pbs on /x"), ..grant }), [0, 0, 0, 0]);
    }

    #[test]
    fn each_kind_of_loss_of_an_operation_that_gives_a_secret_is_counted() {
        let good = || Facts { needs_secret: Some(ID), created: Vec::new(), ..good() };
        let absent = Token::default();
        let unknown = Token { in_state: false, ..GOOD };
        let dead = Token { secret_works: Some(false), ..GOOD };
        let without_secret = Token { secret_works: None, ..GOOD };
        assert_eq!(counted(good()), [0, 0, 0, 0]);
        let failed = Facts { errors: error("no route"), token: absent, ..good() };
        assert_eq!(counted(failed), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { token: without_secret, ..good() }), [0, 1, 0, 0]);
        assert_eq!(counted(Facts { token: dead, ..good() }), [0, 1, 0, 0]);
        let silent = Facts { errors: error("no route"), token: dead, had_secret: true, ..good() };
        assert_eq!(counted(silent.clone()), [0, 1, 0, 0]);
        let unhelpful = Facts { errors: error("a@pbs!t is dead."), ..silent.clone() };
        assert_eq!(counted(unhelpful), [0, 1, 0, 0]);
        let helpful = Facts { errors: error("a@pbs!t is dead. Apply again."), ..silent };
        assert_eq!(counted(helpful), [0, 0, 0, 0]);
        let orphan = Facts { errors: error("no route"), token: unknown, ..good() };
        assert_eq!(counted(orphan.clone()), [0, 0, 1, 0]);
        let helpful = Facts { errors: error("No a@pbs!t: apply again."), ..orphan };
        assert_eq!(counted(helpful), [0, 0, 0, 0]);
        assert_eq!(counted(Facts { next_token: unknown, ..good() }), [0, 0, 1, 0]);
        assert_eq!(counted(Facts { next_token: dead, ..good() }), [0, 1, 0, 0]);
        assert_eq!(counted(Facts { next_token: without_secret, ..good() }), [0, 1, 0, 0]);
        assert_eq!(counted(Facts { next_errors: error("no route"), ..good() }), [0, 0, 0, 1]);
        assert_eq!(counted(Facts { settled: false, ..good() }), [0, 0, 0, 1]);
    }
}
