//! Which addresses may be told: public ones, and those that the configuration names. A webhook must
//! not become a way into somebody's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Where IPv4 does not lead to the public internet (IANA's registry of special addresses).
const SPECIAL_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only part of IPv6 that is given out as public.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What in it leads elsewhere: tunnels into IPv4 among them, whose real end cannot be judged.
const SPECIAL_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address may be told. One of IPv4 that is written as one of IPv6 is what it is.
#[must_use]
pub(super) fn may_be_told(address: IpAddr, permitted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    permitted.iter().any(|network| network.contains(&address)) || is_public(address)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, bits)| {
            Ipv4Net::new(*network, *bits).is_ok_and(|network| network.contains(&address))
        }),
        IpAddr::V6(address) => {
            let within = |(network, bits): (Ipv6Addr, u8)| {
                Ipv6Net::new(network, bits).is_ok_and(|network| network.contains(&address))
            };
            within(GLOBAL_V6) && !SPECIAL_V6.iter().copied().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(text: &str, permitted: &[&str]) -> bool {
        let permitted: Vec<IpNet> = permitted.iter().map(|text| text.parse().unwrap()).collect();
        may_be_told(text.parse().unwrap(), &permitted)
    }

    #[test]
    fn public_addresses_may_be_told() {
        for public in [
            "93.184.216.34",
            "172.15.0.1",
            "172.32.0.1",
            "100.128.0.1",
            "1.1.1.1",
        ] {
            assert!(may(public, &[]), "{public}");
            assert!(may(&format!("::ffff:{public}"), &[]), "{public}");
        }
        for public in ["2606:4700:4700::1111", "2a00:1450::1", "2001:4860::8888"] {
            assert!(may(public, &[]), "{public}");
        }
    }

    #[test]
    fn whatever_leads_inside_may_not() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!may(inside, &[]), "{inside}");
            assert!(!may(&format!("::ffff:{inside}"), &[]), "{inside}");
        }
        for inside in [
            "::",
            "::1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may(inside, &[]), "{inside}");
        }
    }

    #[test]
    fn what_the_configuration_names_may_and_its_neighbours_may_not() {
        let permitted = ["127.0.0.1/32", "10.1.0.0/16", "::1/128"];
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.255.9", "::1"] {
            assert!(may(address, &permitted), "{address}");
        }
        for address in ["127.0.0.2", "10.2.0.1", "169.254.169.254", "::2", "fc00::1"] {
            assert!(!may(address, &permitted), "{address}");
        }
    }
}
