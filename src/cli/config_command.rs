//! `ochre config`: prints the configuration in force, every key commented, or only checks it.

use std::io::{self, Write};

use crate::config::{Config, ConfigError, effective_toml};

use super::args::ConfigArgs;

/// Why `ochre config` failed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigCommandError {
    /// There is no valid configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The result cannot be written.
    #[error("the configuration cannot be printed")]
    Output(#[from] io::Error),
}

/// Loads the configuration from the file of `args` and from `env` and writes it to `out`.
///
/// # Errors
/// When the configuration is not valid, with all its problems, or `out` cannot be written.
pub fn run(
    args: &ConfigArgs,
    env: impl Iterator<Item = (String, String)>,
    out: &mut impl Write,
) -> Result<(), ConfigCommandError> {
    let config = Config::load(args.config.as_deref(), env)?;
    if args.check {
        writeln!(out, "the configuration is valid")?;
    } else {
        out.write_all(effective_toml(&config)?.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(args: &ConfigArgs, env: &[(&str, &str)]) -> Result<String, ConfigCommandError> {
        let env = env.iter().map(|&(name, value)| (name.into(), value.into()));
        let mut out = Vec::new();
        run(args, env, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn it_prints_what_is_in_force() {
        let args = ConfigArgs::default();
        let text = printed(&args, &[("OCHRE_LIMITS__TAGS_MAX", "7")]).unwrap();
        assert!(text.contains("\ntags_max = 7\n"), "{text}");
        assert!(text.contains("# Tags of a conversation."));
    }

    #[test]
    fn a_check_says_only_whether_it_is_valid() {
        let args = ConfigArgs {
            check: true,
            ..ConfigArgs::default()
        };
        assert_eq!(printed(&args, &[]).unwrap(), "the configuration is valid\n");
        let refused = printed(&args, &[("OCHRE_LIMITS__TAGS_MAX", "x")]);
        assert!(matches!(refused, Err(ConfigCommandError::Config(_))));
    }
}
