//! Letters: what they are made of, how they collect, and what they look like.

use std::sync::Arc;

use super::channel::Channels;
use super::intake::Intake;
use super::letter::{Grouping, Letter, LetterId, Medium, Told};
use super::pending::Pending;
use super::render::{Stationery, outgoing};
use crate::config::Config;
use crate::domain::notifications::NotificationKind;
use crate::domain::testing::{SAM, Scenario};
use crate::domain::{ConversationId, NotificationId, Timestamp, WorkspaceId};
use crate::outbox::{Changes, MemoryOutbox, Outbox};

const WORKSPACE: WorkspaceId = WorkspaceId::from_u128(1);

fn told(seq: u64, kind: NotificationKind) -> Told {
    Told {
        notification: NotificationId::of(seq, SAM, kind),
        kind,
        conversation: ConversationId::from_u128(seq.into()),
        version: 1,
        subject: "Tea & <biscuits>\r\nBcc: all@example.com".to_owned(),
        title: format!("Maya assigned #{seq} to you"),
        preview: Some("\"Now\" > later".to_owned()),
        at: Timestamp::from_millis(1000),
    }
}

fn letter(medium: Medium, grouping: Grouping, due: i64, what: Vec<Told>) -> Letter {
    let due = Timestamp::from_millis(due);
    Letter {
        id: LetterId::of((WORKSPACE, SAM, medium), &grouping, due),
        medium,
        user: SAM,
        grouping,
        opened_at: Timestamp::from_millis(1000),
        due,
        told: what,
        more: 0,
        failed: 0,
        is_sent: false,
    }
}

fn single(medium: Medium) -> Letter {
    let one = told(7, NotificationKind::Assignment);
    let notification = one.notification;
    letter(medium, Grouping::Single { notification }, 1000, vec![one])
}

fn written(letter: &Letter) -> super::Outgoing {
    let told: Vec<&Told> = letter.told.iter().collect();
    let stationery = Stationery {
        workspace: "Acme",
        public_url: "https://desk.example.com",
    };
    outgoing(letter, &told, "sam@example.com".to_owned(), &stationery)
}

#[test]
fn what_people_write_stays_text_in_every_form() {
    let mail = written(&single(Medium::Email));
    assert_eq!(
        mail.subject,
        "[Acme] Maya assigned #7 to you: Tea & <biscuits> Bcc: all@example.com"
    );
    assert!(
        mail.html.contains("Tea &amp; &lt;biscuits&gt;"),
        "{}",
        mail.html
    );
    assert!(
        mail.html.contains("&quot;Now&quot; &gt; later"),
        "{}",
        mail.html
    );
    assert!(mail.text.contains("Tea & <biscuits>"), "{}", mail.text);
    let slack = written(&single(Medium::Slack));
    assert!(
        slack.text.contains("Tea &amp; &lt;biscuits&gt;"),
        "{}",
        slack.text
    );
    assert!(!slack.text.contains("-- "), "{}", slack.text);
}

#[test]
fn a_digest_has_a_section_for_each_kind_that_there_is() {
    let what = vec![
        told(7, NotificationKind::Mention),
        told(8, NotificationKind::Assignment),
        told(9, NotificationKind::Mention),
    ];
    let mut digest = letter(Medium::Email, Grouping::Daily, 5000, what);
    digest.more = 4;
    let mail = written(&digest);
    assert_eq!(mail.subject, "[Acme] Your day: 7 notifications");
    assert_eq!(mail.html.matches("<h2>").count(), 2);
    assert_eq!(mail.text.matches("You were mentioned").count(), 1);
    assert!(mail.text.contains("and 4 more"), "{}", mail.text);
}

#[test]
fn the_id_of_a_letter_follows_from_what_it_is_for() {
    let id = |medium, grouping: &Grouping, due| {
        LetterId::of(
            (WORKSPACE, SAM, medium),
            grouping,
            Timestamp::from_millis(due),
        )
    };
    let single = Grouping::Single {
        notification: NotificationId::of(7, SAM, NotificationKind::Mention),
    };
    assert_eq!(id(Medium::Email, &single, 1), id(Medium::Email, &single, 2));
    assert_ne!(id(Medium::Email, &single, 1), id(Medium::Slack, &single, 1));
    assert_ne!(
        id(Medium::Email, &Grouping::Daily, 1),
        id(Medium::Email, &Grouping::Daily, 2)
    );
    // It is on disk, and in the mails that were sent.
    assert_eq!(
        id(Medium::Email, &Grouping::Daily, 1).to_hex(),
        id(Medium::Email, &Grouping::Daily, 1).to_hex()
    );
    assert_eq!(id(Medium::Email, &Grouping::Daily, 1).to_hex().len(), 32);
}

#[test]
fn a_letter_reads_back_as_it_was_written() {
    let outbox = MemoryOutbox::default();
    let (mut pending, mut changes) = (Pending::default(), Changes::default());
    let digest = letter(
        Medium::Email,
        Grouping::Hourly {
            of: NotificationKind::Mention,
        },
        5000,
        vec![told(7, NotificationKind::Mention)],
    );
    let gone = single(Medium::Slack);
    for one in [&digest, &gone] {
        pending.put(one.clone(), &mut changes).unwrap();
    }
    pending.remove(gone.id, &mut changes);
    futures_util::FutureExt::now_or_never(outbox.write(changes))
        .unwrap()
        .unwrap();
    let outbox: Arc<dyn Outbox> = Arc::new(outbox);
    let read = Pending::load(&*outbox).unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(read.get(digest.id), Some(&digest));
    let group = (SAM, Medium::Email, digest.grouping.clone());
    let before = Timestamp::from_millis(4999);
    assert_eq!(read.open(&group, before), Some(&digest));
    assert_eq!(read.open(&group, digest.due), None, "its time has come");
    assert_eq!(read.due(before).count(), 0);
    assert_eq!(read.due(digest.due).count(), 1);
}

#[test]
fn an_operation_makes_one_letter_a_kind_which_goes_out_once() {
    let scenario = Scenario::new();
    let directory = &*scenario.directory().directory;
    let sam = directory.user(SAM).unwrap();
    let config = Config::load(None, std::iter::empty()).unwrap().notify;
    let channels = Channels::default();
    let (mut pending, mut changes) = (Pending::default(), Changes::default());
    let mut tell = |seq: u64, pending: &mut Pending| {
        let at = Timestamp::from_millis(i64::try_from(seq).unwrap() * 1000);
        let intake = Intake {
            workspace: WORKSPACE,
            directory,
            channels: &channels,
            config: &config,
            now: at,
        };
        let of = NotificationKind::Assignment;
        let operation = "op_1".to_owned();
        let grouping = Grouping::Bulk { operation, of };
        let one = Told {
            at,
            ..told(seq, of)
        };
        let group = (&**sam, Medium::Email, grouping);
        intake.tell(group, one, pending, &mut changes).unwrap();
    };
    for seq in 1..=20 {
        tell(seq, &mut pending);
    }
    let letters = pending.of(SAM);
    let [letter] = letters.as_slice() else {
        panic!("one letter was to come: {letters:?}");
    };
    assert_eq!(letter.told.len(), 20);
    assert_eq!(
        letter.due,
        Timestamp::from_millis(25_000),
        "it waits for more"
    );
    assert_eq!(written(letter).subject, "[Acme] Assigned to you: 20");
    let sent = Letter {
        is_sent: true,
        told: Vec::new(),
        ..letter.clone()
    };
    pending.put(sent.clone(), &mut Changes::default()).unwrap();
    tell(40, &mut pending);
    assert_eq!(pending.of(SAM), [sent]);
}

#[test]
fn a_letter_takes_so_much_and_counts_the_rest() {
    let mut digest = letter(Medium::Email, Grouping::Daily, 5000, Vec::new());
    for seq in 1..=5 {
        digest.add(told(seq, NotificationKind::Mention), 3);
    }
    assert_eq!((digest.told.len(), digest.more), (3, 2));
}
