//! Checks whether the server accepts the secret of a token.

use crate::pbs::{ApiToken, Client, Credentials, Result, Secret, TokenId};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex as AsyncMutex;

/// The results of the checks of this run, by token.
#[derive(Default)]
pub(in crate::pbs) struct SecretChecks(Mutex<HashMap<TokenId, Arc<AsyncMutex<Option<Check>>>>>);

/// The last check of a token.
struct Check {
    secret: Secret,
    accepted: bool,
}

impl Client {
    /// Whether the provider checks at each refresh that the secrets in the state work.
    #[must_use]
    pub fn verifies_secrets(&self) -> bool {
        self.shared.config.verify_secrets
    }

    /// Whether the server accepts the secret. To find out, the client sends a request with the
    /// secret. The client remembers the result, and sends at most one such request at a time for
    /// each token.
    ///
    /// The server also rejects the right secret if the token or its user is disabled or has
    /// expired.
    ///
    /// # Errors
    /// The request fails for a reason other than the credentials.
    pub async fn accepts_secret(&self, id: &TokenId, secret: &Secret) -> Result<bool> {
        let last_check = self.shared.secret_checks.0.lock().entry(id.clone()).or_default().clone();
        let mut last_check = last_check.lock().await;
        if let Some(check) = &*last_check
            && check.secret.expose() == secret.expose()
        {
            return Ok(check.accepted);
        }
        let token = ApiToken::new(id.clone(), secret.clone())?;
        let accepted = match self.acting_as(Credentials::ApiToken(token))?.version().await {
            Ok(_) => true,
            Err(error) if error.is_unauthorized() => false,
            Err(error) => return Err(error),
        };
        *last_check = Some(Check { secret: secret.clone(), accepted });
        Ok(accepted)
    }
}
