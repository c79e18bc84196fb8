//! Examples of rotation (replacing the secret of a token), and of importing existing objects.

use std::fs;

use serde_json::{Value, json};
use xtask::release::Feature;

use super::{age_secret, credential, every_simulator, example, outputs, privileges, text};

#[test]
fn a_secret_is_rotated_in_the_last_days_of_its_validity() {
    every_simulator(None, &["backup@pbs"], |world, _| {
        let workspace = example(world, "rotation/by-time", &[]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        let secret = || text(&outputs(&workspace), "secret");
        let first = secret();

        // The secret is valid for 90 days. The provider rotates the secret within the last 14 of
        // these days.
        age_secret(world, &workspace, "pbs_api_token.this", "backup@pbs", "renewed", 75);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.this").actions(), ["no-op"], "{plan}");
        age_secret(world, &workspace, "pbs_api_token.this", "backup@pbs", "renewed", 1);
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_api_token.this").actions(), ["update"], "{plan}");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let second = secret();
        assert!(second != first, "the secret has not changed");
        assert!(world.api_as(&format!("backup@pbs!renewed:{second}")).accepts_credential());
    });
}

#[test]
fn overlapping_tokens_keep_the_previous_token_valid_for_one_more_generation() {
    every_simulator(None, &["monitoring@pbs"], |world, _| {
        let workspace = example(world, "rotation/overlapping", &[]);
        let generation = |number: u32| {
            let variable = format!("-var=generation={number}");
            workspace.run(&["apply", "-auto-approve", &variable]).succeeded();
            let plan = workspace.run(&["plan", "-detailed-exitcode", &variable]);
            assert_eq!(plan.code, Some(0), "{plan}");
            credential(&outputs(&workspace))
        };
        let is_accepted = |credential: &str| world.api_as(credential).accepts_credential();
        let first = generation(1);
        let second = generation(2);
        assert!(is_accepted(&first) && is_accepted(&second), "both generations should work");
        assert_eq!(privileges(world, &second, "/datastore"), json!({ "Datastore.Audit": true }));
        let third = generation(3);
        assert!(!is_accepted(&first), "the first generation should have ended");
        assert!(
            is_accepted(&second) && is_accepted(&third),
            "the last two generations should work"
        );
    });
}

#[test]
fn existing_objects_are_listed_and_imported_unchanged() {
    every_simulator(None, &["backup@pbs"], |world, _| {
        let created = world.api.post("/access/users/backup@pbs/token/laptop", &[]);
        let secret = created["value"].as_str().expect("the response has a secret").to_owned();
        for subject in ["backup@pbs", "backup@pbs!laptop"] {
            let grant = [("path", "/datastore/store1"), ("auth-id", subject)];
            world.api.put("/access/acl", &[&grant[..], &[("role", "DatastoreBackup")]].concat());
        }
        let workspace = example(world, "adopt-existing", &[]);
        if world.cli.has(Feature::QueryAndActions) {
            let output = workspace.run(&["query"]).succeeded().stdout;
            for identity in ["user_id=backup@pbs", "token_name=laptop", "auth_id=backup@pbs!laptop"]
            {
                assert!(output.contains(identity), "{identity} was not listed:\n{output}");
            }
        }
        let plan = workspace.plan(&[]);
        for address in ["pbs_user.backup", "pbs_api_token.laptop", "pbs_acl.user", "pbs_acl.token"]
        {
            let change = plan.change(address);
            assert!(change.imports() && change.actions() == ["no-op"], "{address}: {plan}");
        }
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.state("pbs_api_token.laptop")["secret"], Value::Null);
        assert!(world.api_as(&format!("backup@pbs!laptop:{secret}")).accepts_credential());

        // A comment in the example contains the argument that rotates the secret.
        let main = workspace.directory().join("main.tf");
        let text = fs::read_to_string(&main).expect("main.tf");
        let comment = "# rotation_triggers =";
        assert!(text.contains(comment), "the example must say how to get a new secret");
        fs::write(&main, text.replace(comment, &comment[2..])).expect("main.tf");
        workspace.apply();
        workspace.assert_plan_is_empty();
        let state = workspace.state("pbs_api_token.laptop");
        let rotated = state["api_token"].as_str().expect("the state has the new secret");
        assert!(world.api_as(rotated).accepts_credential(), "the new secret does not log in");
        assert!(!world.api_as(&format!("backup@pbs!laptop:{secret}")).accepts_credential());
    });
}
