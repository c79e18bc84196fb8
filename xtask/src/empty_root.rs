//! A root directory that holds the provider and a place for its socket: no `/dev`, no `/etc`, no library.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{self, Command},
};

use xtask::cli::Result;

/// The directory, and a launcher outside it that Terraform can start.
pub(crate) struct EmptyRoot {
    launcher: PathBuf,
    sockets: PathBuf,
}

impl EmptyRoot {
    /// Makes it in `room`, around a copy of this provider.
    ///
    /// # Errors
    /// Nobody may change the root here: that takes root's rights, or user namespaces.
    pub(crate) fn around(provider: &Path, room: &Path) -> Result<Self> {
        let root = room.join("root");
        // The same path leads to the sockets from inside and, by a link, from outside.
        let sockets = env::temp_dir().join(format!("pbs-root-{}", process::id()));
        let inside = root.join(sockets.strip_prefix("/")?);
        fs::create_dir_all(&inside)?;
        fs::copy(provider, root.join("provider"))?;
        symlink(&inside, &sockets)?;
        let launcher = room.join("launcher");
        let made = Self { launcher, sockets };
        fs::write(&made.launcher, made.script(&root))?;
        fs::set_permissions(&made.launcher, fs::Permissions::from_mode(0o755))?;
        let tried = Command::new(&made.launcher).arg("--version").output()?;
        if !tried.status.success() {
            let said = String::from_utf8_lossy(&tried.stderr);
            return Err(format!(
                "the provider does not start in an empty root: {}. To change the root takes root's rights, or \
                 `unshare` and user namespaces",
                said.trim()
            )
            .into());
        }
        Ok(made)
    }

    /// What to start instead of the provider.
    pub(crate) fn launcher(&self) -> &Path {
        &self.launcher
    }

    fn script(&self, root: &Path) -> String {
        let (root, sockets) = (root.display(), self.sockets.display());
        format!(
            "#!/bin/sh\n\
             export PLUGIN_UNIX_SOCKET_DIR='{sockets}' PATH=\"$PATH:/usr/sbin:/sbin\"\n\
             [ \"$(id -u)\" = 0 ] && exec chroot '{root}' /provider \"$@\"\n\
             exec unshare --map-root-user chroot '{root}' /provider \"$@\"\n"
        )
    }
}

impl Drop for EmptyRoot {
    fn drop(&mut self) {
        // It is a link; what it leads to lies in the room.
        let _ = fs::remove_file(&self.sockets);
    }
}
