//! What the customers and the people of the demo write.

use crate::domain::conversation::{Channel, Priority};

/// A customer's question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) subject: &'static str,
    pub(super) body: &'static str,
    pub(super) channel: Channel,
    pub(super) priority: Priority,
    pub(super) tags: &'static [&'static str],
}

const fn question(
    subject: &'static str,
    body: &'static str,
    channel: Channel,
    priority: Priority,
    tags: &'static [&'static str],
) -> Question {
    Question {
        subject,
        body,
        channel,
        priority,
        tags,
    }
}

use Channel::{Chat, Email, Slack};
use Priority::{High, Low, Normal, Urgent};

/// Asked again and again.
pub(super) const QUESTIONS: [Question; 16] = [
    question(
        "Where is my order?",
        "I ordered two storm lanterns nine days ago and the tracking page has not moved since Monday.",
        Email,
        Normal,
        &["shipping"],
    ),
    question(
        "Charged twice",
        "My card shows the same amount twice for one order. Please give one of them back.",
        Chat,
        High,
        &["billing"],
    ),
    question(
        "Cannot sign in",
        "The reset mail never arrives. I looked in the spam folder too.",
        Chat,
        Normal,
        &["account"],
    ),
    question(
        "Broken glass on arrival",
        "The parcel looked fine but the globe inside is in pieces. I have photos.",
        Email,
        High,
        &["shipping", "returns"],
    ),
    question(
        "Invoice with our VAT number",
        "Our bookkeeping needs the VAT number on the invoice of last month.",
        Email,
        Low,
        &["billing"],
    ),
    question(
        "Does the wick fit the older model?",
        "I have the 2019 lantern and want to buy the new wicks.",
        Chat,
        Low,
        &["product"],
    ),
    question(
        "Everything is down",
        "Our shop integration answers with errors since ten minutes and we cannot sell anything.",
        Slack,
        Urgent,
        &["integration"],
    ),
    question(
        "Change of address",
        "I moved yesterday and the order is still open. Can it go to the new place?",
        Email,
        Normal,
        &["shipping"],
    ),
    question(
        "Wholesale prices",
        "We run three outdoor shops and would like to offer your lanterns.",
        Email,
        Normal,
        &["sales"],
    ),
    question(
        "Return without the box",
        "I threw the box away. Can I still send the lantern back?",
        Chat,
        Normal,
        &["returns"],
    ),
    question(
        "Discount code refused",
        "The code from your newsletter is not accepted at checkout.",
        Chat,
        Normal,
        &["billing"],
    ),
    question(
        "Webhook signature does not match",
        "We verify the signature as documented and every third one is wrong.",
        Slack,
        High,
        &["integration"],
    ),
    question(
        "Delete my account",
        "Please delete my account and everything you know about me.",
        Email,
        Normal,
        &["account", "privacy"],
    ),
    question(
        "Lantern hums",
        "It hums when turned up fully. Is that dangerous?",
        Chat,
        High,
        &["product"],
    ),
    question(
        "Gift wrapping",
        "Can you wrap two of them separately, with a card each?",
        Chat,
        Low,
        &["sales"],
    ),
    question(
        "Customs papers are missing",
        "The carrier holds the parcel because a form is missing.",
        Email,
        High,
        &["shipping"],
    ),
];

/// Who asks.
pub(super) const CUSTOMERS: [(&str, &str); 12] = [
    ("Ada Brandt", "ada.brandt@mail.example"),
    ("Bola Adeyemi", "bola@adeyemi.example"),
    ("Chiara Conti", "chiara.conti@mail.example"),
    ("Dmitri Volkov", "d.volkov@mail.example"),
    ("Elif Kaya", "elif@kaya.example"),
    ("Finn O'Neill", "finn@oneill.example"),
    ("Grace Kim", "grace.kim@mail.example"),
    ("Hugo Blanc", "hugo@blanc.example"),
    ("Ines Duarte", "ines.duarte@mail.example"),
    ("Joris de Vries", "joris@devries.example"),
    ("Keiko Sato", "keiko.sato@mail.example"),
    ("Liam Walsh", "liam@walsh.example"),
];

/// What agents answer.
pub(super) const ANSWERS: [&str; 5] = [
    "Thank you for writing. I am looking into it and come back to you today.",
    "I am sorry about that. A replacement leaves our warehouse tomorrow morning.",
    "That is done. Is there anything else that I can do for you?",
    "Could you send me the order number, please? It begins with LS.",
    "I have asked our carrier. They usually answer within a day.",
];

/// What customers write next.
pub(super) const FOLLOW_UPS: [&str; 4] = [
    "Any news about this?",
    "Thank you, that helps!",
    "The order number is LS-20418.",
    "I would rather have the money back, please.",
];

/// What people write for each other.
pub(super) const NOTES: [&str; 4] = [
    "Same carrier as last week. Could you have a look?",
    "The customer called, too. Please be quick with this one.",
    "I have seen this before, see the older conversation of this customer.",
    "Waiting for the warehouse. I keep an eye on it.",
];

/// What the AI would answer.
pub(super) const AI_REPLIES: [&str; 5] = [
    "Your parcel is on its way: the carrier scanned it this morning, and it should arrive tomorrow.",
    "You can return anything within 30 days, with or without its box. I have sent you a label.",
    "The wicks of this year fit every lantern since 2017.",
    "I have sent the invoice again, this time with your VAT number.",
    "Please turn the lantern down and let it cool. If it still hums, we will replace it.",
];
