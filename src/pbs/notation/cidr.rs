//! IP networks.

use crate::pbs::{Malformed, notation::notation_type};
use std::net::IpAddr;

const FORM: &str = "an IP network such as `10.0.0.0/8` or `fd00::/8`";

notation_type! {
    /// An IP network: an address, `/`, and the length of the prefix.
    ///
    /// PBS accepts addresses with bits after the prefix, such as `10.0.0.1/8`, and keeps them
    /// (recorded). These bits do not belong to the network, so `10.0.0.1/8` and `10.0.0.0/8` are
    /// equal. PBS also accepts prefixes that are longer than an address, such as `10.0.0.0/33`
    /// (recorded). No address belongs to such a network, so this type rejects them.
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

/// The length of the prefix. It is at most `most` and has at most `digits` digits.
fn prefix_length(text: &str, most: u32, digits: usize) -> Result<u32, Malformed> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= digits;
    match text.parse() {
        Ok(length) if is_number && length <= most => Ok(length),
        _ if text.is_empty() => Err(Malformed::missing(FORM, "length of the prefix")),
        _ => Err(Malformed::rule(
            FORM,
            "the length of the prefix is not a number up to 32 (IPv4) or 128 (IPv6)",
        )),
    }
}
