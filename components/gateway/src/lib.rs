//! The one middleware, in front of every route.
//!
//! One component rather than one for each concern, because every hop between components costs more than all of the
//! concerns together. [`serve`] is the whole stack.

mod access_log;
mod authentication;
mod client_address;
mod cors;
mod errors;
mod exchange;
mod rate_limit;
mod request_id;
mod security_headers;
mod settings;
mod store;

use std::time::Instant;

use medchat_api::error::ApiError;
use medchat_api::routes;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

use exchange::{Incoming, Outgoing};

struct Gateway;

mod export {
    use super::Gateway;
    spin_sdk::wasip3::http::service::export!(Gateway);
}

impl Guest for Gateway {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        serve(Incoming::read(request)?).await.into_response()
    }
}

/// What happens to every request, in this order.
async fn serve(incoming: Incoming) -> Outgoing {
    let started = Instant::now();
    let id = request_id::choose(&incoming.headers);
    let settings = settings::get().await;
    let client = client_address::find(
        &incoming.headers,
        settings.as_ref().map_or(&[], |set| &set.trusted_proxies),
    );
    let origin = settings
        .as_ref()
        .ok()
        .and_then(|set| cors::allowed_origin(&incoming.headers, &set.allowed_origins));
    let line = access_log::Line::begin(&id, &incoming, client);

    let mut quota = None;
    let outcome = async {
        let settings = settings?;
        if cors::is_preflight(&incoming) {
            return Ok(cors::preflight(&incoming, origin.is_some()));
        }
        if rate_limit::applies_to(&incoming.path) {
            quota = rate_limit::count(client, settings.limits).await;
            if let Some(decision) = quota.filter(|decision| !decision.admitted) {
                return Err(ApiError::RateLimited(decision.retry_after_seconds));
            }
        }
        let route = routes::find(&incoming.path).ok_or(ApiError::NotFound)?;
        if !route.allows(&incoming.method) {
            return Err(ApiError::MethodNotAllowed(route.allow()));
        }
        let identity = authentication::check(route, &incoming.headers, settings).await?;
        incoming.forward(&id, identity.as_ref()).await
    }
    .await;

    let mut outgoing = outcome.unwrap_or_else(|error| errors::answer(&error, &id));
    let headers = outgoing.headers_mut();
    security_headers::add(headers);
    cors::add(headers, origin.as_ref());
    rate_limit::add(headers, quota.as_ref());
    request_id::add(headers, &id);
    let elapsed = started.elapsed();
    access_log::add_process_time(headers, elapsed);
    line.end(outgoing.status(), elapsed);
    outgoing
}
