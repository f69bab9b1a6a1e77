//! The address of the server under load, which has to be on this machine.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

/// A loopback address that speaks plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where to connect.
    pub address: SocketAddr,
}

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not `http://HOST:PORT`.
    #[error("`{0}` is not of the form http://127.0.0.1:PORT")]
    Malformed(String),
    /// Load is never sent to another machine.
    #[error("`{0}` is not a loopback address: load is only sent to this machine")]
    NotLoopback(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        let malformed = || TargetError::Malformed(url.to_owned());
        let authority = url.strip_prefix("http://").ok_or_else(malformed)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = authority.rsplit_once(':').ok_or_else(malformed)?;
        let port: u16 = port.parse().map_err(|_error| malformed())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let ip = match host.parse::<IpAddr>() {
            Ok(ip) => ip,
            Err(_name) if host == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Err(_name) if host.is_empty() || host.contains(['/', '@', ' ']) => {
                return Err(malformed());
            }
            Err(_name) => return Err(TargetError::NotLoopback(url.to_owned())),
        };
        if !ip.is_loopback() {
            return Err(TargetError::NotLoopback(url.to_owned()));
        }
        Ok(Self {
            address: SocketAddr::new(ip, port),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_taken() {
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "http://[::1]:8080",
        ] {
            assert_eq!(url.parse::<Target>().unwrap().address.port(), 8080, "{url}");
        }
    }

    #[test]
    fn other_machines_are_refused() {
        for url in [
            "http://192.0.2.1:80",
            "http://example.com:80",
            "http://0.0.0.0:80",
        ] {
            assert_eq!(
                url.parse::<Target>(),
                Err(TargetError::NotLoopback(url.to_owned()))
            );
        }
    }

    #[test]
    fn a_malformed_address_is_named() {
        for url in [
            "127.0.0.1:80",
            "https://127.0.0.1:80",
            "http://127.0.0.1",
            "http://a/b:80",
        ] {
            assert_eq!(
                url.parse::<Target>(),
                Err(TargetError::Malformed(url.to_owned()))
            );
        }
    }
}
