//! How the inference host is set up. Every flag is an environment variable too.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, builder::FalseyValueParser};
use humantime::parse_duration;
use reqwest::Url;
use thiserror::Error;

/// MedGemma with four billion parameters, as Ollama's own library names it. Others serve it under other names, such as
/// `hf.co/...`; newer builds are there as `medgemma1.5`.
pub const DEFAULT_MODEL: &str = "medgemma:4b";

/// Flags of the inference host.
///
/// Durations are written with their unit, such as `300s` or `250ms`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Where to listen. Beyond loopback a key is required.
    #[arg(long, env = "MEDCHAT_INFERENCE_LISTEN", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,

    /// The bearer key that callers of /v1 must show.
    #[arg(long, env = "MEDCHAT_INFERENCE_KEY", hide_env_values = true)]
    pub key: Option<Key>,

    /// Where Ollama is (http only; put a TLS proxy in front of a remote one), or `none` to do without.
    #[arg(long, env = "MEDCHAT_INFERENCE_OLLAMA_URL", default_value = "http://127.0.0.1:11434")]
    pub ollama_url: OllamaAddress,

    /// The model that answers, named as `ollama list` names it.
    #[arg(long, env = "MEDCHAT_INFERENCE_MODEL", default_value = DEFAULT_MODEL)]
    pub model: String,

    /// Answer with an error, not from the reference text, when the model cannot answer.
    #[arg(long, env = "MEDCHAT_INFERENCE_NO_FALLBACK", value_parser = FalseyValueParser::new())]
    pub no_fallback: bool,

    /// A folder of topics that takes the place of the reference text in the program.
    #[arg(long, env = "MEDCHAT_INFERENCE_KNOWLEDGE_DIR")]
    pub knowledge_dir: Option<PathBuf>,

    /// How many generations run at once.
    #[arg(long, env = "MEDCHAT_INFERENCE_CONCURRENCY", default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    pub concurrency: u16,

    /// How many requests may wait for a generation to end; the next one is turned away with 429.
    #[arg(long, env = "MEDCHAT_INFERENCE_QUEUE", default_value = "16")]
    pub queue: u16,

    /// How long a request waits in the queue before it is turned away with 503.
    #[arg(long, env = "MEDCHAT_INFERENCE_QUEUE_TIMEOUT", default_value = "60s", value_parser = parse_duration)]
    pub queue_timeout: Duration,

    /// How long connecting to Ollama may take.
    #[arg(long, env = "MEDCHAT_INFERENCE_CONNECT_TIMEOUT", default_value = "2s", value_parser = parse_duration)]
    pub connect_timeout: Duration,

    /// How long the first word may take. Ollama is silent while it loads a model from disk, which takes minutes.
    #[arg(long, env = "MEDCHAT_INFERENCE_FIRST_TOKEN_TIMEOUT", default_value = "300s", value_parser = parse_duration)]
    pub first_token_timeout: Duration,

    /// How long Ollama may be silent after the first word.
    #[arg(long, env = "MEDCHAT_INFERENCE_IDLE_TIMEOUT", default_value = "60s", value_parser = parse_duration)]
    pub idle_timeout: Duration,

    /// How long to wait before the first of two retries; the second waits twice as long, both with jitter.
    #[arg(long, env = "MEDCHAT_INFERENCE_RETRY_DELAY", default_value = "250ms", value_parser = parse_duration)]
    pub retry_delay: Duration,

    /// After how many failures in a row Ollama is left alone for a while.
    #[arg(long, env = "MEDCHAT_INFERENCE_BREAKER_FAILURES", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    pub breaker_failures: u32,

    /// How long Ollama is then left alone before one request tries it again.
    #[arg(long, env = "MEDCHAT_INFERENCE_BREAKER_COOLDOWN", default_value = "15s", value_parser = parse_duration)]
    pub breaker_cooldown: Duration,

    /// How long the probe of Ollama behind /readyz may take.
    #[arg(long, env = "MEDCHAT_INFERENCE_PROBE_TIMEOUT", default_value = "500ms", value_parser = parse_duration)]
    pub probe_timeout: Duration,

    /// How long the outcome of that probe is good for.
    #[arg(long, env = "MEDCHAT_INFERENCE_PROBE_TTL", default_value = "2s", value_parser = parse_duration)]
    pub probe_ttl: Duration,

    /// How long Ollama keeps the model in memory after an answer, in Ollama's notation (`-1s` is for ever).
    #[arg(
        long,
        env = "MEDCHAT_INFERENCE_KEEP_ALIVE",
        default_value = "10m",
        allow_hyphen_values = true
    )]
    pub keep_alive: String,

    /// The model's context, in tokens.
    #[arg(long, env = "MEDCHAT_INFERENCE_NUM_CTX", default_value = "8192")]
    pub num_ctx: u32,

    /// Randomness of answers when the request does not say.
    #[arg(long, env = "MEDCHAT_INFERENCE_TEMPERATURE", default_value = "0.3")]
    pub temperature: f32,

    /// The most tokens an answer may have; a request can only ask for fewer.
    #[arg(long, env = "MEDCHAT_INFERENCE_MAX_TOKENS", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: u32,

    /// The largest request body, in bytes.
    #[arg(long, env = "MEDCHAT_INFERENCE_MAX_BODY", default_value = "262144")]
    pub max_body: usize,

    /// The most messages in a request.
    #[arg(long, env = "MEDCHAT_INFERENCE_MAX_MESSAGES", default_value = "64")]
    pub max_messages: usize,

    /// The longest message in a request, in bytes.
    #[arg(long, env = "MEDCHAT_INFERENCE_MAX_MESSAGE_BYTES", default_value = "32768")]
    pub max_message_bytes: usize,

    /// How long answers that are under way may take to end after the signal to stop.
    #[arg(long, env = "MEDCHAT_INFERENCE_SHUTDOWN_GRACE", default_value = "30s", value_parser = parse_duration)]
    pub shutdown_grace: Duration,

    /// What to log, such as `info` or `medchat_inference_host=debug`.
    #[arg(long, env = "MEDCHAT_INFERENCE_LOG", default_value = "info")]
    pub log: String,
}

impl Config {
    /// The defaults, with what the environment says.
    ///
    /// # Errors
    ///
    /// When an environment variable cannot be understood.
    pub fn from_env() -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct NoFlags {
            #[command(flatten)]
            config: Config,
        }
        NoFlags::try_parse_from(["medchat"]).map(|parsed| parsed.config)
    }
}

/// A bearer key. It never shows in debug output.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// The key as bytes, to compare with.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(hidden)")
    }
}

/// Why a text is no key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// It could be guessed.
    #[error("a key needs 16 characters at least")]
    TooShort,
    /// It cannot stand in an HTTP header.
    #[error("a key may hold visible ASCII characters only")]
    NotVisibleAscii,
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::NotVisibleAscii);
        }
        if text.len() < 16 {
            return Err(KeyError::TooShort);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Where Ollama is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OllamaAddress {
    /// The host does without Ollama, so that the built-in responder always answers.
    Disabled,
    /// Its base URL.
    At(Url),
}

/// Why a text is no address of Ollama.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OllamaAddressError {
    /// It is no URL.
    #[error("not a URL; give one such as http://127.0.0.1:11434, or `none`")]
    NotAUrl,
    /// It is a URL of something else than plain HTTP.
    #[error("only http:// is spoken to Ollama; put a TLS proxy in front of a remote one")]
    NotHttp,
}

impl FromStr for OllamaAddress {
    type Err = OllamaAddressError;

    fn from_str(text: &str) -> Result<Self, OllamaAddressError> {
        if text.is_empty() || text == "none" {
            return Ok(Self::Disabled);
        }
        let mut url = Url::parse(text).map_err(|_| OllamaAddressError::NotAUrl)?;
        if url.scheme() != "http" {
            return Err(OllamaAddressError::NotHttp);
        }
        // Joining a path to a URL without the slash would replace its last segment.
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self::At(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_documentation() {
        let config = Config::from_env().unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.ollama_url, "http://127.0.0.1:11434".parse().unwrap());
        assert_eq!((config.concurrency, config.queue, config.max_tokens), (2, 16, 1024));
        assert_eq!(config.first_token_timeout, Duration::from_secs(300));
        assert!(!config.no_fallback && config.key.is_none());
    }

    #[test]
    fn every_flag_is_an_environment_variable_too() {
        let command = Config::augment_args(clap::Command::new("test"));
        for flag in command.get_arguments().filter(|flag| flag.get_long() != Some("help")) {
            let long = flag.get_long().unwrap();
            let variable = flag.get_env().unwrap_or_else(|| panic!("--{long} has no variable"));
            assert!(
                variable.to_str().unwrap().starts_with("MEDCHAT_INFERENCE_"),
                "{variable:?}"
            );
        }
    }

    #[test]
    fn none_and_nothing_disable_ollama() {
        assert_eq!("none".parse(), Ok(OllamaAddress::Disabled));
        assert_eq!("".parse(), Ok(OllamaAddress::Disabled));
    }

    #[test]
    fn only_plain_http_is_spoken_to_ollama() {
        assert_eq!(
            "https://ollama.example".parse::<OllamaAddress>(),
            Err(OllamaAddressError::NotHttp)
        );
        assert_eq!("127.0.0.1".parse::<OllamaAddress>(), Err(OllamaAddressError::NotAUrl));
    }

    #[test]
    fn a_path_before_ollamas_own_is_kept() {
        let Ok(OllamaAddress::At(url)) = "http://gateway:80/ollama".parse() else {
            panic!("a URL")
        };
        assert_eq!(url.join("api/chat").unwrap().path(), "/ollama/api/chat");
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused() {
        assert_eq!("secret".parse::<Key>().unwrap_err(), KeyError::TooShort);
        assert_eq!(
            "sixteen characters!".parse::<Key>().unwrap_err(),
            KeyError::NotVisibleAscii
        );
        assert!("0123456789abcdef".parse::<Key>().is_ok());
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        let key: Key = "0123456789abcdef".parse().unwrap();
        assert!(!format!("{key:?}").contains("0123"));
    }
}
