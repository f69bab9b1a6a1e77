//! Pages: how many rows, and where to go on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::Problem;

/// How many rows a page has unless told otherwise.
const LIMIT_DEFAULT: usize = 50;

/// What every list takes.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many rows at most: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// How many rows at most.
    pub(super) fn limit(&self, call: &Call) -> Result<usize, Problem> {
        self.limit_or(LIMIT_DEFAULT, call)
    }

    /// How many rows at most, for a list that nearly everybody wants whole.
    pub(super) fn limit_or_max(&self, call: &Call) -> Result<usize, Problem> {
        self.limit_or(usize::MAX, call)
    }

    fn limit_or(&self, default: usize, call: &Call) -> Result<usize, Problem> {
        let max = call.state().config.limits.page_items_max;
        match self.limit {
            None => Ok(default.min(max)),
            Some(limit) if (1..=max).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::invalid("limit", format!("must be 1 to {max}"))),
        }
    }

    /// Where the page before ended.
    pub(super) fn cursor<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        self.cursor.as_deref().map(decode).transpose()
    }
}

/// The query of a request as the wanted type.
pub(super) fn query<T: DeserializeOwned>(call: &Call) -> Result<T, Problem> {
    actix_web::web::Query::<T>::from_query(call.open.http.query_string())
        .map(actix_web::web::Query::into_inner)
        .map_err(|error| Problem::invalid("query", error))
}

/// A place in a list as an opaque text.
pub(super) fn encode(cursor: &impl Serialize) -> String {
    // A cursor is made of numbers and ids, which always encode.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

fn decode<C: DeserializeOwned>(text: &str) -> Result<C, Problem> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Problem::invalid("cursor", "is not one that this list gave"))
}
