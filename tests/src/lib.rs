//! Checks that cross the workspace.
