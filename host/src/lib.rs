//! What hosts share.

pub mod decode;
