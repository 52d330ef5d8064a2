//! Cedar: schema, requests, decisions, denials and the store of policy sets.
