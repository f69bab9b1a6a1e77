//! `/demo/mail` and `/demo/webhooks`: what was told outside, for people and as JSON.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::mail::{Mail, MailCatcher};
use super::newest::KEPT_MAX;
use super::receiver::{self, Received, Receiver};
use crate::app::Routes;
use crate::dashboard::CONTENT_SECURITY_POLICY;

/// Where the mail is shown.
pub(super) const MAIL: &str = "/demo/mail";

const STYLE: &str = "/demo/style.css";

/// The addresses of the demo.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    pub(super) mail: Arc<MailCatcher>,
    pub(super) webhooks: Arc<Receiver>,
}

impl Routes for Pages {
    fn configure(&self, routes: &mut web::ServiceConfig) {
        routes
            .app_data(web::Data::new(self.clone()))
            .service(web::resource(MAIL).route(web::get().to(show_mail)))
            .service(
                web::resource(receiver::PATH)
                    .route(web::get().to(show_webhooks))
                    .route(web::post().to(take_webhook)),
            )
            .service(web::resource(STYLE).route(web::get().to(show_style)));
    }
}

async fn show_mail(request: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let mails = pages.mail.caught.all();
    if wants_json(&request) {
        return as_json(&json!({"items": mails}));
    }
    let items: Vec<_> = mails.iter().map(mail_item).collect();
    page(&Page {
        title: "Mail",
        path: MAIL,
        says: format!(
            "What a mail server would have got from this demo, newest first, at most {KEPT_MAX}. \
             No mail is sent to anybody."
        ),
        empty: "No mail yet. Assign a conversation to somebody else: a few seconds later it is here.",
        items,
    })
}

async fn show_webhooks(request: HttpRequest, pages: web::Data<Pages>) -> HttpResponse {
    let (received, refused) = (pages.webhooks.received.all(), pages.webhooks.refused());
    if wants_json(&request) {
        return as_json(&json!({"items": received, "refused": refused}));
    }
    let empty = if pages.webhooks.is_told() {
        "Nothing yet. The next thing that happens to a conversation is here a moment later."
    } else {
        "Nothing will come: others can reach this demo, so it permits no webhooks to this machine. \
         Without --listen, or with a loopback address, it does."
    };
    let items: Vec<_> = received.iter().map(webhook_item).collect();
    page(&Page {
        title: "Webhooks",
        path: receiver::PATH,
        says: format!(
            "What the demo's own receiver was told with a good signature, newest first, at most \
             {KEPT_MAX}. Refused without one: {refused}."
        ),
        empty,
        items,
    })
}

async fn take_webhook(
    request: HttpRequest,
    body: web::Bytes,
    pages: web::Data<Pages>,
) -> HttpResponse {
    if pages.webhooks.take(&request, &body) {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::Unauthorized()
            .content_type("text/plain; charset=utf-8")
            .body("the signature is not good\n")
    }
}

async fn show_style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(include_str!("pages.css"))
}

fn mail_item(mail: &Mail) -> String {
    format!(
        "<li><h2>{}</h2><p>To {} · <time datetime=\"{at}\">{at}</time></p><pre>{}</pre></li>\n",
        Escaped(&mail.subject),
        Escaped(&mail.to),
        Escaped(&mail.text),
        at = Escaped(&mail.at),
    )
}

fn webhook_item(event: &Received) -> String {
    // A value always encodes.
    let payload = serde_json::to_string_pretty(&event.payload).unwrap_or_default();
    let verified = if event.verified {
        "signature verified"
    } else {
        "not verified"
    };
    format!(
        "<li><h2>{}</h2><p>{verified} · <time datetime=\"{at}\">{at}</time></p>\
         <details><summary>Payload</summary><pre>{}</pre></details></li>\n",
        Escaped(&event.kind),
        Escaped(&payload),
        at = Escaped(&event.at),
    )
}

/// A page with a list.
struct Page {
    title: &'static str,
    path: &'static str,
    /// What one sees here.
    says: String,
    /// What stands there as long as there is nothing.
    empty: &'static str,
    /// The entries, as HTML.
    items: Vec<String>,
}

fn page(page: &Page) -> HttpResponse {
    let mut links = "<a href=\"/\">Dashboard</a>".to_owned();
    for (path, name) in [(MAIL, "Mail"), (receiver::PATH, "Webhooks")] {
        let current = if path == page.path {
            " aria-current=\"page\""
        } else {
            ""
        };
        // Writing to a string does not fail.
        write!(links, " <a href=\"{path}\"{current}>{name}</a>").ok();
    }
    let list = if page.items.is_empty() {
        format!("<p>{}</p>", Escaped(page.empty))
    } else {
        format!("<ol>\n{}</ol>", page.items.concat())
    };
    let body = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · ochre demo</title><link rel=\"stylesheet\" href=\"{STYLE}\"></head>\n\
         <body><header><nav aria-label=\"Demo\">{links}</nav></header>\n\
         <main><h1>{title}</h1><p>{says} <a href=\"{path}\">Look again</a></p>\n{list}</main>\
         </body></html>\n",
        title = page.title,
        says = Escaped(&page.says),
        path = page.path,
    );
    shown(HttpResponse::Ok().content_type("text/html; charset=utf-8")).body(body)
}

fn as_json(value: &serde_json::Value) -> HttpResponse {
    shown(HttpResponse::Ok().content_type("application/json")).body(value.to_string())
}

/// What holds for every answer here.
fn shown(answer: &mut actix_web::HttpResponseBuilder) -> &mut actix_web::HttpResponseBuilder {
    answer
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "accept"))
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

/// A text inside HTML, also inside the value of an attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_text_on_the_page() {
        let event = Received {
            id: "msg_1".to_owned(),
            at: "2026-03-01T09:30:00.000Z".to_owned(),
            kind: "<script>alert('\"&')</script>".to_owned(),
            verified: true,
            payload: json!({"subject": "</pre><img src=x>"}),
        };
        let item = webhook_item(&event);
        assert!(
            item.contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"),
            "{item}"
        );
        assert!(
            !item.contains("<img") && !item.contains("<script"),
            "{item}"
        );
    }
}
