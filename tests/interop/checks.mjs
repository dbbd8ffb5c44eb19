// What every TypeScript client checks, whatever its SDK generation. A client has `tools()`,
// `call(name, arguments)` and `picture(name, arguments, onprogress)`, all giving the SDK's own results. One line per check goes to stdout: `ok LABEL: CHECK` or `FAIL LABEL: CHECK: reason`.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const GENERATION = [
  'generate-image-flux-1-dev',
  'generate-image-flux-1-pro',
  'generate-image-flux-1-1-pro',
  'generate-image-flux-1-1-pro-2',
  'generate-image-flux-1-schnell',
];
const SCHNELL = GENERATION.at(-1);

export class Report {
  constructor(label) {
    this.label = label;
    this.failed = 0;
  }

  async check(name, action) {
    try {
      await action();
      console.log(`ok ${this.label}: ${name}`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL ${this.label}: ${name}: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
    }
  }
}

const text = (result) => result.content.filter((block) => block.type === 'text').map((block) => block.text).join('');

function accepted(result) {
  assert.ok(!result.isError, text(result));
  const task = JSON.parse(text(result));
  if (result.structuredContent !== undefined) assert.deepEqual(result.structuredContent, task);
  assert.ok(task.id && task.polling_url.endsWith(task.id), JSON.stringify(task));
  return task;
}

export async function generation(report, client) {
  await report.check('five tools with typed arguments', async () => {
    const tools = Object.fromEntries((await client.tools()).map((tool) => [tool.name, tool.inputSchema]));
    assert.deepEqual(Object.keys(tools).sort(), [...GENERATION].sort());
    for (const [name, schema] of Object.entries(tools)) {
      assert.equal(schema.type, 'object', name);
      assert.equal(schema.properties.prompt.type, 'string', name);
      assert.ok(!('body' in schema.properties), name);
      for (const key of ['oneOf', 'anyOf', 'allOf']) assert.ok(!(key in schema), `${name} ${key}`);
      assert.ok(!JSON.stringify(schema).includes('"$ref"'), name);
    }
    const { type, minimum, maximum } = tools[SCHNELL].properties.width;
    assert.deepEqual({ type, minimum, maximum }, { type: 'integer', minimum: 256, maximum: 1440 });
    assert.deepEqual(tools[SCHNELL].required, ['prompt']);
  });
  await report.check('a call gives id and polling_url', async () => {
    accepted(await client.call(SCHNELL, { prompt: 'A lighthouse at dusk' }));
  });
  await report.check('a number given as text is accepted', async () => {
    accepted(await client.call(SCHNELL, { prompt: 'A lighthouse at dusk', width: '512' }));
  });
  await report.check('the whole body as one argument is accepted', async () => {
    accepted(await client.call(SCHNELL, { body: { prompt: 'A lighthouse at dusk' } }));
  });
  await report.check('a value out of range is an error naming the field', async () => {
    const result = await client.call(SCHNELL, { prompt: 'A lighthouse', width: 100000 });
    assert.equal(result.isError, true);
    assert.match(text(result), /width[^]*1440|1440[^]*width/);
    assert.equal(result.structuredContent, undefined);
  });
  await report.check('a missing argument is an error naming the field', async () => {
    const result = await client.call(SCHNELL, { width: 512 });
    assert.equal(result.isError, true);
    assert.match(text(result), /prompt/);
  });
}

export async function results(report, client, task) {
  await report.check('a task becomes Ready and its image downloads', async () => {
    assert.deepEqual((await client.tools()).map((tool) => tool.name), ['get-result']);
    const seen = [];
    let answer;
    do {
      if (seen.length) await sleep(200);
      const result = await client.call('get-result', { id: task.id });
      assert.ok(!result.isError, text(result));
      answer = JSON.parse(text(result));
      seen.push(answer.status);
      assert.ok(seen.length < 100, seen.join());
    } while (answer.status !== 'Ready');
    assert.equal(seen[0], 'Pending');
    const image = await fetch(answer.result.sample);
    assert.equal(image.headers.get('content-type'), 'image/png');
    assert.deepEqual([...new Uint8Array(await image.arrayBuffer()).slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  });
  await report.check('an unknown task is an error', async () => {
    const result = await client.call('get-result', { id: '00000000-0000-4000-8000-000000000000' });
    assert.equal(result.isError, true);
    assert.match(text(result), /Task not found/);
  });
}

export async function pictures(report, client) {
  await report.check('a tool that takes long and the one that gives its result later', async () => {
    const names = (await client.tools()).map((tool) => tool.name);
    for (const name of ['generate-image', 'generate-image-result']) assert.ok(names.includes(name), names.join());
  });
  await report.check('a picture comes back in one call, with progress', async () => {
    const seen = [];
    const args = { prompt: 'A lighthouse at dusk', output_format: 'png' };
    const result = await client.picture('generate-image', args, (progress) => seen.push(progress));
    assert.ok(!result.isError, text(result));
    const [image] = result.content.filter((block) => block.type === 'image');
    assert.equal(image.mimeType, 'image/png');
    assert.deepEqual([...Buffer.from(image.data, 'base64').subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.ok(seen.length > 0 && seen.every(({ progress }, at) => at === 0 || progress > seen[at - 1].progress), JSON.stringify(seen));
    assert.ok(seen.some(({ message }) => message === 'Pending'), JSON.stringify(seen));
  });
  await report.check('what is moderated is an error that says so', async () => {
    const result = await client.call('generate-image', { prompt: 'something forbidden' });
    assert.equal(result.isError, true);
    assert.match(text(result), /The request was moderated/);
  });
}

export async function submitPng(client) {
  return accepted(await client.call(SCHNELL, { prompt: 'A lighthouse at dusk', output_format: 'png' }));
}

// Runs everything against one SDK. `connect(target)` gives { client, version, close } with `target` a URL or a command line.
export async function main(label, transport, target, expectedVersion, connect) {
  const report = new Report(`${label} ${transport}`);
  const guard = setTimeoutGuard(report);
  try {
    const first = await connect(transport === 'http' ? target[0] : target);
    await report.check(`negotiates ${expectedVersion}`, async () => assert.equal(first.version, expectedVersion));
    await generation(report, first.client);
    const task = transport === 'http' ? await submitPng(first.client) : undefined;
    await first.close();
    if (task) {
      const second = await connect(target[1]);
      await results(report, second.client, task);
      await second.close();
      const third = await connect(target[2]);
      await pictures(report, third.client);
      await third.close();
    }
  } catch (error) {
    report.failed += 1;
    console.log(`FAIL ${report.label}: session: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
  }
  clearTimeout(guard);
  process.exit(report.failed ? 1 : 0);
}

function setTimeoutGuard(report) {
  return setTimeout(() => {
    console.log(`FAIL ${report.label}: session: not done after 180 s`);
    process.exit(1);
  }, 180_000);
}
