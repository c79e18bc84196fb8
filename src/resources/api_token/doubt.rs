//! Records whether the secret in the state works. The resource stores this fact in its private
//! data, because Terraform keeps private data with the state, and does not display private data.
//!
//! After a failed rotation, the secret in the state may no longer work. The next refresh then logs
//! in with the secret, and stores whether the login succeeded. If the secret does not work, the
//! plan contains a new secret.

use super::{State, window};
use crate::pbs::{self, Client, Token, TokenId};
use serde::{Deserialize, Serialize};
use tf_plugin::{Cx, Result};

/// The private data of a token.
#[derive(Default, Serialize, Deserialize)]
struct Private {
    #[serde(default)]
    secret: Validity,
}

/// Whether the secret in the state works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Validity {
    /// The server has issued the secret, and nothing suggests that it was replaced.
    #[default]
    Valid,
    /// A request may have replaced the secret. Until the given Unix time in seconds, the server may
    /// still carry out the request.
    Doubtful(i64),
    /// The server rejects the secret.
    Invalid,
}

impl Validity {
    /// The stored validity. `Valid` if there is no private data, for example after an import.
    pub(super) fn stored(cx: &Cx<Client>) -> Self {
        serde_json::from_slice::<Private>(&cx.private()).unwrap_or_default().secret
    }

    /// Stores the validity.
    pub(super) fn store(self, cx: &Cx<Client>) {
        // The serialization cannot fail, because the data consists of numbers and names.
        let private = serde_json::to_vec(&Private { secret: self });
        cx.keep_private(private.unwrap_or_default());
    }

    /// The validity after a failed request to replace the secret.
    pub(super) fn after_failed_rotation(cx: &Cx<Client>, pbs: &Client, id: &TokenId) -> Self {
        let now = window::whole_second(cx.now()).map_or(0, pbs::Moment::unix);
        let until = pbs.may_be_carried_out_until(id).map_or(now, |until| until.as_second() + 1);
        Self::Doubtful(until)
    }
}

/// Finds out whether the secret in the state works. For this check, the provider logs in once with
/// the secret. Without `verify_secrets`, only a doubtful secret is checked. Returns the stored
/// validity if there was no login, or if the login failed for another reason than the secret.
pub(super) async fn verify(cx: &Cx<Client>, state: &State, token: &Token) -> Result<Validity> {
    let (pbs, validity) = (cx.client()?, Validity::stored(cx));
    let Some(secret) = &state.secret else { return Ok(validity) };
    let needs_check = match validity {
        Validity::Doubtful(until) => pbs.wait_for_earlier_run(until).await,
        Validity::Valid => pbs.verifies_secrets(),
        Validity::Invalid => false,
    };
    if !needs_check {
        return Ok(validity);
    }
    match pbs.accepts_secret(&token.id, secret).await {
        Ok(true) => Ok(Validity::Valid),
        Ok(false) if can_log_in(cx, pbs, token).await => Ok(Validity::Invalid),
        Ok(false) | Err(_) => Ok(validity),
    }
}

/// Whether the token could log in with the right secret. A disabled or expired token cannot log in
/// with any secret.
async fn can_log_in(cx: &Cx<Client>, pbs: &Client, token: &Token) -> bool {
    let Some(now) = window::whole_second(cx.now()).map(pbs::Moment::unix) else { return false };
    let usable = |enabled: bool, expire: Option<i64>| enabled && expire.is_none_or(|end| now < end);
    usable(token.enabled, token.expire)
        && matches!(pbs.user(token.id.user()).await,
            Ok(Some(user)) if usable(user.enabled, user.expire))
}
