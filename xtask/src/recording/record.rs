//! Sends the requests of the script to a real server and records its answers.

use std::{collections::BTreeMap, time::Duration};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::sleep;

use super::{
    Credentials, Sender, Substitutions,
    comparison::compare,
    exchange::{Answer, Exchange, to_text},
    redaction::redact,
    script::{Change, ROOT_TOKEN, SCRIPT, Step},
    server::Outcome,
};
use crate::{cli::Result, hex};

/// The server to record from.
pub struct Server<'a> {
    /// `https://HOST:PORT`.
    pub endpoint: &'a str,
    /// SHA-256 fingerprint of the server's certificate.
    pub fingerprint: &'a str,
    /// [`ROOT_TOKEN`] with its secret: `root@pam!tfroot:SECRET`.
    pub api_token: &'a str,
    /// Factor by which the server multiplies the delays of a real server: 1 for a real server, and
    /// less than 1 for a simulator with shorter delays. The recording multiplies the times for
    /// which it waits by the same factor.
    pub delays: f64,
}

/// A running recording.
pub struct Recorder<'a> {
    sender: Sender,
    delays: f64,
    report: &'a mut dyn FnMut(&str),
    on_impossible_change: &'a mut dyn FnMut(&Change, &str) -> Result<()>,
}

/// The result of a recording.
pub struct Recording {
    /// The server's version, such as `4.2.3`.
    pub version: String,
    /// The exchanges with the answers of this server.
    pub exchanges: Vec<Exchange>,
    /// The differences from the previous recording, one text for each answer that differs.
    pub differences: Vec<String>,
}

/// How long the recording waits after changes, because a change can affect privileges. PBS checks
/// privileges against a cache that is up to 5 s old. The sixth second is a margin.
const PRIVILEGES_DELAY: Duration = Duration::from_secs(6);

impl<'a> Recorder<'a> {
    /// Prepares a recording. Before the recording sends the requests of a folder, it calls `report`
    /// with the name of the folder. If the API cannot make a change, the recording calls
    /// `on_impossible_change` with the change and the reason.
    ///
    /// # Errors
    /// The id of the API token is not [`ROOT_TOKEN`].
    pub fn new(
        server: &Server<'_>,
        report: &'a mut dyn FnMut(&str),
        on_impossible_change: &'a mut dyn FnMut(&Change, &str) -> Result<()>,
    ) -> Result<Self> {
        let secret = server.api_token.strip_prefix(ROOT_TOKEN).and_then(|it| it.strip_prefix(':'));
        let secret = secret.ok_or_else(|| {
            format!(
                "the API token must have the id {ROOT_TOKEN}, because recorded answers contain it"
            )
        })?;
        let mut password = [0; 12];
        let random = SystemRandom::new().fill(&mut password);
        random.map_err(|_| "the operating system gives no random numbers")?;
        let credentials = Credentials { root_secret: secret.to_owned(), password: hex(&password) };
        let sender = Sender::new(server.endpoint, server.fingerprint, credentials)?;
        Ok(Self { sender, delays: server.delays, report, on_impossible_change })
    }

    /// Records the answers to the requests of these exchanges. Then deletes everything that the
    /// recording has created on the server, even if the recording has failed.
    ///
    /// # Errors
    /// The server is not empty, the server cannot be reached, the server refuses a change of the
    /// script, or the recording contains a secret.
    pub async fn record(mut self, exchanges: &[Exchange]) -> Result<Recording> {
        let (version, _) = self.sender.api("GET", "/version", &[]).await?;
        let part = |name: &str| version[name].as_str().unwrap_or("unknown").to_owned();
        let version = format!("{}.{}", part("version"), part("release"));
        self.sender.require_empty().await?;
        let outcome = self.run_script(exchanges).await;
        let cleaned = self.sender.clean().await;
        let (exchanges, differences) = outcome?;
        cleaned.map_err(|error| format!("the server could not be cleaned up: {error}"))?;
        self.refuse_secrets(&to_text(&exchanges)?)?;
        Ok(Recording { version, exchanges, differences })
    }

    /// Runs the script. Returns the exchanges with the new answers, and the differences from the
    /// previous recording.
    async fn run_script(&mut self, exchanges: &[Exchange]) -> Result<(Vec<Exchange>, Vec<String>)> {
        let mut answers = BTreeMap::new();
        let mut differences = Vec::new();
        let mut known = Substitutions::default();
        let mut current_folder = "";
        for step in SCRIPT {
            match step {
                Step::Clock(seconds) => self.sender.set_time(*seconds),
                Step::Wait(seconds) => {
                    self.wait(Duration::from_secs(*seconds)).await;
                    self.sender.set_time(self.sender.time() + seconds);
                }
                Step::AclDigest(recorded) => self.sender.learn_acl_digest(recorded).await?,
                Step::Changes(changes) => {
                    for change in *changes {
                        if let Outcome::Impossible(reason) = self.sender.change(change).await? {
                            (self.on_impossible_change)(change, reason)?;
                        }
                    }
                    self.wait(PRIVILEGES_DELAY).await;
                }
                Step::Exchanges(folder, names) => {
                    if current_folder != *folder {
                        (self.report)(folder);
                        current_folder = folder;
                    }
                    for name in names.split_whitespace() {
                        let case = format!("{folder}/{name}");
                        let exchange = exchanges.iter().find(|exchange| exchange.case == case);
                        let exchange = exchange
                            .ok_or_else(|| format!("{case} is in the script but not recorded"))?;
                        let answer = self.answer(exchange).await;
                        let answer = answer.map_err(|error| format!("{case}: {error}"))?;
                        if let Some(recorded) = &exchange.answer
                            && let Err(difference) =
                                compare(recorded, &answer, &mut known, self.delays)
                        {
                            differences.push(format!("{case}: {difference}"));
                        }
                        answers.insert(case, answer);
                    }
                }
            }
        }
        let recorded = exchanges.iter().map(|exchange| Exchange {
            answer: answers.remove(&exchange.case),
            ..exchange.clone()
        });
        Ok((recorded.collect(), differences))
    }

    async fn answer(&mut self, exchange: &Exchange) -> Result<Answer> {
        let answer = self.sender.send(exchange).await?;
        let time = self.sender.time();
        let mut answer = redact(exchange, answer, &mut self.sender.substitutions, time);
        if exchange.answer.as_ref().is_some_and(|recorded| recorded.acl_cfg().is_some()) {
            answer.append_acl_cfg(&self.sender.acl_cfg().await?);
        }
        Ok(answer)
    }

    async fn wait(&self, duration: Duration) {
        sleep(duration.mul_f64(self.delays)).await;
    }

    /// If the text contains a secret of the server, returns an error. With this check, a mistake in
    /// the redaction cannot publish a secret.
    fn refuse_secrets(&self, text: &str) -> Result<()> {
        let Sender { credentials, substitutions, .. } = &self.sender;
        let secrets = substitutions.secrets.values().map(String::as_str);
        let signatures = substitutions.logins.values().map(|login| login.signature());
        let credentials = [credentials.root_secret.as_str(), &credentials.password];
        let mut all_secrets = credentials.into_iter().chain(secrets).chain(signatures);
        match all_secrets.any(|secret| !secret.is_empty() && text.contains(secret)) {
            true => Err("the recording contains a secret and is not written: xtask/src/recording/\
                         redaction.rs has to replace it"
                .into()),
            false => Ok(()),
        }
    }
}
