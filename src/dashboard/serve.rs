//! The addresses of the dashboard, and the headers that keep its page to itself.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::bundle::{Asset, Bundle};

/// The addresses that a person may be at. Each is answered with the page, which then looks at the address
/// itself; everything else stays with the API.
const PAGES: &[&str] = &[
    "/",
    "/wall",
    "/conversations/{conversation}",
    "/settings",
    "/settings/{page:.*}",
];

/// Only what comes from here, and nothing inside the page: no script that somebody wrote into a message
/// can ever run.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// The address of an asset holds the digest of all, so it never has another content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The page is asked for each time, and answered with 304 as long as it is the same.
const ASK_AGAIN: &str = "no-cache";

/// Puts the dashboard in place. The app data is a [`Bundle`].
pub fn routes(routes: &mut web::ServiceConfig) {
    for page in PAGES {
        routes.service(web::resource(*page).route(web::get().to(show_page)));
    }
    routes.service(web::resource("/assets/{digest}/{path:.*}").route(web::get().to(show_asset)));
}

async fn show_page(request: HttpRequest, bundle: web::Data<Bundle>) -> HttpResponse {
    let mut response = answer(&request, &bundle, bundle.page(), ASK_AGAIN);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

async fn show_asset(
    request: HttpRequest,
    bundle: web::Data<Bundle>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (digest, path) = path.into_inner();
    let Some(asset) = bundle.asset(&path) else {
        return HttpResponse::NotFound().finish();
    };
    // A page from before an update asks for the files of then. It gets those of now, and is told not to
    // keep them under that address.
    let caching = if digest == bundle.digest() {
        FOR_EVER
    } else {
        ASK_AGAIN
    };
    answer(&request, &bundle, asset, caching)
}

/// The file, compressed for whoever reads that; or that the browser has it already.
fn answer(
    request: &HttpRequest,
    bundle: &Bundle,
    asset: &Asset,
    caching: &'static str,
) -> HttpResponse {
    let tag = format!("\"{}\"", bundle.digest());
    let is_known = named_in(request, &header::IF_NONE_MATCH, &tag);
    let mut answer = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_TYPE, asset.content_type));
    if is_known {
        return answer.finish();
    }
    let compressed = asset.compressed();
    match compressed.filter(|_| named_in(request, &header::ACCEPT_ENCODING, "gzip")) {
        Some(compressed) => answer
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(compressed.to_vec()),
        None => answer.body(asset.plain.to_vec()),
    }
}

/// Whether a list in a header names something, and does not refuse it.
fn named_in(request: &HttpRequest, name: &header::HeaderName, wanted: &str) -> bool {
    let values = request.headers().get_all(name);
    let mut entries = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    entries.any(|entry| {
        let (entry, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let is_refused = parameters
            .trim()
            .strip_prefix("q=")
            .and_then(|quality| quality.parse::<f32>().ok())
            .is_some_and(|quality| quality <= 0.0);
        entry.trim() == wanted && !is_refused
    })
}
