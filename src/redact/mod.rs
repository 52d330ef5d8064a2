//! Answers pruned to what was permitted. Pure.
