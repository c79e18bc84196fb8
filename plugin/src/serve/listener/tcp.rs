//! A listener on a TCP port of the loopback interface, within the range that core allows.

use std::{
    ffi::OsString,
    io,
    net::{Ipv4Addr, TcpListener as StdListener},
};
use tokio::net::{TcpListener, TcpStream};

/// A TCP listener and its address.
pub(in crate::serve) struct Listener {
    listener: TcpListener,
    address: String,
}

impl Listener {
    /// Listens on the first free port from `PLUGIN_MIN_PORT` to `PLUGIN_MAX_PORT`, or on any free
    /// port if these variables are not set.
    pub(in crate::serve) fn bind(
        _name: &str,
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> io::Result<Self> {
        let (min, max) = (port(env, "PLUGIN_MIN_PORT")?, port(env, "PLUGIN_MAX_PORT")?);
        let listener = (min..=max)
            .find_map(|port| StdListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .ok_or_else(|| {
                io::Error::other(format!(
                    "no port from PLUGIN_MIN_PORT={min} to PLUGIN_MAX_PORT={max} is free"
                ))
            })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?.to_string();
        Ok(Self { listener: TcpListener::from_std(listener)?, address })
    }

    pub(in crate::serve) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.listener.accept().await?;
        // Without this option, a small response could wait until the peer has acknowledged earlier
        // data.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    #[cfg_attr(
        not(windows),
        expect(
            dead_code,
            reason = "outside of Windows, only tests use this type, and they need only the address"
        )
    )]
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
            io::Error::other(format!("{name} must be a port number from 0 to 65535"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(min: u16, max: u16) -> io::Result<Listener> {
        Listener::bind("pbs", &|name| match name {
            "PLUGIN_MIN_PORT" => Some(min.to_string().into()),
            "PLUGIN_MAX_PORT" => Some(max.to_string().into()),
            _ => None,
        })
    }

    #[tokio::test]
    async fn the_first_free_port_of_the_range_is_used() {
        let listener = Listener::bind("pbs", &|_| None).unwrap();
        let (host, port) = listener.address().split_once(':').unwrap();
        let port: u16 = port.parse().unwrap();
        assert_eq!(host, "127.0.0.1");
        let error = bind(port, port).err().expect("the port is in use").to_string();
        assert!(error.contains(&format!("PLUGIN_MAX_PORT={port}")), "{error}");

        let peer = tokio::spawn(TcpStream::connect(listener.address().to_owned()));
        assert!(listener.accept().await.unwrap().nodelay().unwrap());
        peer.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_invalid_port_is_rejected() {
        let error = Listener::bind("pbs", &|_| Some("http".into()))
            .err()
            .expect("the port is invalid")
            .to_string();
        assert_eq!(error, "PLUGIN_MIN_PORT must be a port number from 0 to 65535");
    }
}
