#![no_std]
//! Argument data: the tree of values that a program is started with, in its binary form.
