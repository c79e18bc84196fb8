//! A listener on a Unix socket. The socket is in a directory of its own, which is deleted when the
//! listener is dropped.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, Permissions},
    io,
    os::unix::fs::{PermissionsExt, chown},
    path::PathBuf,
};
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

/// A Unix socket and its directory.
pub(in crate::serve) struct Listener {
    listener: UnixListener,
    address: String,
    _directory: TempDir,
}

impl Listener {
    /// Creates the socket below `PLUGIN_UNIX_SOCKET_DIR`. If this variable is not set, creates the
    /// socket below the directory for temporary files. `PLUGIN_UNIX_SOCKET_GROUP` is the name or
    /// number of a group whose members can connect in addition to the user.
    pub(in crate::serve) fn bind(
        name: &str,
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> io::Result<Self> {
        let non_empty = |name| env(name).filter(|value| !value.is_empty());
        let parent: PathBuf = non_empty("PLUGIN_UNIX_SOCKET_DIR")
            .or_else(|| non_empty("TMPDIR"))
            .unwrap_or_else(|| "/tmp".into())
            .into();
        let explain = |problem: &str, error: io::Error| {
            let advice = "set TMPDIR to a short path of a writable directory";
            io::Error::new(error.kind(), format!("{problem} in {parent:?}: {error}; {advice}"))
        };

        // The path is kept short, since a socket path is limited to about 100 bytes.
        let directory = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&parent)
            .map_err(|error| explain("could not create a directory", error))?;
        let path = directory.path().join("socket");
        let address = path
            .to_str()
            .filter(|path| !path.contains(['|', '\n']))
            .ok_or_else(|| io::ErrorKind::InvalidFilename.into())
            .map_err(|error| explain("could not use a socket path", error))?
            .to_owned();
        let listener = UnixListener::bind(&path)
            .map_err(|error| explain("could not create a socket", error))?;

        if let Some(group) = non_empty("PLUGIN_UNIX_SOCKET_GROUP") {
            let groups = || fs::read_to_string("/etc/group").unwrap_or_default();
            let id = group_id(&group, groups).ok_or_else(|| {
                io::Error::other(format!(
                    "PLUGIN_UNIX_SOCKET_GROUP={group:?} is not the name or number of a group"
                ))
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

/// The number of a group. `group` is the name or the number. `groups` returns the contents of
/// `/etc/group`. A name is looked up only in this file, because the lookup function of libc would
/// load name service modules.
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
    async fn only_the_user_and_the_configured_group_can_connect() {
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
    async fn the_error_for_an_unusable_directory_tells_what_to_do() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["missing".to_owned(), "a|b".to_owned(), "long".repeat(40)] {
            let directory = parent.path().join(&name);
            if name != "missing" {
                fs::create_dir(&directory).unwrap();
            }
            let env = |name: &str| (name == "TMPDIR").then(|| directory.clone().into());
            let error = Listener::bind("pbs", &env)
                .err()
                .expect("the directory cannot be used")
                .to_string();
            assert!(error.contains("; set TMPDIR to a short path"), "{error}");
        }
    }

    #[test]
    fn groups_are_found_by_number_or_name() {
        let file = || "root:x:0:\nci:x:1004:alice,bob\nbroken\n".to_owned();
        for (group, id) in
            [("17", Some(17)), ("ci", Some(1004)), ("broken", None), ("x", None), ("-1", None)]
        {
            assert_eq!(group_id(OsStr::new(group), file), id, "{group}");
        }
    }
}
