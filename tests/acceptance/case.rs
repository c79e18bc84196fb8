//! One row of the tables, on one server, with one Terraform: what every invariant starts from.

use std::{fs, thread};

use serde_json::Value;
use test_support::cli::{Change, Plan, REQUIRED_PROVIDERS, Workspace, World, clis};

use crate::rows::{ROWS, Row, Stage};

pub(crate) struct Case {
    pub(crate) row: &'static Row,
    pub(crate) world: World,
    pub(crate) workspace: Workspace,
}

/// Runs the check for every row with every Terraform, each on a server of its own.
pub(crate) fn every_row(check: impl Fn(&Case)) {
    for cli in clis() {
        for row in ROWS {
            let world = World::new(cli);
            (row.setup)(&world);
            let workspace = world.workspace();
            check(&Case { row, world, workspace });
        }
    }
}

impl Case {
    /// Makes the body the whole configuration of the workspace.
    pub(crate) fn write(&self, body: &str) {
        self.workspace.write(&self.configuration(body));
    }

    /// Applies the body. Afterwards there must be nothing left to do.
    #[track_caller]
    pub(crate) fn apply(&self, body: &str) {
        self.write(body);
        self.workspace.apply();
        self.workspace.assert_plan_is_empty();
    }

    /// Applies a stage, and compares the server with what the row expects there.
    #[track_caller]
    pub(crate) fn reach(&self, stage: &Stage) {
        self.apply(stage.body);
        let expected = self.world.names.fill(stage.server);
        let mut expected: Value =
            serde_json::from_str(&expected).expect("the row's JSON is well-formed");
        let found = (self.row.find)(&self.world);
        for (name, value) in expected.as_object_mut().into_iter().flatten() {
            if *value == "<any>" {
                *value = found[name].clone();
            }
        }
        assert_eq!(found, expected, "the server has something else than was applied");
    }

    /// The plan of the configuration as it stands, and what it does to the row's resource.
    #[track_caller]
    pub(crate) fn plan(&self) -> (Plan, Change) {
        let plan = self.workspace.plan(&[]);
        let change = plan.change(&self.row.address());
        (plan, change)
    }

    pub(crate) fn configuration(&self, body: &str) -> String {
        let body = self.world.names.fill(body);
        let resource = self.row.resource;
        format!("{REQUIRED_PROVIDERS}resource \"{resource}\" \"it\" {{\n{body}\n}}\n")
    }

    /// The state file, as it lies on the disk.
    pub(crate) fn state_file(&self) -> Value {
        let text = fs::read(self.workspace.directory().join("terraform.tfstate"))
            .expect("something was applied before");
        serde_json::from_slice(&text).expect("a state is JSON")
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "This happened with {}, to {}. {}",
                self.world.cli,
                self.row.label,
                self.world.last_requests()
            );
        }
    }
}
