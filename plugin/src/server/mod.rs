//! The `tfplugin6` service. Each RPC decodes its request, calls the provider's code for the type of
//! resource, data source or other block in the request, and encodes the response. The modules
//! `plan` and `validate` contain the rules that apply to all types. A hook of a type contains the
//! rules of this type.
//!
//! Every call that can send requests to the API runs in a task of its own ([`tasks`]). tonic drops
//! the handler of an RPC when the peer disconnects, but the task continues.

mod action;
mod data_source;
mod ephemeral;
mod function;
mod list;
mod provider;
mod resource;
mod tasks;
mod validation;
mod wire;

use crate::{
    block::AnyBlock,
    clock::Clock,
    context::{Cx, Random, Runtime},
    diagnostic::{Diagnostic, Result},
    offers::Offers,
    proto::tfplugin6::{self as proto, provider_server},
    provider::Provider,
    serve::Lifecycle,
};
use ephemeral::{ClosingDeadline, OpenEphemeral};
use parking_lot::Mutex;
use std::{
    collections::HashSet,
    sync::{Arc, atomic::AtomicBool},
};
use tasks::Tasks;
use tokio::sync::watch;
use tonic::{Request, Response, Status, codegen::BoxStream};

/// The service for one provider. Clones share their state.
pub(crate) struct Server<P: Provider>(Arc<Inner<P>>);

struct Inner<P: Provider> {
    provider: P,
    offers: Offers<P::Client>,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    /// The client, or the diagnostic that says why there is no client.
    client: Mutex<Result<Arc<P::Client>>>,
    /// Whether `ConfigureProvider` was called before, successfully or not.
    configured: AtomicBool,
    /// Whether the next plan of a resource has to call [`Provider::check`]. This is the case from
    /// the configuration of the provider until the first plan of a resource.
    check_pending: AtomicBool,
    tasks: Tasks,
    /// The ephemeral resources that core has not closed yet.
    open_ephemerals: Mutex<Vec<OpenEphemeral<P::Client>>>,
    closing_deadline: ClosingDeadline,
    /// The objects that core has refreshed in this run.
    refreshed_objects: Mutex<HashSet<resource::Object>>,
    renames: resource::Renames,
}

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Provider> Server<P> {
    /// A service for `provider`, with the given clock and source of random bits.
    pub(crate) fn new(provider: P, clock: Clock, random: Random) -> Self {
        let (stop, stopped) = watch::channel(false);
        let tasks = Tasks::new();
        let offers = provider.offers();
        Self(Arc::new(Inner {
            provider,
            offers,
            runtime: Runtime { clock, random, stop: stopped, calls: tasks.running() },
            stop,
            client: Mutex::new(Err(Diagnostic::failure("The provider is not configured yet."))),
            configured: AtomicBool::new(false),
            check_pending: AtomicBool::new(false),
            tasks,
            open_ephemerals: Mutex::default(),
            closing_deadline: ClosingDeadline::default(),
            refreshed_objects: Mutex::default(),
            renames: resource::Renames::default(),
        }))
    }

    /// The context for one call.
    fn cx(&self) -> Cx<P::Client> {
        Cx::new(self.0.client.lock().clone(), self.0.runtime.clone())
    }

    /// Adds the provider's prefix to the name of a type, for example `pbs_` to `user`.
    fn full_name(&self, name: &str) -> String {
        format!("{}_{name}", P::PREFIX)
    }

    /// Finds a type by its full name, which includes the provider's prefix.
    fn find<'a, T: AnyBlock + ?Sized>(
        &self,
        types: &'a [Arc<T>],
        full_name: &str,
    ) -> Result<&'a Arc<T>> {
        let name = full_name.strip_prefix(P::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        types.iter().find(|item| Some(item.name()) == name).ok_or_else(|| {
            Diagnostic::error("Unknown type", format!("This provider has no type `{full_name}`."))
        })
    }
}

impl<P: Provider> Lifecycle for Server<P> {
    fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    async fn shutdown(&self) {
        tokio::join!(self.close_all(), self.0.tasks.idle());
        // A task that was still running may have opened another ephemeral resource.
        self.close_all().await;
    }
}

/// Converts diagnostics to protocol messages. A diagnostic without a summary gets the result of
/// `summary`.
fn encode_all(
    diagnostics: Vec<Diagnostic>,
    summary: impl Fn() -> String,
) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(|diagnostic| wire::diagnostic(diagnostic, &summary)).collect()
}

/// Splits the outcome of a call into the value and all diagnostics. If the call failed, the value
/// is `None`, and the diagnostics include the error.
fn finish<T>(
    outcome: Result<T>,
    mut diagnostics: Vec<Diagnostic>,
    summary: impl Fn() -> String,
) -> (Option<T>, Vec<proto::Diagnostic>) {
    let outcome = outcome.map_err(|error| diagnostics.push(error)).ok();
    (outcome, encode_all(diagnostics, summary))
}

/// Implements the generated service trait. An RPC with a single request message and a single
/// response message is forwarded to the method of [`Server`] with the same name. The RPCs of state
/// stores keep tonic's default, which returns the status `unimplemented`.
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
}
