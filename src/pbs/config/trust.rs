//! Verification settings for the server's certificate.

use crate::pbs::{Malformed, id::text_type};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    str::FromStr,
};

/// How the server's certificate is verified.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Only the certificate with this fingerprint is trusted, regardless of its name, issuer and
    /// validity period.
    Fingerprint(Fingerprint),
    /// One of these authorities must have signed the certificate, and the certificate must be valid
    /// for the host name.
    Ca(CaCertificates),
    /// One of the authorities that the operating system trusts must have signed the certificate,
    /// and the certificate must be valid for the host name.
    System,
    /// The certificate is not verified, so the connection can be intercepted.
    Insecure,
}

/// The SHA-256 fingerprint of a certificate. It is parsed with or without colons, in upper or lower
/// case, and with or without the label that PBS or OpenSSL prints in front of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Trust {
    /// Whether the certificate is verified.
    #[must_use]
    pub fn verifies(&self) -> bool {
        !matches!(self, Self::Insecure)
    }
}

/// One or more certificates of authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct CaCertificates(Vec<CertificateDer<'static>>);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub(crate) fn of(certificate: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl FromStr for Fingerprint {
    type Err = Malformed;

    fn from_str(whole_text: &str) -> Result<Self, Malformed> {
        const FORM: &str =
            "a SHA-256 fingerprint (64 hexadecimal digits, with or without colons between pairs)";
        let text = without_label(whole_text.trim());
        if text.chars().filter(char::is_ascii_hexdigit).count() == SHA_1_DIGITS
            && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':')
        {
            return Err(Malformed::rule(FORM, "the text is a SHA-1 fingerprint"));
        }
        // The number of characters that were removed from the beginning of the text.
        let removed = whole_text.find(text).map_or(0, |index| whole_text[..index].chars().count());
        let invalid_character = |place| Malformed::character(FORM, place + 1).moved_right(removed);
        let too_short = || match text {
            "" => Malformed::empty(FORM),
            _ => Malformed::rule(FORM, "the text has fewer than 64 hexadecimal digits"),
        };
        let has_colons = text.contains(':');
        let mut bytes = [0; 32];
        let mut chars = text.chars().enumerate();
        let mut next = |allowed: fn(char) -> bool| match chars.next() {
            Some((_, c)) if allowed(c) => Ok(c.to_digit(16).unwrap_or(0) as u8),
            Some((place, _)) => Err(invalid_character(place)),
            None => Err(too_short()),
        };
        for (index, byte) in bytes.iter_mut().enumerate() {
            if has_colons && index > 0 {
                next(|c| c == ':')?;
            }
            let high = next(|c| c.is_ascii_hexdigit())?;
            *byte = high << 4 | next(|c| c.is_ascii_hexdigit())?;
        }
        match chars.next() {
            Some((place, _)) => Err(invalid_character(place)),
            None => Ok(Self(bytes)),
        }
    }
}

/// The number of hexadecimal digits of a SHA-1 fingerprint.
const SHA_1_DIGITS: usize = 40;

/// The fingerprint without the label that `proxmox-backup-manager cert info` or `openssl x509
/// -fingerprint` prints in front of it.
fn without_label(text: &str) -> &str {
    const LABELS: [&str; 2] = ["Fingerprint (sha256):", "sha256 Fingerprint="];
    let after = |label: &&str| {
        let start = text.get(..label.len())?;
        start.eq_ignore_ascii_case(label).then(|| text[label.len()..].trim_start())
    };
    LABELS.iter().find_map(after).unwrap_or(text)
}

text_type!(Fingerprint);

/// Writes the fingerprint in lower case with colons, like PBS and Proxmox VE.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

impl CaCertificates {
    /// Parses PEM text, or the content of a PEM file if the text is a path.
    ///
    /// # Errors
    /// The file cannot be read, or contains no certificate or an invalid one.
    pub fn from_argument(text: &str) -> Result<Self, Malformed> {
        if text.contains("-----BEGIN") {
            return Self::from_pem(text.as_bytes());
        }
        match read_bounded(text.trim()) {
            Ok(pem) => Self::from_pem(&pem),
            Err(error) => Err(Malformed::rule(
                FORM,
                match error.kind() {
                    io::ErrorKind::NotFound => "the file does not exist",
                    io::ErrorKind::PermissionDenied => "permission to read the file is denied",
                    _ => "the file cannot be read",
                },
            )),
        }
    }

    /// Parses PEM text. Sections that are not certificates are skipped. The lines can be indented.
    /// Line breaks can be written as `\n`, as in an environment variable.
    ///
    /// # Errors
    /// The text contains no certificate or an invalid one.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Malformed> {
        match pem {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return Err(Malformed::rule(FORM, "the text is UTF-16; convert it to UTF-8"));
            }
            // A DER file begins with the tag and the length of a long sequence.
            [0x30, 0x82, ..] => {
                return Err(Malformed::rule(
                    FORM,
                    "the file is in the format DER; convert it with `openssl x509 -inform der`",
                ));
            }
            _ => {}
        }
        let text = String::from_utf8_lossy(pem).replace("\\n", "\n");
        let text = text.trim_start_matches('\u{feff}');
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(lines.join("\n").as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| Malformed::rule(FORM, "the PEM text contains an invalid certificate"))?;
        match certificates.is_empty() {
            true => Err(Malformed::rule(FORM, "the PEM text contains no certificate")),
            false => Ok(Self(certificates)),
        }
    }

    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}

/// Reads at most the first 16 MiB of the file. Files with certificates are smaller. The limit is
/// needed because the path can name a device that delivers data endlessly.
fn read_bounded(path: &str) -> io::Result<Vec<u8>> {
    const LIMIT: u64 = 16 << 20;
    let mut pem = Vec::new();
    File::open(path)?.take(LIMIT).read_to_end(&mut pem)?;
    Ok(pem)
}

/// The form of `ca_certificate` that errors describe.
const FORM: &str =
    "PEM text that begins with `-----BEGIN CERTIFICATE-----`, or the path of a PEM file";

impl fmt::Debug for CaCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaCertificates({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_parsed_with_or_without_colons_in_either_case() {
        let plain = "0123456789abcdef".repeat(4);
        let pairs = |text: &str| {
            let pairs: Vec<_> = text.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
            pairs.join(":")
        };
        for text in [
            plain.clone(),
            plain.to_uppercase(),
            pairs(&plain),
            pairs(&plain).to_uppercase(),
            format!(" {plain}\n"),
            format!("Fingerprint (sha256): {}", pairs(&plain)),
            format!("  Fingerprint (sha256): {}\n", pairs(&plain)),
            format!("sha256 Fingerprint={}", pairs(&plain).to_uppercase()),
            format!("SHA256 Fingerprint={}", pairs(&plain).to_uppercase()),
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), pairs(&plain), "{text}");
        }
        for (text, expected) in [
            (String::new(), "is empty"),
            (plain[..62].to_owned(), "fewer than 64 hexadecimal digits"),
            (format!("{plain}0"), "character 65 "),
            (format!("g{}", &plain[1..]), "character 1 "),
            (format!("01:2{}", &plain[2..]), "character 6 "),
            (format!("{}:", pairs(&plain)), "character 96 "),
            (format!("Fingerprint (sha256): g{}", &plain[1..]), "character 23 "),
            (format!("SHA1 {plain}"), "character 1 "),
            (plain[..40].to_owned(), "is a SHA-1 fingerprint"),
            (pairs(&plain[..40]), "is a SHA-1 fingerprint"),
        ] {
            let shown = text.parse::<Fingerprint>().unwrap_err().to_string();
            assert!(shown.contains(expected), "{text}: {shown}");
        }
    }

    #[test]
    fn the_fingerprint_is_the_sha_256_digest() {
        assert_eq!(
            Fingerprint::of(b"abc").to_string().replace(':', ""),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn certificates_are_parsed_from_text_or_from_a_file() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["pbs".to_owned()]).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        assert_eq!(CaCertificates::from_argument(&pem.repeat(2)).unwrap().certificates().len(), 2);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &pem).unwrap();
        let path = file.path().to_str().unwrap();
        assert_eq!(CaCertificates::from_argument(path).unwrap().certificates().len(), 1);
    }

    #[test]
    fn certificates_are_parsed_with_a_byte_order_mark_indentation_and_escaped_line_breaks() {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["pbs".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let pem = certificate.pem();
        let expected = CaCertificates::from_argument(&pem).unwrap();
        for text in [
            format!("\u{feff}{pem}"),
            pem.replace('\n', "\n    "),
            format!("\t{}", pem.replace('\n', "\r\n\t")),
            pem.replace("\r\n", "\n").replace('\n', "\\n"),
            format!("a comment\n{pem}"),
        ] {
            assert_eq!(CaCertificates::from_argument(&text).unwrap(), expected, "{text:?}");
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &text).unwrap();
            let path = format!("{}\n", file.path().display());
            assert_eq!(CaCertificates::from_argument(&path).unwrap(), expected, "{text:?}");
        }
        let utf_16: Vec<_> = "\u{feff}x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (content, reason) in [(utf_16, "UTF-16"), (certificate.der().to_vec(), "DER")] {
            let shown = CaCertificates::from_pem(&content).unwrap_err().to_string();
            assert!(shown.contains(reason), "{shown}");
        }
    }

    #[test]
    fn a_text_or_file_without_a_valid_certificate_is_rejected() {
        let secret = "-----BEGIN PRIVATE KEY-----\nTUFSS0VS\n-----END PRIVATE KEY-----\n";
        let invalid = "-----BEGIN CERTIFICATE-----\n%MARKER\n-----END CERTIFICATE-----\n";
        for (text, expected) in [
            ("/no/such/MARKER.pem", "does not exist"),
            ("", "does not exist"),
            (secret, "no certificate"),
            (invalid, "an invalid certificate"),
        ] {
            let shown = CaCertificates::from_argument(text).unwrap_err().to_string();
            assert!(shown.contains(expected), "{shown}");
            assert!(!shown.contains("MARKER") && !shown.contains("TUFS"), "{shown}");
        }
    }
}
