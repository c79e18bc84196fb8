//! The `tfplugin6` service: each call decodes, asks the contract, encodes. What a
//! change means is decided in `plan` and `validate`, what it does by the resource.

mod blocks;
mod resources;
mod state_stores;
mod streams;
mod tasks;
mod transient;
mod wire;

use super::{
    context::{Clock, Cx, Random, Runtime},
    diagnostic::{Diagnostic, Result},
    ephemeral::AnyEphemeral,
    proto::tfplugin6::{self as proto, provider_server},
    provider::{Offers, Provider},
    serve::Lifecycle,
};
use parking_lot::Mutex;
use std::sync::{Arc, atomic::AtomicBool};
use tasks::Tasks;
use tokio::sync::watch;
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

/// A provider as Terraform sees it.
pub(super) struct Server<P: Provider>(Arc<Inner<P>>);

struct Inner<P: Provider> {
    provider: P,
    offers: Offers<P::Client>,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    client: Mutex<Result<Arc<P::Client>>>,
    /// Whether it was configured before, with whatever success.
    configured: AtomicBool,
    tasks: Tasks,
    open: Mutex<Vec<Open<P::Client>>>,
}

/// An ephemeral resource that core has not closed yet.
struct Open<C> {
    kind: Arc<dyn AnyEphemeral<C>>,
    private: Vec<u8>,
}

impl<C> Open<C> {
    fn is(&self, kind: &Arc<dyn AnyEphemeral<C>>, private: &[u8]) -> bool {
        self.kind.name() == kind.name() && self.private == private
    }
}

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> Server<P> {
    /// Serves `provider` by this clock and these random bits.
    pub(super) fn new(provider: P, clock: Clock, random: Random) -> Self {
        let (stop, stopped) = watch::channel(false);
        let offers = provider.offers();
        Self(Arc::new(Inner {
            provider,
            offers,
            runtime: Runtime { clock, random, stop: stopped },
            stop,
            client: Mutex::new(Err(Diagnostic::failure("The provider is not configured yet."))),
            configured: AtomicBool::new(false),
            tasks: Tasks::new(),
            open: Mutex::default(),
        }))
    }

    /// The context of a call.
    fn cx(&self) -> Cx<P::Client> {
        Cx::new(self.0.client.lock().clone(), self.0.runtime.clone())
    }

    fn type_name(&self, name: &str) -> String {
        format!("{}_{name}", P::PREFIX)
    }

    /// The item of a list that core calls by its full name.
    fn find<'a, T>(
        &self,
        list: &'a [T],
        full: &str,
        name: impl Fn(&T) -> &'static str,
    ) -> Result<&'a T> {
        let short = full.strip_prefix(P::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        list.iter().find(|item| Some(name(item)) == short).ok_or_else(|| {
            Diagnostic::error("Unknown type", format!("This provider has no `{full}`."))
        })
    }
}

impl<P: Provider> Lifecycle for Server<P> {
    fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    async fn shutdown(&self) {
        tokio::join!(self.close_all(), self.0.tasks.idle());
        // What ran may have opened something more.
        self.close_all().await;
    }
}

/// The diagnostics of a call, each with a summary.
fn said(diagnostics: Vec<Diagnostic>, summary: impl Fn() -> String) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(|diagnostic| wire::diagnostic(diagnostic, &summary)).collect()
}

/// The outcome of a call beside everything that was said about it.
fn answer<T>(
    outcome: Result<T>,
    mut diagnostics: Vec<Diagnostic>,
    summary: impl Fn() -> String,
) -> (Option<T>, Vec<proto::Diagnostic>) {
    let outcome = outcome.map_err(|error| diagnostics.push(error)).ok();
    (outcome, said(diagnostics, summary))
}

/// The whole service: calls that take a message and answer one go to the method
/// of the same name, in the file of their subject.
macro_rules! service {
    ($($call:ident)*) => {
        #[async_trait::async_trait]
        impl<P: Provider> provider_server::Provider for Server<P> {
            $(
                async fn $call(
                    &self,
                    request: Request<proto::$call::Request>,
                ) -> std::result::Result<Response<proto::$call::Response>, Status> {
                    Ok(Response::new(Server::$call(self, request.into_inner()).await))
                }
            )*

            async fn validate_state_store_config(
                &self,
                _: Request<proto::validate_state_store::Request>,
            ) -> std::result::Result<Response<proto::validate_state_store::Response>, Status> {
                let diagnostics = state_stores::refusal();
                Ok(Response::new(proto::validate_state_store::Response { diagnostics }))
            }

            async fn list_resource(
                &self,
                request: Request<proto::list_resource::Request>,
            ) -> std::result::Result<Response<BoxStream<proto::list_resource::Event>>, Status> {
                Ok(Response::new(Server::list_resource(self, request.into_inner())))
            }

            async fn invoke_action(
                &self,
                request: Request<proto::invoke_action::Request>,
            ) -> std::result::Result<Response<BoxStream<proto::invoke_action::Event>>, Status> {
                Ok(Response::new(Server::invoke_action(self, request.into_inner())))
            }

            async fn read_state_bytes(
                &self,
                _: Request<proto::read_state_bytes::Request>,
            ) -> std::result::Result<Response<BoxStream<proto::read_state_bytes::Response>>, Status> {
                Ok(Response::new(state_stores::read_refusal()))
            }

            async fn write_state_bytes(
                &self,
                _: Request<Streaming<proto::write_state_bytes::RequestChunk>>,
            ) -> std::result::Result<Response<proto::write_state_bytes::Response>, Status> {
                let diagnostics = state_stores::refusal();
                Ok(Response::new(proto::write_state_bytes::Response { diagnostics }))
            }
        }
    };
}

service! {
    get_metadata get_provider_schema get_resource_identity_schemas get_functions
    validate_provider_config configure_provider stop_provider
    validate_resource_config upgrade_resource_state upgrade_resource_identity
    read_resource plan_resource_change apply_resource_change
    import_resource_state move_resource_state generate_resource_config
    validate_data_resource_config read_data_source
    validate_ephemeral_resource_config open_ephemeral_resource
    renew_ephemeral_resource close_ephemeral_resource
    validate_list_resource_config call_function
    validate_action_config plan_action
    configure_state_store lock_state unlock_state get_states delete_state
}
