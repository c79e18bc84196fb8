//! The calls with which Terraform opens, renews and closes an ephemeral resource.

use serde_json::Value as Json;

use super::{Core, Diagnostics, complete};
use crate::{
    protocol::tfplugin6::{
        close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    },
    wire,
};

/// An open ephemeral resource.
pub struct Open {
    /// The attributes.
    pub result: Json,
    /// The private data, which Terraform sends back to renew and to close.
    pub private: Vec<u8>,
    /// When Terraform renews the ephemeral resource, in seconds since 1970. `None` means never.
    pub renew_at: Option<i64>,
}

impl Core {
    /// Opens an ephemeral resource.
    pub async fn open(
        &self,
        type_name: &str,
        config: &Json,
        diagnostics: &mut Diagnostics,
    ) -> Option<Open> {
        let schema = self.schema.ephemeral_resource_schemas.get(type_name);
        let request = open_ephemeral_resource::Request {
            type_name: type_name.into(),
            config: Some(complete(schema, config, None)),
            ..Default::default()
        };
        let response = self.client.clone().open_ephemeral_resource(request).await;
        let response = response.expect("a response").into_inner();
        diagnostics.record(response.diagnostics).then(|| Open {
            result: wire::unpack(&response.result.expect("a result").msgpack),
            private: response.private.unwrap_or_default(),
            renew_at: response.renew_at.map(|time| time.seconds),
        })
    }

    /// Renews an ephemeral resource. Returns whether there was no error. Like OpenTofu, uses the
    /// private data and the time of the response even if there was an error.
    pub async fn renew(
        &self,
        type_name: &str,
        open: &mut Open,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let request = renew_ephemeral_resource::Request {
            type_name: type_name.into(),
            private: Some(open.private.clone()),
        };
        let response = self.client.clone().renew_ephemeral_resource(request).await;
        let response = response.expect("a response").into_inner();
        open.private = response.private.unwrap_or_default();
        open.renew_at = response.renew_at.map(|time| time.seconds);
        diagnostics.record(response.diagnostics)
    }

    /// Closes the ephemeral resource with this private data.
    pub async fn close(&self, type_name: &str, private: &[u8], diagnostics: &mut Diagnostics) {
        let request = close_ephemeral_resource::Request {
            type_name: type_name.into(),
            private: Some(private.to_vec()),
        };
        let response = self.client.clone().close_ephemeral_resource(request).await;
        diagnostics.record(response.expect("a response").into_inner().diagnostics);
    }
}
