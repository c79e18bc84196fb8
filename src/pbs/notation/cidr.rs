//! IP networks.

use crate::pbs::{Malformed, notation::notation_type};
use std::net::IpAddr;

const FORM: &str = "an IP network such as `10.0.0.0/8` or `fd00::/8`";

notation_type! {
    /// An IP network: an address, `/`, and the length of the prefix.
    ///
    /// PBS accepts and keeps an address that has other bits than 0 after the prefix, for example
    /// `10.0.0.1/8` (recorded). Bits after the prefix do not matter, so `10.0.0.1/8` and
    /// `10.0.0.0/8` are equal. PBS also accepts a prefix that is longer than the address, for
    /// example `10.0.0.0/33` (recorded). This type rejects such a text, because no address belongs
    /// to the network.
    Cidr, (IpAddr, u32), parse
}

fn parse(text: &str) -> Result<(String, (IpAddr, u32)), Malformed> {
    let Some((address, prefix)) = text.split_once('/') else {
        return Err(match text {
            "" => Malformed::empty(FORM),
            _ => Malformed::missing(FORM, "length of the prefix"),
        });
    };
    let network = match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let length = prefix_length(prefix, 32, 2)?;
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            (IpAddr::V4((u32::from(address) & mask).into()), length)
        }
        Ok(IpAddr::V6(address)) => {
            let length = prefix_length(prefix, 128, 3)?;
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            (IpAddr::V6((u128::from(address) & mask).into()), length)
        }
        Err(_) => return Err(Malformed::rule(FORM, "the IP address is not valid")),
    };
    Ok((text.to_owned(), network))
}

/// Parses the length of a prefix. The length must be at most `most`, and the text can have at most
/// `most_digits` digits.
fn prefix_length(text: &str, most: u32, most_digits: usize) -> Result<u32, Malformed> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= most_digits;
    match text.parse() {
        Ok(length) if is_number && length <= most => Ok(length),
        _ if text.is_empty() => Err(Malformed::missing(FORM, "length of the prefix")),
        _ => Err(Malformed::rule(
            FORM,
            "the length of the prefix must be a number up to 32 (IPv4) or up to 128 (IPv6)",
        )),
    }
}
