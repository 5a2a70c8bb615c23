//! Network interfaces, as an operator names them.

use std::{fmt, net::Ipv4Addr, str::FromStr};

/// A network interface of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// The one with this address.
    Address(Ipv4Addr),
    /// The one with this number.
    Index(u32),
}

/// The text names no interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network interface of this machine; give its IPv4 address, its number or its name")]
pub struct UnknownInterface(pub String);

impl FromStr for Interface {
    type Err = UnknownInterface;

    /// Reads an IPv4 address, a number, or (on Linux) a name such as `eth0`.
    fn from_str(text: &str) -> Result<Self, UnknownInterface> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let number = |text: &str| text.trim().parse().ok().filter(|index: &u32| *index > 0);
        number(text)
            .or_else(|| number(&by_name(text)?))
            .map(Self::Index)
            .ok_or_else(|| UnknownInterface(text.into()))
    }
}

/// What Linux says is the number of the interface called `name`.
fn by_name(name: &str) -> Option<String> {
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
    plain.then(|| std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()).flatten()
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Index(index) => index.fmt(f),
        }
    }
}
