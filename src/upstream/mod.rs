//! The Salesforce REST client: credentials, connection, and `send(Admitted)`.
