//! Where a webhook leads, as its owner writes it, and to which addresses that comes in the end.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::{Host, Url};

use super::address::may_be_told;
use crate::config::WebhooksConfig;

/// How many of a name's addresses are tried.
const ADDRESSES_MAX: usize = 3;

/// The longest address, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Why an address cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no address of the web.
    #[error("is no address such as https://hooks.example.com/ochre: {0}")]
    Malformed(String),
    /// Everybody on the way could read what it is told.
    #[error("must begin with https://")]
    Plain,
    /// It has a name, a password or a fragment in it, which would not be sent.
    #[error("must have no user name, password or fragment in it")]
    Surplus,
    /// It is not public, and not named in the configuration.
    #[error("leads to {0}, which is not public: webhooks.permitted_networks names exceptions")]
    NotPermitted(String),
    /// The name is not known.
    #[error("its name could not be resolved: {0}")]
    Unresolved(String),
}

/// A checked address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
}

impl Target {
    /// Reads and checks an address. To which addresses its name leads is only known, and checked, at
    /// each attempt.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn parse(text: &str, config: &WebhooksConfig) -> Result<Self, TargetError> {
        if text.len() > URL_BYTES_MAX {
            let reason = format!("it may have {URL_BYTES_MAX} bytes at most");
            return Err(TargetError::Malformed(reason));
        }
        let url = Url::parse(text).map_err(|error| TargetError::Malformed(error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if config.plain_http => {}
            _ => return Err(TargetError::Plain),
        }
        let surplus =
            !url.username().is_empty() || url.password().is_some() || url.fragment().is_some();
        if surplus {
            return Err(TargetError::Surplus);
        }
        let target = Self { url };
        if let Some(address) = target.literal() {
            check(address, &config.networks())?;
        }
        Ok(target)
    }

    /// As it is written out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether it is reached through TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host, as a certificate names it.
    pub(super) fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// The host as the request names it, with a port that is not the usual one.
    pub(super) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The path with its query.
    pub(super) fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// Addresses that may be connected to, and no others: a name is resolved once for each attempt,
    /// and what was checked is what is connected to.
    pub(super) async fn addresses(
        &self,
        permitted: &[IpNet],
    ) -> Result<Vec<SocketAddr>, TargetError> {
        let port = self.url.port_or_known_default().unwrap_or(443);
        if let Some(address) = self.literal() {
            check(address, permitted)?;
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let host = self.host();
        let resolved = tokio::net::lookup_host((host.as_str(), port)).await;
        let resolved: Vec<_> = resolved
            .map_err(|error| TargetError::Unresolved(error.to_string()))?
            .collect();
        let may = |one: &&SocketAddr| may_be_told(one.ip(), permitted);
        let told: Vec<_> = resolved.iter().filter(may).copied().collect();
        match (told.is_empty(), resolved.first()) {
            (false, _) => Ok(told.into_iter().take(ADDRESSES_MAX).collect()),
            (true, Some(first)) => Err(TargetError::NotPermitted(first.ip().to_string())),
            (true, None) => Err(TargetError::Unresolved("it has no address".to_owned())),
        }
    }

    fn literal(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        }
    }
}

fn check(address: IpAddr, permitted: &[IpNet]) -> Result<(), TargetError> {
    match may_be_told(address, permitted) {
        true => Ok(()),
        false => Err(TargetError::NotPermitted(address.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(plain_http: bool, permitted: &[&str]) -> WebhooksConfig {
        let config = Config::load(None, std::iter::empty()).unwrap().webhooks;
        WebhooksConfig {
            plain_http,
            permitted_networks: permitted.iter().map(|&text| text.to_owned()).collect(),
            ..config
        }
    }

    #[test]
    fn addresses_of_the_web_are_taken_apart() {
        let target = |text| Target::parse(text, &config(true, &[])).unwrap();
        let plain = target("http://Hooks.Example.com:8080/a/b?c=d");
        assert_eq!(plain.authority(), "hooks.example.com:8080");
        assert_eq!(
            (plain.path(), plain.is_secure()),
            ("/a/b?c=d".to_owned(), false)
        );
        let secure = target("https://hooks.example.com:443");
        assert_eq!(secure.authority(), "hooks.example.com");
        assert_eq!((secure.path(), secure.is_secure()), ("/".to_owned(), true));
    }

    #[test]
    fn others_are_refused_and_so_are_all_spellings_of_inside_addresses() {
        for bad in [
            "",
            "hooks.example.com",
            "ftp://a.b/",
            "http://a.b/",
            "javascript:1",
        ] {
            assert!(Target::parse(bad, &config(false, &[])).is_err(), "{bad}");
        }
        for surplus in ["https://u@a.b/", "https://u:p@a.b/", "https://a.b/#c"] {
            let refused = Target::parse(surplus, &config(true, &[]));
            assert_eq!(refused, Err(TargetError::Surplus), "{surplus}");
        }
        for inside in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest",
            "http://0/",
            "https://[fe80::1]/",
        ] {
            let refused = Target::parse(inside, &config(true, &[]));
            let not_permitted = matches!(refused, Err(TargetError::NotPermitted(_)));
            assert!(not_permitted, "{inside}: {refused:?}");
        }
        let permitted = config(true, &["127.0.0.0/8"]);
        assert!(Target::parse("http://0x7f000001:9/", &permitted).is_ok());
    }

    #[actix_web::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let target = Target::parse("http://localhost:9/", &config(true, &[])).unwrap();
        let refused = target.addresses(&[]).await;
        assert!(
            matches!(refused, Err(TargetError::NotPermitted(_))),
            "{refused:?}"
        );
        let permitted = ["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let addresses = target.addresses(&permitted).await.unwrap();
        assert!(addresses.iter().all(|one| one.ip().is_loopback()));
    }
}
