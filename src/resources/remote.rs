//! `pbs_remote`: another Proxmox Backup Server.

use crate::{
    object::{Field, Object},
    pbs::{
        AuthId, Fingerprint, kinds,
        notation::{Host, RemoteName, RemotePassword},
    },
};

pub(crate) fn remote() -> Object {
    Object::new(
        "remote",
        &kinds::REMOTE,
        "Manages a remote: another Proxmox Backup Server, from which sync jobs pull or to which \
         they push. When the remote is created or changed, PBS does not connect to the other \
         server. A wrong host or secret therefore becomes visible only when a job runs.",
        [
            Field::text(
                "name",
                "name",
                "Name of the remote, 3 to 32 letters, digits, `_`, `.` and `-`.",
            )
            .parses::<RemoteName>()
            .key(),
            Field::text("host", "host", "DNS name or IP address of the remote server.")
                .parses::<Host>()
                .required(),
            Field::integer(
                "port",
                "port",
                "Port of the remote server, 1 to 65535. If the argument is omitted, PBS uses the \
                 port 8007.",
                1..=65535,
            ),
            Field::text(
                "auth_id",
                "auth-id",
                "User or API token with which PBS logs in to the remote server, as `user@realm` or \
                 `user@realm!token`.",
            )
            .parses::<AuthId>()
            .required(),
            Field::secret(
                "password",
                "password",
                "Password of the user, or secret of the API token.",
            )
            .parses::<RemotePassword>()
            .required(),
            Field::text(
                "fingerprint",
                "fingerprint",
                "SHA-256 fingerprint of the remote server's certificate. PBS needs the fingerprint \
                 if it does not trust the certificate otherwise, for example if the certificate is \
                 self-signed. Default: none.",
            )
            .parses::<Fingerprint>()
            .same::<Fingerprint>(),
            Field::flag(
                "use_node_proxy",
                "use-node-proxy",
                "Whether PBS connects to the remote server through the HTTP proxy of the node \
                 configuration (`http_proxy` of `pbs_node_config`). Default: `false`.",
            )
            .default(false)
            .since("4.1.6"),
            Field::comment(),
        ],
    )
}
