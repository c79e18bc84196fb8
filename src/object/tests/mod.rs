//! Tests of rules that every declaration must follow.

mod conversions;
mod description;
mod oracle;
mod samples;

use super::Object;

/// All declarations.
fn objects() -> Vec<Object> {
    crate::resources::OBJECTS.iter().map(|(declare, _)| declare()).collect()
}
