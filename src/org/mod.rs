//! The org's schema: objects, fields, relationships, and the resolution of paths. Pure.
