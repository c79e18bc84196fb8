//! The services that go-plugin expects beside the provider: controller, standard
//! output, broker and health. They know nothing but the end of the process.

use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch::Receiver;
use tonic::codegen::{BoxStream, tokio_stream::wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server::{Health, HealthServer};
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};
use super::proto::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::proto::plugin::{ConnInfo, Empty, StdioData};
use super::serve::Event;

/// Passes on that the host asks for the end.
pub(super) struct Controller {
    events: UnboundedSender<Event>,
    end: Receiver<bool>,
}

impl Controller {
    pub(super) fn server(
        events: UnboundedSender<Event>,
        end: Receiver<bool>,
    ) -> GrpcControllerServer<Self> {
        GrpcControllerServer::new(Self { events, end })
    }
}

#[async_trait]
impl GrpcController for Controller {
    /// Answers when everything is cleaned up. The cleaning runs elsewhere, since this
    /// call is dropped when the host goes away.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        let _ = self.events.send(Event::Shutdown);
        let _ = self.end.clone().wait_for(|ended| *ended).await;
        Ok(Response::new(Empty {}))
    }
}

/// Has nothing to say: the provider writes nothing to stdout after the handshake, and
/// the host reads stderr itself.
pub(super) struct Stdio {
    end: Receiver<bool>,
}

impl Stdio {
    pub(super) fn server(end: Receiver<bool>) -> GrpcStdioServer<Self> {
        GrpcStdioServer::new(Self { end })
    }
}

#[async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(open_until_the_end(None, (), self.end.clone())))
    }
}

/// Brokers no connection; the host wants to see the stream open all the same.
pub(super) struct Broker {
    end: Receiver<bool>,
}

impl Broker {
    pub(super) fn server(end: Receiver<bool>) -> GrpcBrokerServer<Self> {
        GrpcBrokerServer::new(Self { end })
    }
}

#[async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(Response::new(open_until_the_end(None, request, self.end.clone())))
    }
}

/// Serving, as long as it can be asked.
pub(super) struct HealthCheck {
    end: Receiver<bool>,
}

impl HealthCheck {
    pub(super) fn server(end: Receiver<bool>) -> HealthServer<Self> {
        HealthServer::new(Self { end })
    }
}

#[async_trait]
impl Health for HealthCheck {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match status(request.get_ref()) {
            ServingStatus::Serving => Ok(Response::new(answer(ServingStatus::Serving))),
            _ => Err(Status::not_found("no such service; ask for \"plugin\"")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let first = answer(status(request.get_ref()));
        Ok(Response::new(open_until_the_end(Some(first), (), self.end.clone())))
    }
}

fn status(request: &HealthCheckRequest) -> ServingStatus {
    match &*request.service {
        "" | "plugin" => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// A stream with at most one answer, which ends with the process. Keeps `request`
/// that long, so that the peer may go on sending.
fn open_until_the_end<T: Send + 'static>(
    first: Option<T>,
    request: impl Send + 'static,
    mut end: Receiver<bool>,
) -> BoxStream<T> {
    let (answers, stream) = mpsc::channel(1);
    tokio::spawn(async move {
        let _request = request;
        if let Some(first) = first {
            let _ = answers.send(Ok(first)).await;
        }
        tokio::select! {
            _ = end.wait_for(|ended| *ended) => {}
            () = answers.closed() => {}
        }
    });
    Box::pin(ReceiverStream::new(stream))
}
