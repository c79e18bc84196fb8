//! A root directory that contains only the provider and a directory for its socket. It has no
//! `/dev`, no `/etc` and no library. A demo in this root directory proves that the provider needs
//! no other file of the machine.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{self, Command},
};

use xtask::cli::Result;

/// An empty root directory, and a launcher outside of this directory. Terraform starts the
/// launcher. The launcher starts the provider in the empty root directory.
pub(crate) struct EmptyRoot {
    launcher: PathBuf,
    sockets: PathBuf,
}

impl EmptyRoot {
    /// Creates the root directory in `directory`, copies the provider into it, and writes the
    /// launcher.
    ///
    /// # Errors
    /// The provider does not start in the root directory. For example, this process does not run as
    /// root and the system does not allow user namespaces.
    pub(crate) fn create(provider: &Path, directory: &Path) -> Result<Self> {
        let root = directory.join("root");
        // Terraform and the provider need the same path for the directory of the sockets. In the
        // root directory of the machine, this path is a symbolic link to the directory in the empty
        // root directory.
        let sockets = env::temp_dir().join(format!("pbs-root-{}", process::id()));
        let sockets_in_root = root.join(sockets.strip_prefix("/")?);
        fs::create_dir_all(&sockets_in_root)?;
        fs::copy(provider, root.join("provider"))?;
        symlink(&sockets_in_root, &sockets)?;
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

    /// The program that Terraform must start in place of the provider.
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
        // This removes only the symbolic link. The directory that the link leads to is part of the
        // empty root directory.
        let _ = fs::remove_file(&self.sockets);
    }
}
