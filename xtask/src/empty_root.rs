//! A root directory that contains only the provider and a directory for its socket: no `/dev`, no
//! `/etc`, no library. It shows that the provider needs nothing from the machine.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{self, Command},
};

use xtask::cli::Result;

/// The directory, and a launcher outside of it that Terraform starts in place of the provider.
pub(crate) struct EmptyRoot {
    launcher: PathBuf,
    sockets: PathBuf,
}

impl EmptyRoot {
    /// Creates the directory in `directory`, with a copy of the provider.
    ///
    /// # Errors
    /// The provider does not start there, for example because the root directory of a process can
    /// be changed neither as root nor with user namespaces.
    pub(crate) fn create(provider: &Path, directory: &Path) -> Result<Self> {
        let root = directory.join("root");
        // Terraform and the provider use the same path for the sockets: outside of the root it is a
        // symbolic link to the directory inside.
        let sockets = env::temp_dir().join(format!("pbs-root-{}", process::id()));
        let inside = root.join(sockets.strip_prefix("/")?);
        fs::create_dir_all(&inside)?;
        fs::copy(provider, root.join("provider"))?;
        symlink(&inside, &sockets)?;
        let launcher = directory.join("launcher");
        let empty_root = Self { launcher, sockets };
        fs::write(&empty_root.launcher, empty_root.script(&root))?;
        fs::set_permissions(&empty_root.launcher, fs::Permissions::from_mode(0o755))?;
        let output = Command::new(&empty_root.launcher).arg("--version").output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "the provider does not start in an empty root directory: {}. Changing the root \
                 directory needs root privileges, or `unshare` and user namespaces",
                message.trim()
            )
            .into());
        }
        Ok(empty_root)
    }

    /// The program to start in place of the provider.
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
        // This removes only the symbolic link.
        let _ = fs::remove_file(&self.sockets);
    }
}
