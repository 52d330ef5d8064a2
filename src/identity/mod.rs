//! Who calls: credentials → `Agent`.
