//! The mapping file: which columns of a log mean what.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::Deserialize;

/// Which columns of a log mean what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// The column that tells tickets apart.
    pub(super) case: String,
    /// The column that names what was done.
    pub(super) activity: String,
    /// The column that names who did it.
    pub(super) person: String,
    /// The column that says when.
    pub(super) time: String,
    /// How the time is written, in the notation of strptime.
    pub(super) time_format: String,
    /// The activity that also closes the conversation.
    pub(super) close_activity: String,
    /// The channel of every conversation.
    pub(super) channel: String,
    /// The subject, with `{column}` for the first event's values.
    pub(super) subject: String,
    /// The first message, likewise.
    pub(super) body: String,
    /// The customer's name, likewise.
    pub(super) customer_name: String,
    /// Field of the conversation, and the column that it is taken from.
    #[serde(default)]
    pub(super) custom_fields: BTreeMap<String, String>,
}

/// Why a mapping file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It could not be read.
    #[error("the mapping file {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It is not a mapping.
    #[error("the mapping file {path}: {source}")]
    Malformed {
        /// Which.
        path: String,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// It names a column that the log does not have.
    #[error("the mapping's {key} names the column `{column}`; the log has: {present}")]
    NoSuchColumn {
        /// The mapping's key.
        key: String,
        /// The column it names.
        column: String,
        /// The columns there are.
        present: String,
    },
    /// It names a column that the log has twice.
    #[error("the mapping's {key} names the column `{column}`, which the log has more than once")]
    AmbiguousColumn {
        /// The mapping's key.
        key: String,
        /// The column it names.
        column: String,
    },
    /// A template with an opening brace only.
    #[error("the mapping's {key} has a `{{` without its `}}`: {template}")]
    OpenBrace {
        /// The mapping's key.
        key: String,
        /// The template.
        template: String,
    },
}

impl Mapping {
    /// Reads a mapping file.
    pub(super) fn read(path: &Path) -> Result<Self, MappingError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| MappingError::File {
            path: name.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|source| MappingError::Malformed {
            path: name,
            source: Box::new(source),
        })
    }
}

/// A log's heading, in which columns are looked up by name.
#[derive(Debug)]
pub(super) struct Heading<'log> {
    names: Vec<&'log str>,
}

impl<'log> Heading<'log> {
    /// The heading with these names, in order.
    pub(super) fn new(names: impl Iterator<Item = &'log str>) -> Self {
        Self {
            names: names.collect(),
        }
    }

    /// The position of the column that a key of the mapping names.
    pub(super) fn column(&self, key: &str, column: &str) -> Result<usize, MappingError> {
        let mut found = self
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| **name == column);
        match (found.next(), found.next()) {
            (Some((position, _)), None) => Ok(position),
            (Some(_), Some(_)) => Err(MappingError::AmbiguousColumn {
                key: key.to_owned(),
                column: column.to_owned(),
            }),
            (None, _) => Err(MappingError::NoSuchColumn {
                key: key.to_owned(),
                column: column.to_owned(),
                present: self.names.join(", "),
            }),
        }
    }

    /// A template whose columns have been looked up.
    pub(super) fn template(&self, key: &str, template: &str) -> Result<Template, MappingError> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((text, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else {
                return Err(MappingError::OpenBrace {
                    key: key.to_owned(),
                    template: template.to_owned(),
                });
            };
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Column(self.column(key, column)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template { parts })
    }
}

/// Text with columns in it.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Column(usize),
}

impl Template {
    /// The text for one record.
    pub(super) fn fill(&self, record: &csv::StringRecord) -> String {
        let piece = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(position) => record.get(*position).unwrap_or_default().to_owned(),
        };
        self.parts.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_mapping_is_valid() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/replay-helpdesk.toml");
        let mapping = Mapping::read(&path).unwrap();
        assert_eq!(mapping.case, "Case ID");
        assert_eq!(mapping.custom_fields.len(), 4);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Mapping::read(Path::new("no/such.toml"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("no/such.toml"), "{error}");
    }

    #[test]
    fn an_unknown_column_is_named_with_those_there_are() {
        let error = Heading::new(["a", "b"].into_iter())
            .column("case", "c")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mapping's case names the column `c`; the log has: a, b"
        );
    }

    #[test]
    fn a_column_that_is_there_twice_is_refused_only_where_it_is_used() {
        let heading = Heading::new(["a", "b", "b"].into_iter());
        assert_eq!(heading.column("case", "a").unwrap(), 0);
        assert!(matches!(
            heading.column("person", "b"),
            Err(MappingError::AmbiguousColumn { .. })
        ));
    }

    #[test]
    fn templates_are_filled_from_the_record() {
        let heading = Heading::new(["a", "b c"].into_iter());
        let template = heading.template("subject", "x {b c}, {a}.").unwrap();
        assert_eq!(
            template.fill(&csv::StringRecord::from(vec!["1", "2"])),
            "x 2, 1."
        );
        assert!(matches!(
            heading.template("subject", "x {a"),
            Err(MappingError::OpenBrace { .. })
        ));
    }
}
