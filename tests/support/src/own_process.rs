//! A test in a process of its own, for measurements that other tests in the same process would
//! disturb.

use std::{
    env,
    process::{Command, Stdio},
};

const VARIABLE: &str = "PBS_TEST_OWN_PROCESS";

/// If this process runs only the test `test`, returns true. If this process runs other tests too,
/// runs the test `test` in a new process and returns false. `test` is the path of the test function
/// without the crate:
///
/// ```ignore
/// #[test]
/// fn reading_takes_little_memory() {
///     if !own_process::is_own_process("parser::reading_takes_little_memory") {
///         return;
///     }
///     // The measurement.
/// }
/// ```
///
/// # Panics
/// If the test fails in the new process, or if there is no test of this name.
#[track_caller]
pub fn is_own_process(test: &str) -> bool {
    if env::var(VARIABLE).is_ok_and(|name| name == test) {
        return true;
    }
    let output = Command::new(env::current_exe().expect("the path of the test program"))
        .args(["--exact", test, "--nocapture"])
        .env(VARIABLE, test)
        .stdin(Stdio::null())
        .output()
        .expect("the test program can be started again");
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let passed = output.status.success() && stdout.contains("test result: ok. 1 passed");
    assert!(passed, "{test} in a process of its own:\n{stdout}{stderr}");
    false
}
