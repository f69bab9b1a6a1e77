//! Puts the layers of the configuration together and says everything that is wrong with them.

use std::collections::BTreeMap;
use std::path::Path;

use ::config::{File, FileFormat, Map, Source, Value, ValueKind};
use strsim::jaro_winkler;

use super::validate::out_of_range;
use super::{Config, ConfigError, DEFAULT_TOML, Problem};

/// What environment variables of this program begin with.
const PREFIX: &str = "OCHRE_";
/// What separates section and key in a variable; one without it is not about the configuration.
const SEPARATOR: &str = "__";
const DEFAULTS: &str = "the built-in configuration";

/// The variables of this process; what is not Unicode is read with replacement characters.
pub fn process_environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}

impl Config {
    /// Reads the defaults, over them `file`, and over both the variables `OCHRE_<SECTION>__<KEY>`.
    ///
    /// # Errors
    /// When the file cannot be read, and with all problems together when keys or values are wrong.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let defaults: Layer = toml_settings(DEFAULT_TOML, DEFAULTS)?.into_iter().collect();
        let mut problems = Vec::new();
        let mut chosen = Layer::default();
        let from_file = file.map(file_settings).transpose()?.unwrap_or_default();
        for (key, value) in from_file {
            match admit(&defaults, &key, value) {
                Ok(value) => chosen.set(key, value),
                Err(problem) => problems.extend(problem),
            }
        }
        for variable in variables(env) {
            match variable.admit(&defaults) {
                Ok(value) => chosen.set(variable.key(), value),
                Err(problem) => problems.push(problem),
            }
        }
        // A value that was refused above leaves its default, so that the rest can be judged too.
        let config = deserialize(&defaults, &chosen).map_err(|reason| ConfigError::Syntax {
            origin: DEFAULTS.to_owned(),
            reason,
        })?;
        let invalid = config.validate().into_iter().map(|problem| {
            let origin = chosen.origin(&problem.key);
            problem.set_in(origin.as_ref())
        });
        problems.extend(invalid);
        if problems.is_empty() {
            return Ok(config);
        }
        problems.sort();
        Err(ConfigError::Invalid { problems })
    }
}

/// Values by their full key, as a source for the `config` crate.
#[derive(Debug, Clone, Default)]
struct Layer(BTreeMap<String, Value>);

impl Layer {
    fn set(&mut self, key: String, value: Value) {
        self.0.insert(key, value);
    }

    fn origin(&self, key: &str) -> Option<String> {
        self.0.get(key)?.origin().map(str::to_owned)
    }
}

impl FromIterator<(String, Value)> for Layer {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(settings: I) -> Self {
        Self(settings.into_iter().collect())
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ::config::ConfigError> {
        Ok(self.0.clone().into_iter().collect())
    }
}

/// A variable of the environment that is about the configuration.
struct Variable {
    name: String,
    value: String,
}

impl Variable {
    fn key(&self) -> String {
        let rest = self.name.strip_prefix(PREFIX).unwrap_or(&self.name);
        rest.replacen(SEPARATOR, ".", 1).to_lowercase()
    }

    fn origin(&self) -> String {
        format!("environment variable {}", self.name)
    }

    fn admit(&self, defaults: &Layer) -> Result<Value, Problem> {
        let key = self.key();
        let origin = self.origin();
        let problem = |reason| Problem::new(&key, reason).set_in(Some(&origin));
        let Some(default) = defaults.0.get(&key) else {
            let nearest = nearest(defaults, &key).map(variable_name);
            return Err(problem(unknown(nearest)));
        };
        let kind = self.kind_like(&default.kind).map_err(problem)?;
        let value = Value::new(Some(&origin), kind);
        try_alone(defaults, &key, &value).map_err(problem)?;
        Ok(value)
    }

    /// The text as a value of the same kind as the default.
    fn kind_like(&self, default: &ValueKind) -> Result<ValueKind, String> {
        let text = self.value.trim();
        let refused = || wrong_kind(default, &text.to_owned().into());
        Ok(match default {
            ValueKind::I64(_) => text.parse::<i64>().map_err(|_invalid| refused())?.into(),
            ValueKind::Boolean(_) => text.parse::<bool>().map_err(|_invalid| refused())?.into(),
            ValueKind::Array(_) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .into(),
            _ => text.to_owned().into(),
        })
    }
}

/// The variables that are about the configuration, in the order of their names.
fn variables(env: impl Iterator<Item = (String, String)>) -> Vec<Variable> {
    let ours = |name: &str| {
        name.strip_prefix(PREFIX)
            .is_some_and(|rest| rest.contains(SEPARATOR))
    };
    let mut variables: Vec<Variable> = env
        .filter(|(name, _)| ours(name))
        .map(|(name, value)| Variable { name, value })
        .collect();
    variables.sort_by(|left, right| left.name.cmp(&right.name));
    variables
}

fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replacen('.', SEPARATOR, 1).to_uppercase())
}

fn file_settings(file: &Path) -> Result<Vec<(String, Value)>, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
        file: file.to_owned(),
        source,
    })?;
    toml_settings(&text, &file.display().to_string())
}

fn toml_settings(text: &str, origin: &str) -> Result<Vec<(String, Value)>, ConfigError> {
    let parsed = File::from_str(text, FileFormat::Toml).collect();
    let table = parsed.map_err(|error| ConfigError::Syntax {
        origin: origin.to_owned(),
        reason: error.to_string(),
    })?;
    let mut settings = Vec::new();
    for (key, value) in table {
        flatten(key, value, origin, &mut settings);
    }
    Ok(settings)
}

/// Lists the leaves below `value` by their full keys, and an empty table as itself.
fn flatten(key: String, value: Value, origin: &str, settings: &mut Vec<(String, Value)>) {
    match value.kind {
        ValueKind::Table(table) if !table.is_empty() => {
            for (name, value) in table {
                flatten(format!("{key}.{name}"), value, origin, settings);
            }
        }
        kind => settings.push((key, Value::new(Some(&origin.to_owned()), kind))),
    }
}

/// Takes a file's value for a known key, of the kind of its default and with a meaning.
///
/// An empty known section is refused without a problem: it says nothing.
fn admit(defaults: &Layer, key: &str, value: Value) -> Result<Value, Option<Problem>> {
    let origin = value.origin().map(str::to_owned);
    let problem = |reason| Some(Problem::new(key, reason).set_in(origin.as_ref()));
    let Some(default) = defaults.0.get(key) else {
        let section = format!("{key}.");
        let is_section = defaults.0.keys().any(|known| known.starts_with(&section));
        return Err(match (&value.kind, is_section) {
            (ValueKind::Table(_), true) => None,
            (_, true) => problem("is a section, not a key".to_owned()),
            (_, false) => problem(unknown(nearest(defaults, key).map(str::to_owned))),
        });
    };
    if kind_name(&default.kind) != kind_name(&value.kind) {
        return Err(problem(wrong_kind(&default.kind, &value.kind)));
    }
    try_alone(defaults, key, &value).map_err(problem)?;
    Ok(value)
}

fn unknown(nearest: Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("unknown key, the nearest is {nearest}"),
        None => "unknown key".to_owned(),
    }
}

/// The known key that is most like `key`, also when the section is mistaken or forgotten.
fn nearest<'a>(defaults: &'a Layer, key: &str) -> Option<&'a str> {
    let likeness = |known: &str| match (key.split_once('.'), known.split_once('.')) {
        (Some((section, name)), Some((known_section, known_name))) => {
            // The name says more than the section, of which there are few.
            0.3 * jaro_winkler(section, known_section) + 0.7 * jaro_winkler(name, known_name)
        }
        (None, Some((known_section, known_name))) => {
            jaro_winkler(key, known_section).max(jaro_winkler(key, known_name))
        }
        (_, None) => 0.0,
    };
    let known = defaults.0.keys().map(String::as_str);
    known.max_by(|left, right| likeness(left).total_cmp(&likeness(right)))
}

fn wrong_kind(default: &ValueKind, found: &ValueKind) -> String {
    let wanted = kind_name(default);
    match found {
        ValueKind::String(text) => format!("must be {wanted}, not {text:?}"),
        ValueKind::Table(_) | ValueKind::Array(_) | ValueKind::Nil => {
            format!("must be {wanted}, not {}", kind_name(found))
        }
        other => format!("must be {wanted}, not {other}"),
    }
}

fn kind_name(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::Nil => "nothing",
        ValueKind::Boolean(_) => "true or false",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => {
            "a whole number"
        }
        ValueKind::Float(_) => "a number with a fraction",
        ValueKind::String(_) => "a text",
        ValueKind::Table(_) => "a table",
        ValueKind::Array(_) => "a list",
    }
}

/// Judges one value by itself, so that every one that cannot be read is reported.
fn try_alone(defaults: &Layer, key: &str, value: &Value) -> Result<(), String> {
    if let ValueKind::I64(number) = value.kind
        && let Some(reason) = out_of_range(key, number)
    {
        return Err(reason);
    }
    let alone = std::iter::once((key.to_owned(), value.clone())).collect();
    deserialize(defaults, &alone).map(drop)
}

fn deserialize(defaults: &Layer, chosen: &Layer) -> Result<Config, String> {
    ::config::Config::builder()
        .add_source(defaults.clone())
        .add_source(chosen.clone())
        .build()
        .and_then(::config::Config::try_deserialize)
        .map_err(reason)
}

/// What a failure says beneath its key and origin, which a [`Problem`] names already.
fn reason(error: ::config::ConfigError) -> String {
    match error {
        ::config::ConfigError::At { error, .. } => reason(*error),
        other => other.to_string(),
    }
}
