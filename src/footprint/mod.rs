//! `Operation` × org schema → `Footprint`: every object and field that an operation touches. Pure.
