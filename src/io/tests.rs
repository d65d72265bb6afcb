//! The HTTP door against real sockets on loopback.

mod framing;
mod redirects;
mod refusals;
mod secure;
mod timing;
