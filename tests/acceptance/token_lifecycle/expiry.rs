//! The configured expiration of a token. The tests in `tests/process/clock` move the clock to test
//! what happens over time.

use test_support::cli::{World, every_cli};

use super::{TOKEN, applied, configuration, plan_warnings, token};

/// The expiration of the token on the server, in seconds since 1970; 0 if it never expires.
fn expiration(world: &World) -> i64 {
    let object = world.api.get(&world.names.insert_into("/access/users/<user>/token/<token>"));
    object["expire"].as_i64().unwrap_or(0)
}

#[test]
fn the_same_expiration_date_in_another_form_is_no_change() {
    every_cli(|world| {
        let first = "2099-12-31T23:59:59+01:00";
        let workspace = applied(world, &token(&format!("expiration_date = \"{first}\"")));
        for other in
            ["2099-12-31T22:59:59Z", "2099-12-31t17:29:59-05:30", "2099-12-31T22:59:59+00:00"]
        {
            workspace
                .write(&configuration(world, &token(&format!("expiration_date = \"{other}\""))));
            workspace.assert_plan_is_empty();
        }
        workspace.write(&configuration(
            world,
            &token("expiration_date = \"2099-12-31T22:59:59Z\"\n comment = \"edited\""),
        ));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.state(TOKEN)["expiration_date"], first);
    });
}

#[test]
fn a_token_with_a_missing_or_blank_date_never_expires() {
    every_cli(|world| {
        let workspace = applied(world, &token("expiration_date = \"2099-01-01T00:00:00Z\""));
        assert_eq!(expiration(world), 4_070_908_800);
        for never in ["", "expiration_date = null", "expiration_date = \"\""] {
            workspace.write(&configuration(world, &token(never)));
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!(expiration(world), 0, "{never}");
        }
        // An expiration that was set outside of Terraform is removed.
        world.api.put(
            &world.names.insert_into("/access/users/<user>/token/<token>"),
            &[("expire", "4070908800")],
        );
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), super::names(&["expiration_date"]), "{plan}");
        workspace.apply();
        assert_eq!(expiration(world), 0);
    });
}

#[test]
fn a_blank_date_of_a_user_means_no_expiration() {
    every_cli(|world| {
        let user = |arguments: &str| {
            format!(
                "resource \"pbs_user\" \"it\" {{\n user_id = \"<token>@pbs\"\n {arguments}\n}}\n"
            )
        };
        let workspace = applied(world, &user("expiration_date = \"\"\n comment = \"\""));
        workspace.write(&configuration(world, &user("expiration_date = \"2099-01-01T00:00:00Z\"")));
        workspace.apply();
        workspace.write(&configuration(world, &user("expiration_date = \"\"")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        let object = world.api.get(&world.names.insert_into("/access/users/<token>@pbs"));
        assert_eq!(object["expire"].as_i64().unwrap_or(0), 0);
    });
}

#[test]
fn a_warning_about_a_date_in_the_past_is_not_repeated_after_the_apply() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace
            .write(&configuration(world, &token("expiration_date = \"2001-01-01T00:00:00Z\"")));
        let warnings = plan_warnings(&workspace);
        assert!(warnings.iter().any(|text| text.contains("in the past")), "{warnings:?}");
        workspace.apply();
        let warnings = plan_warnings(&workspace);
        assert!(warnings.is_empty(), "the warning is repeated: {warnings:?}");
    });
}

#[test]
fn conflicting_or_invalid_arguments_for_the_expiration_are_refused() {
    every_cli(|world| {
        let workspace = world.workspace();
        for (arguments, attribute) in [
            ("expiration_date = \"2099-01-01T00:00:00Z\"\n validity_days = 3", "validity_days"),
            ("early_renewal_days = 3", "early_renewal_days"),
            ("validity_days = 3\n early_renewal_days = 3", "early_renewal_days"),
            ("validity_days = 0", "validity_days"),
        ] {
            workspace.write(&configuration(world, &token(arguments)));
            let errors = workspace.run(&["plan", "-json"]).errors();
            assert!(errors.iter().any(|error| error.points_at(attribute)), "{}", errors[0]);
        }
    });
}

#[test]
fn a_blank_date_together_with_validity_days_means_that_no_date_is_set() {
    every_cli(|world| {
        let day = 24 * 60 * 60;
        let blank = |arguments: &str| token(&format!("expiration_date = \"\"\n {arguments}"));
        let workspace = applied(world, &blank("validity_days = 3"));
        let first = expiration(world);
        assert!(first > 0, "the token expires");
        workspace.write(&configuration(world, &blank("validity_days = 4")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(expiration(world) - first, day);

        // A date that was set outside of Terraform is replaced.
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        world.api.put(&url, &[("expire", "4070908800")]);
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(expiration(world) - first, day);

        let rotated = "validity_days = 4\n rotation_triggers = { n = \"1\" }";
        workspace.write(&configuration(world, &blank(rotated)));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert!(expiration(world) >= first + day);
        workspace.write(&configuration(world, &blank("")));
        workspace.apply();
        assert_eq!(expiration(world), 0);
    });
}

/// PBS accepts every time up to 2^63-1 seconds.
#[test]
fn every_expiration_date_that_pbs_accepts_is_applied_shown_and_imported() {
    every_cli(|world| {
        let url = world.names.insert_into("/access/users/<user>/token/<token>");
        for (date, shown, seconds) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", 253_402_300_799),
            ("2030-01-31T12:00:00.000Z", "2030-01-31T12:00:00Z", 1_896_091_200),
            ("+292277026596-12-04T15:30:07Z", "+292277026596-12-04T15:30:07Z", i64::MAX),
        ] {
            let configured = configuration(world, &token(&format!("expiration_date = \"{date}\"")));
            let workspace = world.workspace();
            workspace.write(&configured);
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!(expiration(world), seconds, "{date}");
            assert_eq!(workspace.state(TOKEN)["expiration_date"], date);

            let data = r#"
                data "pbs_api_token" "it" {
                  user_id    = "<user>"
                  token_name = "<token>"
                }
                output "date" {
                  value = data.pbs_api_token.it.expiration_date
                }
            "#;
            let reader = world.workspace();
            reader.write(&configuration(world, data));
            reader.apply();
            let output = reader.run(&["output", "-json"]).succeeded().json();
            assert_eq!(output["date"]["value"], shown);

            let importer = world.workspace();
            importer.write(&configured);
            importer
                .run(&["import", TOKEN, &world.names.insert_into("<user>!<token>")])
                .succeeded();
            assert_eq!(importer.state(TOKEN)["expiration_date"], shown);
            importer.assert_plan_is_empty();
            world.api.delete(&url);
        }
    });
}
