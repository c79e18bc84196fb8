//! Names to addresses, without the C library: the hosts file, then the name servers that the system
//! is configured for. Never asks a public server by itself.

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

/// Reads the system's configuration when the first name has to be resolved.
#[derive(Clone, Default)]
pub(super) struct Resolver(Arc<OnceLock<System>>);

struct System {
    hosts: Hosts,
    servers: Result<TokioResolver, NoServers>,
}

/// A name that has no address, or that nobody can be asked about.
#[derive(Clone, Debug, thiserror::Error)]
enum Unresolved {
    #[error("there is no host called `{0}`; is `endpoint` right?")]
    UnknownName(String),
    #[error("`{0}` cannot be resolved: {1}")]
    Unanswered(String, String),
    #[error(
        "`{0}` cannot be resolved, since this system names no DNS server (/etc/resolv.conf); use an \
         IP address as the endpoint, or add the name to /etc/hosts"
    )]
    Unconfigured(String),
}

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
        let listed = self.listed(text);
        if !listed.is_empty() {
            return Ok(listed);
        }
        let plain = text.trim_end_matches('.').to_ascii_lowercase();
        if plain == "localhost" || plain.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let Ok(servers) = &self.servers else {
            return Err(Unresolved::Unconfigured(text.to_owned()));
        };
        match servers.lookup_ip(text).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(error) if error.is_no_records_found() => {
                Err(Unresolved::UnknownName(text.to_owned()))
            }
            Err(error) => Err(Unresolved::Unanswered(text.to_owned(), error.to_string())),
        }
    }

    /// What the hosts file says; it is asked here and not inside the resolver, so that it counts
    /// even where no DNS server is configured.
    fn listed(&self, text: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_str(&text.to_ascii_lowercase()) else { return Vec::new() };
        let of_kind = |kind| self.hosts.lookup_static_host(&Query::query(name.clone(), kind));
        let lookups = [RecordType::A, RecordType::AAAA].into_iter().filter_map(of_kind);
        lookups
            .flat_map(|lookup| {
                let addresses = lookup.answers().iter().filter_map(|record| record.data.ip_addr());
                addresses.collect::<Vec<_>>()
            })
            .collect()
    }
}

/// The sentence for a failed resolution in this error's chain, and whether a later try could go
/// better.
pub(super) fn explain(error: &reqwest::Error) -> Option<(String, bool)> {
    let unresolved = causes(error).find_map(|cause| cause.downcast_ref::<Unresolved>())?;
    Some((unresolved.to_string(), matches!(unresolved, Unresolved::Unanswered(..))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(hosts: &str) -> System {
        let mut read = Hosts::default();
        read.read_hosts_conf(hosts.as_bytes()).unwrap();
        System { hosts: read, servers: Err(NoServers) }
    }

    #[tokio::test]
    async fn the_hosts_file_counts_even_without_dns() {
        let system =
            system("192.0.2.7 pbs.example.com pbs\n2001:db8::7 PBS\n127.0.1.1 localhost\n");
        for (name, addresses) in [
            ("pbs.example.com", vec!["192.0.2.7"]),
            ("PBS.example.com.", vec!["192.0.2.7"]),
            ("pbs", vec!["192.0.2.7", "2001:db8::7"]),
            ("localhost", vec!["127.0.1.1"]),
            ("a.localhost", vec!["127.0.0.1", "::1"]),
        ] {
            let found = system.addresses(name).await.unwrap();
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, addresses, "{name}");
        }
    }

    #[tokio::test]
    async fn nobody_is_asked_when_nobody_is_configured() {
        let error = system("").addresses("pbs.example.com").await.unwrap_err();
        assert!(matches!(error, Unresolved::Unconfigured(_)), "{error}");
        assert!(error.to_string().contains("/etc/resolv.conf"), "{error}");
    }
}
