//! Configuration: the file as written, checked into the configuration as meant.
