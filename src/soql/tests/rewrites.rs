//! Rewrites, held against what the query means.
