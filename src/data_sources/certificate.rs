//! `pbs_certificate`: the server's certificate, from the TLS handshake.

use crate::pbs::{Certificate as Api, Client, Moment};
use serde::{Deserialize, Serialize};
use tf_plugin::{Attribute, Cx, DataSource, Diagnostic, Result, Schema};

pub(crate) struct Certificate;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    fingerprint: Option<String>,
    subject: Option<String>,
    issuer: Option<String>,
    valid_from: Option<Moment>,
    valid_until: Option<Moment>,
    pem: Option<String>,
    verified: Option<bool>,
}

impl DataSource<Client> for Certificate {
    const NAME: &'static str = "certificate";
    type State = State;

    fn schema() -> Schema {
        Schema::new(
            "The certificate that the server shows when a connection is made. It takes no privilege and no \
             credentials, only the provider's `endpoint`.",
            [
                Attribute::string(
                    "fingerprint",
                    "SHA-256 of the certificate, in lower case and with colons, as a Proxmox VE storage wants it.",
                )
                .computed(),
                Attribute::string("subject", "Whom it names.").computed(),
                Attribute::string("issuer", "Who signed it.").computed(),
                Attribute::string("valid_from", "From when on it is valid.").computed(),
                Attribute::string("valid_until", "Until when it is valid.").computed(),
                Attribute::string("pem", "The certificate itself, as PEM text.").computed(),
                Attribute::boolean(
                    "verified",
                    "Whether the provider's `fingerprint` or `ca_certificate`, or the system, vouches for it.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let pbs = cx.client()?;
        let certificate = pbs.certificate().await?;
        if !certificate.verified {
            cx.warn(Diagnostic::warning(
                "Nothing vouches for the server's certificate",
                format!(
                    "{} shows a certificate with the fingerprint {}, and anybody in between could have shown it. \
                     Compare it with that on the server (`proxmox-backup-manager cert info`), then set it as the \
                     provider's `fingerprint`.",
                    pbs.endpoint(),
                    certificate.fingerprint
                ),
            ));
        }
        Ok(State::from_api(certificate))
    }
}

impl State {
    fn from_api(certificate: Api) -> Self {
        let Api { fingerprint, subject, issuer, not_before, not_after, pem, verified } =
            certificate;
        Self {
            fingerprint: Some(fingerprint.to_string()),
            subject: Some(subject),
            issuer: Some(issuer),
            valid_from: not_before,
            valid_until: not_after,
            pem: Some(pem),
            verified: Some(verified),
        }
    }
}
