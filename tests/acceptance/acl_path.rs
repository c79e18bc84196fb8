//! The path of a `pbs_acl`: a path that PBS does not know is rejected by the plan, and a change of
//! the path never leaves the user or token without access.

use pbs_sim::{Fault, FaultKind, Settings};
use test_support::cli::{REQUIRED_PROVIDERS, World, clis, every_cli};

/// A configuration with one grant, for `<user>`.
fn grant(world: &World, path: &str) -> String {
    let resource = format!(
        "resource \"pbs_acl\" \"it\" {{\n path = \"{path}\"\n auth_id = \"<user>\"\n role_id = \
         \"DatastoreReader\"\n}}\n"
    );
    format!("{REQUIRED_PROVIDERS}{}", world.names.insert_into(&resource))
}

#[test]
fn a_change_of_the_path_makes_the_new_grant_effective_before_it_revokes_the_old_one() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the order of requests") else { return };
        let workspace = world.workspace();
        workspace.write(&grant(world, "<path>"));
        workspace.apply();
        workspace.write(&grant(world, "<path>/ns"));
        let plan = workspace.plan(&[]);
        assert_eq!(plan.change("pbs_acl.it").actions(), ["update"], "{plan}");
        simulator.clear_requests();
        workspace.apply();
        let requests = simulator.requests();
        let writes = requests.iter().filter(|it| it.method == "PUT");
        let writes: Vec<_> = writes.map(|it| (it.param("path"), it.param("delete"))).collect();
        let [old, new] = ["<path>", "<path>/ns"].map(|path| world.names.insert_into(path));
        // A request without a path is an empty update of the user, which makes the grants
        // effective.
        let effective = (None, None);
        let revoked = (Some(old.as_str()), Some("true"));
        assert_eq!(writes, [(Some(new.as_str()), None), effective, revoked, effective]);
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_refused_change_of_the_path_keeps_the_old_grant_on_the_server_and_in_the_state() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("a grant that is refused") else { return };
        let workspace = world.workspace();
        workspace.write(&grant(world, "<path>"));
        workspace.apply();
        let before = world.owned();
        workspace.write(&grant(world, "<path>/ns"));
        let refusal = FaultKind::Status(400, "invalid acl path".into());
        simulator.fault(Fault::new("PUT", "/access/acl", refusal));
        workspace.run(&["apply", "-auto-approve"]).failed();
        simulator.clear_faults();
        assert_eq!(world.owned(), before);
        assert_eq!(workspace.state("pbs_acl.it")["path"], world.names.insert_into("<path>"));
        workspace.write(&grant(world, "<path>"));
        workspace.assert_plan_is_empty();
    });
}

#[test]
fn a_failed_change_of_the_path_is_undone_or_completed_by_the_next_apply() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("requests that fail") else { return };
        let mut workspace = world.workspace();
        workspace.set_env("PBS_MAX_RETRIES", "0");
        workspace.write(&grant(world, "<path>"));
        workspace.apply();
        let before = world.owned();
        let [old, new] = ["<path>", "<path>/ns"].map(|path| world.names.insert_into(path));
        let revocation_fault = || {
            let status = FaultKind::Status(400, "out of order".into());
            Fault::new("PUT", "/access/acl", status).skip(1)
        };
        workspace.write(&grant(world, "<path>/ns"));

        // Only the deletion of the old grant fails, so the provider deletes the new grant.
        simulator.fault(revocation_fault().times(1));
        let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
        simulator.clear_faults();
        let text = errors[0].text();
        assert!(text.contains(&format!("keeps the role `DatastoreReader` on {old}")), "{text}");
        assert_eq!(world.owned(), before);

        // The deletion of the new grant fails too. Each of the two solutions that the error names
        // leaves exactly one grant.
        for (path, kept) in [("<path>", &old), ("<path>/ns", &new)] {
            workspace.write(&grant(world, "<path>/ns"));
            simulator.fault(revocation_fault());
            let errors = workspace.run(&["apply", "-auto-approve", "-json"]).errors();
            simulator.clear_faults();
            let text = errors[0].text();
            assert!(text.contains(&format!("{new} in addition to the role")), "{text}");
            assert_eq!(world.owned()["acl"].as_array().map(Vec::len), Some(2));
            workspace.write(&grant(world, path));
            workspace.apply();
            workspace.assert_plan_is_empty();
            let entries = world.owned();
            assert_eq!(entries["acl"].as_array().map(Vec::len), Some(1));
            assert_eq!(entries["acl"][0]["path"], **kept);
        }
    });
}

#[test]
fn the_plan_rejects_a_path_that_pbs_does_not_know_unless_the_server_is_newer() {
    let paths = [
        ("/datastores/x", "/access`, `/datastore`, `/remote`, `/system`, `/tape`"),
        ("/system/network/x", "knows paths below `/system`"),
        ("/datastore/s/1/2/3/4/5/6/7/8", "too many levels"),
    ];
    for cli in clis() {
        for (version, is_newer) in [("3.4.8", false), ("4.2.3", false), ("4.3.0", true)] {
            let version = version.parse().expect("a version");
            let world = World::with(cli, Settings { version, ..Settings::default() });
            let workspace = world.workspace();
            for (path, explanation) in paths {
                workspace.write(&grant(&world, path));
                let outcome = workspace.run(&["plan", "-json"]);
                let outcome = if is_newer { outcome.succeeded() } else { outcome.failed() };
                let shown = outcome.diagnostics();
                let explained = shown.iter().find(|it| it.text().contains(explanation));
                let explained = explained.unwrap_or_else(|| panic!("{path}: no explanation"));
                assert!(explained.points_at("path"), "{path}: {explained}");
                assert_eq!(explained.is_error(), !is_newer, "{path}: {explained}");
            }
            workspace.write(&grant(&world, "/datastore/x/1/2/3/4/5/6/7"));
            workspace.run(&["plan"]).succeeded();
        }
    }
}

#[test]
fn each_plan_reads_the_version_at_most_once() {
    every_cli(|world| {
        let Some(simulator) = world.simulator("the number of requests") else { return };
        let workspace = world.workspace();
        let version_requests = || simulator.requests_to("GET", "/version").len();
        workspace.write(&grant(world, "<path>"));
        workspace.plan(&[]);
        let before = version_requests();
        let configuration = grant(world, "/datastores/x");
        let (_, block) = configuration.split_once("resource \"pbs_acl\" \"it\"").expect("a grant");
        workspace.write(&format!("{configuration}\nresource \"pbs_acl\" \"second\"{block}"));
        workspace.run(&["plan"]).failed();
        // In the second plan, the check of the provider block reads the version. The checks of the
        // two unknown paths use the result.
        assert_eq!((before, version_requests()), (1, 2));

        // If the version cannot be read, the path is rejected.
        simulator.fault(Fault::new("GET", "/version", FaultKind::Forbidden));
        let errors = workspace.run(&["plan", "-json"]).errors();
        simulator.clear_faults();
        assert!(errors[0].text().contains("PBS does not know the path"), "{}", errors[0]);
    });
}
