//! `medchat inference-host` and `medchat edge-host`: each part of the system by itself.

use clap::Args;
use medchat_edge_host::{EdgeHost, EdgeHostArgs};

use crate::child::{STOP_WITH_PARENT, told_to_stop};

/// Flags of `medchat inference-host`.
#[derive(Args)]
pub struct InferenceArguments {
    #[command(flatten)]
    config: medchat_inference_host::Config,
    /// End when standard input ends
    #[arg(long, env = STOP_WITH_PARENT, hide = true)]
    stop_with_parent: bool,
}

/// Flags of `medchat edge-host`.
#[derive(Args)]
pub struct EdgeArguments {
    #[command(flatten)]
    config: EdgeHostArgs,
    /// End when standard input ends
    #[arg(long, env = STOP_WITH_PARENT, hide = true)]
    stop_with_parent: bool,
}

/// Runs the inference host until the process is told to stop.
///
/// # Errors
/// It could not be started; the error says why, for a person.
pub async fn run_inference(arguments: InferenceArguments) -> anyhow::Result<()> {
    let InferenceArguments {
        config,
        stop_with_parent,
    } = arguments;
    Ok(medchat_inference_host::run_until(config, told_to_stop(stop_with_parent)).await?)
}

/// Runs the edge host until the process is told to stop.
///
/// # Errors
/// It could not be started; the error says why, for a person.
pub async fn run_edge(arguments: EdgeArguments) -> anyhow::Result<()> {
    let host = EdgeHost::start(arguments.config.into()).await?;
    told_to_stop(arguments.stop_with_parent).await;
    host.shutdown().await;
    Ok(())
}
