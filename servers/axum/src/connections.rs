//! Connections by hyper, which `axum::serve` uses too but does not let one set: limits, time-outs, no `Date`.

use std::io;
use std::time::Duration;

use axum::serve::Listener;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};

const HEADER_LIMIT_BYTES: usize = 16 * 1024;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an unfinished request holds up SIGTERM.
const GRACE: Duration = Duration::from_secs(1);

/// Serves until SIGTERM, then finishes what has begun.
pub async fn serve(mut listener: TcpListener, routes: Router) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let connections = GracefulShutdown::new();
    let http = protocol();
    loop {
        tokio::select! {
            // axum's own: it waits a second after an error such as a lack of descriptors.
            (stream, _) = Listener::accept(&mut listener) => {
                // Answers must not wait for acknowledgements; where it cannot be set, they do.
                let _ = stream.set_nodelay(true);
                let service = TowerToHyperService::new(routes.clone());
                let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
                // How a connection ends is its client's affair.
                tokio::spawn(async move { _ = connection.await });
            }
            _ = terminate.recv() => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    Ok(())
}

fn protocol() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT)
        .max_buf_size(HEADER_LIMIT_BYTES)
        .auto_date_header(false);
    http
}
