//! One document as it runs: plan, engine, the checks in front of its exposures, what callers can rely on. Knows neither listeners
//! nor protocols.

pub mod activation;
pub mod instance;
pub mod removed_tools;
pub mod surface;

pub use self::instance::{Capability, ExposureRef, State};
