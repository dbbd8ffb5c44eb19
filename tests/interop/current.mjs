// The current TypeScript SDK. Usage: current.mjs auto|legacy http GENERATION_URL RESULTS_URL PICTURES_URL, or ... stdio COMMAND...
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { main } from './checks.mjs';

const [mode, kind, ...target] = process.argv.slice(2);
const version = { auto: '2026-07-28', legacy: '2025-11-25' }[mode];

await main(`typescript client 2 ${mode}`, kind, target, version, async (where) => {
  const client = new Client({ name: 'interop', version: '1.0.0' }, { versionNegotiation: { mode } });
  const transport = Array.isArray(where)
    ? new StdioClientTransport({ command: where[0], args: where.slice(1), stderr: 'ignore' })
    : new StreamableHTTPClientTransport(new URL(where));
  await client.connect(transport);
  return {
    version: client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
    client: {
      tools: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
      picture: (name, args, onprogress) => client.callTool({ name, arguments: args }, { onprogress }),
    },
  };
});
