//! What leaves no object behind in the state: data sources and ephemeral resources.

use super::{Open, Server, answer, wire};
use crate::{context::Cx, diagnostic::Result, proto::tfplugin6 as proto, provider::Provider};
use std::sync::Arc;

impl<P: Provider> Server<P> {
    pub(super) async fn read_data_source(
        &self,
        request: proto::read_data_source::Request,
    ) -> proto::read_data_source::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.data(&cx, &request).await;
        let (state, diagnostics) = answer(outcome, cx.take_diagnostics(), || {
            format!("Could not read {}", request.type_name)
        });
        proto::read_data_source::Response { state, diagnostics, deferred: None }
    }

    async fn data(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::read_data_source::Request,
    ) -> Result<proto::DynamicValue> {
        let kind =
            self.find(&self.0.offers.data_sources, &request.type_name, |kind| kind.name())?;
        let config = wire::value(request.config.as_ref(), kind.schema().ty())?;
        let (call, cx) = (kind.clone(), cx.clone());
        let state = self.0.tasks.run(async move { call.read(&cx, config).await }).await?;
        wire::dynamic(&state, kind.schema().ty())
    }

    pub(super) async fn open_ephemeral_resource(
        &self,
        request: proto::open_ephemeral_resource::Request,
    ) -> proto::open_ephemeral_resource::Response {
        let cx = Arc::new(self.cx());
        let outcome = self.opened(&cx, &request).await;
        let (response, diagnostics) = answer(outcome, cx.take_diagnostics(), || {
            format!("Could not open {}", request.type_name)
        });
        proto::open_ephemeral_resource::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn opened(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::open_ephemeral_resource::Request,
    ) -> Result<proto::open_ephemeral_resource::Response> {
        let kind = self.find(&self.0.offers.ephemerals, &request.type_name, |kind| kind.name())?;
        let config = wire::value(request.config.as_ref(), kind.schema().ty())?;
        let (call, cx, inner) = (kind.clone(), cx.clone(), self.0.clone());
        // Remembered inside the task: it is open even if core is gone by then.
        let work = async move {
            let opened = call.open(&cx, config).await;
            let private = match &opened {
                Ok(opened) => opened.private.clone(),
                Err(_) => cx.private(),
            };
            if opened.is_ok() || !private.is_empty() {
                inner.open.lock().push(Open { kind: call, private });
            }
            opened
        };
        let opened = self.0.tasks.run(work).await?;
        Ok(proto::open_ephemeral_resource::Response {
            result: Some(wire::dynamic(&opened.result, kind.schema().ty())?),
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
        let outcome = self.renewed(&cx, &request).await;
        let (response, diagnostics) = answer(outcome, cx.take_diagnostics(), || {
            format!("Could not renew {}", request.type_name)
        });
        proto::renew_ephemeral_resource::Response { diagnostics, ..response.unwrap_or_default() }
    }

    async fn renewed(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::renew_ephemeral_resource::Request,
    ) -> Result<proto::renew_ephemeral_resource::Response> {
        let kind = self.find(&self.0.offers.ephemerals, &request.type_name, |kind| kind.name())?;
        let (call, cx, inner) = (kind.clone(), cx.clone(), self.0.clone());
        let before = request.private.clone().unwrap_or_default();
        // Remembered inside the task: it is renewed even if core is gone by then.
        let work = async move {
            let (private, renew_at) = call.renew(&cx, &before).await?;
            if let Some(open) = inner.open.lock().iter_mut().find(|open| open.is(&call, &before)) {
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
        let outcome = self.closed(&cx, &request).await;
        let (_, diagnostics) = answer(outcome, cx.take_diagnostics(), || {
            format!("Could not close {}", request.type_name)
        });
        proto::close_ephemeral_resource::Response { diagnostics }
    }

    async fn closed(
        &self,
        cx: &Arc<Cx<P::Client>>,
        request: &proto::close_ephemeral_resource::Request,
    ) -> Result<()> {
        let kind = self.find(&self.0.offers.ephemerals, &request.type_name, |kind| kind.name())?;
        let (call, cx, inner) = (kind.clone(), cx.clone(), self.0.clone());
        let private = request.private.clone().unwrap_or_default();
        let work = async move {
            call.close(&cx, &private).await?;
            // One only: another may have been opened with the same outcome.
            let mut open = inner.open.lock();
            if let Some(index) = open.iter().position(|open| open.is(&call, &private)) {
                open.swap_remove(index);
            }
            Ok(())
        };
        self.0.tasks.run(work).await
    }

    /// Closes what core has left open, all at once.
    pub(super) async fn close_all(&self) {
        let left = std::mem::take(&mut *self.0.open.lock());
        let closing: Vec<_> = left
            .into_iter()
            .map(|Open { kind, private }| {
                let (cx, tasks) = (self.cx(), self.0.tasks.clone());
                tokio::spawn(async move {
                    let name = kind.name();
                    let outcome = tasks.run(async move { kind.close(&cx, &private).await }).await;
                    if outcome.is_err() {
                        tracing::warn!(ephemeral = name, "could not be closed at shutdown");
                    }
                })
            })
            .collect();
        for task in closing {
            // It ends with a log line at the worst: `tasks.run` catches panics.
            let _ = task.await;
        }
    }
}
