//! A case: a row of [`test_support::objects`], which describes a type of configuration objects, and
//! a simulated server that only this case uses.

use std::thread;

use pbs_sim::{Settings, Simulator, Version};
use serde_json::Value as Json;
use test_support::{
    core::{Diagnostics, State},
    in_process::{InProcess, variables},
    objects::{Choice, Needed, Properties, Row, rows},
};
use tokio::runtime;

/// A row, a server, and the state of the object.
pub(crate) struct Case {
    pub(crate) row: Row,
    pub(crate) simulator: Simulator,
    pub(crate) state: State,
    /// What the case is doing at the moment, for the message of a failing test.
    pub(crate) step: String,
}

/// Runs the check for every row that `select` accepts, in parallel.
///
/// # Panics
/// If the check panics for a row, or no row is selected.
pub(crate) fn rows_that(select: impl Fn(&Row) -> bool, check: impl AsyncFn(&mut Case) + Sync) {
    let selected: Vec<_> = rows().into_iter().filter(select).collect();
    assert!(!selected.is_empty(), "no row is selected");
    thread::scope(|scope| {
        for row in selected {
            scope.spawn(|| run(Case::new(row, Version::default()), &check));
        }
    });
}

/// Runs the check for every row, in parallel.
pub(crate) fn every_row(check: impl AsyncFn(&mut Case) + Sync) {
    rows_that(|_| true, check);
}

/// Runs the check for one case.
pub(crate) fn run(mut case: Case, check: impl AsyncFn(&mut Case)) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(check(&mut case));
}

impl Case {
    /// Starts a server of this version with the objects that the row needs.
    pub(crate) fn new(row: Row, version: Version) -> Self {
        let row = row.with_name("acc");
        let simulator = Simulator::start(Settings { version, ..Settings::default() });
        simulator.world(|world| {
            for needed in &row.needs {
                match needed {
                    Needed::Object(kind, id, object) => world.put_object(kind, id, object.clone()),
                    Needed::Device(uuid) => world.add_device(uuid),
                }
            }
        });
        Self { row, simulator, state: State::default(), step: String::new() }
    }

    /// A new provider, as Terraform starts one for each run. It has not
    /// cached lists that an earlier run has read.
    pub(crate) async fn provider(&self) -> InProcess {
        let variables = variables(&self.simulator, self.simulator.admin_token());
        InProcess::start_in_time_of(&self.simulator, variables).await
    }

    /// Refreshes the state, applies the configuration in place, and checks that the next plan is
    /// empty.
    pub(crate) async fn apply(&mut self, config: &Json) {
        let replaced = self.change(config).await;
        assert!(!replaced, "the plan replaces the object");
        self.assert_settled(config).await;
    }

    /// Applies these values, and checks that the server then stores them.
    pub(crate) async fn apply_values(&mut self, choice: &Choice) {
        self.apply(&self.row.configuration(choice)).await;
        self.assert_stored(choice);
    }

    /// Refreshes the state and applies the configuration. Returns whether the plan replaces the
    /// object.
    pub(crate) async fn change(&mut self, config: &Json) -> bool {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        let type_name = self.row.type_name;
        provider.validate(type_name, config, &mut diagnostics).await;
        provider.refresh(type_name, &mut self.state, &mut diagnostics).await;
        self.assert_none(&diagnostics);
        let replaced = provider.change(type_name, &mut self.state, config, &mut diagnostics).await;
        self.assert_none(&diagnostics);
        replaced
    }

    /// Checks that a plan with this configuration is empty, both before and after a refresh.
    pub(crate) async fn assert_settled(&mut self, config: &Json) {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        let type_name = self.row.type_name;
        for refreshes in [false, true] {
            if refreshes {
                provider.refresh(type_name, &mut self.state, &mut diagnostics).await;
            }
            let empty =
                provider.plan_is_empty(type_name, &self.state, config, &mut diagnostics).await;
            self.assert_none(&diagnostics);
            assert_eq!(empty, Some(true), "the plan is not empty, refreshed: {refreshes}");
        }
    }

    /// Updates the state from the server.
    pub(crate) async fn refresh(&mut self) {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        provider.refresh(self.row.type_name, &mut self.state, &mut diagnostics).await;
        self.assert_none(&diagnostics);
    }

    /// Destroys the object.
    pub(crate) async fn destroy(&mut self) {
        let (provider, mut diagnostics) = (self.provider().await, Diagnostics::default());
        provider.destroy(self.row.type_name, &mut self.state, &mut diagnostics).await;
        self.assert_none(&diagnostics);
        assert!(self.state.is_empty(), "the state still contains the object");
    }

    /// Checks that the server stores exactly these values.
    pub(crate) fn assert_stored(&self, choice: &Choice) {
        let expected = Some(self.row.normalized(&self.row.stored(choice)));
        let stored = self.stored();
        // The properties can contain a secret, so a failure shows only their names.
        let names = |object: &Option<Properties>| {
            object.iter().flat_map(Properties::keys).cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(&stored), names(&expected), "the server stores other properties");
        for (name, value) in expected.iter().flatten() {
            let actual = stored.as_ref().map(|stored| &stored[name]);
            let is_secret =
                self.row.lines.iter().any(|line| line.is_secret && line.property == name);
            match is_secret {
                true => assert!(actual == Some(value), "the server stores another {name}"),
                false => assert_eq!(actual, Some(value), "the server stores another {name}"),
            }
        }
    }

    /// The normalized properties of the object on the server. `None` if the object does not exist.
    pub(crate) fn stored(&self) -> Option<Properties> {
        Some(self.row.normalized(&self.raw()?))
    }

    /// The properties of the object as the server stores them, not normalized. `None` if the object
    /// does not exist.
    pub(crate) fn raw(&self) -> Option<Properties> {
        let stored = self.simulator.world(|world| world.object(self.row.kind, &self.row.id()));
        match self.row.is_singleton {
            true => {
                let mut stored = stored.unwrap_or_default();
                stored.remove(self.row.key);
                Some(stored)
            }
            false => stored,
        }
    }

    /// Replaces the object on the server.
    pub(crate) fn put(&self, properties: Properties) {
        let id = self.row.id();
        self.simulator.world(|world| world.put_object(self.row.kind, &id, properties.into()));
    }

    /// The configuration with the required attributes only.
    pub(crate) fn minimal(&self) -> Json {
        self.row.configuration(&self.row.minimal())
    }

    /// Checks that there are no errors.
    pub(crate) fn assert_none(&self, diagnostics: &Diagnostics) {
        assert_eq!(diagnostics.errors, [""; 0], "there are errors");
    }

    /// The requests other than reads that the server has received since the log was cleared.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.simulator.requests();
        let writes = requests.iter().filter(|request| request.method != "GET");
        writes.map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if thread::panicking() {
            let last: Vec<_> = self.simulator.requests();
            let last = last.iter().rev().take(8).rev();
            let last: Vec<_> =
                last.map(|it| format!("{} {} {:?}", it.method, it.path, it.status)).collect();
            eprintln!(
                "The test failed with the row `{}` at the step `{}`. The last requests: {last:#?}",
                self.row.label, self.step
            );
        }
    }
}
