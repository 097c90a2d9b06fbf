//! How Linux serves CloudABI programs.
