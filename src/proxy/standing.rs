//! What a call stands on from its first step to its last: one schema of the org, and the policy sets
//! that were checked against it.

use std::sync::Arc;

use super::gate::Gate;
use crate::org::Schema;
use crate::policy::Sets;

/// A schema and the sets that were in force at the same moment.
pub(super) struct Standing {
    pub(super) schema: Arc<Schema>,
    pub(super) sets: Arc<Sets>,
}

impl Gate {
    /// What is in force now. Each of the two is put in force only after a check against the other
    /// ([`SchemaStore::turn`](super::SchemaStore::turn)), so a pair of one moment fits together.
    pub(super) fn standing(&self) -> Standing {
        loop {
            let sets = self.policies.sets();
            let schema = self.schema.current();
            // The schema was read while these were in force, or somebody came between.
            if Arc::ptr_eq(&sets, &self.policies.sets()) {
                return Standing { schema, sets };
            }
        }
    }
}
