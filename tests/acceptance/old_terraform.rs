//! Terraform versions that lack a feature. If a configuration uses the feature, Terraform reports
//! an error. If a configuration does not use the feature, it works.

use test_support::cli::REQUIRED_PROVIDERS;
use xtask::release::Feature;

use crate::features::every_cli_without;

#[test]
fn a_write_only_password_is_an_error_that_names_the_needed_version() {
    every_cli_without(Feature::WriteOnly, |world| {
        let workspace = world.workspace();
        let user = |arguments: &str| {
            let text = format!(
                "resource \"pbs_user\" \"it\" {{\n  user_id = \"<token>-new@pbs\"\n{arguments}\n}}\n"
            );
            format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&text))
        };
        let before = world.requests();
        workspace.write(&user("  password_wo = \"MARKER-Passw0rd\""));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].points_at("password_wo"), "{}", errors[0]);
        let text = errors[0].text();
        assert!(text.contains("1.11") && text.contains("Write-only"), "{text}");
        assert!(!text.contains("MARKER"), "the error shows the password");
        assert_eq!(world.requests(), before, "a request was sent");

        // A user without a password works.
        workspace.write(&user(""));
        workspace.apply();
        workspace.assert_plan_is_empty();
        workspace.destroy();
    });
}

#[test]
fn an_ephemeral_token_is_an_error() {
    every_cli_without(Feature::Ephemeral, |world| {
        let workspace = world.workspace();
        workspace.write(&format!(
            "{REQUIRED_PROVIDERS}ephemeral \"pbs_api_token\" \"it\" {{\n  user_id = \"a@pbs\"\n}}\n"
        ));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors[0].text().contains("\"ephemeral\""), "{}", errors[0]);
    });
}

#[test]
fn an_import_by_identity_is_an_error_and_an_import_by_id_works() {
    every_cli_without(Feature::Identity, |world| {
        let workspace = world.workspace();
        let user = world.names.insert_into("<user>");
        let import = |argument: &str| {
            format!(
                "{REQUIRED_PROVIDERS}resource \"pbs_user\" \"it\" {{\n  user_id = \"{user}\"\n}}\nimport {{\n  to = pbs_user.it\n  {argument}\n}}\n"
            )
        };
        workspace.write(&import(&format!("identity = {{ user_id = \"{user}\" }}")));
        let errors = workspace.run(&["plan", "-json"]).errors();
        assert!(errors.iter().any(|it| it.text().contains("\"identity\"")), "{}", errors[0]);
        workspace.write(&import(&format!("id = \"{user}\"")));
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn actions_and_queries_are_not_available_and_send_no_request() {
    every_cli_without(Feature::QueryAndActions, |world| {
        let workspace = world.workspace();
        workspace.write(&format!(
        "{REQUIRED_PROVIDERS}action \"pbs_change_owner\" \"it\" {{\n  config {{\n    datastore = \"store1\"\n    new_owner = \"a@pbs\"\n    all       = true\n  }}\n}}\n"
    ));
        let before = world.requests();
        // Terraform 1.13 ignores the `action` block, so the first apply succeeds. Older versions
        // refuse the block. In both cases the provider must send no request.
        workspace.run(&["apply", "-auto-approve"]);
        workspace.run(&["apply", "-auto-approve", "-invoke=action.pbs_change_owner.it"]).failed();
        workspace.run(&["query"]).failed();
        assert_eq!(world.requests(), before, "a request was sent");
    });
}

#[test]
fn a_function_is_an_error_and_a_data_source_works() {
    every_cli_without(Feature::Functions, |world| {
        let workspace = world.workspace();
        workspace.write(&format!(
            "{REQUIRED_PROVIDERS}output \"it\" {{\n  value = provider::pbs::token_id(\"a@pbs\", \"t\")\n}}\n"
        ));
        workspace.run(&["plan"]).failed();
        workspace.write(&format!("{REQUIRED_PROVIDERS}data \"pbs_version\" \"it\" {{}}\n"));
        workspace.apply();
        workspace.assert_plan_is_empty();
    });
}
