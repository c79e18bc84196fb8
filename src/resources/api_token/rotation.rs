//! Decides whether an update rotates the secret of a token.

/// Whether an update rotates the secret of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rotation {
    /// The token keeps its secret.
    No,
    /// The token gets a new secret.
    Yes,
    /// The token gets a new secret, because the first triggers are added. The plan warns that the
    /// old secret stops working.
    ByFirstTriggers,
    /// The token gets a new secret. The plan warns that the old secret, which Terraform does not
    /// know, stops working.
    OfUnknownSecret,
    /// The token gets a new secret. The plan warns that the old secret does not work.
    OfInvalidSecret,
}

/// The facts on which the decision depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// The secret in the prior state.
    pub(super) secret: Secret,
    /// Whether `ready_for_renewal` is true in the prior state and the plan contains
    /// `early_renewal_days`.
    pub(super) ready_for_renewal: bool,
    /// `rotation_triggers` in the prior state.
    pub(super) prior_triggers: PriorTriggers,
    /// `rotation_triggers` in the planned state.
    pub(super) planned_triggers: PlannedTriggers,
}

/// The secret in the prior state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// The state contains the secret.
    Known,
    /// The state does not contain the secret.
    Unknown,
    /// The state contains the secret, and the server rejects it.
    Invalid,
}

/// `rotation_triggers` in the prior state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PriorTriggers {
    /// Null or without values.
    Empty,
    /// At least one value.
    Set,
}

/// `rotation_triggers` in the planned state, compared with the prior state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlannedTriggers {
    /// Semantically equal to the prior triggers.
    Unchanged,
    /// The plan removes all values.
    Empty,
    /// The planned values differ from the prior values, or are not known yet.
    Different,
}

/// Decides whether an update rotates the secret. Exactly one row of this table applies:
///
/// | secret           | ready for renewal | prior triggers | planned triggers   | rotates | warns |
/// |------------------|-------------------|----------------|--------------------|---------|-------|
/// | invalid          | any               | any            | any                | yes     | yes   |
/// | known or unknown | yes               | any            | any                | yes     | no    |
/// | known or unknown | no                | any            | unchanged or empty | no      | no    |
/// | known            | no                | set            | different          | yes     | no    |
/// | known            | no                | empty          | different          | yes     | yes   |
/// | unknown          | no                | any            | different          | yes     | yes   |
///
/// Adding the first triggers rotates the secret, because a user who adds them after a leak expects
/// the old secret to stop working. A user who does not expect this is warned. The rotation of an
/// unknown secret also causes a warning, because programs that Terraform does not know may use the
/// secret.
///
/// The clock is not an input of this decision, because Terraform plans twice and rejects a second
/// plan that differs from the first plan. The refresh compares the clock with the secret's
/// validity, and stores the result in `ready_for_renewal`.
pub(super) fn decide(facts: Facts) -> Rotation {
    let Facts { secret, ready_for_renewal, prior_triggers, planned_triggers } = facts;
    match (secret, ready_for_renewal, prior_triggers, planned_triggers) {
        (Secret::Invalid, _, _, _) => Rotation::OfInvalidSecret,
        (_, true, _, _) => Rotation::Yes,
        (_, false, _, PlannedTriggers::Unchanged | PlannedTriggers::Empty) => Rotation::No,
        (Secret::Known, false, PriorTriggers::Set, PlannedTriggers::Different) => Rotation::Yes,
        (Secret::Known, false, PriorTriggers::Empty, PlannedTriggers::Different) => {
            Rotation::ByFirstTriggers
        }
        (Secret::Unknown, false, _, PlannedTriggers::Different) => Rotation::OfUnknownSecret,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_SECRETS: &[Secret] = &[Secret::Known, Secret::Unknown, Secret::Invalid];
    const ALL_PRIOR: &[PriorTriggers] = &[PriorTriggers::Empty, PriorTriggers::Set];
    const ALL_PLANNED: &[PlannedTriggers] =
        &[PlannedTriggers::Unchanged, PlannedTriggers::Empty, PlannedTriggers::Different];
    const VALID_SECRETS: &[Secret] = &[Secret::Known, Secret::Unknown];
    const YES_AND_NO: &[bool] = &[true, false];

    /// The left columns of a row: the values to which the row applies.
    type Conditions =
        (&'static [Secret], &'static [bool], &'static [PriorTriggers], &'static [PlannedTriggers]);

    /// The rows of the table in the documentation of [`decide`], in the same order.
    const ROWS: [(Conditions, Rotation); 6] = [
        ((&[Secret::Invalid], YES_AND_NO, ALL_PRIOR, ALL_PLANNED), Rotation::OfInvalidSecret),
        ((VALID_SECRETS, &[true], ALL_PRIOR, ALL_PLANNED), Rotation::Yes),
        (
            (
                VALID_SECRETS,
                &[false],
                ALL_PRIOR,
                &[PlannedTriggers::Unchanged, PlannedTriggers::Empty],
            ),
            Rotation::No,
        ),
        (
            (&[Secret::Known], &[false], &[PriorTriggers::Set], &[PlannedTriggers::Different]),
            Rotation::Yes,
        ),
        (
            (&[Secret::Known], &[false], &[PriorTriggers::Empty], &[PlannedTriggers::Different]),
            Rotation::ByFirstTriggers,
        ),
        (
            (&[Secret::Unknown], &[false], ALL_PRIOR, &[PlannedTriggers::Different]),
            Rotation::OfUnknownSecret,
        ),
    ];

    fn applies((secrets, ready_for_renewal, prior, planned): Conditions, facts: Facts) -> bool {
        secrets.contains(&facts.secret)
            && ready_for_renewal.contains(&facts.ready_for_renewal)
            && prior.contains(&facts.prior_triggers)
            && planned.contains(&facts.planned_triggers)
    }

    #[test]
    fn each_combination_of_facts_has_the_result_of_the_only_row_that_applies() {
        for secret in ALL_SECRETS {
            for ready_for_renewal in [true, false] {
                for prior in ALL_PRIOR {
                    for planned in ALL_PLANNED {
                        let facts = Facts {
                            secret: *secret,
                            ready_for_renewal,
                            prior_triggers: *prior,
                            planned_triggers: *planned,
                        };
                        let results: Vec<_> = ROWS
                            .iter()
                            .filter(|(conditions, _)| applies(*conditions, facts))
                            .map(|(_, result)| *result)
                            .collect();
                        assert_eq!(results, [decide(facts)], "{facts:?}");
                    }
                }
            }
        }
    }
}
