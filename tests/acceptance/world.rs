//! A server for one test: a simulator of its own, or a corner of a real server.
//!
//! With `PBS_TEST_ENDPOINT`, `PBS_TEST_FINGERPRINT` and `PBS_TEST_API_TOKEN` (role Admin on `/`) set, the suite runs against that
//! server. Every name a test uses there begins with a fresh prefix, and whatever bears the prefix is removed at the end.
//! What only a simulator can be made to do asks for [`World::simulator`] and is left out there, by name.

use std::env;

use pbs_sim::{Settings, Simulator};
use serde_json::{Value, json};
use xtask::cli::Cli;

use crate::{api::Api, terraform::Workspace};

pub(crate) struct World {
    pub(crate) cli: Cli,
    pub(crate) names: Names,
    pub(crate) api: Api,
    simulator: Option<Simulator>,
    credentials: Credentials,
}

/// The server, and the administrator's token.
struct Credentials {
    endpoint: String,
    fingerprint: String,
    api_token: String,
}

impl World {
    /// The server has the two users of [`Names`], and nothing else that bears their prefix.
    pub(crate) fn new(cli: &Cli) -> Self {
        Self::with(cli, Settings::default())
    }

    /// The same, where the simulator is one with these settings.
    pub(crate) fn with(cli: &Cli, settings: Settings) -> Self {
        let real = Credentials::of_a_real_server();
        let simulator = real.is_none().then(|| Simulator::start(settings));
        let credentials = match (real, &simulator) {
            (Some(real), _) => real,
            (None, Some(simulator)) => Credentials::of_simulator(simulator),
            (None, None) => unreachable!("it is one or the other"),
        };
        let names = if simulator.is_some() { Names::fixed() } else { Names::fresh() };
        let api = Api::new(&credentials.endpoint, &credentials.fingerprint, &credentials.api_token);
        let world = Self { cli: cli.clone(), names, api, simulator, credentials };
        for user in ["<user>", "<other>"] {
            world.api.post("/access/users", &[("userid", &world.names.fill(user))]);
        }
        world
    }

    /// A directory in which the provider is told to use this server as the administrator.
    pub(crate) fn workspace(&self) -> Workspace {
        self.workspace_of(&self.cli)
    }

    /// The same with another Terraform.
    pub(crate) fn workspace_of(&self, cli: &Cli) -> Workspace {
        let mut workspace = Workspace::new(cli);
        workspace.set("PBS_ENDPOINT", &self.credentials.endpoint);
        workspace.set("PBS_FINGERPRINT", &self.credentials.fingerprint);
        workspace.set("PBS_API_TOKEN", &self.credentials.api_token);
        workspace
    }

    /// The simulator; without one, says what is left out against a real server.
    pub(crate) fn simulator(&self, what: &str) -> Option<&Simulator> {
        if self.simulator.is_none() {
            eprintln!("left out against a real server: {what}");
        }
        self.simulator.as_ref()
    }

    /// The API as the owner of this token sees it; `id:secret`.
    pub(crate) fn api_as(&self, token: &str) -> Api {
        Api::new(&self.credentials.endpoint, &self.credentials.fingerprint, token)
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.credentials.endpoint
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.credentials.fingerprint
    }

    /// How many requests the server has got; always 0 where nobody counts.
    pub(crate) fn requests(&self) -> usize {
        self.simulator.as_ref().map_or(0, |simulator| simulator.requests().len())
    }

    /// The end of the server's log, for a failing test to print.
    pub(crate) fn last_requests(&self) -> String {
        let requests = self.simulator.as_ref().map(Simulator::requests).unwrap_or_default();
        let last = requests.iter().rev().take(15).rev().map(|request| {
            let status =
                request.status.map_or_else(|| "dropped".into(), |status| status.to_string());
            format!("\n  {} {} -> {status}", request.method, request.path)
        });
        format!("The server's last requests:{}", last.collect::<String>())
    }

    /// A token of the user without any rights: `id:secret`.
    pub(crate) fn powerless_token(&self) -> String {
        let user = self.names.fill("<other>");
        let answer = self.api.post(
            &format!("/access/users/{user}/token/powerless"),
            &[("comment", "has no rights")],
        );
        let part =
            |name: &str| answer[name].as_str().expect("PBS answers with id and secret").to_owned();
        format!("{}:{}", part("tokenid"), part("value"))
    }

    /// Everything on the server that bears the prefix: users with their tokens, and ACL entries.
    pub(crate) fn owned(&self) -> Value {
        let mut users = self.own(self.api.get("/access/users?include_tokens=1"), "userid");
        for user in &mut users {
            if let Some(tokens) = user["tokens"].as_array_mut() {
                tokens.sort_by_key(Value::to_string);
            }
        }
        json!({ "users": users, "acl": self.own(self.api.get("/access/acl"), "ugid") })
    }

    fn own(&self, list: Value, id: &str) -> Vec<Value> {
        let Value::Array(mut list) = list else { panic!("a list was expected") };
        list.retain(|it| it[id].as_str().is_some_and(|id| id.starts_with(&self.names.prefix)));
        list.sort_by_key(Value::to_string);
        list
    }

    /// Removes everything that bears the prefix.
    pub(crate) fn clean_up(&self) {
        for entry in self.own(self.api.get("/access/acl"), "ugid") {
            let [path, id, role] =
                ["path", "ugid", "roleid"].map(|name| entry[name].as_str().unwrap_or_default());
            self.api.put(
                "/access/acl",
                &[("path", path), ("auth-id", id), ("role", role), ("delete", "1")],
            );
        }
        for user in self.own(self.api.get("/access/users"), "userid") {
            self.api
                .delete(&format!("/access/users/{}", user["userid"].as_str().unwrap_or_default()));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.simulator.is_none() {
            self.clean_up();
        }
    }
}

impl Credentials {
    fn of_a_real_server() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = variable("PBS_TEST_ENDPOINT")?;
        let needed = |name: &str| {
            variable(name)
                .unwrap_or_else(|| panic!("PBS_TEST_ENDPOINT is set, so {name} is needed too"))
        };
        Some(Self {
            endpoint,
            fingerprint: needed("PBS_TEST_FINGERPRINT"),
            api_token: needed("PBS_TEST_API_TOKEN"),
        })
    }

    fn of_simulator(simulator: &Simulator) -> Self {
        Self {
            endpoint: simulator.endpoint(),
            fingerprint: simulator.fingerprint().to_string(),
            api_token: simulator.admin_token().to_string(),
        }
    }
}

/// What a test's objects are called. `<user>`, `<other>`, `<token>` and `<path>` stand for them in the tables.
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    fn fixed() -> Self {
        Self { prefix: "acc".into() }
    }

    /// Random enough that two runs do not meet on one server.
    fn fresh() -> Self {
        let name = tempfile::Builder::new()
            .prefix("acc")
            .rand_bytes(8)
            .tempdir()
            .expect("a temporary directory");
        let prefix = name.path().file_name().expect("it was given a name");
        Self { prefix: prefix.to_string_lossy().into_owned() }
    }

    /// The text with the names in their places.
    pub(crate) fn fill(&self, text: &str) -> String {
        let prefix = &self.prefix;
        text.replace("<user>", &format!("{prefix}-user@pbs"))
            .replace("<other>", &format!("{prefix}-other@pbs"))
            .replace("<token>", &format!("{prefix}-token"))
            .replace("<path>", &format!("/datastore/{prefix}"))
    }
}
