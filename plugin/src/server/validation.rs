//! Validation of configurations, the same for every kind of block.

use super::{Server, encode_all, tasks::catch_panic, wire};
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
    /// Validates the configuration of a block, and encodes the diagnostics. See
    /// [`Self::diagnose_block`].
    pub(super) fn validate_block<T: AnyBlock + ?Sized>(
        &self,
        types: &[Arc<T>],
        full_name: &str,
        config: Option<&proto::DynamicValue>,
        write_only_allowed: bool,
    ) -> Vec<proto::Diagnostic> {
        let diagnostics = self.diagnose_block(types, full_name, config, write_only_allowed);
        encode_all(diagnostics, || format!("Invalid {full_name}"))
    }

    /// Validates the configuration of a block. `full_name` is the name of the block's type,
    /// including the provider's prefix. If `types` does not contain this type, the result is the
    /// error that the type is unknown. If `write_only_allowed` is false, core does not support
    /// write-only attributes. A configuration that sets a write-only attribute is then rejected.
    pub(super) fn diagnose_block<T: AnyBlock + ?Sized>(
        &self,
        types: &[Arc<T>],
        full_name: &str,
        config: Option<&proto::DynamicValue>,
        write_only_allowed: bool,
    ) -> Vec<Diagnostic> {
        match self.find(types, full_name) {
            Ok(block_type) => {
                let hook =
                    |config: &_, diagnostics: &mut _| block_type.validate(config, diagnostics);
                validate_config(block_type.schema(), config, write_only_allowed, hook)
            }
            Err(error) => vec![error],
        }
    }
}

/// Checks a configuration against its schema and returns the errors. If there are no errors, calls
/// the type's own `hook` and returns the diagnostics of the hook. The hook can therefore rely on
/// the rules of the schema.
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
        let outcome = catch_panic(|| hook(&config, &mut diagnostics));
        diagnostics.extend(outcome.err());
    }
    diagnostics
}
