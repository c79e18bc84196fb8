//! Resolves host names without the C library. The hosts file is read first. Then the DNS servers in
//! the system's configuration are queried. No other DNS servers are used.

use crate::pbs::error::causes;
use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, ResolveHosts},
    net::{DnsError, NetError},
    proto::{
        op::{Query, ResponseCode},
        rr::{Name, RecordType},
    },
};
use reqwest::dns::{Addrs, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::time::timeout;

/// A resolver that reads the configuration of the system when it resolves the first name.
#[derive(Clone)]
pub(super) struct Resolver {
    system: Arc<OnceLock<System>>,
    /// The time limit for resolving a name.
    limit: Duration,
}

/// The hosts file and the DNS servers of the system.
struct System {
    hosts: Hosts,
    servers: Result<TokioResolver, NoServers>,
}

/// The reason why a host name could not be resolved.
#[derive(Clone, Debug, thiserror::Error)]
enum ResolveError {
    #[error("DNS failure: the host name `{0}` does not exist; check `endpoint`")]
    UnknownName(String),
    #[error("DNS failure: the host name `{0}` cannot be resolved, because {1}")]
    NoAnswer(String, String),
    #[error(
        "DNS failure: the host name `{0}` cannot be resolved, because no DNS server is configured \
         in /etc/resolv.conf; use an IP address in `endpoint`, or add the name to /etc/hosts"
    )]
    NoServers(String),
}

/// The system has no usable DNS configuration.
#[derive(Debug)]
struct NoServers;

impl Resolver {
    /// A resolver that resolves each name within this time.
    pub(super) fn new(limit: Duration) -> Self {
        Self { system: Arc::default(), limit }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> Resolving {
        let Self { system, limit } = self.clone();
        Box::pin(async move {
            let addresses =
                system.get_or_init(System::read).addresses(name.as_str(), limit).await?;
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

impl System {
    fn read() -> Self {
        let servers = TokioResolver::builder_tokio().and_then(|mut builder| {
            let options = builder.options_mut();
            options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
            options.use_hosts_file = ResolveHosts::Never;
            builder.build()
        });
        Self {
            hosts: Hosts::from_system().unwrap_or_default(),
            servers: servers.map_err(|_| NoServers),
        }
    }

    /// The addresses of the host name `text`, found within the time limit.
    async fn addresses(&self, text: &str, limit: Duration) -> Result<Vec<IpAddr>, ResolveError> {
        let Some(name) = dns_name(text) else {
            return Err(ResolveError::UnknownName(text.to_owned()));
        };
        let from_hosts = self.addresses_from_hosts(&name);
        if !from_hosts.is_empty() {
            return Ok(from_hosts);
        }
        let lower = text.trim_end_matches('.').to_ascii_lowercase();
        if lower == "localhost" || lower.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let Ok(servers) = &self.servers else {
            return Err(ResolveError::NoServers(text.to_owned()));
        };
        match timeout(limit, servers.lookup_ip(name)).await {
            Ok(Ok(lookup)) => Ok(lookup.iter().collect()),
            Ok(Err(error)) => Err(resolve_error(text, &error)),
            Err(_) => Err(resolve_error(text, &NetError::Timeout)),
        }
    }

    /// The addresses of the name in the hosts file. This function uses the hosts file itself and
    /// does not leave this to the DNS resolver, because the resolver cannot be created if no DNS
    /// server is configured.
    fn addresses_from_hosts(&self, name: &Name) -> Vec<IpAddr> {
        let lookup =
            |record_type| self.hosts.lookup_static_host(&Query::query(name.clone(), record_type));
        let lookups = [RecordType::A, RecordType::AAAA].into_iter().filter_map(lookup);
        lookups
            .flat_map(|lookup| {
                let addresses = lookup.answers().iter().filter_map(|record| record.data.ip_addr());
                addresses.collect::<Vec<_>>()
            })
            .collect()
    }
}

/// The DNS name for the host name `text`. `None` if DNS does not allow the name, for example
/// because a part of the name is too long. Unlike the parser of the DNS library, this function
/// accepts every character, because DNS itself does not restrict the characters. For example, host
/// names with an underscore are common in private networks. If `text` has no final dot, the DNS
/// name is relative.
fn dns_name(text: &str) -> Option<Name> {
    let lower = text.to_ascii_lowercase();
    let labels = lower.strip_suffix('.').unwrap_or(&lower);
    let mut name = Name::from_labels(labels.split('.').map(str::as_bytes)).ok()?;
    name.set_fqdn(lower.ends_with('.'));
    Some(name)
}

/// The error if the DNS servers have returned no address for the host name `name`. The messages of
/// the DNS library are not used, because they can contain debug output.
fn resolve_error(name: &str, error: &NetError) -> ResolveError {
    let reason = match error {
        NetError::Dns(DnsError::NoRecordsFound(no_records)) => match no_records.response_code {
            ResponseCode::NoError | ResponseCode::NXDomain => {
                return ResolveError::UnknownName(name.to_owned());
            }
            code => format!("the DNS server responded with the error `{code}`"),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => {
            format!("the DNS server responded with the error `{code}`")
        }
        NetError::Timeout => "no DNS server responded in time".to_owned(),
        NetError::Io(error) => format!("the DNS servers cannot be reached: {error}"),
        NetError::NoConnections => "the DNS servers cannot be reached".to_owned(),
        _ => "the response of the DNS server cannot be used".to_owned(),
    };
    let advice = "check the DNS servers in /etc/resolv.conf";
    ResolveError::NoAnswer(name.to_owned(), format!("{reason}; {advice}"))
}

/// If the error was caused by a host name that could not be resolved, returns a message about this
/// host name. The boolean says whether another attempt can succeed.
pub(super) fn explain(error: &reqwest::Error) -> Option<(String, bool)> {
    let error = causes(error).find_map(|cause| cause.downcast_ref::<ResolveError>())?;
    Some((error.to_string(), matches!(error, ResolveError::NoAnswer(..))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::{
        config::{ConnectionConfig, NameServerConfig, ResolverConfig},
        net::runtime::TokioRuntimeProvider,
    };
    use tokio::net::UdpSocket;

    const LIMIT: Duration = Duration::from_secs(5);

    fn system(hosts: &str) -> System {
        let mut parsed = Hosts::default();
        parsed.read_hosts_conf(hosts.as_bytes()).unwrap();
        System { hosts: parsed, servers: Err(NoServers) }
    }

    /// A system with a DNS server that responds to every query with this response code. If the code
    /// is 0, which means success, the response to a query for an IPv4 address contains the address
    /// 192.0.2.9. If `code` is `None`, the server does not respond.
    async fn system_with_dns(code: Option<u8>) -> System {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut query = [0; 512];
            while let Ok((length, sender)) = socket.recv_from(&mut query).await {
                let Some(code) = code else { continue };
                // The question begins after 12 bytes. Its name ends with a zero byte, and 4 bytes
                // with the type and the class follow.
                let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
                let is_ipv4 = query[end - 3] == 1 && length >= end;
                let answers = u8::from(code == 0 && is_ipv4);
                let mut response = query[..end].to_vec();
                // The flags of a response, and the number of records in each section.
                response[2..12].copy_from_slice(&[0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]);
                if answers == 1 {
                    // The name of the question, type A, class IN, 60 seconds, and 4 bytes.
                    response.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9]);
                }
                let _ = socket.send_to(&response, sender).await;
            }
        });
        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let server = NameServerConfig::new([127, 0, 0, 1].into(), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        System { hosts: Hosts::default(), servers: builder.build().map_err(|_| NoServers) }
    }

    #[tokio::test]
    async fn the_hosts_file_is_used_even_if_no_dns_server_is_configured() {
        let system = system(
            "192.0.2.7 pbs.example.com pbs\n2001:db8::7 PBS\n127.0.1.1 localhost\n192.0.2.8 pbs_1\n",
        );
        for (name, addresses) in [
            ("pbs.example.com", vec!["192.0.2.7"]),
            ("PBS.example.com.", vec!["192.0.2.7"]),
            ("pbs", vec!["192.0.2.7", "2001:db8::7"]),
            ("pbs_1", vec!["192.0.2.8"]),
            ("localhost", vec!["127.0.1.1"]),
            ("a.localhost", vec!["127.0.0.1", "::1"]),
        ] {
            let resolved = system.addresses(name, LIMIT).await.unwrap();
            let resolved: Vec<_> = resolved.iter().map(ToString::to_string).collect();
            assert_eq!(resolved, addresses, "{name}");
        }
    }

    #[tokio::test]
    async fn every_host_name_that_dns_knows_is_resolved() {
        let system = system_with_dns(Some(0)).await;
        for name in [
            "pbs.example.com",
            "pbs_1.example.com",
            "_pbs",
            "pbs-.example.com",
            "-pbs.example.com",
            "PBS.example.com.",
            "xn--bcher-kva.example.com",
            "a--b.example.com",
        ] {
            let addresses = system.addresses(name, LIMIT).await;
            assert_eq!(addresses.unwrap(), [IpAddr::from([192, 0, 2, 9])], "{name}");
        }
    }

    #[tokio::test]
    async fn the_error_of_a_failed_resolution_says_that_dns_failed_and_why() {
        for (code, expected) in [
            (Some(3), "the host name `pbs_1.example.com` does not exist; check `endpoint`"),
            (Some(2), "because the DNS server responded with the error `Server Failure`"),
            (Some(5), "because the DNS server responded with the error `Query Refused`"),
            (None, "because no DNS server responded in time; check the DNS servers"),
        ] {
            let system = system_with_dns(code).await;
            let limit = Duration::from_millis(if code.is_none() { 50 } else { 5000 });
            let error = system.addresses("pbs_1.example.com", limit).await.unwrap_err();
            let shown = error.to_string();
            assert!(shown.starts_with("DNS failure: ") && shown.contains(expected), "{shown}");
            let debug_output = ["{", "NoRecords", "Query(", "Name("];
            assert!(debug_output.iter().all(|part| !shown.contains(part)), "{shown}");
        }
        let too_long = "a".repeat(64);
        let error = system("").addresses(&too_long, LIMIT).await.unwrap_err();
        assert!(matches!(error, ResolveError::UnknownName(_)), "{error}");
    }

    #[tokio::test]
    async fn resolution_fails_when_no_dns_server_is_configured() {
        let error = system("").addresses("pbs.example.com", LIMIT).await.unwrap_err();
        assert!(matches!(error, ResolveError::NoServers(_)), "{error}");
        assert!(error.to_string().contains("/etc/resolv.conf"), "{error}");
    }
}
