//! The words of the upstream: names, record ids and the operations that its API can do. Pure.
