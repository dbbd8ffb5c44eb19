// The previous TypeScript SDK. Usage: legacy.mjs http GENERATION_URL RESULTS_URL PICTURES_URL, or legacy.mjs stdio COMMAND...
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { main } from './checks.mjs';

const [kind, ...target] = process.argv.slice(2);

await main('typescript sdk 1', kind, target, '2025-11-25', async (where) => {
  const client = new Client({ name: 'interop', version: '1.0.0' });
  let version;
  const transport = Array.isArray(where)
    ? new StdioClientTransport({ command: where[0], args: where.slice(1), stderr: 'ignore' })
    : new StreamableHTTPClientTransport(new URL(where));
  // The SDK tells the negotiated version to its transport only.
  const tell = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (negotiated) => {
    version = negotiated;
    tell?.(negotiated);
  };
  await client.connect(transport);
  return {
    version,
    close: () => client.close(),
    client: {
      tools: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
      picture: (name, args, onprogress) => client.callTool({ name, arguments: args }, undefined, { onprogress }),
    },
  };
});
