//! What is published: which listener answers what, the snapshot everyone reads, and what is known beside it. Owns no socket and
//! no file; making a publication is the work of `reload`.

pub mod gateway;
pub mod history;
pub mod layout;
pub mod port;
pub mod report;
pub mod slot;
pub mod snapshot;
pub mod state;
pub mod table;
