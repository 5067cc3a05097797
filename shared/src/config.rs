//! The settings of a deployment, from environment variables; the README lists them.

use crate::{
    domain::{code::CodeKeys, seal::SealKeys},
    http::{origin::OriginSecrets, token::Tokens},
    passwords::Passwords,
};
use axum::http::HeaderValue;

/// All settings, read once at start-up.
#[derive(Debug)]
pub struct Config {
    pub accounts_table: String,
    pub sessions_table: String,
    /// Where DynamoDB is, if not in AWS.
    pub dynamodb_endpoint: Option<String>,
    /// What tokens are signed and believed with; only of functions that do either.
    pub tokens: Option<Tokens>,
    /// What codes and candidate ids derive from; only of functions that derive any.
    pub codes: Option<CodeKeys>,
    /// What records are sealed with; only of functions that seal them, or show the public keys.
    pub seals: Option<SealKeys>,
    pub passwords: Passwords,
    pub pace: Pace,
    /// Where changes are announced, if they are.
    pub live: Option<Live>,
    /// From whom letters come, if any are sent.
    pub mail_sender: Option<String>,
    /// Where the page is, such as `https://vigie.example.org/app/`; only of functions that tell it, and where it is known.
    pub page: Option<String>,
    pub allowed_origins: Vec<HeaderValue>,
    /// What requests must show, if the API is behind a firewall.
    pub origin_secrets: Option<OriginSecrets>,
}

/// How often clients come back, by what they look at.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A candidate who waits to be let in.
    pub waiting: Refresh,
    /// A candidate whose test runs or is over.
    pub running: Refresh,
    /// An exam engine that asks for itself.
    pub engine: Refresh,
    /// A proctor's board.
    pub board: Refresh,
}

/// When to come back, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Refresh {
    pub after: f64,
    /// While changes are announced to the client.
    pub live: f64,
}

/// Where changes are announced, by the protocol of AWS AppSync Events.
#[derive(Debug, Clone)]
pub struct Live {
    /// Of its WebSocket.
    pub url: String,
    /// Its name, which clients show with their token.
    pub host: String,
}

/// A setting that is missing or wrong. Never shows the value: it may be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting {name}: {reason}")]
pub struct WrongSetting {
    pub name: &'static str,
    pub reason: String,
}

impl Config {
    /// Reads the process's environment variables.
    ///
    /// # Errors
    /// Names the first setting that is missing or wrong.
    pub fn from_env() -> Result<Self, WrongSetting> {
        Self::read(environment)
    }

    /// Reads settings; one set to the empty string counts as unset, because `sam local` sets every
    /// declared variable.
    ///
    /// # Errors
    /// Names the first setting that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, WrongSetting> {
        let optional = |name| optional(name, &variable);
        let required = |name| required(name, &variable);
        let seconds = |name, default: f64| match optional(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|seconds| (1.0..=3600.0).contains(seconds))
                .ok_or_else(|| WrongSetting { name, reason: "must be a number of seconds from 1 to 3600".to_owned() }),
        };
        let wrong = |name| move |reason| WrongSetting { name, reason };
        let running = Refresh { after: seconds("RUNNING_REFRESH_SECONDS", 60.0)?, live: seconds("LIVE_RUNNING_REFRESH_SECONDS", 300.0)? };
        let live = |url| required("LIVE_HOST").map(|host| Live { url, host });
        let issuer = optional("TOKEN_ISSUER").unwrap_or_else(|| "vigie".to_owned());
        Ok(Self {
            accounts_table: required("ACCOUNTS_TABLE")?,
            sessions_table: required("SESSIONS_TABLE")?,
            dynamodb_endpoint: optional("DYNAMODB_ENDPOINT"),
            tokens: optional("SIGNING_SECRETS").map(|json| Tokens::parse(&json, &issuer)).transpose().map_err(wrong("SIGNING_SECRETS"))?,
            codes: optional("CODE_SECRETS").map(|json| CodeKeys::parse(&json)).transpose().map_err(wrong("CODE_SECRETS"))?,
            seals: optional("SEAL_SECRETS").map(|json| SealKeys::parse(&json)).transpose().map_err(wrong("SEAL_SECRETS"))?,
            passwords: Passwords::on_this_machine(),
            pace: Pace {
                waiting: Refresh {
                    after: seconds("WAITING_REFRESH_SECONDS", 15.0)?,
                    live: seconds("LIVE_WAITING_REFRESH_SECONDS", 300.0)?,
                },
                running,
                engine: Refresh { after: seconds("ENGINE_REFRESH_SECONDS", 60.0)?, ..running },
                board: Refresh { after: seconds("BOARD_REFRESH_SECONDS", 5.0)?, live: seconds("LIVE_BOARD_REFRESH_SECONDS", 60.0)? },
            },
            live: optional("LIVE_URL").map(live).transpose()?,
            mail_sender: optional("MAIL_SENDER"),
            page: optional("PAGE_URL"),
            allowed_origins: origins(&optional("ALLOWED_ORIGINS").unwrap_or_default()).map_err(wrong("ALLOWED_ORIGINS"))?,
            origin_secrets: optional("ORIGIN_SECRETS")
                .map(|json| OriginSecrets::parse(&json))
                .transpose()
                .map_err(wrong("ORIGIN_SECRETS"))?,
        })
    }
}

/// A variable of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn optional(name: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}

/// One setting.
///
/// # Errors
/// When it is missing, or empty.
pub fn required(name: &'static str, variable: impl Fn(&str) -> Option<String>) -> Result<String, WrongSetting> {
    optional(name, variable).ok_or_else(|| WrongSetting { name, reason: "is missing".to_owned() })
}

fn origins(list: &str) -> Result<Vec<HeaderValue>, String> {
    let origins = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    origins
        .map(|origin| {
            let web = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let plain = web.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*']));
            let value = HeaderValue::from_str(origin).ok().filter(|_| plain);
            value.ok_or_else(|| "must be web origins such as https://vigie.example.org, separated by commas".to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Result<Config, WrongSetting> {
        Config::read(|asked| match asked {
            asked if asked == name => Some(value.to_owned()),
            "ACCOUNTS_TABLE" | "SESSIONS_TABLE" => Some("table".to_owned()),
            "SIGNING_SECRETS" => Some(r#"{"current": "a signing secret of 32 characters or more"}"#.to_owned()),
            "CODE_SECRETS" => Some(r#"{"1": "a code secret of thirty-two characters or more"}"#.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn defaults_do() {
        let config = with("DYNAMODB_ENDPOINT", "").unwrap();
        assert_eq!(config.dynamodb_endpoint, None, "empty counts as unset");
        assert!(config.tokens.is_some() && config.codes.is_some());
        assert!(with("SIGNING_SECRETS", "").unwrap().tokens.is_none(), "a function that has nothing to do with tokens");
        assert!(with("CODE_SECRETS", "").unwrap().codes.is_none(), "nor with codes");
        assert!((config.pace.board.after - 5.0).abs() < f64::EPSILON);
        assert!(config.live.is_none());
    }

    #[test]
    fn the_wrong_setting_is_named_and_not_shown() {
        for (name, value) in [
            ("ACCOUNTS_TABLE", ""),
            ("SESSIONS_TABLE", ""),
            ("SIGNING_SECRETS", "hush"),
            ("CODE_SECRETS", r#"{"1": "hush"}"#),
            ("SEAL_SECRETS", r#"{"1": "hush"}"#),
            ("BOARD_REFRESH_SECONDS", "0"),
            ("LIVE_RUNNING_REFRESH_SECONDS", "3601"),
            ("WAITING_REFRESH_SECONDS", "soon"),
            ("ALLOWED_ORIGINS", "*"),
            ("ORIGIN_SECRETS", r#"{"current": "hush"}"#),
            ("ALLOWED_ORIGINS", "https://a.example.org/page"),
        ] {
            let wrong = with(name, value).unwrap_err();
            assert_eq!(wrong.name, name);
            assert!(!wrong.to_string().contains("hush"));
        }
        assert_eq!(with("LIVE_URL", "wss://live.example.org").unwrap_err().name, "LIVE_HOST");
        assert_eq!(with("ALLOWED_ORIGINS", "https://a.example.org, http://localhost:5173").unwrap().allowed_origins.len(), 2);
    }
}
