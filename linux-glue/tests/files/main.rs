//! The file calls, each with both ways of looking paths up: what they do, each error that can be provoked here, and
//! that nothing outside of the directory is ever touched.
#![cfg(target_os = "linux")]

mod attributes;
mod directories;
mod escapes;
mod names;
mod opening;
mod permissions;
mod races;
mod same_results;
mod space;
mod world;
