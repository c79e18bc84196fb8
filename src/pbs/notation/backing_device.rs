//! Devices of removable datastores.

use crate::pbs::{Malformed, id::name_type};

name_type! {
    /// The UUID of the file system on the device of a removable datastore, in lower case.
    BackingDevice, check
}

fn check(text: &str) -> Result<(), Malformed> {
    const FORM: &str =
        "the UUID of a file system in lower case (`11111111-2222-3333-4444-555555555555`)";
    const LENGTH: usize = 36;
    let is_allowed = |(place, c): (usize, char)| match place {
        8 | 13 | 18 | 23 => c == '-',
        0..LENGTH => matches!(c, '0'..='9' | 'a'..='f'),
        _ => false,
    };
    match text.chars().enumerate().position(|each| !is_allowed(each)) {
        Some(place) => Err(Malformed::character(FORM, place + 1)),
        None if text.is_empty() => Err(Malformed::empty(FORM)),
        None if text.len() < LENGTH => Err(Malformed::rule(FORM, "the text is incomplete")),
        None => Ok(()),
    }
}
