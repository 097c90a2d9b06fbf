//! How FreeBSD serves CloudABI programs.
