//! Owns a document as it is edited: values with the comments around them and the spelling they had. It knows no dialect; the tables
//! only name what a mapping is.

mod node;
mod read;
mod write;

pub(super) use self::{
    node::{Entry, Kind, Piece, Tree},
    read::{comments, read},
    write::lines_of,
};
