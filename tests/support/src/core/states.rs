//! The calls that return a state without creating an object: the import of an object, and the
//! conversion of a stored state.

use serde_json::Value as Json;

use super::{Core, Diagnostics, State};
use crate::{
    protocol::tfplugin6::{
        RawState, ResourceIdentityData, import_resource_state, move_resource_state,
        upgrade_resource_state,
    },
    values::dynamic,
};

impl Core {
    /// Imports an object by its id.
    pub async fn import(
        &self,
        type_name: &str,
        id: &str,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) {
        let request = import_resource_state::Request {
            type_name: type_name.into(),
            id: id.into(),
            ..Default::default()
        };
        self.run_import(request, state, diagnostics).await;
    }

    /// Imports an object by its identity.
    pub async fn import_by_identity(
        &self,
        type_name: &str,
        identity: &Json,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) {
        let request = import_resource_state::Request {
            type_name: type_name.into(),
            identity: Some(ResourceIdentityData { identity_data: Some(dynamic(identity)) }),
            ..Default::default()
        };
        self.run_import(request, state, diagnostics).await;
    }

    async fn run_import(
        &self,
        request: import_resource_state::Request,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) {
        let response =
            self.client.clone().import_resource_state(request).await.expect("a response");
        let response = response.into_inner();
        if diagnostics.record(response.diagnostics) {
            let object = response.imported_resources.into_iter().next().expect("an object");
            state.store(object.state, object.private);
        }
    }

    /// Converts a stored state of this version of the schema to a state of the present version.
    pub async fn upgrade(
        &self,
        type_name: &str,
        version: i64,
        stored: &Json,
        diagnostics: &mut Diagnostics,
    ) -> State {
        let request = upgrade_resource_state::Request {
            type_name: type_name.into(),
            version,
            raw_state: raw(stored),
        };
        let response = self.client.clone().upgrade_resource_state(request).await;
        let response = response.expect("a response").into_inner();
        let mut state = State::default();
        if diagnostics.record(response.diagnostics) {
            state.store(response.upgraded_state, Vec::new());
        }
        state
    }

    /// Converts the stored state of an object of another type, from another provider.
    pub async fn move_from(
        &self,
        source_type: &str,
        type_name: &str,
        stored: &Json,
        diagnostics: &mut Diagnostics,
    ) -> State {
        let request = move_resource_state::Request {
            source_provider_address: "registry.terraform.io/other/other".into(),
            source_type_name: source_type.into(),
            source_state: raw(stored),
            target_type_name: type_name.into(),
            ..Default::default()
        };
        let response = self.client.clone().move_resource_state(request).await;
        let response = response.expect("a response").into_inner();
        let mut state = State::default();
        if diagnostics.record(response.diagnostics) {
            state.store(response.target_state, response.target_private);
        }
        state
    }
}

fn raw(stored: &Json) -> Option<RawState> {
    Some(RawState { json: stored.to_string().into(), ..Default::default() })
}
