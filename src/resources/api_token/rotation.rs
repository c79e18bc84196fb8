//! Decides whether an update rotates the secret of a token.

/// Whether an update rotates the secret of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// The token keeps its secret.
    No,
    /// The token gets a new secret.
    Yes,
    /// The token gets a new secret, and the plan warns that the old secret stops working.
    WithWarning,
    /// The token gets a new secret, and the plan warns that the old secret does not work.
    OfInvalidSecret,
}

/// The facts on which the decision depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Whether the server rejects the secret in the prior state.
    pub(super) invalid: bool,
    /// Whether `ready_for_renewal` is true in the prior state and the plan contains
    /// `early_renewal_days`.
    pub(super) ready_for_renewal: bool,
    /// `rotation_triggers` in the prior state.
    pub(super) prior: Prior,
    /// `rotation_triggers` in the planned state.
    pub(super) planned: Planned,
    /// Whether the prior state contains the secret.
    pub(super) secret_known: bool,
}

/// `rotation_triggers` in the prior state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prior {
    /// Null or without values.
    Empty,
    /// At least one value.
    Set,
}

/// `rotation_triggers` in the planned state, compared with the prior state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planned {
    /// Semantically equal to the prior triggers.
    Unchanged,
    /// The plan removes all values.
    Empty,
    /// The planned values differ from the prior values, or are not known yet.
    Different,
}

/// Decides whether an update rotates the secret. Exactly one row of this table applies:
///
/// | secret invalid | `ready_for_renewal` | prior triggers | planned triggers | secret known | rotates | warns |
/// |----------------|---------------------|----------------|------------------|--------------|---------|-------|
/// | yes            | any                 | any            | any              | any          | yes     | yes   |
/// | no             | true                | any            | any              | any          | yes     | no    |
/// | no             | false               | any            | unchanged        | any          | no      | no    |
/// | no             | false               | any            | empty            | any          | no      | no    |
/// | no             | false               | empty          | different        | yes          | no      | no    |
/// | no             | false               | set            | different        | yes          | yes     | no    |
/// | no             | false               | any            | different        | no           | yes     | yes   |
///
/// If the secret is in the state, adding the first triggers only stores them. A configuration can
/// therefore get `rotation_triggers` without a rotation. After an import, the secret is not in the
/// state. Adding triggers is then the only way to get a secret into the state. This rotation warns,
/// because programs that Terraform does not know may still use the old secret.
///
/// The clock is not an input of this decision, because core plans twice and rejects a second plan
/// that differs from the first plan. The refresh compares the clock with the secret's validity, and
/// stores the result in `ready_for_renewal`.
pub(super) fn decide(facts: Facts) -> Rotation {
    let Facts { invalid, ready_for_renewal, prior, planned, secret_known } = facts;
    match (ready_for_renewal, prior, planned, secret_known) {
        _ if invalid => Rotation::OfInvalidSecret,
        (true, _, _, _) => Rotation::Yes,
        (false, _, Planned::Unchanged | Planned::Empty, _) => Rotation::No,
        (false, Prior::Empty, Planned::Different, true) => Rotation::No,
        (false, Prior::Set, Planned::Different, true) => Rotation::Yes,
        (false, _, Planned::Different, false) => Rotation::WithWarning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The left columns of a row; `None` stands for "any".
    type Conditions = (bool, Option<bool>, Option<Prior>, Option<Planned>, Option<bool>);

    /// The rows of the table in the documentation of [`decide`], in the same order.
    const ROWS: [(Conditions, Rotation); 7] = [
        ((true, None, None, None, None), Rotation::OfInvalidSecret),
        ((false, Some(true), None, None, None), Rotation::Yes),
        ((false, Some(false), None, Some(Planned::Unchanged), None), Rotation::No),
        ((false, Some(false), None, Some(Planned::Empty), None), Rotation::No),
        (
            (false, Some(false), Some(Prior::Empty), Some(Planned::Different), Some(true)),
            Rotation::No,
        ),
        (
            (false, Some(false), Some(Prior::Set), Some(Planned::Different), Some(true)),
            Rotation::Yes,
        ),
        ((false, Some(false), None, Some(Planned::Different), Some(false)), Rotation::WithWarning),
    ];

    fn applies(conditions: Conditions, facts: Facts) -> bool {
        let (invalid, ready_for_renewal, prior, planned, secret_known) = conditions;
        invalid == facts.invalid
            && ready_for_renewal.is_none_or(|ready| ready == facts.ready_for_renewal)
            && prior.is_none_or(|prior| prior == facts.prior)
            && planned.is_none_or(|planned| planned == facts.planned)
            && secret_known.is_none_or(|secret_known| secret_known == facts.secret_known)
    }

    fn all_facts() -> Vec<Facts> {
        let mut all = Vec::new();
        for (invalid, ready_for_renewal) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            for prior in [Prior::Empty, Prior::Set] {
                for planned in [Planned::Unchanged, Planned::Empty, Planned::Different] {
                    for secret_known in [true, false] {
                        let ready = ready_for_renewal;
                        all.push(Facts {
                            invalid,
                            ready_for_renewal: ready,
                            prior,
                            planned,
                            secret_known,
                        });
                    }
                }
            }
        }
        all
    }

    #[test]
    fn every_row_of_the_table_gives_the_result_in_its_last_columns() {
        for (conditions, result) in ROWS {
            let matching: Vec<_> =
                all_facts().into_iter().filter(|facts| applies(conditions, *facts)).collect();
            assert!(!matching.is_empty(), "{conditions:?} never applies");
            for facts in matching {
                assert_eq!(decide(facts), result, "{facts:?}");
            }
        }
    }

    #[test]
    fn exactly_one_row_of_the_table_applies_to_each_combination_of_facts() {
        for facts in all_facts() {
            let rows = ROWS.iter().filter(|(conditions, _)| applies(*conditions, facts)).count();
            assert_eq!(rows, 1, "{facts:?}");
        }
    }
}
