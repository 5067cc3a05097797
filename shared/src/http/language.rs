//! The language that a request asks for.

pub use crate::domain::language::Language;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};
use std::convert::Infallible;

impl Language {
    /// French, unless `Accept-Language` prefers English to it.
    pub fn preferred(headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let tags = accept_language::parse_with_quality(accepted);
        let known = tags.iter().filter(|(_, quality)| *quality > 0.0).find_map(|(tag, _)| {
            match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "fr" => Some(Self::French),
                "en" => Some(Self::English),
                _ => None,
            }
        });
        known.unwrap_or(Self::French)
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::preferred(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_only_when_preferred() {
        for (header, language) in [
            ("", Language::French),
            ("en", Language::English),
            ("en-GB,fr;q=0.5", Language::English),
            ("fr-FR,fr;q=0.9,en;q=0.8", Language::French),
            ("de,EN;q=0.5", Language::English),
            ("fr;q=0.2,en;q=0.7", Language::English),
            ("de", Language::French),
            ("en;q=0", Language::French),
            ("*", Language::French),
            (";;;q=x,,", Language::French),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::preferred(&headers), language, "{header}");
        }
    }
}
