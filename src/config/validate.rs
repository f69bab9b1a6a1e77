//! Checks the values against each other and against their bounds, and lists all problems together.

use lettre::message::Mailbox;
use toml::{Table, Value};
use tracing_subscriber::EnvFilter;

use super::{Config, Problem, RECORD_BYTES_MAX, SmtpSecurity, is_loopback};

/// The bounds of every number: the default file repeats them, and a test compares the two.
const RANGES: &[(&str, i64, i64)] = &[
    ("server.workers", 0, 256),
    ("server.shutdown_timeout_seconds", 0, 3600),
    ("server.keep_alive_seconds", 1, 3600),
    ("server.connections_max", 1, 1_000_000),
    ("server.request_head_timeout_seconds", 1, 3600),
    ("limits.body_bytes_max", 1024, 2_097_152),
    ("limits.body_timeout_seconds", 1, 3600),
    ("limits.text_bytes_max", 1, 524_288),
    ("limits.subject_chars_max", 1, 10_000),
    ("limits.tags_max", 0, 1000),
    ("limits.tag_chars_max", 1, 1000),
    ("limits.custom_fields_max", 0, 1000),
    ("limits.custom_field_name_chars_max", 1, 1000),
    ("limits.custom_field_value_chars_max", 1, 10_000),
    ("limits.mentions_max", 0, 1000),
    ("limits.page_items_max", 1, 1000),
    ("limits.requests_per_second_per_caller", 0, 1_000_000),
    ("limits.requests_burst_per_caller", 1, 1_000_000),
    ("limits.failed_sign_ins_per_minute", 1, 1_000_000),
    ("limits.users_max", 1, 100_000),
    ("limits.tokens_per_user_max", 1, 10_000),
    ("limits.service_tokens_max", 1, 10_000),
    ("limits.sessions_per_user_max", 1, 1000),
    ("routing.rules_max", 0, 400),
    ("routing.rule_name_chars_max", 1, 1000),
    ("routing.condition_value_chars_max", 1, 10_000),
    ("routing.teams_max", 0, 10_000),
    ("routing.team_name_chars_max", 1, 1000),
    ("routing.team_members_max", 1, 10_000),
    ("routing.simulation_conversations_max", 1, 100_000),
    ("routing.simulations_max", 1, 1000),
    ("journal.cache_bytes", 1_048_576, 68_719_476_736),
    ("journal.probe_bytes", 4096, 1_073_741_824),
    ("journal.snapshot_every_commits", 1, 10_000_000),
    ("commit.queue_commits_max", 1, 10_000_000),
    ("commit.queue_bytes_max", 4_194_304, 17_179_869_184),
    ("commit.batch_commits_max", 1, 1_000_000),
    ("commit.batch_bytes_max", 4_194_304, 1_073_741_824),
    ("commit.gather_from_commits", 1, 1_000_000),
    ("commit.gather_microseconds", 0, 100_000),
    ("commit.recover_every_milliseconds", 10, 60_000),
    ("actors.mailbox_messages_max", 1, 1_000_000),
    ("actors.idle_stop_seconds", 1, 86_400),
    ("actors.conversations_max", 1, 10_000_000),
    ("bulk.items_max", 1, 10_000),
    ("bulk.in_flight_max", 1, 10_000),
    ("bulk.running_max", 1, 1000),
    ("bulk.kept_max", 1, 10_000),
    ("bulk.retry_milliseconds", 1, 60_000),
    ("bulk.retries_max", 1, 1_000_000),
    ("bulk.progress_milliseconds", 100, 60_000),
    ("idempotency.keep_hours", 24, 8760),
    ("idempotency.keys_max", 1, 100_000_000),
    ("idempotency.key_chars_max", 16, 255),
    ("auth.session_days", 1, 365),
    ("auth.password_chars_min", 1, 1024),
    ("auth.password_chars_max", 8, 1024),
    ("auth.hashing_threads_max", 1, 256),
    ("auth.hashing_queue_max", 0, 100_000),
    ("auth.argon2_memory_kib", 8, 4_194_304),
    ("auth.argon2_iterations", 1, 1000),
    ("auth.argon2_parallelism", 1, 255),
    ("live.sockets_max", 0, 10_000_000),
    ("live.heartbeat_seconds", 1, 3600),
    ("live.authentication_seconds", 1, 3600),
    ("live.tick_milliseconds", 1, 1000),
    ("live.tick_milliseconds_max", 1, 10_000),
    ("live.beacon_seconds", 1, 3600),
    ("live.presence_grace_seconds", 1, 3600),
    ("live.presences_per_session_max", 1, 1000),
    ("live.subscriptions_per_session_max", 1, 10_000),
    ("live.frame_bytes_max", 1024, 1_048_576),
    ("live.frames_per_second_max", 1, 100_000),
    ("live.session_queue_bytes_max", 65_536, 1_073_741_824),
    ("live.session_queue_frames_max", 16, 1_000_000),
    ("live.stalled_seconds", 1, 3600),
    ("live.hub_messages_max", 16, 10_000_000),
    ("live.resume_commits_max", 0, 10_000_000),
    ("live.bus_commits_max", 1, 10_000_000),
    ("live.bus_bytes_max", 65_536, 17_179_869_184),
    ("live.drain_seconds", 0, 600),
    ("webhooks.webhooks_max", 0, 1000),
    ("webhooks.connect_timeout_seconds", 1, 60),
    ("webhooks.attempt_timeout_seconds", 1, 300),
    ("webhooks.answer_bytes_max", 0, 16_777_216),
    ("webhooks.attempts_max", 1, 20),
    ("webhooks.retry_first_seconds", 1, 86_400),
    ("webhooks.retry_factor", 1, 100),
    ("webhooks.retry_jitter_percent", 0, 100),
    ("webhooks.attempts_under_way_max", 1, 10_000),
    ("webhooks.attempts_under_way_per_webhook_max", 1, 1000),
    ("webhooks.waiting_per_webhook_max", 100, 10_000_000),
    ("webhooks.keep_hours", 1, 8760),
    ("notify.inbox_notifications_max", 1, 1000),
    ("notify.settle_milliseconds", 0, 600_000),
    ("notify.outdated_hours", 1, 8760),
    ("notify.waiting_max", 1, 1_000_000),
    ("notify.sending_max", 1, 1000),
    ("notify.timeout_seconds", 1, 600),
    ("notify.digest_items_max", 1, 1000),
    ("notify.attempts_max", 1, 100),
    ("notify.retry_first_milliseconds", 1, 3_600_000),
    ("notify.retry_longest_seconds", 1, 86_400),
    ("notify.undelivered_max", 0, 100_000),
    ("notify.smtp_port", 1, 65_535),
];

impl Config {
    /// Everything that is wrong with the values; nothing when they can be run with.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = numbers_out_of_range(self);
        problems.extend(bad_origins(self));
        problems.extend(bad_networks(self));
        problems.extend(contradictions(self));
        problems.extend(unprotected(self));
        if let Err(error) = EnvFilter::builder().parse(&self.telemetry.log) {
            problems.push(Problem::new("telemetry.log", error.to_string()));
        }
        problems
    }
}

/// What is wrong with `value` for the key, when it is outside its range.
pub(super) fn out_of_range(key: &str, value: i64) -> Option<String> {
    let &(_, min, max) = RANGES.iter().find(|(ranged, ..)| *ranged == key)?;
    (!(min..=max).contains(&value)).then(|| format!("must be from {min} to {max}, not {value}"))
}

fn numbers_out_of_range(config: &Config) -> Vec<Problem> {
    let sections = match Table::try_from(config) {
        Ok(sections) => sections,
        // Only a number beyond what TOML can write ends here, and no bound is that high.
        Err(error) => return vec![Problem::new("configuration", error.to_string())],
    };
    let problem = |&(key, ..): &(&str, i64, i64)| {
        let reason = out_of_range(key, number(&sections, key)?)?;
        Some(Problem::new(key, reason))
    };
    RANGES.iter().filter_map(problem).collect()
}

fn number(sections: &Table, key: &str) -> Option<i64> {
    let (section, name) = key.split_once('.')?;
    sections.get(section)?.get(name).and_then(Value::as_integer)
}

fn bad_networks(config: &Config) -> Vec<Problem> {
    let networks = config.webhooks.permitted_networks.iter();
    let refused = networks.filter_map(|text| {
        text.parse::<ipnet::IpNet>().err().map(|_unreadable| {
            let reason = format!("must be a network such as 10.1.0.0/16, not {text:?}");
            Problem::new("webhooks.permitted_networks", reason)
        })
    });
    refused.collect()
}

fn bad_origins(config: &Config) -> Vec<Problem> {
    let server = &config.server;
    let refused = |key, origin: &str| {
        let reason = format!("must be an origin such as https://desk.example.com, not {origin:?}");
        Problem::new(key, reason)
    };
    let mut problems = Vec::new();
    if !server.public_url.is_empty() && !is_origin(&server.public_url) {
        problems.push(refused("server.public_url", &server.public_url));
    }
    let others = server.allowed_origins.iter();
    problems.extend(
        others
            .filter(|origin| !is_origin(origin))
            .map(|origin| refused("server.allowed_origins", origin)),
    );
    problems
}

/// Whether the text is an origin exactly as browsers send it, since it is compared byte by byte:
/// scheme, host in small letters, a port or none, and no slash at the end.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let permitted = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]_".contains(&byte)
        };
        !host.is_empty() && host.bytes().all(permitted)
    })
}

/// Channels with which nothing could be sent, or secrets for everybody to read.
fn unprotected(config: &Config) -> Vec<Problem> {
    let notify = &config.notify;
    let rest = notify.slack_url.strip_prefix("http://");
    let host = rest.map(|rest| rest.split(['/', ':']).next().unwrap_or(rest));
    let is_slack = notify.slack_url.starts_with("https://") || host.is_some_and(is_loopback);
    let is_smtp = notify.smtp_security != SmtpSecurity::None || is_loopback(&notify.smtp_host);
    let rules = [
        (
            notify.has_email() && !is_smtp,
            "notify.smtp_security",
            "must be \"starttls\" or \"tls\" unless notify.smtp_host is this machine",
        ),
        (
            notify.has_email() && notify.email_from.parse::<Mailbox>().is_err(),
            "notify.email_from",
            "must be an address such as \"Ochre <desk@example.com>\"",
        ),
        (
            !is_slack,
            "notify.slack_url",
            "must begin with https://, or be on this machine",
        ),
    ];
    let broken = rules.into_iter().filter(|(broken, ..)| *broken);
    broken
        .map(|(_, key, reason)| Problem::new(key, reason))
        .collect()
}

/// Pairs of values of which one makes the other senseless.
fn contradictions(config: &Config) -> Vec<Problem> {
    let Config {
        limits,
        commit,
        auth,
        bulk,
        ..
    } = config;
    let rules = [
        (
            limits.text_bytes_max > limits.body_bytes_max,
            "limits.text_bytes_max",
            "must not be over limits.body_bytes_max, in which the text arrives",
        ),
        (
            commit.batch_commits_max > commit.queue_commits_max,
            "commit.batch_commits_max",
            "must not be over commit.queue_commits_max, from which the batch is taken",
        ),
        (
            commit.batch_bytes_max > commit.queue_bytes_max,
            "commit.batch_bytes_max",
            "must not be over commit.queue_bytes_max, from which the batch is taken",
        ),
        (
            auth.password_chars_min > auth.password_chars_max,
            "auth.password_chars_min",
            "must not be over auth.password_chars_max",
        ),
        (
            auth.argon2_memory_kib / 8 < auth.argon2_parallelism,
            "auth.argon2_memory_kib",
            "must be at least 8 for each of auth.argon2_parallelism",
        ),
    ];
    let record_bytes_max = limits.record_bytes_max(bulk.items_max);
    let too_large = record_bytes_max > RECORD_BYTES_MAX;
    let too_large = too_large.then(|| {
        let reason = format!(
            "a change, or its answer, could take {record_bytes_max} bytes with them, and a record of the \
             journal takes {RECORD_BYTES_MAX}: lower those of the body, of texts, of tags or of custom fields"
        );
        Problem::new("limits", reason)
    });
    let label = limits.tag_chars_max.max(limits.custom_field_name_chars_max);
    let rules_too_large = config.routing.record_bytes_max(label) > RECORD_BYTES_MAX;
    let rules_too_large = rules_too_large.then(|| {
        let reason = format!(
            "the rules, or the members of a team, could take {} bytes with them, and a record of the \
             journal takes {RECORD_BYTES_MAX}: lower some of them",
            config.routing.record_bytes_max(label)
        );
        Problem::new("routing", reason)
    });
    let broken = rules.into_iter().filter(|(broken, ..)| *broken);
    broken
        .map(|(_, key, reason)| Problem::new(key, reason))
        .chain(too_large)
        .chain(rules_too_large)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::DEFAULT_TOML;
    use super::super::effective::{key_of, section_of};
    use super::*;

    fn defaults() -> Config {
        Config::load(None, std::iter::empty()).unwrap()
    }

    /// Each key of the default file with the comment directly above it.
    fn comments() -> BTreeMap<String, String> {
        let mut comments = BTreeMap::new();
        let (mut section, mut comment) = ("", String::new());
        for line in DEFAULT_TOML.lines() {
            if let Some(name) = section_of(line) {
                section = name;
            } else if let Some(key) = key_of(line) {
                comments.insert(format!("{section}.{key}"), std::mem::take(&mut comment));
            } else if let Some(text) = line.strip_prefix("# ") {
                comment.push_str(text);
                comment.push(' ');
            } else {
                comment.clear();
            }
        }
        comments
    }

    #[test]
    fn every_key_has_a_comment_above_it_and_a_field() {
        let comments = comments();
        for (key, comment) in &comments {
            assert!(comment.trim_end().ends_with('.'), "{key}: {comment:?}");
        }
        let sections = Table::try_from(defaults()).unwrap();
        let fields: BTreeSet<String> = sections
            .iter()
            .flat_map(|(section, table)| {
                let keys = table.as_table().unwrap().keys();
                keys.map(move |key| format!("{section}.{key}"))
            })
            .collect();
        assert_eq!(fields, comments.into_keys().collect());
    }

    #[test]
    fn every_number_has_a_range_and_its_comment_says_which() {
        let sections = Table::try_from(defaults()).unwrap();
        let ranges: BTreeMap<&str, (i64, i64)> = RANGES
            .iter()
            .map(|&(key, min, max)| (key, (min, max)))
            .collect();
        assert_eq!(ranges.len(), RANGES.len(), "a key occurs twice");
        for (key, comment) in comments() {
            let Some(_number) = number(&sections, &key) else {
                assert!(!ranges.contains_key(key.as_str()), "{key} is no number");
                continue;
            };
            let (min, max) = ranges[key.as_str()];
            let said = format!("From {min} to {max}.");
            assert!(comment.trim_end().ends_with(&said), "{key}: {said}");
        }
    }

    #[test]
    fn the_ends_of_a_range_are_inside_it() {
        let problems_with = |tags_max| {
            let mut config = defaults();
            config.limits.tags_max = tags_max;
            config.validate().len()
        };
        assert_eq!([0, 1000, 1001].map(problems_with), [0, 0, 1]);
    }

    #[test]
    fn only_origins_as_browsers_send_them_are_taken() {
        for good in [
            "https://desk.example.com",
            "http://127.0.0.1:8080",
            "http://[::1]:80",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "desk.example.com",
            "https://",
            "https://a/",
            "https://A.b",
            "ftp://a",
            "*",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn nothing_is_sent_over_a_network_for_everybody_to_read() {
        let problems_with = |change: fn(&mut Config)| {
            let mut config = defaults();
            config.notify.email_from = "Ochre <desk@example.com>".to_owned();
            config.notify.smtp_host = "mail.example.com".to_owned();
            change(&mut config);
            let problems = config.validate().into_iter();
            problems.map(|problem| problem.key).collect::<Vec<_>>()
        };
        assert_eq!(problems_with(|_| {}), [""; 0]);
        assert_eq!(
            problems_with(|config| config.notify.smtp_security = SmtpSecurity::None),
            ["notify.smtp_security"]
        );
        for host in ["localhost", "127.0.0.1", "::1"] {
            let mut config = defaults();
            config.notify.smtp_host = host.to_owned();
            config.notify.email_from = "desk@example.com".to_owned();
            config.notify.smtp_security = SmtpSecurity::None;
            assert_eq!(config.validate(), [], "{host}");
        }
        assert_eq!(
            problems_with(|config| config.notify.email_from = "nobody".to_owned()),
            ["notify.email_from"]
        );
        let slack = |url: &str| {
            let mut config = defaults();
            config.notify.slack_url = url.to_owned();
            config.validate().len()
        };
        assert_eq!(slack("http://127.0.0.1:9/api"), 0);
        for bad in [
            "http://slack.com/api",
            "http://localhost.example.com/api",
            "slack.com",
        ] {
            assert_eq!(slack(bad), 1, "{bad}");
        }
    }

    #[test]
    fn values_that_contradict_each_other_are_all_named() {
        let mut config = defaults();
        config.limits.body_bytes_max = 1024;
        config.commit.queue_commits_max = 1;
        config.commit.queue_bytes_max = 4_194_304;
        config.auth.password_chars_min = 1024;
        config.auth.password_chars_max = 8;
        config.auth.argon2_parallelism = 255;
        config.auth.argon2_memory_kib = 8;
        config.telemetry.log = "ochre=loudest".to_owned();
        config.server.public_url = "desk".to_owned();
        config.webhooks.permitted_networks = vec!["10.0.0.1/33".to_owned()];
        let problems = config.validate();
        let keys: Vec<&str> = problems
            .iter()
            .map(|problem| problem.key.as_str())
            .collect();
        let expected = [
            "server.public_url",
            "webhooks.permitted_networks",
            "limits.text_bytes_max",
            "commit.batch_commits_max",
            "commit.batch_bytes_max",
            "auth.password_chars_min",
            "auth.argon2_memory_kib",
            "telemetry.log",
        ];
        assert_eq!(keys, expected);
    }
}
