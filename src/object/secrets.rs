//! The rules for the three attributes of a secret: `NAME`, `NAME_wo` and `NAME_wo_version`.

use super::{
    Object,
    field::{Field, Wire},
    messages,
    wire::{version_name, write_only_name},
};
use tf_plugin::{Diagnostic, Value};

/// Checks that the configuration sets a valid combination of the three attributes of each secret.
/// An attribute with an unknown value counts as set.
pub(super) fn validate(fields: &[Field], config: &Value, diagnostics: &mut Vec<Diagnostic>) {
    for field in fields.iter().filter(|field| field.is_secret()) {
        let (name, write_only) = (&*field.attribute.name, write_only_name(field));
        let version = version_name(field);
        let is_set = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
        if is_set(name) && is_set(&write_only) {
            diagnostics.push(messages::secret_twice(name, &write_only));
        } else if is_set(name) && is_set(&version) {
            diagnostics.push(messages::version_of_stored_secret(name, &write_only, &version));
        } else if is_set(&write_only) && !is_set(&version) {
            diagnostics.push(messages::version_is_missing(&write_only, &version));
        }
    }
}

/// Checks that the configuration contains each secret that the planned request must contain.
/// `prior` is the prior state. It is null if the plan creates the object.
pub(super) fn check_plan(
    object: &Object,
    prior: &Value,
    config: &Value,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for field in &object.fields {
        let Wire::Secret { required } = field.wire else { continue };
        let (name, write_only) = (&*field.attribute.name, write_only_name(field));
        let version = version_name(field);
        let get = |object: &Value, name: &str| object.get(name).cloned().unwrap_or_default();
        let is_set = |name: &str| !get(config, name).is_null() && !get(config, name).is_empty();
        let (stored, planned) = (get(prior, &version), get(config, &version));
        if is_set(name) || is_set(&write_only) {
            // The configuration contains the secret.
        } else if !planned.is_null() && (prior.is_null() || stored != planned) {
            diagnostics.push(messages::write_only_is_missing(&write_only, &version));
        } else if prior.is_null() && required {
            diagnostics.push(messages::secret_is_missing(object.kind, name, &write_only));
        }
    }
}
