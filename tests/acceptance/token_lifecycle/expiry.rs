//! When a token ends: as somebody wrote it, or never. What time itself does is tested with a moved clock, in `tests/clock`.

use test_support::cli::{World, every_cli};

use super::{TOKEN, applied, plan_warnings, token, written};

fn end(world: &World) -> i64 {
    let listed = world.api.get(&world.names.fill("/access/users/<user>/token/<token>"));
    listed["expire"].as_i64().unwrap_or(0)
}

#[test]
fn the_same_moment_in_another_form_is_no_change_and_keeps_its_form() {
    every_cli(|world| {
        let first = "2099-12-31T23:59:59+01:00";
        let workspace = applied(world, &token(&format!("expiration_date = \"{first}\"")));
        for other in
            ["2099-12-31T22:59:59Z", "2099-12-31t17:29:59-05:30", "2099-12-31T22:59:59+00:00"]
        {
            workspace.write(&written(world, &token(&format!("expiration_date = \"{other}\""))));
            workspace.assert_plan_is_empty();
        }
        workspace.write(&written(
            world,
            &token("expiration_date = \"2099-12-31T22:59:59Z\"\n comment = \"edited\""),
        ));
        workspace.apply();
        workspace.assert_plan_is_empty();
        assert_eq!(workspace.state(TOKEN)["expiration_date"], first);
    });
}

#[test]
fn without_a_date_or_with_an_empty_one_it_never_ends() {
    every_cli(|world| {
        let workspace = applied(world, &token("expiration_date = \"2099-01-01T00:00:00Z\""));
        assert_eq!(end(world), 4_070_908_800);
        for never in ["", "expiration_date = null", "expiration_date = \"\""] {
            workspace.write(&written(world, &token(never)));
            workspace.apply();
            workspace.assert_plan_is_empty();
            assert_eq!(end(world), 0, "{never}");
        }
        // Somebody sets one by hand.
        world.api.put(
            &world.names.fill("/access/users/<user>/token/<token>"),
            &[("expire", "4070908800")],
        );
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change(TOKEN).changed(), super::names(&["expiration_date"]), "{plan}");
        workspace.apply();
        assert_eq!(end(world), 0);
    });
}

#[test]
fn an_empty_date_of_a_user_is_none_too() {
    every_cli(|world| {
        let user = |arguments: &str| {
            format!(
                "resource \"pbs_user\" \"it\" {{\n user_id = \"<token>@pbs\"\n {arguments}\n}}\n"
            )
        };
        let workspace = applied(world, &user("expiration_date = \"\"\n comment = \"\""));
        workspace.write(&written(world, &user("expiration_date = \"2099-01-01T00:00:00Z\"")));
        workspace.apply();
        workspace.write(&written(world, &user("expiration_date = \"\"")));
        workspace.apply();
        workspace.assert_plan_is_empty();
        let listed = world.api.get(&world.names.fill("/access/users/<token>@pbs"));
        assert_eq!(listed["expire"].as_i64().unwrap_or(0), 0);
    });
}

#[test]
fn a_date_in_the_past_is_warned_of_where_it_is_set() {
    every_cli(|world| {
        let workspace = world.workspace();
        workspace.write(&written(world, &token("expiration_date = \"2001-01-01T00:00:00Z\"")));
        let warnings = plan_warnings(&workspace);
        assert!(warnings.iter().any(|text| text.contains("has passed")), "{warnings:?}");
        workspace.apply();
        let warnings = plan_warnings(&workspace);
        assert!(warnings.is_empty(), "a standing fact is told again: {warnings:?}");
    });
}

#[test]
fn two_ways_to_end_are_one_too_many() {
    every_cli(|world| {
        let workspace = world.workspace();
        for (arguments, attribute) in [
            ("expiration_date = \"2099-01-01T00:00:00Z\"\n validity_days = 3", "validity_days"),
            ("early_renewal_days = 3", "early_renewal_days"),
            ("validity_days = 3\n early_renewal_days = 3", "early_renewal_days"),
            ("validity_days = 0", "validity_days"),
        ] {
            workspace.write(&written(world, &token(arguments)));
            let errors = workspace.run(&["plan", "-json"]).errors();
            assert!(errors.iter().any(|error| error.points_at(attribute)), "{}", errors[0]);
        }
    });
}
