//! The gRPC services that go-plugin expects in addition to the service of the provider: controller,
//! standard output, broker and health check.
//!
//! Each service has a receiver in the field `end`. The received value becomes `true` after the
//! cleanup, shortly before the process ends.

use crate::{
    proto::{
        health::{
            HealthCheckRequest, HealthCheckResponse,
            health_check_response::ServingStatus,
            health_server::{Health, HealthServer},
        },
        plugin::{
            ConnInfo, Empty, StdioData,
            grpc_broker_server::{GrpcBroker, GrpcBrokerServer},
            grpc_controller_server::{GrpcController, GrpcControllerServer},
            grpc_stdio_server::{GrpcStdio, GrpcStdioServer},
        },
    },
    serve::Event,
};
use tokio::sync::{
    mpsc::{self, UnboundedSender},
    watch::Receiver,
};
use tonic::{
    Request, Response, Status, Streaming, async_trait,
    codegen::{BoxStream, tokio_stream::wrappers::ReceiverStream},
};

/// The service with which core ends the process.
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
    /// Responds when the cleanup is complete. The cleanup runs in another task, because this call
    /// is cancelled when core closes the connection.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        let _ = self.events.send(Event::Shutdown);
        let _ = self.end.clone().wait_for(|ended| *ended).await;
        Ok(Response::new(Empty {}))
    }
}

/// The stream for stdout and stderr. It stays empty, because the provider writes nothing to stdout
/// after the handshake, and because core reads stderr directly from the process.
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
        Ok(Response::new(open_until_end(None, (), self.end.clone())))
    }
}

/// The stream for negotiating additional connections. The provider uses no additional connections,
/// but core expects the stream to be open.
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
        Ok(Response::new(open_until_end(None, request, self.end.clone())))
    }
}

/// The health check. The status of the service `plugin` is "serving" while the process runs.
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
            ServingStatus::Serving => Ok(Response::new(response(ServingStatus::Serving))),
            _ => Err(Status::not_found(
                "unknown service; the only service with a health status is \"plugin\"",
            )),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let first = response(status(request.get_ref()));
        Ok(Response::new(open_until_end(Some(first), (), self.end.clone())))
    }
}

fn status(request: &HealthCheckRequest) -> ServingStatus {
    match &*request.service {
        "" | "plugin" => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// Returns a stream that stays open until the process ends. The only message of the stream is
/// `first`. If `first` is `None`, the stream sends no message. If the call is bidirectional,
/// `request` is the stream of the peer's messages. It is kept while the returned stream is open,
/// because the peer could no longer send if it were dropped.
fn open_until_end<T: Send + 'static>(
    first: Option<T>,
    request: impl Send + 'static,
    mut end: Receiver<bool>,
) -> BoxStream<T> {
    let (messages, stream) = mpsc::channel(1);
    tokio::spawn(async move {
        let _request = request;
        if let Some(first) = first {
            let _ = messages.send(Ok(first)).await;
        }
        tokio::select! {
            _ = end.wait_for(|ended| *ended) => {}
            () = messages.closed() => {}
        }
    });
    Box::pin(ReceiverStream::new(stream))
}
