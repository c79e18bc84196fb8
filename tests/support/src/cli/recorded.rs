//! Everything that a plan and its apply write: output, log at level TRACE, plan file, state. Tests
//! search it for secrets.

use std::{fs, path::Path, process::Command};

use super::{Outcome, Workspace, World};

/// What a plan and its apply have written, by place.
pub struct Recorded {
    places: Vec<(&'static str, Vec<u8>)>,
}

impl Recorded {
    /// Plans into a file and applies that file. Input variables can come from the environment.
    #[track_caller]
    pub fn plan_and_apply(workspace: &mut Workspace, world: &World) -> Self {
        let (mut recorded, outcome) = Self::attempt(workspace);
        assert!(outcome.code == Some(0), "{outcome}{}", world.last_requests());
        recorded.places.push(("state", read(&workspace.directory().join("terraform.tfstate"))));
        recorded
    }

    /// The same, where the apply may fail. Also returns the outcome of the apply.
    #[track_caller]
    pub fn attempt(workspace: &mut Workspace) -> (Self, Outcome) {
        let [log, plan] = ["trace.log", "saved.plan"].map(|name| workspace.directory().join(name));
        workspace.set("TF_LOG", "TRACE");
        workspace.set("TF_LOG_PATH", &log.display().to_string());
        let planned = workspace.run(&["plan", "-out=saved.plan"]).succeeded();
        let shown = workspace.run(&["show", "-json", "saved.plan"]).succeeded();
        let applied = workspace.run(&["apply", "saved.plan"]);
        workspace.set("TF_LOG", "");
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

    /// The places that contain the text.
    pub fn places_with(&self, text: &str) -> Vec<&'static str> {
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
