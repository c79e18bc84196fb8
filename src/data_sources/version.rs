//! `pbs_version`: the version of the server.

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
            "Reads the version of the server.\n\n\
             Privileges on PBS: none. Any valid credential is sufficient.",
            [
                Attribute::string("version", "Version, for example `4.2`.").computed(),
                Attribute::string("release", "Release within the version, for example `3`.")
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
