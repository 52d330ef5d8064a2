//! Token buckets by agent and by tool, and the ratelimit fields.
