//! One document as it runs: plan, engine, the checks in front of its exposures, what callers can rely on; and all documents of one
//! publication. Knows neither listeners nor protocols.

pub mod activation;
pub mod catalogue;
pub mod exposed;
pub mod instance;
pub mod removed_tools;
pub mod surface;
