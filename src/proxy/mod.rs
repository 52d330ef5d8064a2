//! The gate (the pipeline on one screen), the server and the transport.

pub mod transport;
