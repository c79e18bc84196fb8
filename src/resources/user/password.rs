//! Records whether the provider has set the password of a user. The state does not contain
//! passwords, so the resource stores this fact in its private data.

use super::{State, messages};
use crate::pbs::Client;
use serde::{Deserialize, Serialize};
use tf_plugin::{Cx, Field, Plan, Result};

#[derive(Default, Serialize, Deserialize)]
struct Private {
    #[serde(default)]
    password_set: bool,
}

/// Records that the provider has set the password.
pub(super) fn record(cx: &Cx<Client>) {
    // The serialization cannot fail, because the data consists of a name and a truth value.
    cx.keep_private(serde_json::to_vec(&Private { password_set: true }).unwrap_or_default());
}

/// Warns if the configuration contains `password_wo` for an existing user, but the provider has
/// never set a password of the user, and this plan does not set a password. This happens if the
/// user was imported, or if `password_wo` was added after the creation.
pub(super) fn warn_if_never_set(cx: &Cx<Client>, plan: &Plan<'_, State>) -> Result<()> {
    let Some(prior) = &plan.prior else { return Ok(()) };
    let private = serde_json::from_slice::<Private>(&cx.private()).unwrap_or_default();
    if !private.password_set
        && !plan.config().get::<String>("password_wo")?.is_null()
        && plan.get::<i64>("password_wo_version")? == Field::Null
    {
        cx.warn(messages::password_never_set(&prior.user_id));
    }
    Ok(())
}
