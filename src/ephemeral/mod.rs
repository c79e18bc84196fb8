//! The ephemeral resources. To add one: its file, its `mod`, its line in `all`.

use crate::pbs::Client;
use std::sync::Arc;
use tf_plugin::{AnyEphemeral, ephemeral};

mod api_token;

/// All of them.
pub fn all() -> Vec<Arc<dyn AnyEphemeral<Client>>> {
    vec![ephemeral::<_, api_token::ApiToken>()]
}
