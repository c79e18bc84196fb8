//! The workflow that builds a release. An action that its authors have changed, a build, or a
//! manual start of the workflow must not be able to use the signing key or to publish a release.

use std::fs;

/// The name and the text of each job of the workflow.
fn jobs() -> Vec<(String, String)> {
    let text = fs::read_to_string(".github/workflows/release.yml").expect("the workflow");
    let (_, jobs) = text.split_once("\njobs:\n").expect("the workflow has jobs");
    let mut list: Vec<(String, String)> = Vec::new();
    for line in jobs.lines() {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#']));
        match name.and_then(|name| name.strip_suffix(':')) {
            Some(name) => list.push((name.to_owned(), String::new())),
            None => {
                let (_, job) = list.last_mut().expect("the first line names a job");
                *job += line;
                *job += "\n";
            }
        }
    }
    assert_eq!(
        list.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["build", "freebsd", "seal", "sign", "publish"]
    );
    list
}

/// The condition that a manual start of the workflow does not fulfil.
const PUSH_ONLY: &str = "\n    if: github.event_name == 'push'\n";

#[test]
fn every_action_is_pinned_to_a_commit_and_has_its_version_in_a_comment() {
    let mut count = 0;
    for (name, job) in jobs() {
        for action in job.lines().filter_map(|line| line.split_once("uses: ").map(|it| it.1)) {
            let (action, comment) = action.split_once(" # v").unwrap_or((action, ""));
            let (_, commit) = action.split_once('@').expect("an action has a version");
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            let is_version = comment.split('.').count() == 3;
            assert!(is_commit && is_version, "{name}: {action}");
            count += 1;
        }
    }
    assert!(count > 8, "only {count} actions were found");
}

#[test]
fn only_a_job_of_the_protected_environment_that_builds_nothing_gets_the_signing_key() {
    for (name, job) in jobs() {
        let signs = name == "sign";
        for needle in ["secrets.", "\n    environment: release\n"] {
            assert_eq!(job.contains(needle), signs, "{name}: {needle}");
        }
        for needle in ["cargo", "checkout", "pkg install"] {
            assert!(!signs || !job.contains(needle), "{name}: {needle}");
        }
    }
}

#[test]
fn a_manual_start_neither_signs_nor_publishes() {
    for (name, job) in jobs() {
        let publishes = job.contains("gh release") || job.contains(": write\n");
        let signs = job.contains("gpg ");
        assert_eq!((publishes, signs), (name == "publish", name == "sign"), "{name}");
        assert_eq!(format!("\n{job}").contains(PUSH_ONLY), publishes || signs, "{name}");
    }
}
