//! The files of the dashboard, as browsers get them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// The page that every address of the dashboard answers with.
const PAGE: &str = "index.html";

/// Where the page wants the address of the assets, and the list of what to load at once.
const ADDRESS: &str = "{{assets}}";
const PRELOADS: &str = "<!-- preloads -->";

/// Folders that are loaded when somebody goes there.
const LOADED_LATER: &[&str] = &["settings/", "wall/"];

/// How many hexadecimal digits of the digest are in the address.
const DIGEST_CHARS: usize = 16;

#[derive(RustEmbed)]
#[folder = "src/dashboard/assets"]
struct Files;

/// A file, and how it looks on its way.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) plain: Cow<'static, [u8]>,
    compressed: OnceLock<Vec<u8>>,
}

/// All files, under an address that changes when one of them does.
#[derive(Debug)]
pub struct Bundle {
    digest: String,
    page: Asset,
    assets: BTreeMap<String, Asset>,
}

impl Asset {
    fn new(path: &str, plain: Cow<'static, [u8]>) -> Self {
        Self {
            content_type: content_type(path),
            plain,
            compressed: OnceLock::new(),
        }
    }

    /// With gzip, made when first asked for. Nothing when that does not make it smaller.
    pub(super) fn compressed(&self) -> Option<&[u8]> {
        let compressed = self
            .compressed
            .get_or_init(|| gzip(&self.plain).unwrap_or_default());
        let is_smaller = !compressed.is_empty() && compressed.len() < self.plain.len();
        is_smaller.then_some(compressed)
    }
}

impl Bundle {
    /// Reads the files that were embedded.
    #[must_use]
    pub fn embedded() -> Self {
        let files = Files::iter().filter_map(|path| {
            let file = Files::get(&path)?;
            Some((path.into_owned(), file.data))
        });
        Self::of(files.collect())
    }

    fn of(mut files: BTreeMap<String, Cow<'static, [u8]>>) -> Self {
        let digest = digest(&files);
        let page = files.remove(PAGE).unwrap_or_default();
        let page = String::from_utf8_lossy(&page)
            .replace(PRELOADS, &preloads(files.keys()))
            .replace(ADDRESS, &format!("/assets/{digest}"));
        let assets = files.into_iter().map(|(path, plain)| {
            let asset = Asset::new(&path, without_comments(&path, plain));
            (path, asset)
        });
        Self {
            page: Asset::new(PAGE, Cow::Owned(page.into_bytes())),
            assets: assets.collect(),
            digest,
        }
    }

    /// What the address of the assets contains, and what the page's `ETag` is.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    pub(super) const fn page(&self) -> &Asset {
        &self.page
    }

    pub(super) fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.get(path)
    }

    #[cfg(test)]
    pub(super) fn assets(&self) -> impl Iterator<Item = (&str, &Asset)> {
        self.assets
            .iter()
            .map(|(path, asset)| (path.as_str(), asset))
    }
}

/// Names and contents of all files, in order.
fn digest(files: &BTreeMap<String, Cow<'static, [u8]>>) -> String {
    let mut digest = Sha256::new();
    for (path, content) in files {
        digest.update(path.as_bytes());
        digest.update([0]);
        digest.update(Sha256::digest(content));
    }
    let bytes = digest.finalize();
    let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}"));
    hexadecimal
        .collect::<String>()
        .chars()
        .take(DIGEST_CHARS)
        .collect()
}

/// Modules import one another, so a browser would learn of the last one after as many round trips as
/// the chain is long; the page names them all at once.
fn preloads<'a>(paths: impl Iterator<Item = &'a String>) -> String {
    let at_once = paths.filter(|path| {
        path.ends_with(".js") && !LOADED_LATER.iter().any(|folder| path.starts_with(folder))
    });
    at_once
        .map(|path| format!("<link rel=\"modulepreload\" href=\"{ADDRESS}/{path}\">\n"))
        .collect()
}

/// The same program without the lines that are only for its readers: a sixth of what would be sent.
/// A line is a comment from its beginning or not at all; no text of ours goes over several lines.
pub(super) fn without_comments(path: &str, plain: Cow<'static, [u8]>) -> Cow<'static, [u8]> {
    let is_program = [".js", ".css"].iter().any(|end| path.ends_with(end));
    let Some(text) = std::str::from_utf8(&plain).ok().filter(|_| is_program) else {
        return plain;
    };
    let mut is_inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let begun = line.trim();
        // A type may stand before an expression, on the line of the expression.
        let ends = begun.contains("*/");
        let opens = begun.starts_with("/*") && (!ends || begun.ends_with("*/"));
        let is_comment = is_inside || opens || begun.starts_with("//");
        is_inside = (is_inside || opens) && !ends;
        if !is_comment && !begun.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    Cow::Owned(kept.into_bytes())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}
