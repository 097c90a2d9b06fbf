//! How macOS serves CloudABI programs.
