//! Records everything that a plan and its apply write: output, log at level TRACE, plan file and
//! state. Tests search these texts for secrets.

use std::{fs, path::Path, process::Command};

use super::{Outcome, Workspace, World};

/// The bytes that a plan and its apply have written, by place: `output`, `plan as JSON`, `plan`,
/// `log` and `state`.
pub struct Recorded {
    places: Vec<(&'static str, Vec<u8>)>,
}

impl Recorded {
    /// Plans into a file and applies that file. Both commands must succeed. Input variables can
    /// come from the environment of the workspace.
    #[track_caller]
    pub fn plan_and_apply(workspace: &mut Workspace, world: &World) -> Self {
        let (mut recorded, outcome) = Self::plan_and_try_to_apply(workspace);
        assert!(outcome.code == Some(0), "{outcome}{}", world.last_requests());
        recorded.places.push(("state", read(&workspace.directory().join("terraform.tfstate"))));
        recorded
    }

    /// Like [`Self::plan_and_apply`], but the apply is allowed to fail. The state is not recorded.
    /// Also returns the outcome of the apply.
    #[track_caller]
    pub fn plan_and_try_to_apply(workspace: &mut Workspace) -> (Self, Outcome) {
        let [log, plan] = ["trace.log", "saved.plan"].map(|name| workspace.directory().join(name));
        workspace.set_env("TF_LOG", "TRACE");
        workspace.set_env("TF_LOG_PATH", &log.display().to_string());
        let planned = workspace.run(&["plan", "-out=saved.plan"]).succeeded();
        let shown = workspace.run(&["show", "-json", "saved.plan"]).succeeded();
        let applied = workspace.run(&["apply", "saved.plan"]);
        workspace.set_env("TF_LOG", "");
        let output = [&planned, &applied]
            .map(|outcome| format!("{}{}", outcome.stdout, outcome.stderr))
            .concat();
        let places = vec![
            ("output", output.into_bytes()),
            ("plan as JSON", shown.stdout.into_bytes()),
            ("plan", unpacked(&plan)),
            ("log", read(&log)),
        ];
        (Self { places }, applied)
    }

    /// The names of the places in which this text occurs, for example `["plan", "state"]`.
    pub fn places_of(&self, text: &str) -> Vec<&'static str> {
        let contains =
            |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        self.places.iter().filter(|(_, bytes)| contains(bytes)).map(|(name, _)| *name).collect()
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The content of all members of a saved plan, which is a zip file.
pub fn unpacked(plan: &Path) -> Vec<u8> {
    const PROGRAM: &str = "import sys, zipfile\n\
                           archive = zipfile.ZipFile(sys.argv[1])\n\
                           for name in archive.namelist(): sys.stdout.buffer.write(archive.read(name))";
    let output = Command::new("python3").args(["-IS", "-c", PROGRAM]).arg(plan).output();
    let output = output.expect("python3 can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
