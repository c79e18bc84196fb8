//! What counts as a loss. Pure: facts in, columns out.

use std::{fmt, iter::Sum};

/// What is to be seen after the apply that went wrong, and after the next one.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) token: String,
    pub(crate) errors: Vec<String>,
    /// Right after the trouble.
    pub(crate) first: Seen,
    /// After one more apply, without any fault.
    pub(crate) next: Seen,
    /// What the next apply had to complain about.
    pub(crate) next_errors: Vec<String>,
    /// Whether a plan after that is empty.
    pub(crate) settled: bool,
    /// Whether the token was there, and its secret known, before the trouble began.
    pub(crate) had_secret: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// The token is on the server.
    pub(crate) on_server: bool,
    /// The state knows of the token.
    pub(crate) in_state: bool,
    /// The state has a secret, and whether the server accepts it.
    pub(crate) secret_works: Option<bool>,
}

/// The three columns, each to be 0, and the reason of the first loss.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    lost: usize,
    orphaned: usize,
    wrong: usize,
    why: Option<String>,
}

pub(crate) fn judge(facts: &Facts) -> Columns {
    let Facts { token, errors, first, next, next_errors, settled, had_secret } = facts;
    let named = errors.iter().any(|error| helps(error, token));
    let mut columns = Columns::default();
    if errors.is_empty() {
        match first.secret_works {
            None => columns.lost("the apply succeeded without a secret"),
            Some(false) => columns.wrong("the apply succeeded with a secret that does not work"),
            Some(true) => {}
        }
    }
    let dead = *had_secret && first.secret_works != Some(true);
    if !errors.is_empty() && dead && !named {
        columns
            .lost("the secret is dead, and the error does not say of which token and what to do");
    }
    if first.on_server && !first.in_state && !named {
        columns.orphaned("the token exists, and neither state nor error tells of it");
    }
    if next.on_server && !next.in_state {
        columns.orphaned("the next apply does not know of the token");
    }
    match next.secret_works {
        None => columns.lost("the next apply does not bring a secret"),
        Some(false) => columns.wrong("the secret of the next apply does not work"),
        Some(true) => {}
    }
    if !next_errors.is_empty() {
        columns.lost(&format!("the next apply fails: {}", next_errors[0]));
    }
    if !settled {
        columns.lost("the plan after that is not empty");
    }
    columns
}

/// Whether it names the token and what to do next.
fn helps(error: &str, token: &str) -> bool {
    error.contains(token) && error.to_lowercase().contains("apply")
}

impl Facts {
    pub(crate) fn outcome(&self) -> String {
        let Self { errors, first, .. } = self;
        let secret = match first.secret_works {
            Some(true) => "a secret that works",
            Some(false) => "a secret that is dead",
            None if first.in_state => "a token without a secret",
            None => "nothing",
        };
        match errors.first().and_then(|error| error.lines().next()) {
            None => format!("applied, {secret}"),
            Some(summary) => format!("error ({summary}), {secret}"),
        }
    }
}

impl Columns {
    pub(crate) fn any(&self) -> bool {
        self.lost + self.orphaned + self.wrong > 0
    }

    fn lost(&mut self, why: &str) {
        self.lost = 1;
        self.because(why);
    }

    fn orphaned(&mut self, why: &str) {
        self.orphaned = 1;
        self.because(why);
    }

    fn wrong(&mut self, why: &str) {
        self.wrong = 1;
        self.because(why);
    }

    fn because(&mut self, why: &str) {
        self.why.get_or_insert_with(|| why.to_owned());
    }
}

impl<'a> Sum<&'a Columns> for Columns {
    fn sum<I: Iterator<Item = &'a Columns>>(all: I) -> Self {
        all.fold(Self::default(), |total, one| Self {
            lost: total.lost + one.lost,
            orphaned: total.orphaned + one.orphaned,
            wrong: total.wrong + one.wrong,
            why: None,
        })
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, orphaned, wrong, why } = self;
        write!(f, "lost {lost}, orphaned {orphaned}, wrong secret {wrong}")?;
        why.iter().try_for_each(|why| write!(f, " ({why})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Seen = Seen { on_server: true, in_state: true, secret_works: Some(true) };

    fn well() -> Facts {
        Facts {
            token: "a@pbs!t".into(),
            errors: Vec::new(),
            first: GOOD,
            next: GOOD,
            next_errors: Vec::new(),
            settled: true,
            had_secret: false,
        }
    }

    fn counted(facts: Facts) -> [usize; 3] {
        let Columns { lost, orphaned, wrong, .. } = judge(&facts);
        [lost, orphaned, wrong]
    }

    #[test]
    fn each_loss_is_seen() {
        let error = |text: &str| vec![text.to_owned()];
        let absent = Seen::default();
        let unknown = Seen { in_state: false, ..GOOD };
        let dead = Seen { secret_works: Some(false), ..GOOD };
        let mute = Seen { secret_works: None, ..GOOD };
        assert_eq!(counted(well()), [0, 0, 0]);
        assert_eq!(
            counted(Facts { errors: error("no route"), first: absent, ..well() }),
            [0, 0, 0]
        );
        assert_eq!(counted(Facts { first: mute, ..well() }), [1, 0, 0]);
        assert_eq!(counted(Facts { first: dead, ..well() }), [0, 0, 1]);
        let silent = Facts { errors: error("no route"), first: dead, had_secret: true, ..well() };
        assert_eq!(counted(silent.clone()), [1, 0, 0]);
        assert_eq!(
            counted(Facts { errors: error("a@pbs!t is dead. Apply again."), ..silent }),
            [0, 0, 0]
        );
        let orphan = Facts { errors: error("no route"), first: unknown, ..well() };
        assert_eq!(counted(orphan.clone()), [0, 1, 0]);
        assert_eq!(
            counted(Facts { errors: error("No a@pbs!t: apply again."), ..orphan }),
            [0, 0, 0]
        );
        assert_eq!(counted(Facts { next: unknown, ..well() }), [0, 1, 0]);
        assert_eq!(counted(Facts { next: dead, ..well() }), [0, 0, 1]);
        assert_eq!(counted(Facts { next: mute, ..well() }), [1, 0, 0]);
        assert_eq!(counted(Facts { next_errors: error("no route"), ..well() }), [1, 0, 0]);
        assert_eq!(counted(Facts { settled: false, ..well() }), [1, 0, 0]);
    }
}
