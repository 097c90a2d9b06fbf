//! What hosts share.
