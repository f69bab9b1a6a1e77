//! Prints a configuration in the form of the default file, with its comments.

use toml::{Table, Value};

use super::{Config, ConfigError, DEFAULT_TOML, Problem};

/// The text of the default file with the values of `config` in place of the defaults.
///
/// # Errors
/// When a number is too large for TOML, which no loaded configuration holds.
pub fn effective_toml(config: &Config) -> Result<String, ConfigError> {
    let sections = Table::try_from(config).map_err(|error| ConfigError::Invalid {
        problems: vec![Problem::new("configuration", error.to_string())],
    })?;
    let mut text = String::with_capacity(DEFAULT_TOML.len());
    let mut section = None;
    for line in DEFAULT_TOML.lines() {
        if let Some(name) = section_of(line) {
            section = sections.get(name).and_then(Value::as_table);
        }
        match key_of(line).and_then(|key| Some((key, section?.get(key)?))) {
            Some((key, value)) => text.push_str(&format!("{key} = {value}")),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

/// The section that a line of the default file opens.
pub(super) fn section_of(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.strip_suffix(']')
}

/// The key that a line of the default file sets: each stands on a line of its own.
pub(super) fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" = ")?;
    (!key.starts_with('#')).then_some(key)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::super::LogFormat;
    use super::*;

    fn defaults() -> Config {
        Config::load(None, std::iter::empty()).unwrap()
    }

    #[test]
    fn the_defaults_print_as_the_default_file() {
        assert_eq!(effective_toml(&defaults()).unwrap(), DEFAULT_TOML);
    }

    #[test]
    fn what_is_printed_reads_back_and_keeps_its_comments() {
        let mut config = defaults();
        config.server.listen = SocketAddr::from(([0, 0, 0, 0], 80));
        config.server.public_url = "https://desk.example.com".to_owned();
        config.server.allowed_origins = vec!["http://a.example".into(), "http://b.example".into()];
        config.limits.tags_max = 7;
        config.telemetry.log = "info,\"quoted\"=debug".to_owned();
        config.telemetry.format = LogFormat::Json;

        let text = effective_toml(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
        let comments = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        assert_eq!(comments(&text), comments(DEFAULT_TOML));
    }
}
