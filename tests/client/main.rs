//! The PBS client against the simulated server, and against servers with fixed or hostile
//! responses, over real connections.
//!
//! Most waits are real but short, because the simulator shortens the delays of PBS. A wait for a
//! lost write takes no real time, because it only moves the clock of the simulator. For any
//! other long wait, a test pauses tokio's clock while no request is running. The paused clock jumps
//! to the end of the wait.

mod access;
mod auth;
mod canned;
mod faults;
mod first_contact;
mod headers;
mod hostile_responses;
mod hostile_texts;
mod logging;
mod lost_writes;
mod objects;
mod permissions;
mod planned_grants;
mod proxy;
mod refused_login;
mod settle;
mod trust;

use std::time::Duration;

use pbs_sim::{Settings, Simulator};
use terraform_provider_pbs::pbs::{
    Client, Clock, Config, Credentials, Grant, Token, TokenId, Trust, User, UserId,
};

/// A simulator with the users `one@pbs` and `two@pbs`, both with the password `Passw0rd!`.
fn simulator() -> Simulator {
    let users = vec![("one@pbs", "Passw0rd!").into(), ("two@pbs", "Passw0rd!").into()];
    Simulator::start(Settings { users, ..Settings::default() })
}

fn config(sim: &Simulator) -> Config {
    let credentials = Credentials::ApiToken(sim.admin_token().parse().unwrap());
    let trust = Trust::Fingerprint(sim.fingerprint().parse().unwrap());
    let endpoint = sim.endpoint().parse().unwrap();
    Config {
        timeout: Duration::from_secs(10),
        clock: clock(sim),
        ..Config::new(endpoint, credentials, trust)
    }
}

/// The clock of the simulator. A wait moves the clock ahead and takes no real time.
fn clock(sim: &Simulator) -> Clock {
    let (now, sleep) = (sim.time_control(), sim.time_control());
    Clock::new(move || now.time().try_into().unwrap()).with_sleep(move |duration| {
        let clock = sleep.clone();
        async move { clock.advance(duration) }
    })
}

fn client(sim: &Simulator) -> Client {
    Client::new(config(sim)).unwrap()
}

/// Creates this token in the simulator and returns a client that authenticates with it.
fn client_as(sim: &Simulator, token: &str) -> Client {
    let secret = sim.world(|world| world.add_token(token));
    let credentials = Credentials::ApiToken(format!("{token}:{secret}").parse().unwrap());
    Client::new(Config { credentials, ..config(sim) }).unwrap()
}

fn user_id(text: &str) -> UserId {
    text.parse().unwrap()
}

fn token_id(text: &str) -> TokenId {
    text.parse().unwrap()
}

fn new_token(id: &str) -> Token {
    Token { id: token_id(id), comment: None, enabled: true, expire: None }
}

fn new_user(id: &str) -> User {
    User {
        id: user_id(id),
        comment: None,
        enabled: true,
        expire: None,
        firstname: None,
        lastname: None,
        email: None,
    }
}

fn entry(path: &str, auth_id: &str, role: &str) -> Grant {
    Grant {
        path: path.parse().unwrap(),
        auth_id: auth_id.parse().unwrap(),
        role: role.parse().unwrap(),
        propagate: true,
    }
}

/// The number of requests with this method and path that the simulator has answered or dropped.
fn count(sim: &Simulator, method: &str, path: &str) -> usize {
    let requests = sim.requests();
    requests.iter().filter(|request| request.method == method && request.path == path).count()
}

/// Runs all futures at the same time and waits for them.
async fn all<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}
