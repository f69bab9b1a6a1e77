//! Reading lists to their end, page by page.

use serde::de::DeserializeOwned;

use crate::{
    client::Call,
    error::LoadError,
    patient::{PatientClient, what},
    wire::{ConversationView, HistoryEntry, Page},
};

const PAGE: u32 = 200;

/// Every item of a list.
pub async fn all<T: DeserializeOwned>(
    client: &mut PatientClient,
    path: &str,
    token: &str,
) -> Result<Vec<T>, LoadError> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let call = Call::get(format!("{path}{joint}limit={PAGE}{cursor}"), token);
        let reply = client.succeed("list", &call).await?;
        let page: Page<T> = reply
            .json()
            .map_err(|source| LoadError::unanswered(what(&call), source))?;
        items.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={}", percent_encoded(&next)),
            None => return Ok(items),
        }
    }
}

/// The whole history of a conversation, oldest first.
pub async fn history(
    client: &mut PatientClient,
    token: &str,
    conversation: &str,
) -> Result<Vec<HistoryEntry>, LoadError> {
    all(
        client,
        &format!("/v1/conversations/{conversation}/history"),
        token,
    )
    .await
}

/// A conversation as it is now.
pub async fn conversation(
    client: &mut PatientClient,
    token: &str,
    conversation: &str,
) -> Result<ConversationView, LoadError> {
    let call = Call::get(format!("/v1/conversations/{conversation}"), token);
    let reply = client.succeed("read", &call).await?;
    reply
        .json()
        .map_err(|source| LoadError::unanswered(what(&call), source))
}

/// Text as a part of a URL or of a header.
pub fn percent_encoded(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_plain_characters_is_encoded() {
        assert_eq!(percent_encoded("Case 1/ä"), "Case%201%2F%C3%A4");
    }
}
