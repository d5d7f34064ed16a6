//! The contract on axum.

mod api;
mod connections;
mod model;
mod options;
mod version;

use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::model::Model;
use crate::options::Options;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("{}", version::framework_version());
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let options = Options::parse(std::env::args().skip(1))?;
    // Every handler holds it, for as long as the program runs.
    let model: &'static Model = Box::leak(Box::new(Model::load(&options.model)?));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads)
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))?;
    let end = runtime.block_on(async {
        let listener = listen(&options).await?;
        connections::serve(listener, api::routes(model))
            .await
            .map_err(|error| format!("axum: {error}"))
    });
    // Without waiting for requests that are still not finished.
    runtime.shutdown_background();
    end
}

async fn listen(options: &Options) -> Result<TcpListener, String> {
    let (host, port) = (options.host.as_str(), options.port);
    TcpListener::bind((host, port)).await.map_err(|error| {
        format!("cannot listen on {host}:{port}: {error}; choose another with --port")
    })
}
