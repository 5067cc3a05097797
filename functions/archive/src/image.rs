//! Items as a stream has them: each value in a map that names its type.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A value, by the name of its type.
#[derive(Deserialize)]
#[expect(clippy::upper_case_acronyms, reason = "DynamoDB's names")]
enum Typed {
    S(String),
    N(String),
    B(String),
    BOOL(bool),
    NULL(#[expect(dead_code, reason = "always true")] bool),
    M(HashMap<String, Typed>),
    L(Vec<Typed>),
    SS(Vec<String>),
    NS(Vec<String>),
    BS(Vec<String>),
}

/// An item.
#[derive(Default, Deserialize)]
pub struct Image(HashMap<String, Typed>);

impl Image {
    /// The item in plain JSON.
    pub fn plain(self) -> Map<String, Value> {
        self.0.into_iter().map(|(name, value)| (name, value.plain())).collect()
    }
}

impl Typed {
    fn plain(self) -> Value {
        match self {
            Self::S(text) | Self::B(text) => Value::String(text),
            Self::N(number) => plain_number(number),
            Self::BOOL(value) => Value::Bool(value),
            Self::NULL(_) => Value::Null,
            Self::M(map) => Value::Object(Image(map).plain()),
            Self::L(list) => list.into_iter().map(Self::plain).collect(),
            Self::SS(texts) | Self::BS(texts) => texts.into(),
            Self::NS(numbers) => numbers.into_iter().map(plain_number).collect(),
        }
    }
}

/// DynamoDB's numbers may have more digits than JSON's do here: such a one stays text.
fn plain_number(number: String) -> Value {
    match number.parse() {
        Ok(number) => Value::Number(number),
        Err(_) => Value::String(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_type_is_plain() {
        let image: Image = serde_json::from_value(json!({
            "text": {"S": "Zoé"}, "number": {"N": "1800000000123"}, "negative": {"N": "-5"}, "fraction": {"N": "0.5"},
            "bytes": {"B": "AQI="}, "yes": {"BOOL": true}, "nothing": {"NULL": true},
            "map": {"M": {"inner": {"L": [{"S": "a"}, {"N": "1"}]}}},
            "texts": {"SS": ["a", "b"]}, "numbers": {"NS": ["1", "2"]}, "many bytes": {"BS": ["AQI="]},
        }))
        .unwrap();
        let expected = json!({
            "text": "Zoé", "number": 1_800_000_000_123_i64, "negative": -5, "fraction": 0.5, "bytes": "AQI=", "yes": true, "nothing": null,
            "map": {"inner": ["a", 1]}, "texts": ["a", "b"], "numbers": [1, 2], "many bytes": ["AQI="],
        });
        assert_eq!(Value::Object(image.plain()), expected);
        assert!(serde_json::from_value::<Image>(json!({"new": {"X": 1}})).is_err(), "a type that nobody knows is not left out");
    }
}
