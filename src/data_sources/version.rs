//! `pbs_version`: which PBS the server is.

use crate::pbs::Client;
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Result, Schema};

pub(crate) struct Version;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    version: Option<String>,
    release: Option<String>,
}

impl DataSource<Client> for Version {
    const NAME: &'static str = "version";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "The version of the server. Everybody who can log in may read it.",
            [
                Attribute::string("version", "The version, such as `4.2`.").computed(),
                Attribute::string("release", "The release of that version, such as `3`.")
                    .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let version = cx.client()?.version().await?;
        Ok(State {
            version: Some(format!("{}.{}", version.major, version.minor)),
            release: Some(version.release.to_string()),
        })
    }
}
