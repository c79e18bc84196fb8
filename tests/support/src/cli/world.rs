//! The server of one test. The server is either a simulator that only this test uses, or a real
//! server. On a real server, the names of the test's objects have a prefix that only this test
//! uses.
//!
//! If `PBS_TEST_ENDPOINT`, `PBS_TEST_FINGERPRINT` and `PBS_TEST_API_TOKEN` (role Admin on `/`) are
//! set, the tests run against this real server. All names that a test uses on this server begin
//! with a random prefix. Every object with that prefix is deleted at the end. A check that needs
//! the simulator calls [`World::simulator`]. Against a real server, this method prints that the
//! check is skipped.

use std::{collections::BTreeSet, env};

use pbs_sim::{Settings, Simulator};
use serde_json::{Value, json};
use xtask::cli::Cli;

use super::{Api, REQUIRED_PROVIDERS, Workspace};

/// A server for one test, and the Terraform that the test runs.
pub struct World {
    /// The Terraform or OpenTofu program that the test runs.
    pub cli: Cli,
    /// The names of the test's objects on the server.
    pub names: Names,
    /// The API, with the administrator's token.
    pub api: Api,
    simulator: Option<Simulator>,
    credentials: Credentials,
}

/// The address of the server, and the administrator's token.
struct Credentials {
    endpoint: String,
    fingerprint: String,
    api_token: String,
}

/// Collections of configuration objects. Each entry has the path of the collection below `/config`,
/// the query of the list, the property that contains the id of an object, and the query of a
/// deletion. A collection comes before the collections to which its objects can refer, so that no
/// object is deleted while another object refers to it.
const CONFIGURATION: [(&str, &str, &str, &str); 14] = [
    ("notifications/matchers", "", "name", ""),
    ("notifications/endpoints/gotify", "", "name", ""),
    ("notifications/endpoints/sendmail", "", "name", ""),
    ("notifications/endpoints/smtp", "", "name", ""),
    ("notifications/endpoints/webhook", "", "name", ""),
    ("prune", "", "id", ""),
    ("verify", "", "id", ""),
    ("sync", "?sync-direction=all", "id", ""),
    ("remote", "", "name", ""),
    ("traffic-control", "", "name", ""),
    ("metrics/influxdb-http", "", "name", ""),
    ("metrics/influxdb-udp", "", "name", ""),
    ("datastore", "", "name", "?destroy-data=1"),
    ("s3", "", "id", ""),
];

impl World {
    /// A server with the two users of [`Names`]. No other object on the server has the prefix of
    /// the test. A simulator also has the datastore of `<path>`. A real server does not have this
    /// datastore.
    pub fn new(cli: &Cli) -> Self {
        Self::with(cli, Settings::default())
    }

    /// Like [`Self::new`]. If the server is a simulator, it has these settings.
    pub fn with(cli: &Cli, settings: Settings) -> Self {
        let real = Credentials::of_real_server();
        let simulator = real.is_none().then(|| Simulator::start(settings));
        let credentials = match (real, &simulator) {
            (Some(real), _) => real,
            (None, Some(simulator)) => Credentials::of_simulator(simulator),
            (None, None) => unreachable!("without a real server there is a simulator"),
        };
        let names = if simulator.is_some() { Names::fixed() } else { Names::random() };
        let api = Api::new(&credentials.endpoint, &credentials.fingerprint, &credentials.api_token);
        let world = Self { cli: cli.clone(), names, api, simulator, credentials };
        for user in ["<user>", "<other>"] {
            world.api.post("/access/users", &[("userid", &world.names.insert_into(user))]);
        }
        if let Some(simulator) = &world.simulator {
            let path = world.names.insert_into("<path>");
            let datastore = path.trim_start_matches("/datastore/");
            simulator.world(|world| {
                world.datastore_mut(datastore);
            });
        }
        world
    }

    /// A workspace whose environment makes the provider use this server with the administrator's
    /// token.
    pub fn workspace(&self) -> Workspace {
        self.workspace_with_cli(&self.cli)
    }

    /// A workspace of another Terraform, which installs the provider from a mirror. See
    /// [`Workspace::with_mirror`].
    pub fn workspace_with_mirror(&self, cli: &Cli) -> Workspace {
        self.with_environment(Workspace::with_mirror(cli))
    }

    /// Like [`Self::workspace`], with another Terraform.
    pub fn workspace_with_cli(&self, cli: &Cli) -> Workspace {
        self.with_environment(Workspace::new(cli))
    }

    fn with_environment(&self, mut workspace: Workspace) -> Workspace {
        workspace.set_env("PBS_ENDPOINT", &self.credentials.endpoint);
        workspace.set_env("PBS_FINGERPRINT", &self.credentials.fingerprint);
        workspace.set_env("PBS_API_TOKEN", &self.credentials.api_token);
        workspace
    }

    /// The simulator. If the server is a real one, returns `None` and prints that the check is left
    /// out. `needed_for` names what the check needs from the simulator.
    pub fn simulator(&self, needed_for: &str) -> Option<&Simulator> {
        if self.simulator.is_none() {
            eprintln!(
                "left out against a real server: the check needs the simulator for {needed_for}"
            );
        }
        self.simulator.as_ref()
    }

    /// The API with this token, `id:secret`.
    pub fn api_as(&self, token: &str) -> Api {
        Api::new(&self.credentials.endpoint, &self.credentials.fingerprint, token)
    }

    /// The address of the server.
    pub fn endpoint(&self) -> &str {
        &self.credentials.endpoint
    }

    /// The SHA-256 fingerprint of the server's certificate.
    pub fn fingerprint(&self) -> &str {
        &self.credentials.fingerprint
    }

    /// The provider's schemas, as `terraform providers schema -json` prints them.
    pub fn schemas(&self) -> Value {
        let workspace = self.workspace();
        workspace.write(REQUIRED_PROVIDERS);
        let mut schemas = workspace.run(&["providers", "schema", "-json"]).succeeded().json();
        let providers = schemas["provider_schemas"].as_object_mut();
        let provider = providers.and_then(|providers| providers.values_mut().next());
        provider.expect("the configuration requires one provider").take()
    }

    /// The names of the provider's types of one kind. `kind` is a field of [`Self::schemas`], such
    /// as `resource_schemas`.
    pub fn types(&self, kind: &str) -> BTreeSet<String> {
        let schemas = self.schemas();
        schemas[kind].as_object().into_iter().flat_map(|types| types.keys().cloned()).collect()
    }

    /// How many requests the simulator has received; always 0 for a real server. Requests for the
    /// version do not count, because the provider sends such a request to check its own
    /// configuration.
    pub fn requests(&self) -> usize {
        let Some(simulator) = &self.simulator else { return 0 };
        simulator.requests().iter().filter(|request| request.path != "/version").count()
    }

    /// The last requests that the simulator has received, for the message of a failing test.
    pub fn last_requests(&self) -> String {
        let requests = self.simulator.as_ref().map(Simulator::requests).unwrap_or_default();
        let last = requests.iter().rev().take(15).rev().map(|request| {
            let status =
                request.status.map_or_else(|| "dropped".into(), |status| status.to_string());
            format!("\n  {} {} -> {status}", request.method, request.path)
        });
        format!("The server's last requests:{}", last.collect::<String>())
    }

    /// Creates the token `powerless` of the user `<other>`. Neither the token nor the user has any
    /// privileges. Returns `id:secret`.
    pub fn powerless_token(&self) -> String {
        let user = self.names.insert_into("<other>");
        let response = self.api.post(
            &format!("/access/users/{user}/token/powerless"),
            &[("comment", "has no privileges")],
        );
        let field = |name: &str| {
            response[name].as_str().expect("the response has the id and the secret").to_owned()
        };
        format!("{}:{}", field("tokenid"), field("value"))
    }

    /// The users whose ids begin with the prefix of the test, the tokens of these users, and the
    /// ACL entries of these users and tokens.
    pub fn owned(&self) -> Value {
        let mut users = self.with_prefix(self.api.get("/access/users?include_tokens=1"), "userid");
        for user in &mut users {
            if let Some(tokens) = user["tokens"].as_array_mut() {
                tokens.sort_by_key(Value::to_string);
            }
        }
        json!({ "users": users, "acl": self.with_prefix(self.api.get("/access/acl"), "ugid") })
    }

    fn with_prefix(&self, list: Value, id: &str) -> Vec<Value> {
        let Value::Array(mut list) = list else { panic!("a list was expected") };
        list.retain(|object| object[id].as_str().is_some_and(|id| self.names.belongs_to_test(id)));
        list.sort_by_key(Value::to_string);
        list
    }

    /// Deletes all objects whose ids begin with the prefix of the test.
    pub fn clean_up(&self) {
        for entry in self.with_prefix(self.api.get("/access/acl"), "ugid") {
            let [path, id, role] =
                ["path", "ugid", "roleid"].map(|name| entry[name].as_str().unwrap_or_default());
            self.api.put(
                "/access/acl",
                &[("path", path), ("auth-id", id), ("role", role), ("delete", "1")],
            );
        }
        for user in self.with_prefix(self.api.get("/access/users"), "userid") {
            self.api
                .delete(&format!("/access/users/{}", user["userid"].as_str().unwrap_or_default()));
        }
        for (path, listing, key, deletion) in CONFIGURATION {
            let list = self.api.get_if_known(&format!("/config/{path}{listing}"));
            for object in list.map_or_else(Vec::new, |list| self.with_prefix(list, key)) {
                let id = object[key].as_str().unwrap_or_default();
                self.api.delete(&format!("/config/{path}/{id}{deletion}"));
            }
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
    fn of_real_server() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = variable("PBS_TEST_ENDPOINT")?;
        let required = |name: &str| {
            variable(name)
                .unwrap_or_else(|| panic!("PBS_TEST_ENDPOINT is set, so {name} must be set too"))
        };
        Some(Self {
            endpoint,
            fingerprint: required("PBS_TEST_FINGERPRINT"),
            api_token: required("PBS_TEST_API_TOKEN"),
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

/// The names of a test's objects on the server. The texts of the tests contain placeholders.
/// [`Names::insert_into`] replaces them. `<user>` and `<other>` are the ids of two users. `<token>`
/// is the name of a token. `<path>` is the ACL path of a datastore. `<name>` is the prefix with
/// which all these names begin. The tests derive further names from the placeholders, for example
/// `<token>-new@pbs` for the id of a further user.
pub struct Names {
    prefix: String,
}

impl Names {
    fn fixed() -> Self {
        Self { prefix: "acc".into() }
    }

    /// A random prefix. Because of the prefix, two test runs against one server do not disturb each
    /// other.
    fn random() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("acc")
            .rand_bytes(8)
            .tempdir()
            .expect("a temporary directory");
        let prefix = directory.path().file_name().expect("the directory has a name");
        Self { prefix: prefix.to_string_lossy().into_owned() }
    }

    /// Whether an object with this id belongs to the test.
    pub fn belongs_to_test(&self, id: &str) -> bool {
        id.starts_with(&self.prefix)
    }

    /// The text with names instead of placeholders.
    pub fn insert_into(&self, text: &str) -> String {
        let prefix = &self.prefix;
        text.replace("<user>", &format!("{prefix}-user@pbs"))
            .replace("<other>", &format!("{prefix}-other@pbs"))
            .replace("<token>", &format!("{prefix}-token"))
            .replace("<path>", &format!("/datastore/{prefix}"))
            .replace("<name>", prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::CONFIGURATION;
    use crate::objects::rows;

    #[test]
    fn the_objects_of_every_type_are_deleted_from_a_real_server() {
        for row in rows().iter().filter(|row| !row.is_singleton) {
            let is_listed = CONFIGURATION.iter().any(|(path, ..)| *path == row.kind);
            assert!(is_listed, "add /config/{} to CONFIGURATION", row.kind);
        }
    }
}
