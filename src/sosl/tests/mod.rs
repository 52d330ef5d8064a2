//! The search language's own rules.
