//! The example `fleet`: the same objects on several servers. Terraform needs a provider block for
//! each server. OpenTofu has `for_each` in provider blocks.

use std::path::Path;

use pbs_sim::{Settings, Simulator};
use serde_json::json;
use test_support::cli::{Api, Workspace, World};
use xtask::release::{Product, Version};

use super::{copy, every_simulator, outputs};

/// The first OpenTofu with `for_each` in provider blocks.
const FIRST: Version = Version(1, 9, 0);

#[test]
fn the_example_for_a_fleet_creates_a_token_on_each_server() {
    every_simulator(None, &[], |world, _| {
        let is_tofu = world.cli.product == Product::OpenTofu;
        if is_tofu && world.cli.version < FIRST {
            eprintln!(
                "left out with {}: this test is not run, because it needs OpenTofu {FIRST}",
                world.cli
            );
            return;
        }
        let servers = [(); 2].map(|()| Simulator::start(Settings::default()));
        let mut workspace = workspace(world, if is_tofu { "opentofu" } else { "terraform" });
        set_servers(&mut workspace, &servers, true);
        workspace.run(&["get"]).succeeded();
        workspace.apply();
        workspace.assert_plan_is_empty();

        let tokens = outputs(&workspace)["api_tokens"]["value"].take();
        assert!(tokens["berlin"] != tokens["paris"], "the servers have the same secret");
        for (name, server) in ["berlin", "paris"].iter().zip(&servers) {
            let token = tokens[name].as_str().expect("a token");
            let api = Api::new(&server.endpoint(), server.fingerprint(), token);
            let shown = api.get("/access/permissions?path=/datastore");
            assert_eq!(shown["/datastore"], json!({ "Datastore.Audit": true }), "{name}");
        }
        let has_user =
            |server: &Simulator| server.world(|world| world.users().contains_key("monitor@pbs"));
        if is_tofu {
            set_servers(&mut workspace, &servers, false);
            workspace.apply();
            assert_eq!(servers.each_ref().map(has_user), [true, false], "paris is not managed");
        }
        workspace.destroy();
        assert_eq!(servers.each_ref().map(has_user), [false, false]);
    });
}

/// The example with the module beside it. The environment names no server.
fn workspace(world: &World, product: &str) -> Workspace {
    let mut workspace = world.workspace();
    for variable in ["PBS_ENDPOINT", "PBS_FINGERPRINT", "PBS_API_TOKEN"] {
        workspace.set_env(variable, "");
    }
    copy(&Path::new("examples/fleet").join(product), &workspace.directory(), &[]);
    let beside = workspace.directory().join("../server");
    copy(Path::new("examples/fleet/server"), &beside, &[]);
    workspace
}

fn set_servers(workspace: &mut Workspace, servers: &[Simulator; 2], paris_is_managed: bool) {
    let server = |server: &Simulator, managed: bool| {
        json!({
            "endpoint": server.endpoint(),
            "fingerprint": server.fingerprint(),
            "managed": managed,
        })
    };
    let [berlin, paris] = servers;
    let servers =
        json!({ "berlin": server(berlin, true), "paris": server(paris, paris_is_managed) });
    let tokens = json!({ "berlin": berlin.admin_token(), "paris": paris.admin_token() });
    workspace.set_env("TF_VAR_servers", &servers.to_string());
    workspace.set_env("TF_VAR_api_tokens", &tokens.to_string());
}
