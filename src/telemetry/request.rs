//! Which request a line of the log belongs to.
//!
//! A span would say it too, but is written out for every request, also for those of which nothing is
//! logged. Here the id only lies ready while a request is worked on, and a line takes it along.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

thread_local! {
    /// The request that this thread works on.
    static CURRENT: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// Does one step of a request's work: what is logged in it names the request.
pub fn in_request<T>(id: &Arc<str>, step: impl FnOnce() -> T) -> T {
    let _working = Working(CURRENT.replace(Some(Arc::clone(id))));
    step()
}

/// Puts back what was before, also after a panic.
struct Working(Option<Arc<str>>);

impl Drop for Working {
    fn drop(&mut self) {
        CURRENT.replace(self.0.take());
    }
}

/// Lines as they were, with the id of the request at the end.
#[derive(Debug)]
pub(super) struct WithRequest<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = CURRENT.with_borrow(Option::clone) else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end_matches('\n');
        match line.strip_suffix('}').filter(|_| line.starts_with('{')) {
            // An id is made of letters, digits and a few signs, none of which JSON would escape.
            Some(object) => writeln!(writer, "{object},\"request\":\"{id}\"}}"),
            None => writeln!(writer, "{line} request={id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::panic::catch_unwind;

    use parking_lot::Mutex;
    use serde_json::Value;
    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn read(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().clone()).unwrap();
            text.lines().map(str::to_owned).collect()
        }
    }

    fn three_lines() {
        let (one, two) = (Arc::from("req_1"), Arc::from("req_2"));
        in_request(&one, || {
            tracing::warn!(answer = 42, "first");
            in_request(&two, || tracing::error!("second"));
            assert!(catch_unwind(|| in_request(&two, || panic!("planned"))).is_err());
            tracing::info!("third");
        });
        tracing::info!("fourth");
    }

    #[test]
    fn a_line_names_the_request_that_it_was_logged_in() {
        let lines = Lines::default();
        let written = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || written.clone());
        let log = log.json().flatten_event(true);
        with_default(log.map_event_format(WithRequest).finish(), three_lines);
        let lines: Vec<Value> = lines
            .read()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let requests: Vec<_> = lines.iter().map(|line| line["request"].as_str()).collect();
        assert_eq!(
            requests,
            [Some("req_1"), Some("req_2"), Some("req_1"), None]
        );
        assert_eq!(
            (&lines[0]["message"], &lines[0]["answer"]),
            (&"first".into(), &42.into())
        );
    }

    #[test]
    fn so_it_does_as_text() {
        let lines = Lines::default();
        let written = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || written.clone());
        let log = log.with_ansi(false).map_event_format(WithRequest);
        with_default(log.finish(), three_lines);
        let lines = lines.read();
        assert!(
            lines[0].ends_with("first answer=42 request=req_1"),
            "{lines:?}"
        );
        assert!(lines[3].ends_with("fourth"), "{lines:?}");
    }
}
