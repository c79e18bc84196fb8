//! Repositories in the form that the backup client reads from `PBS_REPOSITORY`.

use crate::pbs::{AuthId, DatastoreName, Malformed};
use std::{fmt, net::Ipv6Addr, str::FromStr};

const FORM: &str = "a repository (`[[user@realm[!token]@]server[:port]:]datastore`)";

/// A repository, `user@realm!token@server:port:datastore`. Only the datastore is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// User or token. The default of the backup client is `root@pam`.
    pub auth_id: Option<AuthId>,
    /// Host name or address. The default of the backup client is `localhost`.
    pub server: Option<Server>,
    /// Port. The default of the backup client is 8007.
    pub port: Option<u16>,
    /// Name of the datastore.
    pub datastore: DatastoreName,
}

/// A host name or an IP address. An IPv6 address is stored without brackets.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Server(String);

impl Server {
    /// Whether the server is an IPv6 address, which needs brackets in a repository.
    fn is_ipv6(&self) -> bool {
        self.0.parse::<Ipv6Addr>().is_ok()
    }
}

/// Parses a host name or an IP address. An IPv6 address can have brackets.
impl FromStr for Server {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str = "a host name or an IP address without a port";
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return match address.parse::<Ipv6Addr>() {
                Ok(_) => Ok(Self(address.to_owned())),
                Err(_) => Err(Malformed::rule(FORM, "the brackets do not contain an IPv6 address")),
            };
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        match text.chars().position(|c| !allowed(c)) {
            Some(place) => Err(Malformed::character(FORM, place + 1)),
            None if text.is_empty() => Err(Malformed::empty(FORM)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Server {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Server> for String {
    fn from(server: Server) -> Self {
        server.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { auth_id, server, port, datastore } = self;
        // A repository can contain a user and a port only if it contains a server.
        if let Some(server) = server {
            if let Some(auth_id) = auth_id {
                write!(f, "{auth_id}@")?;
            }
            match server.is_ipv6() {
                true => write!(f, "[{server}]")?,
                false => write!(f, "{server}")?,
            }
            if let Some(port) = port {
                write!(f, ":{port}")?;
            }
            f.write_str(":")?;
        }
        write!(f, "{datastore}")
    }
}

impl FromStr for Repository {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let Some((address, datastore)) = text.rsplit_once(':') else {
            let datastore = text.parse().map_err(|error: Malformed| match text {
                "" => error.within(FORM),
                _ => error.within(FORM).of_part("datastore"),
            })?;
            return Ok(Self { auth_id: None, server: None, port: None, datastore });
        };
        // Turns the error of a part into an error of the whole text. In the new error, the position
        // of the fault is counted from the beginning of the whole text. `rest` begins with the
        // part, and ends at the end of the whole text.
        let within = |part, rest: &str, error: Malformed| {
            let before = text.chars().count() - rest.chars().count();
            error.within(FORM).of_part(part).moved_right(before)
        };
        let datastore = datastore.parse().map_err(|error| within("datastore", datastore, error))?;
        // The name of a user can contain `@`, but the name of a server cannot, so the last `@` is
        // the separator.
        let (auth_id, host) = match address.rsplit_once('@') {
            Some((auth_id, host)) => {
                let id = auth_id.parse().map_err(|error| within("user or token", text, error))?;
                (Some(id), host)
            }
            None => (None, address),
        };
        let after_brackets = host.rfind(']').map_or(0, |index| index + 1);
        let (server, port) = match host[after_brackets..].split_once(':') {
            Some((rest, port)) => {
                let port: u16 = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                    Malformed::rule(FORM, "the port is not a number from 1 to 65535")
                })?;
                (&host[..after_brackets + rest.len()], Some(port))
            }
            None => (host, None),
        };
        let rest_from_host = &text[address.len() - host.len()..];
        let server: Server =
            server.parse().map_err(|error| within("server", rest_from_host, error))?;
        Ok(Self { auth_id, server: Some(server), port, datastore })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_that_the_backup_client_accepts_is_parsed() {
        for (text, auth_id, server, port, datastore) in [
            ("store", None, None, None, "store"),
            ("host:store", None, Some("host"), None, "store"),
            ("host:8007:store", None, Some("host"), Some(8007), "store"),
            ("[fe80::1]:store", None, Some("fe80::1"), None, "store"),
            ("a@pbs@[::1]:443:store", Some("a@pbs"), Some("::1"), Some(443), "store"),
            ("a@pbs!t@10.0.0.1:store", Some("a@pbs!t"), Some("10.0.0.1"), None, "store"),
            ("a@b@pam@host:store", Some("a@b@pam"), Some("host"), None, "store"),
        ] {
            let repository: Repository = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            let expected = Repository {
                auth_id: auth_id.map(|id| id.parse().unwrap()),
                server: server.map(|server| server.parse().unwrap()),
                port,
                datastore: datastore.parse().unwrap(),
            };
            assert_eq!(repository, expected, "{text}");
            assert_eq!(repository.to_string(), text);
        }
    }

    #[test]
    fn an_invalid_repository_is_rejected_and_not_shown() {
        for text in [
            "",
            ":",
            "MARKER MARKER",
            "host:0:store",
            "host:x:store",
            "a@b:1:2:3:store",
            "@host:store",
            "[x]:s",
            "::1:store",
            "host:",
        ] {
            let error = text.parse::<Repository>().unwrap_err().to_string();
            assert!(error.contains("repository") && !error.contains("MARKER"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn parsing_the_text_of_a_repository_returns_the_same_repository(
            auth_id in proptest::option::of("[a-z@.]{1,8}@pbs(![a-z0-9_]{1,8})?"),
            server in
                prop_oneof!["[a-z0-9-]{1,12}(\\.[a-z]{1,5})?", Just("2001:db8::1".to_owned())],
            port in proptest::option::of(1_u16..),
            datastore in "[a-z0-9_][a-z0-9._-]{2,31}",
        ) {
            let repository = Repository {
                auth_id: auth_id.map(|id| id.parse().unwrap()),
                server: Some(server.parse().unwrap()),
                port,
                datastore: datastore.parse().unwrap(),
            };
            prop_assert_eq!(repository.to_string().parse::<Repository>(), Ok(repository));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<Repository>();
        }
    }
}
