//! `pbs_certificate`: the server's certificate, read from a TLS handshake.

use crate::pbs::{Certificate as PbsCertificate, Client, Moment};
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
            "Reads the server's certificate from a TLS handshake. For this data source, the \
             provider needs only an `endpoint`, and no credential.\n\n\
             If the provider's `fingerprint` or `ca_certificate` is set, the certificate must \
             match this argument. If the certificate does not match, the data source fails. If \
             neither argument is set, the data source accepts every certificate. The attribute \
             `verified` says whether the certificate is trusted. If `verified` is `false`, the \
             provider shows a warning.\n\n\
             Privileges on PBS: none.",
            [
                Attribute::string(
                    "fingerprint",
                    "SHA-256 fingerprint of the certificate, in lower case with colons. A Proxmox \
                     VE storage expects the fingerprint in this form.",
                )
                .computed(),
                Attribute::string("subject", "Subject of the certificate.").computed(),
                Attribute::string("issuer", "Issuer of the certificate.").computed(),
                Attribute::string(
                    "valid_from",
                    "RFC 3339 timestamp of the beginning of the certificate's validity.",
                )
                .computed(),
                Attribute::string(
                    "valid_until",
                    "RFC 3339 timestamp of the end of the certificate's validity.",
                )
                .computed(),
                Attribute::string("pem", "Certificate as PEM text.").computed(),
                Attribute::boolean(
                    "verified",
                    "Whether the certificate is trusted. If the provider's `fingerprint` or \
                     `ca_certificate` is set, the value is `true`, because the data source fails \
                     for any other certificate. If neither of them is set, and the provider's \
                     `insecure` is `true`, the value is `false`. In all other cases, the value \
                     says whether the operating system on which the provider runs trusts the \
                     certificate.",
                )
                .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Client>, _: State) -> Result<State> {
        let pbs = cx.client()?;
        let certificate = pbs.certificate().await?;
        if !certificate.verified {
            let detail = pbs.with_unused_settings(&format!(
                "{} sent a certificate with the fingerprint {}. This certificate is not trusted, \
                 so another machine could have sent it. Run `proxmox-backup-manager cert info` on \
                 the server and compare the fingerprints. If they are the same, set the provider's \
                 `fingerprint` to this value",
                pbs.endpoint(),
                certificate.fingerprint
            ));
            cx.warn(Diagnostic::warning(
                "The data source returned an unverified certificate",
                format!("{detail}."),
            ));
        }
        Ok(State::from_api(certificate))
    }
}

impl State {
    fn from_api(certificate: PbsCertificate) -> Self {
        let PbsCertificate { fingerprint, subject, issuer, not_before, not_after, pem, verified } =
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
