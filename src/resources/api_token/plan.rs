//! Planning and validation of a token.

use super::{
    State, Triggers,
    doubt::Validity,
    messages,
    rotation::{self, Facts, PlannedTriggers, PriorTriggers, Rotation},
    window,
};
use crate::{
    pbs::{Client, Moment, TokenId, UserId},
    shared::{
        clock,
        messages::warn_if_not_grantable,
        own_login::{self, Change},
    },
};
use tf_plugin::{Cx, Field, Plan, Result, View};

/// Checks the rules that involve more than one attribute.
pub(super) fn validate(config: View<'_>) -> Result<()> {
    if let (Field::Known(user), Field::Known(name)) =
        (config.get("user_id")?, config.get("token_name")?)
    {
        TokenId::new(user, name).map_err(|error| messages::id_too_long(&error))?;
    }
    let validity = config.get::<u32>("validity_days")?;
    let early_renewal = config.get::<u32>("early_renewal_days")?;
    if matches!(config.get::<String>("expiration_date")?, Field::Known(date) if !date.is_empty())
        && matches!(validity, Field::Known(_))
    {
        return Err(messages::conflicting_expirations());
    }
    match (validity, early_renewal) {
        (Field::Null, Field::Known(_)) => Err(messages::early_renewal_without_validity()),
        (Field::Known(validity), Field::Known(early_renewal)) if early_renewal >= validity => {
            Err(messages::early_renewal_too_long())
        }
        _ => Ok(()),
    }
}

/// Plans the secret, the expiration date and `ready_for_renewal`.
pub(super) fn plan(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<()> {
    if plan.is_destroy() {
        warn_if_own(cx, plan, Change::Deleted);
        return Ok(());
    }
    if plan.changed("user_id")?
        && let Field::Known(user) = plan.get::<UserId>("user_id")?
    {
        warn_if_not_grantable(cx, &user);
        if let Err(error) = user.check_tokens_can_log_in() {
            cx.warn(messages::cannot_log_in(&error));
        }
    }
    let rotates = plan_secret(cx, plan)?;
    plan_expiration_date(plan, rotates)?;
    plan_ready_for_renewal(plan, rotates)?;
    if let Field::Known(end) = plan.get::<String>("expiration_date")?
        && plan.changed("expiration_date")?
        && let Ok(end) = end.parse::<Moment>()
        && window::whole_second(cx.now()).is_some_and(|now| end <= now)
    {
        cx.warn(messages::expiration_in_the_past(end));
        clock::warn_of_difference(cx, "expiration_date");
        warn_if_own(cx, plan, Change::Expired);
    }
    if plan.changed("user_id")? || plan.changed("token_name")? {
        if let Some(prior) = &plan.prior {
            cx.warn(messages::replaced_by_another_id(prior));
        }
        warn_if_own(cx, plan, Change::Deleted);
    } else if rotates {
        warn_if_own(cx, plan, Change::SecretReplaced);
    }
    if plan.changed("enabled")? && plan.get("enabled")? == Field::Known(false) {
        warn_if_own(cx, plan, Change::Disabled);
    }
    Ok(())
}

/// Warns of the change if the provider logs in with the token that the plan changes.
fn warn_if_own(cx: &Cx<Client>, plan: &Plan<'_, State>, change: Change) {
    let Some(prior) = &plan.prior else { return };
    if let Ok(id) = TokenId::new(prior.user_id.clone(), prior.token_name.clone()) {
        own_login::warn_of_token(cx, &id, change);
    }
}

/// Plans the secret, and returns whether the update rotates the secret.
fn plan_secret(cx: &Cx<Client>, plan: &mut Plan<'_, State>) -> Result<bool> {
    let Some(prior) = &plan.prior else { return Ok(false) };
    let rotation = rotation::decide(facts(cx, prior, plan)?);
    match rotation {
        Rotation::No => return Ok(false),
        Rotation::Yes => {}
        Rotation::ByFirstTriggers => cx.warn(messages::replaces_secret(prior)),
        Rotation::OfUnknownSecret => cx.warn(messages::replaces_unknown_secret(prior)),
        Rotation::OfInvalidSecret => cx.warn(messages::replaces_invalid_secret(prior)),
    }
    for attribute in ["secret", "api_token", "issued_at"] {
        plan.set_unknown(attribute)?;
    }
    Ok(true)
}

/// The facts on which the rotation of the secret depends.
fn facts(cx: &Cx<Client>, prior: &State, plan: &Plan<'_, State>) -> Result<Facts> {
    let has_early_renewal = !plan.get::<u32>("early_renewal_days")?.is_null();
    let planned_triggers = match plan.get::<Triggers>("rotation_triggers")? {
        _ if !plan.changed("rotation_triggers")? => PlannedTriggers::Unchanged,
        Field::Known(triggers) if !triggers.is_empty() => PlannedTriggers::Different,
        Field::Known(_) | Field::Null => PlannedTriggers::Empty,
        Field::Unknown => PlannedTriggers::Different,
    };
    Ok(Facts {
        secret: match (&prior.secret, Validity::stored(cx)) {
            (None, _) => rotation::Secret::Unknown,
            (Some(_), Validity::Invalid) => rotation::Secret::Invalid,
            (Some(_), Validity::Valid | Validity::Doubtful(_)) => rotation::Secret::Known,
        },
        ready_for_renewal: has_early_renewal && prior.ready_for_renewal == Some(true),
        prior_triggers: match &prior.rotation_triggers {
            Some(triggers) if !triggers.is_empty() => PriorTriggers::Set,
            _ => PriorTriggers::Empty,
        },
        planned_triggers,
    })
}

/// Plans `expiration_date` if the configuration does not set it.
fn plan_expiration_date(plan: &mut Plan<'_, State>, rotates: bool) -> Result<()> {
    let is_blank = match plan.config().get::<String>("expiration_date")? {
        Field::Null => false,
        Field::Known(date) if date.is_empty() => true,
        _ => return Ok(()),
    };
    let prior_date = plan.prior.as_ref().and_then(|prior| prior.expiration_date);
    let date = expiration_date(plan, rotates, prior_date)?;
    if is_blank {
        // For a blank argument, Terraform allows no other planned values than the blank text and
        // the prior value. With the blank text, the apply calculates the date.
        return match date {
            Field::Known(date) if Some(date) == prior_date => plan.set("expiration_date", &date),
            _ => Ok(()),
        };
    }
    match date {
        Field::Known(date) => plan.set("expiration_date", &date),
        Field::Null => plan.set("expiration_date", &None::<Moment>),
        Field::Unknown => plan.set_unknown("expiration_date"),
    }
}

/// The expiration date that follows from `validity_days`.
fn expiration_date(
    plan: &Plan<'_, State>,
    rotates: bool,
    prior_date: Option<Moment>,
) -> Result<Field<Moment>> {
    let issued_at = plan.prior.as_ref().and_then(|prior| prior.issued_at);
    Ok(match (plan.get::<u32>("validity_days")?, issued_at, prior_date) {
        (Field::Null, ..) => Field::Null,
        (Field::Known(days), Some(issued_at), _) if !rotates => {
            window::end(issued_at, days).map_or(Field::Null, Field::Known)
        }
        // `issued_at` is unknown, so an earlier apply counted `validity_days` from the time of that
        // apply. The resulting date stays until the secret is rotated or `validity_days` changes.
        (Field::Known(_), None, Some(date)) if !rotates && !plan.changed("validity_days")? => {
            Field::Known(date)
        }
        _ => Field::Unknown,
    })
}

/// Plans `ready_for_renewal`. For a new secret, the value is false. If `validity_days` or
/// `early_renewal_days` changes, the value is unknown, because the apply compares the new numbers
/// with the clock.
fn plan_ready_for_renewal(plan: &mut Plan<'_, State>, rotates: bool) -> Result<()> {
    // Unknown triggers can turn out to be unchanged, and an unknown `early_renewal_days` can turn
    // out to be null. Terraform plans again when the values are known. The second plan may then
    // keep the prior secret and the prior `ready_for_renewal`. Terraform allows this only if both
    // values are unknown in the first plan.
    let is_uncertain = rotates
        && (plan.get::<Triggers>("rotation_triggers")?.is_unknown()
            || plan.get::<u32>("early_renewal_days")?.is_unknown());
    if plan.prior.is_none() || rotates && !is_uncertain {
        plan.set("ready_for_renewal", &false)
    } else if is_uncertain
        || plan.changed("validity_days")?
        || plan.changed("early_renewal_days")?
    {
        plan.set_unknown("ready_for_renewal")
    } else {
        Ok(())
    }
}
