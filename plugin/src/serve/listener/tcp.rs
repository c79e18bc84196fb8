//! A TCP port of the loopback interface, from the range that the host allows.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};

use tokio::net::{TcpListener, TcpStream};

/// A listening port.
pub(in crate::serve) struct Listener {
    listener: TcpListener,
    address: String,
}

impl Listener {
    /// Listens on the first free port of `PLUGIN_MIN_PORT` to `PLUGIN_MAX_PORT`, and
    /// on any port when they are not set.
    pub(in crate::serve) fn bind(
        _name: &str,
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> io::Result<Self> {
        let (least, most) = (port(env, "PLUGIN_MIN_PORT")?, port(env, "PLUGIN_MAX_PORT")?);
        let listener = (least..=most)
            .find_map(|port| StdListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .ok_or_else(|| {
                io::Error::other(format!(
                    "no port from PLUGIN_MIN_PORT={least} to PLUGIN_MAX_PORT={most} is free"
                ))
            })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?.to_string();
        Ok(Self { listener: TcpListener::from_std(listener)?, address })
    }

    pub(in crate::serve) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.listener.accept().await?;
        // Without it every small answer would wait for an acknowledgement.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    #[cfg_attr(not(windows), expect(dead_code, reason = "the tests look at the address"))]
    pub(in crate::serve) fn network(&self) -> &'static str {
        "tcp"
    }

    pub(in crate::serve) fn address(&self) -> &str {
        &self.address
    }
}

fn port(env: &dyn Fn(&str) -> Option<OsString>, name: &str) -> io::Result<u16> {
    match env(name).filter(|value| !value.is_empty()) {
        None => Ok(0),
        Some(value) => value.to_str().and_then(|value| value.parse().ok()).ok_or_else(|| {
            io::Error::other(format!("{name} has to be a port number from 0 to 65535"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(least: u16, most: u16) -> io::Result<Listener> {
        Listener::bind("pbs", &|name| match name {
            "PLUGIN_MIN_PORT" => Some(least.to_string().into()),
            "PLUGIN_MAX_PORT" => Some(most.to_string().into()),
            _ => None,
        })
    }

    #[tokio::test]
    async fn the_first_free_port_of_the_range_is_taken() {
        let any = Listener::bind("pbs", &|_| None).unwrap();
        let (host, taken) = any.address().split_once(':').unwrap();
        let taken: u16 = taken.parse().unwrap();
        assert_eq!(host, "127.0.0.1");
        let error = bind(taken, taken).err().expect("the port is taken").to_string();
        assert!(error.contains(&format!("PLUGIN_MAX_PORT={taken}")), "{error}");

        let peer = tokio::spawn(TcpStream::connect(any.address().to_owned()));
        assert!(any.accept().await.unwrap().nodelay().unwrap());
        peer.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_port_that_is_none_is_refused() {
        let error =
            Listener::bind("pbs", &|_| Some("http".into())).err().expect("no port").to_string();
        assert_eq!(error, "PLUGIN_MIN_PORT has to be a port number from 0 to 65535");
    }
}
