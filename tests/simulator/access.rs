//! The recording of access control. The tests send the recorded requests to the simulator in
//! the order of the recording, and compare the answers of the simulator with the recorded answers.
//! Other tests run `cargo xtask record` with the simulator in place of a real server.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, SystemTime},
};

use pbs_sim::{Settings, Simulator, Token, User, Version, World};
use xtask::{
    cli::Result,
    recording::{
        Credentials, Findings, Recorder, Recording, Sender, Server, Substitutions, check, compare,
        exchange::{self, Answer, Exchange},
        fixture,
        script::{
            ADMINISTRATORS, BACKUP_GROUPS, BackupGroup, Change, DATASTORE, LEFT_OUT, SCRIPT, Step,
        },
    },
};

const ROOT_SECRET: &str = "3f6d1a52-7a0e-4c0e-9d55-0c8a5b1e7f11";

/// The password that replaces the placeholder `<password>`. The fixture contains the placeholder
/// instead of the recorded passwords.
const PASSWORD: &str = "Hidden-Passw0rd-1";

/// Settings that give the simulator the state of the recorded server before the first exchange.
fn settings() -> Settings {
    Settings {
        datastores: vec![DATASTORE.into()],
        admin_token: Some(format!("root@pam!tfroot:{ROOT_SECRET}")),
        ..Settings::default()
    }
}

fn exchanges() -> Vec<Exchange> {
    exchange::read(&fixture()).expect("the fixture is complete")
}

fn is_left_out(case: &str) -> bool {
    LEFT_OUT.iter().any(|(left_out, _)| *left_out == case)
}

#[test]
fn every_exchange_is_in_the_script_once() {
    assert_eq!(check(&exchanges()), Findings::default());
}

#[tokio::test]
async fn the_simulator_gives_the_recorded_answers() {
    let exchanges: BTreeMap<String, Exchange> =
        exchanges().into_iter().map(|exchange| (exchange.case.clone(), exchange)).collect();
    let mut replay = Replay::new();
    let mut differences = Vec::new();
    for step in SCRIPT {
        match step {
            Step::Changes(changes) => {
                replay.simulator.world(|world| {
                    changes.iter().for_each(|change| make_change(world, change, PASSWORD))
                });
            }
            Step::Clock(seconds) => replay.set_time(*seconds),
            Step::Wait(seconds) => replay.set_time(replay.sender.time() + seconds),
            Step::AclDigest(digest) => {
                replay.sender.learn_acl_digest(digest).await.expect("the list has a digest");
            }
            Step::Exchanges(folder, names) => {
                for name in names.split_whitespace() {
                    let exchange = &exchanges[&format!("{folder}/{name}")];
                    let case = &exchange.case;
                    match replay.compare(exchange).await {
                        Err(difference) if !is_left_out(case) => {
                            differences.push(format!("{case}: {difference}"));
                        }
                        Ok(()) if is_left_out(case) => {
                            differences.push(format!("{case} is in LEFT_OUT but does not differ"));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} answers differ:\n\n{}", differences.join("\n\n"));
}

/// A simulator and the sender of the recorded requests.
struct Replay {
    simulator: Simulator,
    sender: Sender,
}

impl Replay {
    fn new() -> Self {
        let simulator = Simulator::start(settings());
        let credentials =
            Credentials { root_secret: ROOT_SECRET.into(), password: PASSWORD.into() };
        let sender = Sender::new(&simulator.endpoint(), simulator.fingerprint(), credentials);
        Self { simulator, sender: sender.expect("TLS can be set up") }
    }

    fn set_time(&mut self, seconds: u64) {
        self.simulator.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        self.sender.set_time(seconds);
    }

    async fn compare(&mut self, exchange: &Exchange) -> Result<(), String> {
        let recorded = exchange.answer.as_ref().ok_or("the answer is not recorded")?;
        let mut answer = self.sender.send(exchange).await.map_err(|error| error.to_string())?;
        if recorded.acl_cfg().is_some() {
            answer.append_acl_cfg(&self.simulator.world(|world| world.acl_cfg()));
        }
        compare(recorded, &answer, &mut self.sender.substitutions, settings().delays)
    }
}

/// Makes a change of the script directly in the simulated server.
fn make_change(world: &mut World, change: &Change, password: &str) {
    match *change {
        Change::SetTokenComment { id, comment } => assert!(world.set_comment(id, Some(comment))),
        Change::CreateUser(userid) => {
            let credentials = Credentials { root_secret: String::new(), password: password.into() };
            let password = credentials.password_of(userid).expect("the user has a password");
            let user = User { password: Some(password.into()), ..User::default() };
            world.put_user(userid, user);
        }
        Change::DisableUser(userid) => {
            world.user_mut(userid).expect("the user exists").enable = Some(false);
        }
        Change::CreateToken { id, secret: Some(secret) } => {
            world.put_token(id, Token { secret: secret.into(), ..Token::default() });
        }
        Change::CreateToken { id, secret: None } => drop(world.add_token(id)),
        Change::RegenerateSecret { id, secret } => {
            world.token_mut(id).expect("the token exists").secret = secret.into();
        }
        Change::DeleteToken(id) => assert!(world.delete_token(id)),
        Change::Grant { path, auth_id, role, propagate } => {
            world.put_acl(path, auth_id, role, propagate);
        }
        Change::Revoke { path, auth_id, role } => assert!(world.delete_acl(path, auth_id, role)),
        Change::RevokeAllButAdministrators => {
            for entry in world.acl() {
                world.delete_acl(&entry.path, &entry.auth_id, &entry.role);
            }
            for administrator in ADMINISTRATORS {
                world.put_acl("/", administrator, "Admin", true);
            }
        }
        Change::OwnBackupGroup(group, owner) => {
            add_group(world, group, owner);
        }
        Change::SetDatastoreSpace { total, used, available } => {
            let datastore = world.datastore_mut(DATASTORE);
            (datastore.total, datastore.used, datastore.avail) = (total, used, available);
        }
        Change::ExpectOrphanedSecrets { user, name_lengths } => {
            let orphans = world.left_behind();
            let lengths: Vec<_> = orphans.iter().map(|id| id.len() - user.len() - 1).collect();
            assert_eq!(
                lengths, name_lengths,
                "token names that are too long leave a secret behind"
            );
        }
    }
}

/// Records from the simulator through its API, as from a real server. If the API of PBS cannot make
/// a change, this function makes the change directly in the simulator.
async fn record(simulator: &Simulator, exchanges: &[Exchange]) -> Result<Recording> {
    let server = Server {
        endpoint: &simulator.endpoint(),
        fingerprint: simulator.fingerprint(),
        api_token: simulator.admin_token(),
        delays: settings().delays,
    };
    let mut report = |_: &str| {};
    let mut by_hand = |change: &Change, _: &str| {
        assert!(
            matches!(
                change,
                Change::SetDatastoreSpace { .. } | Change::ExpectOrphanedSecrets { .. }
            ),
            "the API can make {change:?}"
        );
        simulator.world(|world| make_change(world, change, PASSWORD));
        Ok(())
    };
    let recorder = Recorder::new(&server, &mut report, &mut by_hand).expect("the token fits");
    recorder.record(exchanges).await
}

/// Adds a backup group whose only snapshot is unfinished, as on the recorded server.
fn add_group(world: &mut World, group: BackupGroup, owner: &str) {
    let BackupGroup { namespace, backup_type, backup_id } = group;
    let datastore = world.datastore_mut(DATASTORE);
    datastore.add_group(namespace, backup_type, backup_id, owner);
    for snapshot in datastore.groups.iter_mut().flat_map(|group| &mut group.snapshots) {
        snapshot.files.clear();
    }
}

/// A simulator in the state of a real server that was newly installed for a recording.
fn real_server(settings: Settings) -> Simulator {
    let acl_cache_max_age = settings.acl_cache_max_age.mul_f64(settings.delays);
    let simulator = Simulator::start(Settings { acl_cache_max_age, ..settings });
    simulator.world(|world| {
        for group in BACKUP_GROUPS {
            add_group(world, group, "root@pam!tfroot");
        }
    });
    simulator
}

#[tokio::test]
async fn a_recording_from_the_simulator_equals_the_fixture() {
    let simulator = real_server(settings());
    let recording = record(&simulator, &exchanges()).await.expect("everything is recorded");
    assert_eq!(recording.version, "4.2.3");

    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = exchange::to_text(&recording.exchanges).expect("exchanges can be written");
    fs::write(&file, text).expect("the file can be written");
    let written = exchange::read(file.path()).expect("the recording is complete");
    let recorded = exchanges();
    assert_eq!(written.len(), recorded.len());
    let mut substitutions = Substitutions::default();
    for step in SCRIPT {
        let Step::Exchanges(folder, names) = step else { continue };
        for name in names.split_whitespace() {
            let case = format!("{folder}/{name}");
            let [recorded, written] = [&recorded, &written]
                .map(|all| all.iter().find(|it| it.case == case).expect("both have it").clone());
            let [old, new] = [recorded.answer.as_ref(), written.answer.as_ref()]
                .map(|answer: Option<&Answer>| answer.expect("the answer is recorded"));
            let outcome = compare(old, new, &mut substitutions, settings().delays);
            assert_eq!(outcome.is_err(), is_left_out(&case), "{case}: {outcome:?}");
            assert_eq!(Exchange { answer: None, ..written }, Exchange { answer: None, ..recorded });
        }
    }
    let differing: Vec<_> = recording.differences.iter().map(|it| it.split(": ").next()).collect();
    assert_eq!(differing, LEFT_OUT.map(|(case, _)| Some(case)));

    assert_empty(&simulator);
}

#[tokio::test]
async fn a_recording_adds_a_missing_answer_and_reports_an_answer_that_differs() {
    let mut exchanges = exchanges();
    exchanges[0].answer = None;
    let simulator = real_server(Settings { version: Version(4, 9, 9), ..settings() });
    let recording = record(&simulator, &exchanges).await.expect("everything is recorded");
    assert!(recording.exchanges[0].answer.is_some(), "{} is recorded", exchanges[0].case);
    assert_eq!(recording.version, "4.9.9");
    let answer = r#"00-basics/version-token: "release" is"#;
    let reported = recording.differences.iter().any(|difference| difference.starts_with(answer));
    assert!(reported, "{:?}", recording.differences);
}

#[tokio::test]
async fn a_failed_recording_deletes_what_it_has_created_on_the_server() {
    // PBS 3.3 cannot replace the secret of a token, so a change of the script fails.
    let simulator = real_server(Settings { version: Version(3, 3, 0), ..settings() });
    let error =
        record(&simulator, &exchanges()).await.err().expect("a change is refused").to_string();
    assert!(error.contains("'regenerate'"), "{error}");
    assert_empty(&simulator);
}

#[tokio::test]
async fn a_server_that_is_in_use_is_refused_before_anything_is_changed() {
    let simulator = real_server(Settings { users: vec!["backup@pbs".into()], ..settings() });
    let error =
        record(&simulator, &exchanges()).await.err().expect("the server has a user").to_string();
    assert!(error.contains("the server has the user backup@pbs"), "{error}");
    let changes = simulator.requests().iter().filter(|request| request.method != "GET").count();
    assert_eq!(changes, 0);
}

fn assert_empty(simulator: &Simulator) {
    simulator.world(|world| {
        assert_eq!(world.users().keys().collect::<Vec<_>>(), ["root@pam"]);
        assert_eq!(world.tokens().keys().collect::<Vec<_>>(), ["root@pam!tfroot"]);
        assert_eq!(world.acl_cfg(), "acl:1:/:root@pam!tfroot:Admin\n");
    });
}
