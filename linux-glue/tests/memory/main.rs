//! The program's memory: copies that meet bad pages, and the `mem_*` calls on real memory.

mod calls;
mod copies;
mod faults;
mod limits;
mod model;
mod support;
