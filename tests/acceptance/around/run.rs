//! One plan and one apply of it with everything that they leave behind: output, log at every level, plan file, state. A secret is
//! searched for in all of it.

use std::{fs, path::Path, process::Command};

use crate::{outcome::Outcome, terraform::Workspace, world::World};

pub(crate) struct Recorded {
    places: Vec<(&'static str, Vec<u8>)>,
}

impl Recorded {
    /// Plans into a file and applies that. The configuration may take its variables from the environment.
    #[track_caller]
    pub(crate) fn plan_and_apply(workspace: &mut Workspace, world: &World) -> Self {
        let (mut recorded, outcome) = Self::attempt(workspace);
        assert!(outcome.code == Some(0), "{outcome}{}", world.last_requests());
        recorded.places.push(("state", read(&workspace.directory().join("terraform.tfstate"))));
        recorded
    }

    /// The same where the apply may fail. Says how it ended.
    #[track_caller]
    pub(crate) fn attempt(workspace: &mut Workspace) -> (Self, Outcome) {
        let [log, plan] = ["trace.log", "saved.plan"].map(|name| workspace.directory().join(name));
        workspace.set("TF_LOG", "TRACE");
        workspace.set("TF_LOG_PATH", &log.display().to_string());
        let planned = workspace.run(&["plan", "-out=saved.plan"]).succeeded();
        let shown = workspace.run(&["show", "-json", "saved.plan"]).succeeded();
        let applied = workspace.run(&["apply", "saved.plan"]);
        workspace.set("TF_LOG", "");
        let output = [&planned, &applied].map(|it| format!("{}{}", it.stdout, it.stderr)).concat();
        let places = vec![
            ("output", output.into_bytes()),
            ("plan as JSON", shown.stdout.into_bytes()),
            ("plan", unpacked(&plan)),
            ("log", read(&log)),
        ];
        (Self { places }, applied)
    }

    /// Where the text stands.
    pub(crate) fn places_of(&self, text: &str) -> Vec<&'static str> {
        let holds =
            |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        self.places.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| *name).collect()
    }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A saved plan is a zip file; the content of all its members.
pub(crate) fn unpacked(plan: &Path) -> Vec<u8> {
    const PROGRAM: &str = "import sys, zipfile\n\
                           archive = zipfile.ZipFile(sys.argv[1])\n\
                           for name in archive.namelist(): sys.stdout.buffer.write(archive.read(name))";
    let output = Command::new("python3").args(["-IS", "-c", PROGRAM]).arg(plan).output();
    let output = output.expect("python3 starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
