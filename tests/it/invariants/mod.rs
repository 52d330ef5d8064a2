//! The design's invariants, each attacked through the real binary over HTTP.

mod i1_permit_for_every_access;
mod i1_policy_sets;
mod i2_answers_pruned;
mod i4_denied_when_unknown;
mod i5_recorded_before_it_leaves;
mod i6_nothing_secret_is_told;
mod i8_bad_input_is_cheap;
