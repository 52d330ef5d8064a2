// `@modelcontextprotocol/sdk`, version 1: only the `initialize` handshake.

import { answerOf, installed, run } from './checks.mjs';

const { Client } = installed('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = installed('@modelcontextprotocol/sdk/client/streamableHttp.js');

run('node sdk 1', '2025-11-25', async (url, headers) => {
  const client = new Client({ name: 'fieldgate-tests', version: '1' });
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  await client.connect(transport);
  return {
    revision: transport.protocolVersion,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    query: async (query) => answerOf(await client.callTool({ name: 'executeQuery', arguments: { query } })),
    close: () => client.close(),
  };
});
