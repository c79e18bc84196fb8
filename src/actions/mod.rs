//! The actions. A new action needs its file, a `mod` line and a line in [`register`].

use crate::pbs::Client;
use tf_plugin::Offers;

mod change_owner;

/// Registers every action.
pub(crate) fn register(offers: Offers<Client>) -> Offers<Client> {
    offers.action::<change_owner::ChangeOwner>()
}
