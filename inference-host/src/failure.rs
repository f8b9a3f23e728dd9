//! Why a request got no answer, and how that is said over HTTP.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use medchat_inference_api::{ErrorBody, ErrorDetail};
use thiserror::Error;

use crate::{ollama::OllamaError, slots::NoSlot};

/// Why a request got no answer. The messages are fixed: they repeat nothing of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    #[error("The body is not JSON.")]
    NotJson,
    #[error("The body must be sent as application/json.")]
    NotDeclaredJson,
    #[error("The body is JSON, yet not a chat completion request.")]
    NotAChatRequest,
    #[error("The body could not be read.")]
    BrokenBody,
    #[error("The body is larger than this server takes.")]
    BodyTooLarge,
    #[error("There are more messages than this server takes.")]
    TooManyMessages,
    #[error("A message is longer than this server takes.")]
    MessageTooLong,
    #[error("There must be a message of the user, and it must not be blank.")]
    NoUserMessage,
    #[error("The temperature must be between 0 and 2.")]
    TemperatureOutOfRange,
    #[error("max_tokens must be 1 at least.")]
    NoTokens,
    #[error("This server does not serve that model.")]
    UnknownModel,
    #[error("A valid bearer key is required.")]
    Unauthorized,
    #[error("There is nothing at this path.")]
    UnknownRoute,
    #[error("The method is not allowed here.")]
    MethodNotAllowed,
    #[error("As many requests as may wait do so already.")]
    QueueFull,
    #[error("No generation became free in time.")]
    QueueTimeout,
    #[error("The model is not available.")]
    ModelUnavailable,
    #[error("The model failed.")]
    ModelFailed,
    #[error("The model took too long.")]
    ModelTimeout,
    #[error("Something went wrong in this server.")]
    Internal,
}

/// Seconds after which trying again is worthwhile: a generation takes about that long, and so does a restart.
const RETRY_AFTER_SECONDS: u16 = 10;

impl Failure {
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotJson | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::UnknownModel | Self::UnknownRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge | Self::MessageTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotDeclaredJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotAChatRequest
            | Self::TooManyMessages
            | Self::NoUserMessage
            | Self::TemperatureOutOfRange
            | Self::NoTokens => StatusCode::UNPROCESSABLE_ENTITY,
            Self::QueueFull => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ModelFailed => StatusCode::BAD_GATEWAY,
            Self::QueueTimeout | Self::ModelUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ModelTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The exact reason, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotDeclaredJson => "unsupported_media_type",
            Self::NotAChatRequest => "not_a_chat_request",
            Self::BrokenBody => "broken_body",
            Self::BodyTooLarge => "body_too_large",
            Self::TooManyMessages => "too_many_messages",
            Self::MessageTooLong => "message_too_long",
            Self::NoUserMessage => "no_user_message",
            Self::TemperatureOutOfRange => "temperature_out_of_range",
            Self::NoTokens => "max_tokens_out_of_range",
            Self::UnknownModel => "model_not_found",
            Self::Unauthorized => "invalid_api_key",
            Self::UnknownRoute => "unknown_route",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::QueueFull => "queue_full",
            Self::QueueTimeout => "queue_timeout",
            Self::ModelUnavailable => "model_unavailable",
            Self::ModelFailed => "model_failed",
            Self::ModelTimeout => "model_timeout",
            Self::Internal => "internal",
        }
    }

    pub fn body(self) -> ErrorBody {
        let kind = match self.status() {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_client_error() => "invalid_request_error",
            _ => "server_error",
        };
        let detail = ErrorDetail {
            message: self.to_string(),
            kind: kind.to_owned(),
            code: Some(self.code().to_owned()),
        };
        ErrorBody { error: detail }
    }

    fn is_worth_a_retry(self) -> bool {
        matches!(
            self,
            Self::QueueFull | Self::QueueTimeout | Self::ModelUnavailable | Self::ModelFailed | Self::ModelTimeout
        )
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        if self == Self::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.is_worth_a_retry() {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        response
    }
}

impl From<NoSlot> for Failure {
    fn from(reason: NoSlot) -> Self {
        match reason {
            NoSlot::QueueFull => Self::QueueFull,
            NoSlot::TookTooLong => Self::QueueTimeout,
        }
    }
}

impl From<OllamaError> for Failure {
    fn from(error: OllamaError) -> Self {
        match error {
            OllamaError::Unreachable | OllamaError::ModelMissing => Self::ModelUnavailable,
            OllamaError::NoFirstToken | OllamaError::Silent => Self::ModelTimeout,
            OllamaError::Refused(_)
            | OllamaError::Failed(_)
            | OllamaError::Cut
            | OllamaError::Malformed
            | OllamaError::Reported
            | OllamaError::Empty => Self::ModelFailed,
        }
    }
}
