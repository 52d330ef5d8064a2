//! The embedded demo org: an in-process Salesforce over real HTTP.
