//! The operations that give a token a secret. They run on a current PBS, and on an old PBS that
//! cannot replace the secret of an existing token.

use pbs_sim::Version;
use serde_json::{Value as Json, json};

use crate::scenario::{Before, DEFAULTS, Operation, OwnFault, Scenario};

/// The token of all scenarios.
pub(crate) const TOKEN: &str = "owner@pbs!ci";
pub(crate) const TOKEN_PATH: &str = "/access/users/owner@pbs/token/ci";

/// PBS 3.3 is the last minor version that cannot replace the secret of a token.
const OLD: Version = Version(3, 3, 0);

const SECRET_SCENARIO: Scenario =
    Scenario { type_name: "pbs_api_token", needs_secret: Some(TOKEN), ..DEFAULTS };

const LOST_CREATION: Option<OwnFault> =
    Some(OwnFault { method: "POST", path: TOKEN_PATH, times: 1 });
const LOST_ROTATION: Option<OwnFault> =
    Some(OwnFault { method: "PUT", path: TOKEN_PATH, times: 1 });

fn token(mut arguments: Json) -> Json {
    arguments["user_id"] = json!("owner@pbs");
    arguments["token_name"] = json!("ci");
    arguments
}

fn first_generation() -> Json {
    token(json!({ "rotation_triggers": { "n": "1" } }))
}

pub(crate) static SECRETS: &[Scenario] = &[
    Scenario {
        name: "create",
        operation: Operation::Apply(&|| {
            token(json!({ "comment": "nightly", "validity_days": 30 }))
        }),
        ..SECRET_SCENARIO
    },
    Scenario {
        name: "create with a lost response",
        own_fault: LOST_CREATION,
        operation: Operation::Apply(&|| token(json!({ "comment": "nightly" }))),
        ..SECRET_SCENARIO
    },
    Scenario {
        name: "create with a lost response, PBS 3.3",
        version: Some(OLD),
        own_fault: LOST_CREATION,
        operation: Operation::Apply(&|| token(json!({ "comment": "nightly" }))),
        ..SECRET_SCENARIO
    },
    Scenario {
        name: "rotate",
        before: Before::Applied(&first_generation),
        operation: Operation::Apply(&|| {
            token(json!({
                "comment": "rotated", "validity_days": 30, "rotation_triggers": { "n": "2" },
            }))
        }),
        ..SECRET_SCENARIO
    },
    Scenario {
        name: "rotate with a lost response",
        before: Before::Applied(&first_generation),
        own_fault: LOST_ROTATION,
        operation: Operation::Apply(&|| token(json!({ "rotation_triggers": { "n": "2" } }))),
        ..SECRET_SCENARIO
    },
    Scenario {
        name: "rotate after an import",
        before: Before::Imported(&first_generation, TOKEN),
        operation: Operation::Apply(&|| token(json!({ "rotation_triggers": { "n": "1" } }))),
        ..SECRET_SCENARIO
    },
];
