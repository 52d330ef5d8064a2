//! The strict JSON-RPC envelope. Pure; knows neither MCP nor Salesforce.
