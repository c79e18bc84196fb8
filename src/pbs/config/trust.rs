//! How a server proves that it is the right one.

use crate::pbs::{Malformed, id::text_type};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    str::FromStr,
};

/// What vouches for the server's certificate.
#[derive(Clone, Debug)]
pub enum Trust {
    /// It is exactly this one, whatever its name, issuer or dates.
    Fingerprint(Fingerprint),
    /// One of these has signed it, and it bears the name that is asked for.
    Ca(CaCertificates),
    /// The system's own list of authorities.
    System,
    /// Nothing: anybody on the way can read and change everything.
    Insecure,
}

/// The SHA-256 of a certificate; written with or without colons, in either case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Trust {
    /// Whether anything vouches for the server at all.
    #[must_use]
    pub fn verifies(&self) -> bool {
        !matches!(self, Self::Insecure)
    }
}

/// Certificates of authorities, of which at least one is there.
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

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: &str =
            "a SHA-256 fingerprint (64 hexadecimal digits, colons between pairs or none)";
        let colons = text.contains(':');
        let mut bytes = [0; 32];
        let mut rest = text.chars().enumerate();
        let mut next = |belongs: fn(char) -> bool| match rest.next() {
            Some((_, c)) if belongs(c) => Ok(c.to_digit(16).unwrap_or(0) as u8),
            Some((place, _)) => Err(Malformed::character(FORM, text, place + 1)),
            None => Err(Malformed::character(FORM, text, text.chars().count() + 1)),
        };
        for (index, byte) in bytes.iter_mut().enumerate() {
            if colons && index > 0 {
                next(|c| c == ':')?;
            }
            let high = next(|c| c.is_ascii_hexdigit())?;
            *byte = high << 4 | next(|c| c.is_ascii_hexdigit())?;
        }
        match rest.next() {
            Some((place, _)) => Err(Malformed::character(FORM, text, place + 1)),
            None => Ok(Self(bytes)),
        }
    }
}

text_type!(Fingerprint);

/// Lower case with colons, as PBS and Proxmox VE write it.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if index > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

impl CaCertificates {
    /// Takes PEM text, or the path of a file that holds PEM text.
    ///
    /// # Errors
    /// The file cannot be read, or there is no certificate in it.
    pub fn from_argument(text: &str) -> Result<Self, Malformed> {
        if text.contains("-----BEGIN") {
            return Self::from_pem(text.as_bytes());
        }
        match read_bounded(text.trim()) {
            Ok(pem) => Self::from_pem(&pem),
            Err(error) => Err(Malformed::rule(
                FORM,
                match error.kind() {
                    io::ErrorKind::NotFound => "there is no file of that name",
                    io::ErrorKind::PermissionDenied => "the file may not be read",
                    _ => "the file cannot be read",
                },
            )),
        }
    }

    /// Takes PEM text; what is not a certificate in it is passed over.
    ///
    /// # Errors
    /// There is no certificate in it, or a broken one.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Malformed> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|_| Malformed::rule(FORM, "a certificate in it is broken"))?;
        match certificates.is_empty() {
            true => Err(Malformed::rule(FORM, "there is no certificate in it")),
            false => Ok(Self(certificates)),
        }
    }

    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}

/// As much as is certainly a file of certificates: the path may name a device, or a file of another kind.
fn read_bounded(path: &str) -> io::Result<Vec<u8>> {
    const LARGEST: u64 = 16 << 20;
    let mut pem = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut pem)?;
    Ok(pem)
}

const FORM: &str =
    "PEM text that begins with `-----BEGIN CERTIFICATE-----`, or the path of such a file";

impl fmt::Debug for CaCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaCertificates({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_every_spelling() {
        let plain = "0123456789abcdef".repeat(4);
        let pairs = |text: &str| {
            let pairs: Vec<_> = text.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
            pairs.join(":")
        };
        for text in
            [plain.clone(), plain.to_uppercase(), pairs(&plain), pairs(&plain).to_uppercase()]
        {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), pairs(&plain), "{text}");
        }
        for (text, told) in [
            (String::new(), "ends too early"),
            (plain[..62].to_owned(), "ends too early"),
            (format!("{plain}0"), "character 65 "),
            (format!("g{}", &plain[1..]), "character 1 "),
            (format!("01:2{}", &plain[2..]), "character 6 "),
            (format!("{}:", pairs(&plain)), "character 96 "),
            (format!(" {plain}"), "character 1 "),
        ] {
            let shown = text.parse::<Fingerprint>().unwrap_err().to_string();
            assert!(shown.contains(told), "{text}: {shown}");
        }
    }

    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(
            Fingerprint::of(b"abc").to_string().replace(':', ""),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn certificates_come_from_text_or_from_a_file() {
        let key = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::new(vec!["pbs".to_owned()]).unwrap();
        let pem = made.self_signed(&key).unwrap().pem();
        assert_eq!(CaCertificates::from_argument(&pem.repeat(2)).unwrap().certificates().len(), 2);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &pem).unwrap();
        let path = file.path().to_str().unwrap();
        assert_eq!(CaCertificates::from_argument(path).unwrap().certificates().len(), 1);
    }

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let secret = "-----BEGIN PRIVATE KEY-----\nTUFSS0VS\n-----END PRIVATE KEY-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\n%MARKER\n-----END CERTIFICATE-----\n";
        for (text, told) in [
            ("/no/such/MARKER.pem", "no file of that name"),
            ("", "no file of that name"),
            (secret, "no certificate"),
            (broken, "broken"),
        ] {
            let shown = CaCertificates::from_argument(text).unwrap_err().to_string();
            assert!(shown.contains(told), "{shown}");
            assert!(!shown.contains("MARKER") && !shown.contains("TUFS"), "{shown}");
        }
    }
}
