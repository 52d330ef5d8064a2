//! The catalogue: one file and one line a tool. Pure.
