//! How large a commit, and the answer remembered with it, can become under the limits.
//!
//! One record that the journal cannot take would fail every change in its batch, and again with each
//! repetition. So limits that could lead to one are not run with.

use super::LimitsConfig;

/// What the journal takes in one record, in bytes.
pub const RECORD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A character takes at most so many bytes in JSON: `\u0001`.
const CHAR_BYTES: usize = 6;
/// The same in JSON that is itself a text in JSON, as a remembered answer is: `\\u0001`.
const CHAR_BYTES_IN_ANSWER: usize = 7;
/// The quotes, colons and commas of a tag, a field or a mention, and the id of the latter.
const ITEM_BYTES: usize = 64;
/// The outcome of one item of an operation in an answer, beside the name that the request had, with the
/// backslashes of a text in JSON.
const OUTCOME_BYTES: usize = 128;
/// All the rest: ids, names, times, addresses, the preview.
const REST_BYTES: usize = 64 * 1024;

impl LimitsConfig {
    /// The bytes that no commit, and no remembered answer, can be over, where an operation has so many
    /// items at most.
    #[must_use]
    pub fn record_bytes_max(&self, items_max: usize) -> usize {
        self.commit_bytes_max()
            .max(self.answer_bytes_max())
            .max(self.operation_bytes_max(items_max))
    }

    /// The answer to an operation: each item as the request named it, and what came of it.
    fn operation_bytes_max(&self, items_max: usize) -> usize {
        let named = self.body_bytes_max.div_ceil(CHAR_BYTES);
        named
            .saturating_mul(CHAR_BYTES_IN_ANSWER)
            .saturating_add(items_max.saturating_mul(OUTCOME_BYTES))
            .saturating_add(REST_BYTES)
    }

    /// What came in one request, and what it took the place of.
    fn commit_bytes_max(&self) -> usize {
        let before = self.label_chars_max().saturating_mul(CHAR_BYTES);
        self.body_bytes_max
            .saturating_add(before)
            .saturating_add(self.rest_bytes_max())
    }

    /// A conversation, and a message of it.
    fn answer_bytes_max(&self) -> usize {
        self.label_chars_max()
            .saturating_add(self.subject_chars_max)
            .saturating_add(self.text_bytes_max)
            .saturating_mul(CHAR_BYTES_IN_ANSWER)
            .saturating_add(self.rest_bytes_max())
    }

    /// The characters of a conversation's tags and custom fields.
    fn label_chars_max(&self) -> usize {
        let tags = self.tags_max.saturating_mul(self.tag_chars_max);
        let field = self
            .custom_field_name_chars_max
            .saturating_add(self.custom_field_value_chars_max);
        tags.saturating_add(self.custom_fields_max.saturating_mul(field))
    }

    fn rest_bytes_max(&self) -> usize {
        self.tags_max
            .saturating_add(self.custom_fields_max)
            .saturating_add(self.mentions_max)
            .saturating_mul(ITEM_BYTES)
            .saturating_add(REST_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn problems(change: impl FnOnce(&mut LimitsConfig)) -> Vec<String> {
        let mut config = Config::load(None, std::iter::empty()).unwrap();
        change(&mut config.limits);
        let problems = config.validate().into_iter();
        problems.map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn limits_that_no_record_could_hold_are_refused() {
        assert!(problems(|_defaults| {}).is_empty());
        assert!(problems(|limits| limits.body_bytes_max = 2_097_152).is_empty());
        let refused = [
            problems(|limits| limits.custom_fields_max = 1000),
            problems(|limits| {
                limits.custom_fields_max = 60;
                limits.custom_field_value_chars_max = 10_000;
            }),
            problems(|limits| {
                limits.text_bytes_max = 524_288;
                limits.subject_chars_max = 10_000;
                limits.tag_chars_max = 1000;
            }),
        ];
        for problems in refused {
            let [problem] = &problems[..] else {
                panic!("{problems:?}");
            };
            assert!(problem.contains("4194304"), "{problem}");
        }
    }

    #[test]
    fn each_limit_at_its_end_cannot_make_the_sum_wrap() {
        let limits = Config::load(None, std::iter::empty()).unwrap().limits;
        let endless = LimitsConfig {
            tags_max: usize::MAX,
            custom_fields_max: usize::MAX,
            text_bytes_max: usize::MAX,
            ..limits
        };
        assert_eq!(endless.record_bytes_max(1), usize::MAX);
    }
}
