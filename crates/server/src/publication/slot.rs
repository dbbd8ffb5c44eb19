//! What a listener is for, and how it is named.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::capability::instance::ExposureRef;

/// Names a listener across reloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenerId(pub u32);

/// What a listener is for; the same slot keeps its socket across reloads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The one address of `--gateway`.
    Gateway(SocketAddr),
    /// A declared port, and the address it is served at.
    Declared(u16, SocketAddr),
    /// An exposure without a port of its own.
    Assigned(ExposureRef, IpAddr),
    /// A sandbox, by id.
    Sandbox(Arc<str>),
    /// The address of `--control`.
    Control(SocketAddr),
}

impl Slot {
    /// The address to bind.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Gateway(address) | Self::Declared(_, address) | Self::Control(address) => *address,
            Self::Assigned(_, ip) => SocketAddr::new(*ip, 0),
            Self::Sandbox(_) => SocketAddr::new(LOOPBACK, 0),
        }
    }

    /// The port authors wrote.
    #[must_use]
    pub fn declared(&self) -> Option<u16> {
        match self {
            Self::Declared(port, _) => Some(*port),
            Self::Gateway(_) | Self::Assigned(..) | Self::Sandbox(_) | Self::Control(_) => None,
        }
    }
}

/// Where listeners are that nobody says more of.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
