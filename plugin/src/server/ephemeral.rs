//! The RPCs of ephemeral resources. The plugin layer remembers which ephemeral resources are open,
//! because core does not always close them.

use super::{Server, finish, wire};
use crate::{
    context::Cx,
    diagnostic::{Diagnostic, Result},
    ephemeral::AnyEphemeral,
    proto::tfplugin6 as proto,
    provider::Provider,
};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The time after which core tries a failed renewal again.
const RENEWAL_RETRY: Duration = Duration::from_secs(10);

/// The time limit for closing ephemeral resources while the server does not respond. OpenTofu 1.12
/// waits at most 10 seconds in total for all calls that close ephemeral resources (measured).
const CLOSING_LIMIT: Duration = Duration::from_secs(8);

/// The time at which calls of the CloseEphemeralResource RPC stop waiting for the server. The first
/// call sets the deadline to the current time plus [`CLOSING_LIMIT`]. All further calls have this
/// deadline, until an ephemeral resource has been closed. The next call then sets a new deadline.
#[derive(Default)]
pub(super) struct ClosingDeadline(Mutex<Option<Instant>>);

impl ClosingDeadline {
    fn get(&self) -> Instant {
        *self.0.lock().get_or_insert_with(|| Instant::now() + CLOSING_LIMIT)
    }

    fn reset(&self) {
        *self.0.lock() = None;
    }
}

/// An ephemeral resource that core has not closed yet.
pub(super) struct OpenEphemeral<C> {
    ephemeral_type: Arc<dyn AnyEphemeral<C>>,
    private: Vec<u8>,
}

impl<C> OpenEphemeral<C> {
    fn matches(&self, ephemeral_type: &Arc<dyn AnyEphemeral<C>>, private: &[u8]) -> bool {
        self.ephemeral_type.name() == ephemeral_type.name() && self.private == private
    }
}

impl<P: Provider> Server<P> {
    pub(super) async fn validate_ephemeral_resource_config(
        &self,
        request: proto::validate_ephemeral_resource_config::Request,
    ) -> proto::validate_ephemeral_resource_config::Response {
        let (types, name) = (&self.0.offers.ephemerals, &request.type_name);
        let diagnostics = self.validate_block(types, name, request.config.as_ref(), true);
        proto::validate_ephemeral_resource_config::Response { diagnostics }
    }

    pub(super) async fn open_ephemeral_resource(
        &self,
        request: proto::open_ephemeral_resource::Request,
    ) -> proto::open_ephemeral_resource::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.try_open(&cx, &request).await;
        let (response, diagnostics) = finish(outcome, cx.take_diagnostics(), || {
            format!("Could not open {}", request.type_name)
        });
        proto::open_ephemeral_resource::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn try_open(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::open_ephemeral_resource::Request,
    ) -> Result<proto::open_ephemeral_resource::Response> {
        let ephemeral_type = self.find(&self.0.offers.ephemerals, &request.type_name)?;
        let config = wire::value(request.config.as_ref(), ephemeral_type.schema().ty())?;
        let (ephemeral, cx, inner) = (ephemeral_type.clone(), cx.clone(), self.0.clone());
        // The task itself adds the object to `open_ephemerals`, so that the object is closed later
        // even if core disconnects before the task ends.
        let work = async move {
            let opened = ephemeral.open(&cx, config).await;
            let private = match &opened {
                Ok(opened) => opened.private.clone(),
                // The private data is empty if the resource has not called `Cx::close_later`.
                Err(_) => cx.private(),
            };
            if opened.is_ok() || !private.is_empty() {
                let open = OpenEphemeral { ephemeral_type: ephemeral, private };
                inner.open_ephemerals.lock().push(open);
            }
            opened
        };
        let opened = self.0.tasks.run(work).await?;
        Ok(proto::open_ephemeral_resource::Response {
            result: Some(wire::dynamic(&opened.result, ephemeral_type.schema().ty())?),
            private: Some(opened.private),
            renew_at: opened.renew_at.map(wire::timestamp),
            ..Default::default()
        })
    }

    pub(super) async fn renew_ephemeral_resource(
        &self,
        request: proto::renew_ephemeral_resource::Request,
    ) -> proto::renew_ephemeral_resource::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.try_renew(&cx, &request).await;
        let (response, diagnostics) = finish(outcome, cx.take_diagnostics(), || {
            format!("Could not renew {}", request.type_name)
        });
        // Even after an error, OpenTofu 1.12 uses the private data and the time in the response
        // (measured). Without the private data, OpenTofu could not close the object.
        let response = response.unwrap_or_else(|| proto::renew_ephemeral_resource::Response {
            private: request.private,
            renew_at: Some(wire::timestamp(self.cx().now() + RENEWAL_RETRY)),
            ..Default::default()
        });
        proto::renew_ephemeral_resource::Response { diagnostics, ..response }
    }

    async fn try_renew(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::renew_ephemeral_resource::Request,
    ) -> Result<proto::renew_ephemeral_resource::Response> {
        let ephemeral_type = self.find(&self.0.offers.ephemerals, &request.type_name)?;
        let (ephemeral, cx, inner) = (ephemeral_type.clone(), cx.clone(), self.0.clone());
        let old_private = request.private.clone().unwrap_or_default();
        // The task itself updates `open_ephemerals`, so that the new private data is stored even if
        // core disconnects before the task ends.
        let work = async move {
            let (private, renew_at) = ephemeral.renew(&cx, &old_private).await?;
            let mut open_ephemerals = inner.open_ephemerals.lock();
            let matches = |open: &&mut OpenEphemeral<_>| open.matches(&ephemeral, &old_private);
            if let Some(open) = open_ephemerals.iter_mut().find(matches) {
                open.private.clone_from(&private);
            }
            Ok((private, renew_at))
        };
        let (private, renew_at) = self.0.tasks.run(work).await?;
        Ok(proto::renew_ephemeral_resource::Response {
            private: Some(private),
            renew_at: renew_at.map(wire::timestamp),
            ..Default::default()
        })
    }

    pub(super) async fn close_ephemeral_resource(
        &self,
        request: proto::close_ephemeral_resource::Request,
    ) -> proto::close_ephemeral_resource::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.try_close(&cx, &request).await;
        let (_, diagnostics) = finish(outcome, cx.take_diagnostics(), || {
            format!("Could not close {}", request.type_name)
        });
        proto::close_ephemeral_resource::Response { diagnostics }
    }

    async fn try_close(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::close_ephemeral_resource::Request,
    ) -> Result<()> {
        let ephemeral_type = self.find(&self.0.offers.ephemerals, &request.type_name)?;
        let (ephemeral, context, inner) = (ephemeral_type.clone(), cx.clone(), self.0.clone());
        let private = request.private.clone().unwrap_or_default();
        let work = async move {
            ephemeral.close(&context, &private).await?;
            // The server has responded. The deadline is therefore reset, even if this RPC has
            // stopped waiting.
            inner.closing_deadline.reset();
            let mut open_ephemerals = inner.open_ephemerals.lock();
            let matches = |open: &OpenEphemeral<_>| open.matches(&ephemeral, &private);
            // Remove only one entry, because several open objects can have the same private data.
            if let Some(index) = open_ephemerals.iter().position(matches) {
                open_ephemerals.swap_remove(index);
            }
            Ok(())
        };
        match timeout_at(self.0.closing_deadline.get(), self.0.tasks.run(work)).await {
            Ok(outcome) => outcome,
            // The task continues. If it fails, `close_all` tries again.
            Err(_) => {
                cx.warn(Diagnostic::warning(
                    format!("{} was not closed in time", request.type_name),
                    "The server has not responded in time. The provider keeps trying to delete the \
                     object until Terraform ends the provider. If the deletion does not succeed, \
                     the object stays on the server until it expires.",
                ));
                Ok(())
            }
        }
    }

    /// Concurrently closes the ephemeral resources that core has not closed.
    pub(super) async fn close_all(&self) {
        let open_ephemerals = std::mem::take(&mut *self.0.open_ephemerals.lock());
        let closing_tasks: Vec<_> = open_ephemerals
            .into_iter()
            .map(|OpenEphemeral { ephemeral_type, private }| {
                let (cx, tasks) = (self.cx(), self.0.tasks.clone());
                tokio::spawn(async move {
                    let name = ephemeral_type.name();
                    let outcome =
                        tasks.run(async move { ephemeral_type.close(&cx, &private).await }).await;
                    if outcome.is_err() {
                        tracing::warn!(ephemeral = name, "could not be closed at shutdown");
                    }
                })
            })
            .collect();
        for task in closing_tasks {
            // The task cannot fail, because `tasks.run` turns a panic into an error. The error is
            // logged above.
            let _ = task.await;
        }
    }
}
