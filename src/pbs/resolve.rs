//! Resolves host names without the C library. The hosts file is read first. Then the DNS servers in
//! the system's configuration are queried. No other DNS servers are used.

use crate::pbs::error::causes;
use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, ResolveHosts},
    proto::{
        op::Query,
        rr::{Name, RecordType},
    },
};
use reqwest::dns::{Addrs, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
    sync::{Arc, OnceLock},
};

/// A resolver that reads the configuration of the system when it resolves the first name.
#[derive(Clone, Default)]
pub(super) struct Resolver(Arc<OnceLock<System>>);

/// The configuration of the system.
struct System {
    hosts: Hosts,
    servers: Result<TokioResolver, NoServers>,
}

/// The reason why a host name could not be resolved.
#[derive(Clone, Debug, thiserror::Error)]
enum Unresolved {
    #[error("the host name `{0}` does not exist; check `endpoint`")]
    UnknownName(String),
    #[error("the host name `{0}` cannot be resolved: {1}")]
    Unanswered(String, String),
    #[error(
        "the host name `{0}` cannot be resolved, because no DNS server is configured in \
         /etc/resolv.conf; use an IP address in `endpoint`, or add the name to /etc/hosts"
    )]
    Unconfigured(String),
}

/// The system has no usable DNS configuration.
#[derive(Debug)]
struct NoServers;

impl Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> Resolving {
        let system = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses = system.get_or_init(System::read).addresses(name.as_str()).await?;
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

    async fn addresses(&self, text: &str) -> Result<Vec<IpAddr>, Unresolved> {
        let from_hosts = self.addresses_from_hosts(text);
        if !from_hosts.is_empty() {
            return Ok(from_hosts);
        }
        let plain = text.trim_end_matches('.').to_ascii_lowercase();
        if plain == "localhost" || plain.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let Ok(servers) = &self.servers else {
            return Err(Unresolved::Unconfigured(text.to_owned()));
        };
        match servers.lookup_ip(text).await {
            Ok(lookup) => Ok(lookup.iter().collect()),
            Err(error) if error.is_no_records_found() => {
                Err(Unresolved::UnknownName(text.to_owned()))
            }
            Err(error) => Err(Unresolved::Unanswered(text.to_owned(), error.to_string())),
        }
    }

    /// The addresses in the hosts file. The hosts file is read here and not by the DNS resolver, so
    /// that it is used even if no DNS server is configured.
    fn addresses_from_hosts(&self, text: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_str(&text.to_ascii_lowercase()) else { return Vec::new() };
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

/// If the error was caused by a host name that could not be resolved, returns a message about this
/// host name. The boolean says whether another attempt can succeed.
pub(super) fn explain(error: &reqwest::Error) -> Option<(String, bool)> {
    let unresolved = causes(error).find_map(|cause| cause.downcast_ref::<Unresolved>())?;
    Some((unresolved.to_string(), matches!(unresolved, Unresolved::Unanswered(..))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(hosts: &str) -> System {
        let mut parsed = Hosts::default();
        parsed.read_hosts_conf(hosts.as_bytes()).unwrap();
        System { hosts: parsed, servers: Err(NoServers) }
    }

    #[tokio::test]
    async fn the_hosts_file_is_used_even_without_dns() {
        let system =
            system("192.0.2.7 pbs.example.com pbs\n2001:db8::7 PBS\n127.0.1.1 localhost\n");
        for (name, addresses) in [
            ("pbs.example.com", vec!["192.0.2.7"]),
            ("PBS.example.com.", vec!["192.0.2.7"]),
            ("pbs", vec!["192.0.2.7", "2001:db8::7"]),
            ("localhost", vec!["127.0.1.1"]),
            ("a.localhost", vec!["127.0.0.1", "::1"]),
        ] {
            let resolved = system.addresses(name).await.unwrap();
            let resolved: Vec<_> = resolved.iter().map(ToString::to_string).collect();
            assert_eq!(resolved, addresses, "{name}");
        }
    }

    #[tokio::test]
    async fn resolution_fails_when_no_dns_server_is_configured() {
        let error = system("").addresses("pbs.example.com").await.unwrap_err();
        assert!(matches!(error, Unresolved::Unconfigured(_)), "{error}");
        assert!(error.to_string().contains("/etc/resolv.conf"), "{error}");
    }
}
