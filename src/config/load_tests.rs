//! Tests of the layers: which goes before which, and what is said about mistakes.

use std::io::Write as _;
use std::path::Path;

use super::{Config, ConfigError, JournalEngine, LogFormat, Problem};

fn load(file: &str, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut written = tempfile::NamedTempFile::new().unwrap();
    written.write_all(file.as_bytes()).unwrap();
    let env = env.iter().map(|&(name, value)| (name.into(), value.into()));
    Config::load(Some(written.path()), env)
}

fn problems(file: &str, env: &[(&str, &str)]) -> Vec<Problem> {
    match load(file, env).unwrap_err() {
        ConfigError::Invalid { problems } => problems,
        other => panic!("{other}"),
    }
}

#[test]
fn the_defaults_are_valid() {
    let config = Config::load(None, std::iter::empty()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.journal.engine, JournalEngine::Sled);
    assert!(config.limits.request_rate().is_none());
    assert!(!config.server.cookie_is_secure());
    assert!(config.server.worker_count() > 0);
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_defaults() {
    let file = "[limits]\ntags_max = 7\nmentions_max = 8\n[auth]\n";
    let env = [
        ("OCHRE_LIMITS__TAGS_MAX", "9"),
        ("OCHRE_SERVER__LISTEN", "[::1]:0"),
        (
            "OCHRE_SERVER__ALLOWED_ORIGINS",
            "https://a.example, https://b.example,",
        ),
        ("OCHRE_JOURNAL__ENGINE", "memory"),
        ("OCHRE_TELEMETRY__FORMAT", "json"),
    ];
    let config = load(file, &env).unwrap();
    assert_eq!(config.limits.tags_max, 9);
    assert_eq!(config.limits.mentions_max, 8);
    assert_eq!(config.limits.tag_chars_max, 64);
    assert_eq!(config.server.listen.to_string(), "[::1]:0");
    let origins: Vec<&str> = config.server.origins().collect();
    assert_eq!(origins, ["https://a.example", "https://b.example"]);
    assert_eq!(config.journal.engine, JournalEngine::Memory);
    assert_eq!(config.telemetry.format, LogFormat::Json);
}

#[test]
fn other_variables_are_left_alone() {
    let env = [("OCHRE_FAULTS", "x"), ("OCHRE_TOKEN", "y"), ("A__B", "z")];
    assert!(load("", &env).is_ok());
}

#[test]
fn an_unknown_key_is_refused_with_its_nearest_neighbour() {
    for (file, key, neighbour) in [
        ("[limits]\ntag_max = 1", "limits.tag_max", "limits.tags_max"),
        ("[limit]\ntags_max = 1", "limit.tags_max", "limits.tags_max"),
        ("listen = 'a'", "listen", "server.listen"),
        ("[server.listen]\nx = 1", "server.listen.x", "server.listen"),
        ("[journals]", "journals", "journal.snapshot_every_commits"),
    ] {
        let problems = problems(file, &[]);
        assert_eq!(problems.len(), 1, "{file}");
        assert_eq!(problems[0].key, key);
        assert_eq!(
            problems[0].reason,
            format!("unknown key, the nearest is {neighbour}")
        );
    }
    let problems = problems("", &[("OCHRE_LIMITS__TAG_MAX", "1")]);
    assert_eq!(
        problems[0].to_string(),
        "limits.tag_max (environment variable OCHRE_LIMITS__TAG_MAX): \
         unknown key, the nearest is OCHRE_LIMITS__TAGS_MAX"
    );
}

#[test]
fn all_problems_are_listed_together_with_their_origins() {
    let file = "limits = 3\n[server]\nlisten = 'nowhere'\nworkers = '4'\nkeepalive = 1\n\
                [auth]\nsession_days = 0\nargon2_iterations = -1\npassword_chars_min = 1.5\n\
                [journal]\nengine = 'redis'\n";
    let env = [
        ("OCHRE_LIMITS__TAGS_MAX", "many"),
        ("OCHRE_SERVER__PUBLIC_URL", "desk"),
    ];
    let problems = problems(file, &env);
    let keys: Vec<&str> = problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    let expected = [
        "auth.argon2_iterations",
        "auth.password_chars_min",
        "auth.session_days",
        "journal.engine",
        "limits",
        "limits.tags_max",
        "server.keepalive",
        "server.listen",
        "server.public_url",
        "server.workers",
    ];
    assert_eq!(keys, expected);
    assert!(problems.iter().all(|problem| problem.origin.is_some()));
    let error = ConfigError::Invalid { problems };
    let text = error.to_string();
    assert_eq!(text.lines().count(), 11, "{text}");
    for part in [
        "must be a whole number, not \"4\"",
        "must be a whole number, not 1.5",
        "must be from 1 to 1000, not -1",
        "unknown key, the nearest is server.keep_alive_seconds",
        "such as 127.0.0.1:8080, not \"nowhere\"",
        "OCHRE_LIMITS__TAGS_MAX): must be a whole number, not \"many\"",
        "must be \"sled\" or \"memory\", not \"redis\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let missing = Config::load(Some(Path::new("/nowhere/ochre.toml")), std::iter::empty());
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("/nowhere/ochre.toml")
    );
    let broken = load("[server\n", &[]).unwrap_err();
    assert!(matches!(broken, ConfigError::Syntax { .. }), "{broken}");
}
