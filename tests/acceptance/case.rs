//! A case of a test in `invariants.rs` or `outage.rs`. A case consists of a row, one version of
//! Terraform or OpenTofu, and a server that only this case uses. A row is the test data of one
//! resource.

use std::{env, fs, thread};

use serde_json::Value;
use test_support::cli::{Change, Plan, REQUIRED_PROVIDERS, Workspace, World, clis};
use xtask::{cli::Cli, release::Product};

use crate::rows::{ROWS, Row, Stage};

pub(crate) struct Case {
    pub(crate) row: &'static Row,
    pub(crate) world: World,
    pub(crate) workspace: Workspace,
}

/// Runs the check for every row with every Terraform, each on a server of its own.
pub(crate) fn every_row(check: impl Fn(&Case)) {
    for cli in clis() {
        for row in ROWS.iter().filter(|row| runs_with(row, cli)) {
            let world = World::new(cli);
            if row.needs_simulator.is_some_and(|reason| world.simulator(reason).is_none()) {
                continue;
            }
            (row.setup)(&world);
            let workspace = world.workspace();
            check(&Case { row, world, workspace });
        }
    }
}

/// Whether the tests use the row with this program. Some rows of configuration objects run only
/// with Terraform. With OpenTofu, one row stands for all types that OpenTofu treats alike. If
/// `PBS_TEST_TERRAFORM` is set, all rows run with every program.
fn runs_with(row: &Row, cli: &Cli) -> bool {
    let versions_are_set = env::var_os("PBS_TEST_TERRAFORM").is_some();
    !row.is_for_terraform || versions_are_set || cli.product == Product::Terraform
}

impl Case {
    /// Writes a configuration that contains only the resource with this body.
    pub(crate) fn write(&self, body: &str) {
        self.workspace.write(&self.configuration(body));
    }

    /// Applies the resource with this body. The next plan must be empty.
    #[track_caller]
    pub(crate) fn apply(&self, body: &str) {
        self.write(body);
        self.workspace.apply();
        self.workspace.assert_plan_is_empty();
    }

    /// Applies a stage. Then compares the object on the server with the object that the stage
    /// expects.
    #[track_caller]
    pub(crate) fn apply_stage(&self, stage: &Stage) {
        self.apply(stage.body);
        let expected = self.world.names.insert_into(stage.server);
        let mut expected: Value =
            serde_json::from_str(&expected).expect("the stage has valid JSON");
        let actual = (self.row.find)(&self.world);
        for (name, value) in expected.as_object_mut().into_iter().flatten() {
            if *value == "<any>" {
                *value = actual[name].clone();
            }
        }
        assert_eq!(actual, expected, "the object on the server differs from what was applied");
    }

    /// Plans the present configuration. Returns the plan, and the planned change of the row's
    /// resource.
    #[track_caller]
    pub(crate) fn plan(&self) -> (Plan, Change) {
        let plan = self.workspace.plan(&[]);
        let change = plan.change(&self.row.address());
        (plan, change)
    }

    pub(crate) fn configuration(&self, body: &str) -> String {
        let body = self.world.names.insert_into(body);
        let resource = self.row.resource;
        format!("{REQUIRED_PROVIDERS}resource \"{resource}\" \"it\" {{\n{body}\n}}\n")
    }

    /// The content of the state file.
    pub(crate) fn state_file(&self) -> Value {
        let text = fs::read(self.workspace.directory().join("terraform.tfstate"))
            .expect("the state file exists after an apply");
        serde_json::from_slice(&text).expect("a state is JSON")
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "The failure was with {}, row {}. {}",
                self.world.cli,
                self.row.label,
                self.world.last_requests()
            );
        }
    }
}
