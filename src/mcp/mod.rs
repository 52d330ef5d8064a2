//! MCP's revisions, methods and results. Pure; knows nothing of Salesforce.
