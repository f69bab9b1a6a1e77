//! A letter in words: a subject, plain text and HTML.

use std::fmt::Write as _;

use super::channel::Outgoing;
use super::letter::{Grouping, Letter, Medium, Told};
use crate::domain::notifications::NotificationKind;

/// What a letter is written with beside what it tells.
pub(super) struct Stationery<'a> {
    /// The name of the workspace.
    pub(super) workspace: &'a str,
    /// Where the dashboard is, without a slash at the end; "" when that is not known.
    pub(super) public_url: &'a str,
}

/// The letter as it is sent. `told` is what of it still holds.
pub(super) fn outgoing(
    letter: &Letter,
    told: &[&Told],
    to: String,
    stationery: &Stationery<'_>,
) -> Outgoing {
    let subject = format!("[{}] {}", stationery.workspace, about(letter, told));
    Outgoing {
        id: letter.id.to_hex(),
        to,
        subject: one_line(&subject),
        text: plain(letter, told, stationery),
        html: html(letter, told, stationery),
    }
}

fn about(letter: &Letter, told: &[&Told]) -> String {
    let count = u64::try_from(told.len()).unwrap_or(u64::MAX);
    let count = count.saturating_add(letter.more);
    match (told, &letter.grouping) {
        ([one], Grouping::Single { .. } | Grouping::Bulk { .. }) if letter.more == 0 => {
            format!("{}: {}", one.title, one.subject)
        }
        (_, Grouping::Single { .. }) => format!("{count} notifications"),
        (_, Grouping::Bulk { of, .. } | Grouping::Hourly { of }) => {
            format!("{}: {count}", heading(*of))
        }
        (_, Grouping::Daily) => format!("Your day: {count} notifications"),
    }
}

const fn heading(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Assignment => "Assigned to you",
        NotificationKind::Mention => "You were mentioned",
        NotificationKind::ConversationReply => "Customers replied",
        NotificationKind::NewUnassigned => "New and without an assignee",
        NotificationKind::AiAutoSent => "Answered by the AI",
    }
}

/// What is told of each kind, in the order of the kinds; kinds of which there is nothing are left out.
fn sections<'a>(told: &'a [&'a Told]) -> impl Iterator<Item = (NotificationKind, Vec<&'a Told>)> {
    let of = |kind: &NotificationKind| {
        let of_kind = told.iter().copied().filter(|one| one.kind == *kind);
        (*kind, of_kind.collect::<Vec<_>>())
    };
    let sections = NotificationKind::ALL.iter().map(of);
    sections.filter(|(_, told)| !told.is_empty())
}

/// Writing to a string does not fail, so nothing is made of it.
fn plain(letter: &Letter, told: &[&Told], stationery: &Stationery<'_>) -> String {
    let mut text = String::new();
    for (kind, told) in sections(told) {
        if !matches!(letter.grouping, Grouping::Single { .. }) {
            writeln!(text, "{}\n", heading(kind)).ok();
        }
        for one in told {
            writeln!(text, "{}", one.title).ok();
            writeln!(text, "{}", one_line(&one.subject)).ok();
            if let Some(preview) = &one.preview {
                writeln!(text, "> {}", one_line(preview)).ok();
            }
            if let Some(link) = link(one, stationery) {
                writeln!(text, "{link}").ok();
            }
            text.push('\n');
        }
    }
    if letter.more > 0 {
        writeln!(text, "… and {} more.\n", letter.more).ok();
    }
    if letter.medium == Medium::Email {
        writeln!(text, "-- \n{}", footer(stationery)).ok();
    }
    match letter.medium {
        Medium::Email => text,
        Medium::Slack => escaped(text.trim_end()),
    }
}

fn html(letter: &Letter, told: &[&Told], stationery: &Stationery<'_>) -> String {
    let mut html = String::from("<!doctype html><html><body>\n");
    for (kind, told) in sections(told) {
        if !matches!(letter.grouping, Grouping::Single { .. }) {
            writeln!(html, "<h2>{}</h2>", heading(kind)).ok();
        }
        for one in told {
            let title = escaped(&one.title);
            let subject = escaped(&one.subject);
            writeln!(html, "<p>{title}<br>").ok();
            match link(one, stationery) {
                Some(link) => writeln!(html, "<a href=\"{}\">{subject}</a></p>", escaped(&link)),
                None => writeln!(html, "<b>{subject}</b></p>"),
            }
            .ok();
            if let Some(preview) = &one.preview {
                writeln!(html, "<blockquote>{}</blockquote>", escaped(preview)).ok();
            }
        }
    }
    if letter.more > 0 {
        writeln!(html, "<p>… and {} more.</p>", letter.more).ok();
    }
    let footer = escaped(&footer(stationery));
    writeln!(html, "<p><small>{footer}</small></p>\n</body></html>").ok();
    html
}

fn link(told: &Told, stationery: &Stationery<'_>) -> Option<String> {
    let url = stationery.public_url;
    (!url.is_empty()).then(|| format!("{url}/conversations/{}", told.conversation))
}

fn footer(stationery: &Stationery<'_>) -> String {
    let workspace = stationery.workspace;
    format!("You are told this by {workspace}. What you are told, and how often, is up to you.")
}

/// As it may stand in HTML, and in the text of a Slack message.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn one_line(text: &str) -> String {
    text.split(|one: char| one.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
