//! The warning that the clock of this machine and the clock of the server differ.

use crate::pbs::Client;
use jiff::SignedDuration;
use tf_plugin::{Cx, Diagnostic};

/// Warns if the clock of this machine and the clock of the server differ by more than a minute.
/// Call this function where a time is calculated from the clock of this machine, but at most once
/// for each object. `attribute` is an attribute that the calculated time depends on.
pub(crate) fn warn_of_difference(cx: &Cx<Client>, attribute: &str) {
    if let Some(difference) = cx.client().ok().and_then(Client::clock_difference) {
        cx.warn(clocks_differ(difference).at(attribute));
    }
}

fn clocks_differ(difference: SignedDuration) -> Diagnostic {
    let (direction, effect) = match difference.is_positive() {
        true => ("ahead of", "later"),
        false => ("behind", "earlier"),
    };
    Diagnostic::warning(
        "The clocks of this machine and of the server differ",
        format!(
            "The clock of this machine is {:#} {direction} the clock of the server. The provider \
             calculates times with the clock of this machine, and the server compares them with \
             its own clock. A calculated expiration date is therefore {effect} than intended. Correct \
             the clock that is wrong, for example with NTP.",
            difference.abs()
        ),
    )
}
