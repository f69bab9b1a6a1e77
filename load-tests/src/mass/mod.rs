//! Thousands of sockets that cost next to nothing: they count what comes and look at the first
//! bytes of it, since they share the processors with the server.

pub mod counted;
pub mod frames;
pub mod limits;
pub mod socket;
pub mod swarm;
