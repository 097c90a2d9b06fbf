//! Finding external tools.
