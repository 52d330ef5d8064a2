// `@modelcontextprotocol/client`, version 2: `default` opens with `initialize`, a revision is pinned.

import { answerOf, installed, run } from './checks.mjs';

const { Client, StreamableHTTPClientTransport } = installed('@modelcontextprotocol/client');

const mode = process.argv[3];
const pinned = mode !== 'default';

run(`node client 2, ${mode}`, pinned ? mode : '2025-11-25', async (url, headers) => {
  const client = new Client(
    { name: 'fieldgate-tests', version: '1' },
    pinned ? { versionNegotiation: { mode: { pin: mode } } } : {},
  );
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return {
    revision: client.getNegotiatedProtocolVersion(),
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    query: async (query) => answerOf(await client.callTool({ name: 'executeQuery', arguments: { query } })),
    close: () => client.close(),
  };
});
