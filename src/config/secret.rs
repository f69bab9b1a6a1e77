//! A text that nobody may see: given in the configuration or the environment, never printed.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// What is printed in its place.
const HIDDEN: &str = "(hidden)";

/// A password or token of somebody else's service.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// A secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever has to send it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether none was given.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn shown(&self) -> &'static str {
        if self.is_empty() { "" } else { HIDDEN }
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

/// Written out for people, who see that there is one.
impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret: SecretText = serde_json::from_str("\"xoxb-1\"").unwrap();
        assert_eq!(secret.reveal(), "xoxb-1");
        assert_eq!(format!("{secret:?}"), "\"(hidden)\"");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"(hidden)\"");
        assert_eq!(
            serde_json::to_string(&SecretText::default()).unwrap(),
            "\"\""
        );
    }
}
