//! Validation of configurations, the same for every kind of block.

use super::{Server, encode_all, tasks::guarded, wire};
use crate::{
    block::AnyBlock,
    diagnostic::{Diagnostic, Result},
    proto::tfplugin6 as proto,
    provider::Provider,
    schema::Schema,
    validate,
    value::Value,
};
use std::sync::Arc;

impl<P: Provider> Server<P> {
    /// Validates the configuration of the type `full_name`, which is one of `types`.
    pub(super) fn validate_block<T: AnyBlock + ?Sized>(
        &self,
        types: &[Arc<T>],
        full_name: &str,
        config: Option<&proto::DynamicValue>,
        write_only_allowed: bool,
    ) -> Vec<proto::Diagnostic> {
        let diagnostics = match self.find(types, full_name) {
            Ok(kind) => {
                let hook = |config: &_, diagnostics: &mut _| kind.validate(config, diagnostics);
                validate_config(kind.schema(), config, write_only_allowed, hook)
            }
            Err(unknown_type) => vec![unknown_type],
        };
        encode_all(diagnostics, || format!("Invalid {full_name}"))
    }
}

/// The errors that the schema finds or, if there are none, those that the type's own hook finds.
/// The hook can therefore rely on the schema's rules.
pub(super) fn validate_config(
    schema: &Schema,
    config: Option<&proto::DynamicValue>,
    write_only_allowed: bool,
    hook: impl FnOnce(&Value, &mut Vec<Diagnostic>) -> Result<()>,
) -> Vec<Diagnostic> {
    let config = match wire::value(config, schema.ty()) {
        Ok(config) => config,
        Err(error) => return vec![error],
    };
    let mut diagnostics = validate::errors(schema, &config, write_only_allowed);
    if diagnostics.is_empty() {
        let outcome = guarded(|| hook(&config, &mut diagnostics));
        diagnostics.extend(outcome.err());
    }
    diagnostics
}
