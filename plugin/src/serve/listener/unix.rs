//! A Unix socket in a directory of its own, which is removed with the listener.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

/// A listening Unix socket and its directory.
pub(in crate::serve) struct Listener {
    listener: UnixListener,
    address: String,
    _directory: TempDir,
}

impl Listener {
    /// Listens below `PLUGIN_UNIX_SOCKET_DIR`, else below the directory for temporary
    /// files. `PLUGIN_UNIX_SOCKET_GROUP` (name or number) lets that group in.
    pub(in crate::serve) fn bind(
        name: &str,
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> io::Result<Self> {
        let set = |name| env(name).filter(|value| !value.is_empty());
        let parent: PathBuf = set("PLUGIN_UNIX_SOCKET_DIR")
            .or_else(|| set("TMPDIR"))
            .unwrap_or_else(|| "/tmp".into())
            .into();
        let explain = |what: &str, error: io::Error| {
            let advice = "set TMPDIR to a short path to a directory that can be written to";
            io::Error::new(error.kind(), format!("{what} in {parent:?}: {error}; {advice}"))
        };

        // Short, since the path of a socket may have only about 100 bytes.
        let directory = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(|error| explain("could not make a directory", error))?;
        let path = directory.path().join("socket");
        let address = path
            .to_str()
            .filter(|path| !path.contains(['|', '\n']))
            .ok_or_else(|| io::ErrorKind::InvalidFilename.into())
            .map_err(|error| explain("could not name a socket", error))?
            .to_owned();
        let listener =
            UnixListener::bind(&path).map_err(|error| explain("could not make a socket", error))?;

        if let Some(group) = set("PLUGIN_UNIX_SOCKET_GROUP") {
            let groups = || fs::read_to_string("/etc/group").unwrap_or_default();
            let id = group_id(&group, groups).ok_or_else(|| {
                io::Error::other(format!("PLUGIN_UNIX_SOCKET_GROUP names no group: {group:?}"))
            })?;
            for (path, mode) in [(path.as_path(), 0o660), (directory.path(), 0o750)] {
                chown(path, None, Some(id))?;
                fs::set_permissions(path, Permissions::from_mode(mode))?;
            }
        }
        Ok(Self { listener, address, _directory: directory })
    }

    pub(in crate::serve) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }

    pub(in crate::serve) fn network(&self) -> &'static str {
        "unix"
    }

    pub(in crate::serve) fn address(&self) -> &str {
        &self.address
    }
}

/// The number of a group that is given by number or by name, the latter as the local
/// group file has it: asking libc would load the host's name services.
fn group_id(group: &OsStr, groups: impl FnOnce() -> String) -> Option<u32> {
    let group = group.to_str()?;
    group.parse().ok().or_else(|| {
        groups().lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok())?
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: impl AsRef<std::path::Path>) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn only_the_user_gets_in_unless_a_group_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let own_group = rustix::process::getgid().as_raw().to_string();
        for (group, directory, socket) in [("", 0o700, None), (&*own_group, 0o750, Some(0o660))] {
            let listener = Listener::bind("pbs", &|name| match name {
                "PLUGIN_UNIX_SOCKET_DIR" => Some(parent.path().into()),
                "PLUGIN_UNIX_SOCKET_GROUP" => Some(group.into()),
                _ => None,
            })
            .unwrap();
            let path = PathBuf::from(listener.address());
            assert!(path.starts_with(parent.path()), "{path:?}");
            assert_eq!(mode(path.parent().unwrap()), directory);
            if let Some(socket) = socket {
                assert_eq!(mode(&path), socket);
            }
            drop(listener);
            assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        }
    }

    #[tokio::test]
    async fn a_path_that_cannot_be_used_is_explained() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["missing".to_owned(), "a|b".to_owned(), "long".repeat(40)] {
            let directory = parent.path().join(&name);
            if name != "missing" {
                fs::create_dir(&directory).unwrap();
            }
            let env = |name: &str| (name == "TMPDIR").then(|| directory.clone().into());
            let error = Listener::bind("pbs", &env).err().expect("no listener").to_string();
            assert!(error.contains("; set TMPDIR to a short path"), "{error}");
        }
    }

    #[test]
    fn groups_go_by_number_or_name() {
        let file = || "root:x:0:\nci:x:1004:alice,bob\nbroken\n".to_owned();
        for (group, id) in
            [("17", Some(17)), ("ci", Some(1004)), ("broken", None), ("x", None), ("-1", None)]
        {
            assert_eq!(group_id(OsStr::new(group), file), id, "{group}");
        }
    }
}
