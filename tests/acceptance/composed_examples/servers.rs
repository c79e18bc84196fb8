//! Configurations with two servers, each with its own provider block. The secret of one server is
//! never sent to the other server.

use pbs_sim::{Settings, Simulator};
use serde_json::json;
use test_support::cli::{Api, REQUIRED_PROVIDERS};

use super::{every_simulator, example, outputs, privileges, text};

#[test]
fn the_example_for_several_servers_creates_a_token_on_each_server() {
    every_simulator(None, &[], |world, _| {
        let offsite = Simulator::start(Settings::default());
        let mut workspace = example(world, "several-servers", &[]);
        for (name, value) in [
            ("TF_VAR_offsite_endpoint", offsite.endpoint().as_str()),
            ("TF_VAR_offsite_api_token", offsite.admin_token()),
            ("TF_VAR_offsite_fingerprint", offsite.fingerprint()),
        ] {
            workspace.set_env(name, value);
        }
        workspace.apply();
        workspace.assert_plan_is_empty();
        let outputs = outputs(&workspace);
        let [main, other] = ["main_secret", "offsite_secret"]
            .map(|output| format!("monitor@pbs!prometheus:{}", text(&outputs, output)));
        assert!(main != other, "the two servers have the same secret");
        let expected = json!({ "Datastore.Audit": true });
        assert_eq!(privileges(world, &main, "/datastore"), expected);
        let other = Api::new(&offsite.endpoint(), offsite.fingerprint(), &other);
        let shown = other.get("/access/permissions?path=/datastore");
        assert_eq!(shown["/datastore"], expected);
        workspace.destroy();
    });
}

#[test]
fn the_secret_of_the_server_in_the_environment_is_not_sent_to_another_server() {
    every_simulator(None, &[], |world, main| {
        let other = Simulator::start(Settings::default());
        let workspace = world.workspace();
        let plan = |arguments: &str| {
            let endpoint = other.endpoint();
            workspace.write(&format!(
                "{REQUIRED_PROVIDERS}provider \"pbs\" {{\n alias = \"other\"\n endpoint = \"{endpoint}\"\n {arguments}\n}}\n\
                 data \"pbs_version\" \"main\" {{}}\n\
                 data \"pbs_version\" \"other\" {{\n provider = pbs.other\n}}\n"
            ));
            workspace.run(&["plan", "-json"])
        };
        let pinned = format!("fingerprint = \"{}\"", other.fingerprint());
        let token = format!("api_token = \"{}\"", other.admin_token());
        for (arguments, expected) in [
            (pinned.as_str(), "The provider has no credential"),
            ("insecure = true", "The provider has no credential"),
            ("insecure = true\n username = \"root@pam\"", "The provider's argument `password`"),
            (token.as_str(), "The provider does not use `PBS_FINGERPRINT`"),
        ] {
            let outcome = plan(arguments);
            let errors = outcome.diagnostics().into_iter().map(|diagnostic| diagnostic.text());
            let error = errors.filter(|text| text.contains(expected)).collect::<String>();
            assert!(outcome.code == Some(1) && !error.is_empty(), "{arguments}:\n{outcome}");
            for endpoint in [main.endpoint(), other.endpoint()] {
                assert!(error.contains(&endpoint), "{arguments}: {error}");
            }
            assert_eq!(other.requests().len(), 0, "{arguments}: a request was sent");
        }
        plan(&format!("{pinned}\n {token}")).succeeded();
        assert!(!other.requests().is_empty() && !main.requests().is_empty());
    });
}
