//! What is wrong with a definition, with places in its text.

/// Everything that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {}
